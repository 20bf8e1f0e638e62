"""The store as the web page has it: on connections that cannot write, under a deadline, beside those of the daemon.

A slow query of a reader is aborted and delays no other. On SQLite the deadline is a callback of
the database's own engine, and so it runs whatever the question is doing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.core.errors import DatabaseError
from monitor.store import _engine, _pages
from monitor.store._database import BUSY_TIMEOUT
from monitor.store._store import Store

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.model import Hit, StoredArticle, Story
    from monitor.store._pages import HitQuery, Page, PageCursor

PATIENCE = timedelta(seconds=10)
"""How long a question may take."""


class Library(Store):
    """All that a reader may ask."""

    def __init__(self, url: str, *, busy_timeout: timedelta = BUSY_TIMEOUT, patience: timedelta = PATIENCE) -> None:
        super().__init__(url, busy_timeout=busy_timeout)
        if not self.shareable:
            raise DatabaseError(f"{self.url} is in memory, where no second reader can look; name a file")
        self._for_writing = self._engine
        self._engine = _engine.create(_engine.parse(url), busy_timeout)
        _engine.restrict(self._engine, patience)

    def close(self) -> None:
        """Give back every connection."""
        _engine.close(self._for_writing)
        super().close()

    def find_hits(
        self, query: HitQuery, before: PageCursor | None = None, limit: int = 50, *, reach: int = _pages.REACH
    ) -> Page[Hit]:
        """Hits, newest first, from a position on."""
        with self._reading() as connection:
            return _pages.find_hits(connection, query, before, limit, reach)

    def find_articles(
        self, words: str, before: PageCursor | None = None, limit: int = 50, *, reach: int = _pages.REACH
    ) -> Page[StoredArticle]:
        """Articles that hold every word, newest first, from a position on."""
        with self._reading() as connection:
            return _pages.find_articles(connection, words, before, limit, reach)

    def find_stories(
        self, since: datetime | None = None, before: PageCursor | None = None, limit: int = 50
    ) -> Page[Story]:
        """Stories that grew after `since`, newest first, from a position on."""
        with self._reading() as connection:
            return _pages.find_stories(connection, since, before, limit)

    def hits_of_entry(self, article_id: int) -> list[Hit]:
        """All hits on the entry of an article, in whichever version of its text."""
        with self._reading() as connection:
            return _pages.hits_of_entry(connection, article_id)

    def last_versions(self, article_id: int, limit: int) -> list[StoredArticle]:
        """Return the last versions of the entry that an article belongs to, the oldest of them first."""
        with self._reading() as connection:
            return _pages.last_versions(connection, article_id, limit)

    def count_by_rule(self, since: datetime) -> dict[str, int]:
        """How many hits each rule had since an instant."""
        with self._reading() as connection:
            return _pages.count_by_rule(connection, since)

    def count_hits(self, since: datetime) -> int:
        """How many hits there were since an instant."""
        with self._reading() as connection:
            return _pages.count_hits(connection, since)
