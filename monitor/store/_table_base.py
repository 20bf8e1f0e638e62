"""The base of all table models, and the naming convention of constraints.

A constraint without a name cannot be changed by a batch migration on SQLite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import MetaData, Table
from sqlmodel import SQLModel

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class TableRow(SQLModel):
    """The base of all table models. They declare tables and type their columns; no instances are made of them.

    So no validators are built, which would take a tenth of the time of importing this package.
    """

    model_config = {"defer_build": True}

    if TYPE_CHECKING:
        __table__: ClassVar[Table]
    metadata = METADATA
