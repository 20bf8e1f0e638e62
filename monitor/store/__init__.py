"""The archive and the outbox: values in, values out, one public method is one transaction.

Works alike on SQLite and PostgreSQL. Rows, SQL and sessions never leave this package.
"""

from __future__ import annotations

from monitor.store._articles import Span
from monitor.store._database_thread import DatabaseThread
from monitor.store._host_limits import HostLimits
from monitor.store._library import Library
from monitor.store._pages import HitQuery, Page, PageCursor
from monitor.store._retention import Bounds
from monitor.store._search import words_of
from monitor.store._store import Store, open_store

__all__ = [
    "Bounds",
    "DatabaseThread",
    "HitQuery",
    "HostLimits",
    "Library",
    "Page",
    "PageCursor",
    "Span",
    "Store",
    "open_store",
    "words_of",
]
