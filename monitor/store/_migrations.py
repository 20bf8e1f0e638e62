"""Applies the migrations of the schema, all or none, in one transaction.

SQLite cannot switch foreign keys inside a transaction, and with them on, a batch change of a parent table would delete
its children. They are therefore off during migrations, and checked before the commit. The migrations are in `alembic/`
beside the package in a checkout, in `monitor/_alembic` when built.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, inspect, select, text
from sqlalchemy.engine import Connection, Engine

from monitor.core.counts import count
from monitor.core.errors import DatabaseError
from monitor.store._tables import metadata

if TYPE_CHECKING:
    from alembic.config import Config

VERSION_TABLE = "alembic_version"
_LINKS = re.compile(
    r"^revision = ['\"](?P<revision>\w+)['\"]\ndown_revision = (?:None|['\"](?P<before>\w+)['\"])$", re.MULTILINE
)
_WITHOUT_MODELS = ("procrastinate_", "host_rate_limits")
_LOCK = 0x6D6F6E69746F72
"""`monitor` in ASCII: the advisory lock for migrations on PostgreSQL."""


def head() -> str:
    """Return the revision that this program needs."""
    return _revisions()[-1]


def current(connection: Connection) -> str | None:
    """Return the revision of the database; None for an empty one."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    version = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant
    return None if version is None else str(version)


def pending(revision: str | None) -> list[str]:
    """List the revisions that are missing, oldest first; DatabaseError when the database is newer than this program."""
    revisions = _revisions()
    if revision is None:
        return revisions
    if revision not in revisions:
        raise DatabaseError(
            f"the database has schema {revision}, which this program does not know: it was migrated by a newer one;"
            " start that one again, or restore the copy from before the upgrade (docs/operations.md#go-back)"
        )
    return revisions[revisions.index(revision) + 1 :]


def upgrade(connection: Connection) -> list[str]:
    """Apply missing migrations in the transaction of the connection, and return their revisions."""
    from alembic import command

    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    missing = pending(current(connection))
    command.upgrade(_config(connection), "head")
    _refuse_orphans(connection)
    return missing


def downgrade(connection: Connection, revision: str) -> None:
    """Revert migrations down to `revision`, in the transaction of the connection; the program never does, tests do."""
    from alembic import command

    command.downgrade(_config(connection), revision)
    _refuse_orphans(connection)


def differences(connection: Connection) -> list[str]:
    """Return the differences between the database and the declared tables."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_ours})
    return [f"the schema differs: {_describe(each)}" for each in compare_metadata(context, metadata)]


def is_ours(name: str | None, kind: str, _parents: object = None) -> bool:
    """Return False for what no model declares: the workers' tables on PostgreSQL."""
    return kind != "table" or name is None or not name.startswith(_WITHOUT_MODELS)


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Yield a connection in a writing transaction; on SQLite with foreign keys off until it ends."""
    with engine.connect() as connection:
        _foreign_keys(connection, on=False)
        try:
            with connection.begin():
                yield connection
        finally:
            _foreign_keys(connection, on=True)


def _foreign_keys(connection: Connection, *, on: bool) -> None:
    """Switch foreign keys on the driver's connection.

    SQLAlchemy would begin a transaction first, in which the pragma has no effect.
    """
    raw = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite" and raw is not None:
        raw.cursor().execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")


def _refuse_orphans(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
    if orphans:
        raise DatabaseError(
            f"the migration would leave {count(len(orphans), 'row')} of {orphans[0][0]} without their parent"
        )


def _describe(difference: Any) -> str:  # noqa: ANN401 - alembic gives a tuple, or a list of tuples for a changed column
    kind, *rest = difference[0] if isinstance(difference, list) else difference
    return f"{kind.replace('_', ' ')} {', '.join(str(part) for part in rest if part is not None)}"


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_folder()).replace("%", "%%"))
    return config


def _revisions() -> list[str]:
    """Return all revisions, oldest first, read from the files without importing alembic, for a fast start.

    Each file names the revision before it. The numbers give no order: migrations are numbered when they are begun.
    """
    folder = _folder() / "versions"
    names = [file.name for file in folder.iterdir()]  # glob() would hide that it cannot be read
    next_of: dict[str, str] = {}
    for name in names:
        if name[0].isdigit() and name.endswith(".py"):
            text = (folder / name).read_text(encoding="utf-8")
            links = _LINKS.search(text)
            if links is None:
                raise DatabaseError(f"{folder / name} does not say which migration comes before it")
            next_of[links["before"] or ""] = links["revision"]
    revisions: list[str] = []
    while (before := revisions[-1] if revisions else "") in next_of:
        revisions.append(next_of[before])
    return revisions


def _folder() -> Path:
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_alembic", package.parent / "alembic"):
        if (folder / "env.py").is_file():
            return folder
    raise DatabaseError(f"the migrations are missing: neither {package}/_alembic nor {package.parent}/alembic is there")
