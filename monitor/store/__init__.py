"""The archive and the outbox: values in, values out, one public method is one transaction.

Works alike on SQLite and PostgreSQL. Rows, SQL and sessions never leave this package.
"""

from __future__ import annotations

from monitor.store._articles import Span
from monitor.store._database_thread import DatabaseThread
from monitor.store._library import Library
from monitor.store._pages import HitQuery, Page, Position
from monitor.store._search import words_of
from monitor.store._store import Store, open_store
from monitor.store._turns import Turns

__all__ = [
    "DatabaseThread",
    "HitQuery",
    "Library",
    "Page",
    "Position",
    "Span",
    "Store",
    "Turns",
    "open_store",
    "words_of",
]
