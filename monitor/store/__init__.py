"""The archive and the outbox: values in, values out, one public method is one transaction.

Works alike on SQLite and PostgreSQL. Rows and SQL never leave this package.

Each module is the repository of one noun: its statements, the mapping of its rows to values, and its transactions.
Tables are SQLModel classes (`HitRow`), and statements are SQLAlchemy Core statements over their typed attributes:

    _OF_RULE = select(col(HitRow.id), col(HitRow.found_at)).where(col(HitRow.rule_id) == bindparam("rule_id"))

`sqlmodel.col` tells mypy that the attribute of a class is a column of that type; the SQL is that of the table's own
column. `select(HitRow)` reads all columns. Statements run on a Connection, never on a Session, so that what comes back
are plain rows and bulk statements stay bulk statements. A statement that is always the same is a constant with
parameters, which SQLAlchemy compiles once.
"""

from __future__ import annotations

from monitor.store._articles import ArchiveSection
from monitor.store._backups import remove_outdated
from monitor.store._database_thread import DatabaseThread
from monitor.store._digests import KnownMessageError
from monitor.store._heartbeats import LAST_OPERATOR_MESSAGE
from monitor.store._host_limits import HostLimits
from monitor.store._pages import HitQuery, ListPage, PageCursor
from monitor.store._retention import RetentionCutoffs
from monitor.store._search import INDEXED_AT_ONCE
from monitor.store._store import Store, WebStore, open_store
