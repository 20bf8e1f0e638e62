"""The tables of the configuration in force."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field

from monitor.store._catalogue import Row
from monitor.store._types import Json, PlainText, UtcDateTime


class ConfigurationRow(Row, table=True):
    """The files of a configuration as text, by path; secrets are references."""

    __tablename__ = "configurations"

    digest: str = Field(primary_key=True, sa_type=PlainText)
    saved_at: datetime = Field(sa_type=UtcDateTime)
    texts: dict[str, Any] = Field(sa_type=Json)


class ConfigurationInForceRow(Row, table=True):
    """Which configuration is in force, and the edits refused since; one row."""

    __tablename__ = "configuration_in_force"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    digest: str | None = Field(sa_type=PlainText)
    """None until the first configuration was taken."""
    held_rules: dict[str, Any] = Field(sa_type=Json)
    """By rule id, the digest of the files that define the rule's version in force."""
    refusals: list[Any] = Field(sa_type=Json)
    decided_at: datetime = Field(sa_type=UtcDateTime)
