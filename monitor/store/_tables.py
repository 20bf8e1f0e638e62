"""All tables that this program declares; importing this module completes the metadata."""

from __future__ import annotations

from monitor.store import (  # noqa: F401 - each declares tables
    _audit_tables,
    _incoming_tables,
    _outgoing_tables,
    _search_tables,
    _story_tables,
)
from monitor.store._table_base import METADATA

metadata = METADATA
