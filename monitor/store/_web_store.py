"""The Store for web pages: read-only connections with a deadline, separate from those of the daemon.

A reader's slow query is aborted and delays no other. On SQLite the deadline is a callback that the database engine
calls during a query.
"""

from __future__ import annotations

from datetime import timedelta

from monitor.core.errors import DatabaseError
from monitor.store import _engine
from monitor.store._database import BUSY_TIMEOUT
from monitor.store._pages import Pages
from monitor.store._store import Store

PATIENCE = timedelta(seconds=10)
"""Time limit of one transaction."""


class WebStore(Store, Pages):
    """The store with its paged lists, on read-only connections."""

    def __init__(self, url: str, *, busy_timeout: timedelta = BUSY_TIMEOUT, patience: timedelta = PATIENCE) -> None:
        super().__init__(url, busy_timeout=busy_timeout)
        if not self.shareable:
            raise DatabaseError(
                f"{self.url} is in memory, which no second connection can read; set `database` to a file"
            )
        self._for_writing = self._engine
        self._engine = _engine.create(_engine.parse(url), busy_timeout)
        _engine.restrict(self._engine, patience)

    def close(self) -> None:
        """Close all connections."""
        _engine.close(self._for_writing)
        super().close()
