"""Loads the files, or the last good configuration of the database where the files are refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from monitor import settings
from monitor.config_types.credentials import Secret
from monitor.core import rules
from monitor.core.errors import ConfigurationError, DatabaseError
from monitor.core.matching.rulebook import Rule
from monitor.core.model import ConfigTexts, Refusal, StoredConfiguration, refusals_of_folder, texts_digest
from monitor.settings import Settings
from monitor.settings.config_files import stored_files
from monitor.settings.database_address import database_address
from monitor.store import Store


def load_in_force(folder: Path, env: Mapping[str, str], *, warn: bool = True, needs_channels: bool = True) -> Settings:
    """Load the files, or where they are refused the last good configuration, with the refusal in it.

    Files that are those of the last good configuration were checked when it was stored: without `warn`, their rules are
    read when they are first used. `needs_channels` is that of `settings.load_if_unchanged`.
    ConfigurationError, as from `settings.load`, if there is no last good one, or no such folder.
    """
    if not warn and (unchanged := _load_if_unchanged(folder, env, needs_channels=needs_channels)) is not None:
        return unchanged
    try:
        return settings.load(folder, env, warn=warn)
    except ConfigurationError as refused:
        if (last_good := _last_good(folder, env)) is None:
            raise
        return replace(last_good, refusals=(*refusals_of_folder(refused.problems), *last_good.refusals))


def _load_if_unchanged(folder: Path, env: Mapping[str, str], *, needs_channels: bool) -> Settings | None:
    address = None if settings.folder_problem(folder) else database_address(folder, env)
    stored = None if address is None else stored_configuration(address)[0]
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
    except DatabaseError:  # unreachable, or not migrated yet: who needs more of it reports that
        return None, ()


def as_recorded(loaded: Settings, stored: StoredConfiguration | None, refusals: Sequence[Refusal]) -> Settings:
    """Apply what the daemon has decided about these files: rules that are held in an earlier version.

    Files that the daemon has not read yet are returned as they are.
    """
    if stored is None or texts_digest(loaded.texts) != texts_digest(stored.texts):
        return loaded
    of_rules = tuple(refusal for refusal in refusals if refusal.rule_id)
    return with_held_rules(replace(loaded, refusals=of_rules), stored.held_rules)


def with_held_rules(loaded: Settings, held: Mapping[str, ConfigTexts]) -> Settings:
    """Replace rules by their versions in force; the others, topics and lists are those of the files."""
    if not held:
        return loaded
    kept = (
        rule if rule.id not in held else _in_force(rule, loaded.folder, held[rule.id]) for rule in loaded.rules.rules
    )
    book = replace(loaded.rules, rules=tuple(kept))
    return replace(loaded, rules_in_force=book, held_rules=held)


def _in_force(rule: Rule, folder: Path, texts: ConfigTexts) -> Rule:
    return stored_rule(folder, rule.id, texts) or replace(rule, status="test")


def stored_rule(folder: Path, rule_id: str, texts: ConfigTexts) -> Rule | None:
    """Return a rule of rule files that were stored; None if they have none of that id."""
    book, _ = rules.load(stored_files(folder, texts).rules(), warn=False)
    return next((rule for rule in book.rules if rule.id == rule_id), None)


def _last_good(folder: Path, env: Mapping[str, str]) -> Settings | None:
    address = None if settings.folder_problem(folder) else database_address(folder, env)
    if address is None:
        return None
    stored, refusals = stored_configuration(address)
    if stored is None:
        return None
    try:
        loaded = settings.load_stored(folder, stored.texts, env)
    except ConfigurationError:  # a variable is gone, or this program has stricter checks
        return None
    if loaded.monitor.database != address:
        return None  # the configuration of another database
    return as_recorded(loaded, stored, refusals)
