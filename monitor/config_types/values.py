"""Codes and errors of invalid values, and the types for text, names, languages and lists.

The error of an invalid value is a `PydanticCustomError` whose type is the code that the user sees. It never repeats the
value, which may come from a variable and be secret. `settings.config_errors` adds what the file says.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import BeforeValidator, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from monitor.core.text.language_codes import LANGUAGES, MISTAKEN_LANGUAGES
from monitor.core.text.languages import language_code
from monitor.core.yaml_nodes import ScalarNode, SequenceNode
from monitor.core.yaml_parser import parse_yaml

TYPE, CHOICE, FORM, RANGE = "C004", "C005", "C006", "C007"
SLUG, URL, CRON, ZONE = "C010", "C011", "C012", "C013"
NETWORK, SMTP, ADDRESS, LANGUAGE, HEADER = "C014", "C015", "C016", "C017", "C018"
INCOMPLETE = "C020"


def invalid(code: str, message: str) -> PydanticCustomError:
    """Return the error for an invalid value, to be raised; `code` is the one that users see."""
    return PydanticCustomError(code, "{message}", {"message": message})


def text_of(value: object) -> str:
    """Return a value that must be text, without the white space around it."""
    if isinstance(value, str):
        return value.strip()
    raise invalid(TYPE, "must be text")


def one_line(text: str) -> bool:
    """Return True if a text is one line without control characters (a no-break space is allowed)."""
    return not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text)


def _split(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return _parse_brackets(value)
    return [part.strip() for part in value.split(",") if part.strip()]


def _parse_brackets(text: str) -> list[str]:
    """Parse `[a, "b"]` as in a file; JSON is valid, too."""
    node, problems = parse_yaml(text, "")
    entries = node.entries if isinstance(node, SequenceNode) and not problems else None
    if entries is None or not all(isinstance(each, ScalarNode) for each in entries):
        raise invalid(FORM, "must be a list in brackets, [first, second], or the same with commas and no brackets")
    return [each.text for each in entries if isinstance(each, ScalarNode)]


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


LOWERCASE = BeforeValidator(_lower)
"""Ignores case."""
LIST = BeforeValidator(_split)
"""A list of texts may also be one text, with commas or in brackets, so that one variable can hold it."""

SLUG_PATTERN = "^[a-z0-9]([a-z0-9_-]{0,62}[a-z0-9])?$"


def validate_slug(value: object) -> str:
    """Return a value that must be a name: a key of `Slug`."""
    text = text_of(value)
    if not re.fullmatch(SLUG_PATTERN[1:-1], text):
        allowed = "lowercase letters, digits, hyphens and underscores, 64 at most, as in ec-digital"
        raise invalid(SLUG, f"must consist of {allowed}")
    return text


Slug = Annotated[str, PlainValidator(validate_slug), WithJsonSchema({"type": "string", "pattern": SLUG_PATTERN})]


def _line(value: object) -> str:
    text = text_of(value)
    if not one_line(text):
        raise invalid(FORM, "must be one line of plain text")
    return text


Line = Annotated[str, PlainValidator(_line), WithJsonSchema({"type": "string"})]


def _non_empty_line(value: object) -> str:
    if text := _line(value):
        return text
    raise invalid(FORM, "must not be empty")


NonEmptyLine = Annotated[str, PlainValidator(_non_empty_line), WithJsonSchema({"type": "string", "minLength": 1})]


HOME_FOLDER = "must not begin with ~, which only a shell replaces; write the whole path: /home/ana/..."


def _file_path(value: object) -> str:
    if (text := _non_empty_line(value)).startswith("~"):
        raise invalid(FORM, HOME_FOLDER)
    return text


FilePath = Annotated[str, PlainValidator(_file_path), WithJsonSchema({"type": "string", "pattern": "^[^~]"})]
"""A path of this machine, relative to the folder in which the command runs."""


def _argument(value: object) -> str:
    if isinstance(value, str):
        return value
    raise invalid(TYPE, "must be text")


Argument = Annotated[str, PlainValidator(_argument), WithJsonSchema({"type": "string"})]
"""An argument of a program, passed on as it is written: no shell reads it."""


_MISTAKEN_COUNTRIES = {"UK": "GB", "EL": "GR"}
"""Codes that the European Union writes for two countries."""


def _country(value: object) -> str:
    text = text_of(value)
    if text in _MISTAKEN_COUNTRIES:
        raise invalid(FORM, f"is not a country of ISO 3166; write {_MISTAKEN_COUNTRIES[text]}")
    if re.fullmatch("([A-Z]{2}|INT)?", text):
        return text
    raise invalid(
        FORM, "is not a country; write its two capital letters (DE, GB, CN), EU, or INT for international bodies"
    )


Country = Annotated[str, PlainValidator(_country), WithJsonSchema({"type": "string", "pattern": "^([A-Z]{2}|INT)$"})]


def _language(value: object) -> str:
    text = text_of(value).lower()
    if text in LANGUAGES:
        return text
    if text in MISTAKEN_LANGUAGES:
        raise invalid(LANGUAGE, f"is not a language code; did you mean '{MISTAKEN_LANGUAGES[text]}'?")
    if (code := language_code(text)) in LANGUAGES:
        raise invalid(LANGUAGE, f"is more than a language code; write {code}")
    raise invalid(LANGUAGE, "is not a language code; write the two letters of ISO 639-1: en, fr, zh")


Language = Annotated[str, PlainValidator(_language), WithJsonSchema({"type": "string", "pattern": "^[a-z]{2}$"})]
