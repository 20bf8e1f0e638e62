"""Loads the files, or the last good configuration of the database where the files are refused."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path

from monitor import settings
from monitor.config_types.credentials import Secret
from monitor.configuration.deciding import with_held_rules
from monitor.core.errors import ConfigurationError, DatabaseError
from monitor.core.model import Refusal, StoredConfiguration, refusals_of_folder
from monitor.settings import Settings
from monitor.settings.database_address import database_address
from monitor.store import Store


def load_in_force(
    folder: Path, env: Mapping[str, str], *, warn: bool = True, needs_channels: bool = True, may_lose: bool = False
) -> Settings:
    """Load the files, or where they are refused the last good configuration, with the refusal in it.

    Files that are those of the last good configuration were checked when it was stored: without `warn`, their rules are
    read when they are first used. `needs_channels` is that of `settings.load`. Files without any feed, rule or digest
    are refused if the last good configuration has some, unless they `may_lose` them, which an operator has to say.
    ConfigurationError, as from `settings.load`, if there is no last good one, or no such folder.
    """
    recorded = cache(lambda: _recorded(folder, env))
    if not warn and (unchanged := _load_if_unchanged(folder, env, *recorded()[:2], needs_channels=needs_channels)):
        return unchanged
    try:
        loaded = settings.load(folder, env, warn=warn, needs_channels=needs_channels)
        if not may_lose and (stored := recorded()[1]) is not None:
            settings.check_nothing_lost(stored.texts, loaded)
    except ConfigurationError as refused:
        address, stored, refusals = recorded()
        if stored is None or (last_good := _load_stored(folder, stored, env, needs_channels=needs_channels)) is None:
            raise
        if last_good.monitor.database != address:  # the configuration of another database
            raise
        of_rules = tuple(refusal for refusal in refusals if refusal.rule_id)
        in_force = with_held_rules(last_good, stored.held_rules)
        return replace(in_force, refusals=(*refusals_of_folder(refused.problems), *of_rules))
    return loaded


Recorded = tuple[Secret | None, StoredConfiguration | None, tuple[Refusal, ...]]


def _recorded(folder: Path, env: Mapping[str, str]) -> Recorded:
    """Return the address of the database, what it says is in force, and the refused edits."""
    address = None if settings.folder_problem(folder) else database_address(folder, env)
    return (None, None, ()) if address is None else (address, *stored_configuration(address))


def _load_if_unchanged(
    folder: Path,
    env: Mapping[str, str],
    address: Secret | None,
    stored: StoredConfiguration | None,
    *,
    needs_channels: bool,
) -> Settings | None:
    if stored is None:
        return None
    loaded = settings.load_if_unchanged(folder, env, stored.texts, needs_channels=needs_channels)
    return None if loaded is None or loaded.monitor.database != address else loaded


def stored_configuration(address: Secret) -> tuple[StoredConfiguration | None, tuple[Refusal, ...]]:
    """Return what the database says is in force, and the refused edits; nothing if there is no such database yet."""
    try:
        with closing(Store(address.reveal())) as store:
            if store.is_missing():
                return None, ()
            return store.configuration(), store.refusals()
    except DatabaseError:  # unreachable, or not migrated yet: commands that need the database report it
        return None, ()


def _load_stored(
    folder: Path, stored: StoredConfiguration, env: Mapping[str, str], *, needs_channels: bool
) -> Settings | None:
    try:
        return settings.load_stored(folder, stored.texts, env, needs_channels=needs_channels)
    except ConfigurationError:  # a variable is gone, or this program has stricter checks
        return None
