"""Secrets: a value that is never shown by accident, and the types of keys that hold one.

Passwords, tokens and webhook addresses become a `Secret` when they are read. It prints as `***` in `repr`, `str`,
`format` and the log; only `reveal()` returns the text. `secrets_in` finds all secrets of a configuration, so that
they can be redacted.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Annotated, get_args
from urllib.parse import urlsplit

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema
from pydantic.fields import FieldInfo

from monitor.config_types.addresses import Unquoted, web_address
from monitor.config_types.section import ConfigSection
from monitor.config_types.values import FORM, HOME_FOLDER, URL, invalid, one_line, text_of


class Secret:
    """A text that is not shown by accident."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text, where it is needed."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode("utf-8", "replace"), other._text.encode("utf-8", "replace"))

    def __hash__(self) -> int:
        return hash(("Secret", self._text))


@dataclass(frozen=True, slots=True)
class SecretKey(Unquoted):
    """Marks the type of a key that holds a secret."""

    belongs_in_variable: Callable[[str], bool] = lambda _text: True
    """True for a text that the program warns of when it is written in the file itself."""
    only_password: bool = False
    """True for an address of which only the password is secret."""


def secret_key(field: FieldInfo) -> SecretKey | None:
    """Return the mark of a field that holds a secret; None for all others."""
    return next((mark for mark in marks(field) if isinstance(mark, SecretKey)), None)


def is_quotable(field: FieldInfo) -> bool:
    """Return True if messages may quote what the file says for this field."""
    return not any(isinstance(mark, Unquoted) for mark in marks(field))


def marks(field: FieldInfo) -> Iterator[object]:
    """Yield the annotations of a field's type, within an optional type or a list too."""
    yield from field.metadata
    yield from _marks_within(field.annotation)


def _marks_within(annotation: object) -> Iterator[object]:
    yield from getattr(annotation, "__metadata__", ())
    for inner in get_args(annotation):
        yield from _marks_within(inner)


def secrets_in(value: object) -> Iterator[Secret]:
    """Yield every secret in a configuration or a part of it."""
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, ConfigSection):
        for name in type(value).model_fields:
            yield from secrets_in(getattr(value, name))
    elif is_dataclass(value):
        for field in fields(value):
            yield from secrets_in(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from secrets_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from secrets_in(inner)


def optional_secret(value: object) -> Secret | None:
    """Read one line of text; None if it is empty."""
    if isinstance(value, Secret):
        return value
    text = text_of(value)
    if not one_line(text):
        raise invalid(FORM, "must be one line of plain text")
    return Secret(text) if text else None


def required_secret(value: object) -> Secret:
    """Read one line of text that is not empty."""
    if secret := optional_secret(value):
        return secret
    raise invalid(FORM, "is empty; is the variable that it comes from set?")


def _secret_url(value: object) -> Secret:
    return Secret(web_address(required_secret(value).reveal()))


def _optional_secret_url(value: object) -> Secret | None:
    secret = optional_secret(value)
    return Secret(web_address(secret.reveal())) if secret else None


_PROXY_SCHEMES = ("http://", "https://", "socks5://", "socks5h://")


def _proxy(value: object) -> Secret | None:
    secret = optional_secret(value)
    text = secret.reveal() if secret else ""
    if not text:
        return None
    if not text.startswith(_PROXY_SCHEMES):
        raise invalid(URL, "is not a proxy; write http://proxy.example.org:3128, https://... or socks5://...")
    scheme, _, rest = text.partition("://")
    checked = web_address(f"http://{rest}")
    if urlsplit(checked).path not in {"", "/"} or urlsplit(checked).query:
        raise invalid(URL, "must end with the port of the proxy; write / ? and # in a password as %2F %3F and %23")
    return Secret(f"{scheme}://{rest.rstrip('/')}")


def _proxy_or_off(value: object) -> Secret | None:
    if value is False or str(value).lower() == "off":  # YAML 1.1 reads off as False
        return Secret("off")
    return _proxy(value)


def _database(value: object) -> Secret:
    text = required_secret(value).reveal()
    if text.startswith(("postgresql://", "postgres://")):
        text = "postgresql+psycopg://" + text.partition("://")[2]
    if text.startswith("postgresql+psycopg://") and len(text) > len("postgresql+psycopg://"):
        return Secret(text)
    if text.startswith("sqlite:///~"):
        raise invalid(URL, f"has a path that {HOME_FOLDER}")
    if text == "sqlite://" or text.startswith("sqlite:///"):
        return Secret(text)
    if text.startswith("sqlite:"):
        raise invalid(
            URL, "is not a database; write sqlite:///data/monitor.db, with three slashes (four for a full path)"
        )
    raise invalid(
        URL, "is not a database; write sqlite:///data/monitor.db or postgresql+psycopg://user:password@host/name"
    )


MASK = PlainSerializer(lambda value: None if value is None else "***")
TEXT = WithJsonSchema({"type": "string"})
OptionalSecret = Annotated[Secret | None, PlainValidator(optional_secret), MASK, TEXT, SecretKey()]
SecretUrl = Annotated[Secret, PlainValidator(_secret_url), MASK, TEXT, SecretKey()]
UnwarnedSecretUrl = Annotated[
    Secret, PlainValidator(_secret_url), MASK, TEXT, SecretKey(belongs_in_variable=lambda _text: False)
]
"""An address that may hold a key or not: it is secret, but the file may contain it."""
OptionalSecretUrl = Annotated[Secret | None, PlainValidator(_optional_secret_url), MASK, TEXT, SecretKey()]
DatabaseUrl = Annotated[Secret, PlainValidator(_database), MASK, TEXT, SecretKey(only_password=True)]
ProxyUrl = Annotated[Secret | None, PlainValidator(_proxy), MASK, TEXT, SecretKey(only_password=True)]
ProxyUrlOrOff = Annotated[Secret | None, PlainValidator(_proxy_or_off), MASK, TEXT, SecretKey(only_password=True)]
