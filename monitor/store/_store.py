"""The Store: all repositories of this package on one database.

Every public method is one transaction. All raise DatabaseError, with one clear line, for failures that an operator can
fix. They are synchronous; on SQLite one thread at a time may call them (any thread).
"""

from __future__ import annotations

from datetime import timedelta

from monitor.core.errors import DatabaseError
from monitor.store import _engine, _migrations
from monitor.store._articles import Articles
from monitor.store._audits import Audits
from monitor.store._backfills import Backfills
from monitor.store._backups import BackupLog
from monitor.store._channel_states import ChannelStates
from monitor.store._configuration_edits import ConfigurationEdits
from monitor.store._configurations import Configurations
from monitor.store._coverage import CoverageReports
from monitor.store._database import BUSY_TIMEOUT
from monitor.store._deliveries import Deliveries
from monitor.store._delivery_lists import DeliveryLists
from monitor.store._digest_renames import DigestRenames
from monitor.store._digests import Digests
from monitor.store._feed_states import FeedStates
from monitor.store._heartbeats import Heartbeats
from monitor.store._hits import Hits
from monitor.store._judgements import Judgements
from monitor.store._labels import Labels
from monitor.store._ledger import Ledgers
from monitor.store._maintenance import Maintenance
from monitor.store._pages import Pages
from monitor.store._paragraphs import Paragraphs
from monitor.store._polls import Polls
from monitor.store._pruning import Pruning
from monitor.store._rechecks import Rechecks
from monitor.store._search import Search
from monitor.store._service_metrics import Metrics
from monitor.store._stories import Stories
from monitor.store._translations import Translations

TIME_LIMIT = timedelta(seconds=10)
"""Time limit of one transaction."""


def open_store(url: str, *, migrate: bool) -> Store:
    """Open the database, `migrate` its schema, and raise DatabaseError if it does not fit this program."""
    store = Store(url)
    try:
        _fit(store, migrate=migrate)
    except BaseException:
        store.close()
        raise
    return store


class Store(
    Maintenance,
    FeedStates,
    Polls,
    Backfills,
    Articles,
    Rechecks,
    Paragraphs,
    Hits,
    Labels,
    Stories,
    Search,
    Digests,
    DigestRenames,
    CoverageReports,
    Ledgers,
    Translations,
    ChannelStates,
    Deliveries,
    DeliveryLists,
    ConfigurationEdits,
    Configurations,
    BackupLog,
    Audits,
    Judgements,
    Metrics,
    Heartbeats,
    Pruning,
):
    """All stored data."""


def _fit(store: Store, *, migrate: bool) -> None:
    if migrate:
        store.upgrade()
    elif missing := _migrations.pending(store.current()):
        steps = missing[0] if len(missing) == 1 else f"{missing[0]} to {missing[-1]}"
        if reason := store.why_unwritable():
            raise DatabaseError(f"database {store.url} lacks schema {steps}, and {reason}")
        raise DatabaseError(f"database {store.url} lacks schema {steps}: run `monitor db upgrade`")


class WebStore(Store, Pages):
    """The store with its paged lists, on read-only connections."""

    def __init__(self, url: str, *, busy_timeout: timedelta = BUSY_TIMEOUT, time_limit: timedelta = TIME_LIMIT) -> None:
        super().__init__(url, busy_timeout=busy_timeout)
        if not self.shareable:
            raise DatabaseError(
                f"{self.url} is in memory, which no second connection can read; set `database` to a file"
            )
        self._for_writing = self._engine
        self._engine = _engine.create(_engine.parse(url), busy_timeout)
        _engine.make_read_only(self._engine, time_limit)
        self._last_statements.listen(self._engine)

    def close(self) -> None:
        """Close all connections."""
        _engine.close(self._for_writing)
        super().close()
