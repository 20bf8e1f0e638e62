"""Checks of a database: schema, integrity, foreign keys and search index."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.engine import Connection

from monitor.store import _migrations, _search_index


def check(connection: Connection) -> list[str]:
    """Return problems as sentences."""
    revision = _migrations.current(connection)
    if missing := _migrations.pending(revision):
        return [f"the schema is {revision or 'missing'}, this program wants {missing[-1]}: run `monitor db upgrade`"]
    damage = [] if connection.dialect.name != "sqlite" else _sqlite_damage(connection)
    return damage + _migrations.differences(connection) + _search_index.differences(connection)


def _sqlite_damage(connection: Connection) -> list[str]:
    found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check(10)"))]
    orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
    return [f"damaged: {each}" for each in found if each != "ok"] + [
        f"a row of {row[0]} has lost its parent in {row[2]}" for row in orphans[:10]
    ]
