"""The Store: all repositories of this package on one database.

Every public method is one transaction. All raise DatabaseError, with one clear line, for failures that an operator can
fix. They are synchronous; on SQLite one thread at a time may call them (any thread).
"""

from __future__ import annotations

from monitor.core.errors import DatabaseError
from monitor.store import _migrations
from monitor.store._alert_scopes import AlertScopes
from monitor.store._articles import Articles
from monitor.store._audits import Audits
from monitor.store._backup_log import BackupLog
from monitor.store._channel_states import ChannelStates
from monitor.store._configurations import Configurations
from monitor.store._coverage import CoverageReports
from monitor.store._daily_usage import UsageCounts
from monitor.store._deliveries import Deliveries
from monitor.store._digests import Digests
from monitor.store._feeds import FeedStates
from monitor.store._heartbeats import Heartbeats
from monitor.store._hits import Hits
from monitor.store._judgements import Judgements
from monitor.store._labels import Labels
from monitor.store._ledger import Ledgers
from monitor.store._maintenance import Maintenance
from monitor.store._operator import OperatorConditions
from monitor.store._paragraphs import Paragraphs
from monitor.store._polls import Polls
from monitor.store._pruning import Pruning
from monitor.store._rechecks import Rechecks
from monitor.store._rule_states import RuleStates
from monitor.store._search import Search
from monitor.store._service_metrics import Metrics
from monitor.store._stories import Stories
from monitor.store._translations import Translations


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
    UsageCounts,
    Articles,
    Rechecks,
    Paragraphs,
    Hits,
    Labels,
    Stories,
    Search,
    Digests,
    AlertScopes,
    CoverageReports,
    Ledgers,
    RuleStates,
    Translations,
    ChannelStates,
    Deliveries,
    OperatorConditions,
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
        if reason := store.unwritable():
            raise DatabaseError(f"database {store.url} lacks schema {missing[-1]}, and {reason}")
        raise DatabaseError(f"database {store.url} lacks schema {missing[-1]}: run `monitor db upgrade`")
