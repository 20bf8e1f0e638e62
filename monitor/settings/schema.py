"""JSON Schemas of the configuration files, for editors, generated from the models.

Every value may also be a `${NAME}`, and every list of texts one text with commas; the schemas allow both.
"""

from __future__ import annotations

import json
import warnings
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, PydanticJsonSchemaWarning

from monitor.config_types.credentials import Secret
from monitor.config_types.times import size_text
from monitor.core.durations import format_duration
from monitor.core.rules import schema as rule_schema
from monitor.settings.models import FILES

_VARIABLE = {"type": "string", "pattern": r"\$\{"}


def schemas() -> dict[str, str]:
    """Return the text of each schema by the name of its file."""
    made = {f"{name.removesuffix('.yaml')}.schema.json": _text(name) for name in FILES}
    return {**made, "rules.schema.json": rule_schema.schema_text()}


def write(folder: Path) -> list[Path]:
    """Write the schemas into a folder and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, text in schemas().items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


class _Generator(GenerateJsonSchema):
    """Writes defaults in the form of the files."""

    def encode_default(self, dft: Any) -> Any:  # noqa: ANN401  # pydantic's own signature
        """Return the text of a duration, and of the default of `database`, which is a Secret in type only."""
        if isinstance(dft, timedelta):
            return format_duration(dft)
        return dft.reveal() if isinstance(dft, Secret) else super().encode_default(dft)


def _text(name: str) -> str:
    with warnings.catch_warnings():
        # A masked default cannot be shown as a default; the description has it.
        warnings.simplefilter("ignore", PydanticJsonSchemaWarning)
        made = FILES[name].model_json_schema(schema_generator=_Generator)
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **_relax(made), "title": name}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _relax(schema: dict[str, Any]) -> dict[str, Any]:
    """Extend a schema by what the loader allows: variables, and lists in one text."""
    relaxed: dict[str, Any] = {}
    for key, value in schema.items():
        match key:
            case "title" | "discriminator":
                continue
            case "properties" | "$defs" | "patternProperties":
                relaxed[key] = {name: _relax(inner) for name, inner in value.items()}
            case "anyOf" | "oneOf":
                relaxed[key] = [_relax(inner) for inner in value]
            case "items":
                relaxed[key] = _relax(value)
            case _:
                relaxed[key] = value
    return _or_variable(_correct(relaxed))


def _correct(schema: dict[str, Any]) -> dict[str, Any]:
    """Correct what pydantic states about the parsed value and not about the text in the file."""
    if "patternProperties" in schema:
        schema["additionalProperties"] = False
    if schema.get("type") == "array" and "minLength" in schema:
        schema["minItems"] = schema.pop("minLength")
    if schema.get("type") == "string" and isinstance(schema.get("default"), int):
        schema["default"] = size_text(schema["default"])
    if "default" in schema and schema["default"] is None:
        del schema["default"]
    return schema


def _or_variable(schema: dict[str, Any]) -> dict[str, Any]:
    about: dict[str, Any] = {key: schema.pop(key) for key in ("description", "default", "examples") if key in schema}
    if schema.get("type") == "array" and not schema["items"].get("$ref", "").endswith("Section"):
        schema = {"anyOf": [schema, {"type": "string", "description": "One text, separated by commas."}]}
    elif schema.get("type") == "integer" or ({"pattern", "enum"} & schema.keys()):
        schema = {"anyOf": [schema, _VARIABLE]}
    return {**about, **schema}
