"""How alembic reaches the database: through the connection that monitor.store hands it, inside one transaction.

From the command line (`alembic revision --autogenerate`, `alembic check`) there is none; then MONITOR_DATABASE says
which database to open. Column types are written as plain SQLAlchemy, so that a migration never imports the program.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from alembic import context
from sqlalchemy.types import TypeDecorator

from monitor.store._engine import create, parse
from monitor.store._migrations import is_ours, transaction
from monitor.store._tables import metadata

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from sqlalchemy.engine import Connection


def render_item(kind: str, item: object, _: AutogenContext) -> str | Literal[False]:
    """Write our own column types as what they are in the database."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl!r}"
    return False


def run(connection: Connection) -> None:
    """Run the migrations in the connection's transaction, or in one of their own."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_item=render_item,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        include_name=is_ours,
    )
    with context.begin_transaction():
        context.run_migrations()


if (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    engine = create(parse(os.environ.get("MONITOR_DATABASE", "sqlite:///data/monitor.db")), timedelta(seconds=5))
    with transaction(engine) as opened:
        run(opened)
    engine.dispose()
