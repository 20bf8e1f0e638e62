"""What every mapping in the configuration is: closed to unknown keys, and frozen."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, model_validator


class Part(BaseModel):
    """A mapping in a file: closed to keys that it does not know, and frozen once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _nothing_means_left_out(cls, data: object) -> object:
        """Take a key with nothing behind it, as when all below it is commented out, for one that is left out."""
        if not isinstance(data, dict):
            return data
        known = {info.alias or name for name, info in cls.model_fields.items()}
        return {key: value for key, value in data.items() if value is not None or key not in known}
