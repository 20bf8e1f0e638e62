"""What every table has in common: one catalogue, and names for constraints by convention.

A constraint without a name cannot be changed by a batch migration on SQLite.
"""

from __future__ import annotations

from sqlalchemy import MetaData
from sqlmodel import SQLModel

CATALOGUE = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Row(SQLModel):
    """A row of one of our tables."""

    metadata = CATALOGUE
