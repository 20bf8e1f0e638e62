"""Compiles each statement once for all databases of a kind: a quarter of the work of tests that use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine.default import DefaultDialect

if TYPE_CHECKING:
    from sqlalchemy import Engine

_first: dict[tuple[type[DefaultDialect], int], Engine] = {}
"""The first engine of each kind."""


def share_between_databases() -> None:
    """Give every engine that this process makes from now on the compiled statements of the first of its kind."""
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        dialect.engine_created = staticmethod(_share)


def _share(engine: Engine) -> None:
    kind = (type(engine.dialect), engine.dialect.insertmanyvalues_page_size)
    first = _first.setdefault(kind, engine)
    if first.dialect.server_version_info is None:  # it has not connected yet
        _first[kind] = engine
    else:
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
