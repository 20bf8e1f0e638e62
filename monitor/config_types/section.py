"""The base class of all mappings in configuration files."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

V = TypeVar("V", bound="DataclassInstance")


class ConfigSection(BaseModel):
    """A mapping in a configuration file. Unknown keys are errors, and values cannot change once they are read."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_empty_keys(cls, data: object) -> object:
        """Treat a key without a value as left out, as when all lines below it are commented out."""
        if not isinstance(data, dict):
            return data
        keys = {info.alias or name for name, info in cls.model_fields.items()}
        return {key: value for key, value in data.items() if value is not None or key not in keys}

    def to_value(self, kind: type[V], /, **extra: object) -> V:
        """Build a dataclass from the keys that have the names of its fields; `extra` holds more fields."""
        names = (field.name for field in fields(kind))
        return kind(**{name: getattr(self, name) for name in names if name in type(self).model_fields} | extra)
