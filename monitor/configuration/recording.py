"""Records in the database the configuration that the daemon has decided to work with."""

from __future__ import annotations

from datetime import datetime

from monitor.core.model import StoredConfiguration
from monitor.settings import Settings
from monitor.store import Store


def record_accepted(store: Store, loaded: Settings, now: datetime) -> None:
    """Store a configuration that is in force from now on, and the edits of single rules that it leaves out."""
    stored = StoredConfiguration(texts=loaded.texts, saved_at=now, held_rules=loaded.held_rules)
    store.save_configuration(stored, loaded.refusals)
