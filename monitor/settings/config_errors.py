"""Turns pydantic validation errors into one-line problems: where, what is wrong, what to do.

The value is quoted where that helps, unless the type of its key is marked as one that may hold secrets.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar, get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from monitor.channels import CHANNEL_TYPES
from monitor.config_types.credentials import is_quotable
from monitor.config_types.section import ConfigSection
from monitor.config_types.values import CHOICE, RANGE, TYPE
from monitor.core.errors import Problem
from monitor.core.problems import did_you_mean
from monitor.core.yaml_characters import describe_lookalike
from monitor.core.yaml_nodes import MappingNode, Mark, Node, ScalarNode, SequenceNode
from monitor.settings.references import DefinedNames
from monitor.settings.yaml_document import Location, YamlDocument

UNKNOWN_KEY, MISSING_KEY = "C002", "C003"

_EXPECTED_TYPES = {
    "model_type": "a mapping (key: value)",
    "model_attributes_type": "a mapping (key: value)",
    "dict_type": "a mapping (key: value)",
    "tuple_type": "a list",
    "list_type": "a list",
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a whole number",
    "bool_type": "yes or no",
    "bool_parsing": "yes or no",
}


SectionType = TypeVar("SectionType", bound=ConfigSection)


def validate_document(
    model: type[SectionType], document: YamlDocument, defined: DefinedNames
) -> tuple[SectionType | None, list[Problem]]:
    """Validate a document against a model; None and all problems if it does not fit."""
    try:
        return model.model_validate(document.data, context=defined), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        return None, [_problem(detail, document, model) for detail in details]


def valid_section(
    model: type[SectionType], document: YamlDocument, key: str, defined: DefinedNames
) -> SectionType | None:
    """Return one section, so that it can be checked while other keys of the file are wrong; None if it is wrong too."""
    try:
        return model.model_validate(document.data.get(key) or {}, context=defined)
    except ValidationError:
        return None


def _problem(detail: ErrorDetails, document: YamlDocument, model: type[ConfigSection]) -> Problem:
    kind, location = detail["type"], _in_file(detail["loc"])
    key = str(location[-1]) if location else ""
    if kind == "extra_forbidden":
        hint = describe_lookalike(key) or _hint_for_key(key, model, detail["loc"][:-1])
        return document.key_mark(location).problem(UNKNOWN_KEY, f"unknown key '{shown(key)}'{hint}")
    if kind == "missing":
        return document.mark(location[:-1]).problem(MISSING_KEY, f"key '{key}' is missing")
    if kind in {"union_tag_invalid", "union_tag_not_found"}:
        return _type_of_channel(document, location)
    code, message = _code_and_sentence(detail, document.node(location))
    mark = document.key_mark(location) if detail["loc"][-1:] == ("[key]",) else document.mark(location)
    quotable = all(map(is_quotable, _fields(model, detail["loc"])))
    quoted = _quote(document, location) if quotable else ""
    lookalike = describe_lookalike(document.written(location) or "") if quotable else ""
    return mark.problem(code, f"{_subject(location)}: {quoted}{message}{lookalike}")


def describe_errors(error: ValidationError, model: type[ConfigSection]) -> str:
    """Return in one line what is wrong with values that are in no file."""
    return "; ".join(_describe(detail, model) for detail in error.errors(include_url=False))


def _describe(detail: ErrorDetails, model: type[ConfigSection]) -> str:
    key = shown(".".join(map(str, detail["loc"])))
    match detail["type"]:
        case "extra_forbidden":
            return f"unknown key '{key}'{_hint_for_key(str(detail['loc'][-1]), model, detail['loc'][:-1])}"
        case "missing":
            return f"key '{key}' is missing"
        case _:
            return f"{key} {_code_and_sentence(detail, _as_node(detail['input']))[1]}".strip()


def _as_node(value: object) -> Node:
    mark = Mark("", 0, 0)
    if isinstance(value, dict):
        return MappingNode({}, mark)
    return SequenceNode((), mark) if isinstance(value, list | tuple) else ScalarNode(str(value or ""), mark)


def _hint_for_key(key: str, model: type[ConfigSection], location: tuple[int | str, ...]) -> str:
    """Say where a key belongs that another section of the file has, else name the most similar key of this section."""
    if location and key in _by_key(model):
        return "; it belongs at the top level of the file, without indentation"
    sections = ((name, section_in(field.annotation)) for name, field in _by_key(model).items())
    homes = [f"{name}:" for name, section in sections if section and name not in location and key in _by_key(section)]
    if homes:
        return f"; it belongs below {' or '.join(homes)}, indented"
    allowed = _keys_at(model, location)
    return did_you_mean(key, allowed, otherwise=f"the keys here are {', '.join(allowed)}")


def _type_of_channel(document: YamlDocument, location: Location) -> Problem:
    at: Location = (*location, "type")
    name, kinds = shown(str(location[-1])), ", ".join(CHANNEL_TYPES)
    node = document.node(at)
    if isinstance(node, MappingNode) or (isinstance(node, ScalarNode) and node.null):
        return document.mark(location).problem(MISSING_KEY, f"{name}: key 'type' is missing; it is one of {kinds}")
    hint = did_you_mean(node.text, CHANNEL_TYPES) if isinstance(node, ScalarNode) else ""
    return node.mark.problem(CHOICE, f"type: {_quote(document, at)}must be one of {kinds}{hint}")


def _code_and_sentence(detail: ErrorDetails, node: Node) -> tuple[str, str]:
    """Return the code and the sentence for an error of one value."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in _EXPECTED_TYPES:
        return TYPE, f"must be {_EXPECTED_TYPES[kind]}{_not_a(node)}"
    match kind:
        case "literal_error" | "enum":
            allowed = [word.strip("'") for word in context["expected"].replace(" or ", ", ").split(", ")]
            hint = did_you_mean(node.text, allowed) if isinstance(node, ScalarNode) else ""
            return CHOICE, f"must be one of {', '.join(allowed)}{hint}"
        case "greater_than_equal":
            return RANGE, f"must be {context['ge']} or more"
        case "less_than_equal":
            return RANGE, f"must be {context['le']} or less"
        case "too_short":
            return RANGE, "must name at least one"
        case _:
            unfit = _not_a(node) if kind == TYPE else ""
            return kind, f"{context.get('message', 'is not what belongs here')}{unfit}"


def _not_a(node: Node) -> str:
    if isinstance(node, ScalarNode):
        return ", but it is empty" if node.null else ""
    return ", not a mapping" if isinstance(node, MappingNode) else ", not a list"


def _subject(location: Location) -> str:
    words = [step for step in location if isinstance(step, str)]
    return shown(words[-1]) if words else "the file"


def _quote(document: YamlDocument, location: Location) -> str:
    text = document.written(location)
    return f"'{shown(text)}' " if text else ""


def shown(text: str) -> str:
    """Shorten a text for a message, and replace control characters."""
    return printable(text if len(text) <= 60 else text[:57] + "...")


def printable(text: str) -> str:
    """Replace control characters by question marks."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _keys_at(model: type[ConfigSection], location: tuple[int | str, ...]) -> list[str]:
    """Return the keys that a model allows at a location, given as pydantic reports it."""
    section, location = _start(model, location)
    for field in _fields(section, location):
        section = section_in(field.annotation) or section
    return list(_by_key(section))


def _fields(model: type[ConfigSection], location: tuple[int | str, ...]) -> Iterator[FieldInfo]:
    """Yield the fields on the way to a location."""
    section, location = _start(model, location)
    for step in location:
        if field := _by_key(section).get(str(step)):
            yield field
            section = section_in(field.annotation) or section


def _start(
    model: type[ConfigSection], location: tuple[int | str, ...]
) -> tuple[type[ConfigSection], tuple[int | str, ...]]:
    """Return the model of a channel and the location within it if the location is in a channel."""
    if location[:1] == ("channels",) and len(location) > 2 and location[2] in CHANNEL_TYPES:
        return CHANNEL_TYPES[str(location[2])], location[3:]
    return model, location


def _by_key(section: type[ConfigSection]) -> dict[str, FieldInfo]:
    return {info.alias or name: info for name, info in section.model_fields.items()}


def section_in(annotation: object) -> type[ConfigSection] | None:
    """Return the section that a field holds, directly, optionally or in a list."""
    if isinstance(annotation, type) and issubclass(annotation, ConfigSection):
        return annotation
    return next((section for inner in get_args(annotation) if (section := section_in(inner))), None)


def _in_file(location: tuple[int | str, ...]) -> Location:
    """Remove what pydantic adds to a location: `[key]`, and the type of a channel."""
    if location[-1:] == ("[key]",):
        return location[:-1]
    if location[:1] == ("channels",) and len(location) > 2:
        return (*location[:2], *location[3:])
    return location
