"""Loads the files, or the last good configuration of the database where the files are refused."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from monitor import settings
from monitor.config_types.credentials import Secret
from monitor.configuration.deciding import as_decided, with_held_rules
from monitor.configuration.removals import check_removal
from monitor.core.errors import ConfigurationError, DatabaseError, DatabaseUnreachableError
from monitor.core.model import Refusal, StoredConfiguration, refusals_of_folder
from monitor.settings import Settings
from monitor.settings.database_address import database_address
from monitor.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recorded:
    """What was read from the database, in one attempt, since each may take as long as its time-out."""

    address: Secret | None = None
    """None if it cannot be read."""
    stored: StoredConfiguration | None = None
    """The configuration in force; None if none was stored, or if the database does not answer."""
    refusals: tuple[Refusal, ...] = ()
    failure: DatabaseError | None = None


def load_in_force(
    folder: Path,
    env: Mapping[str, str],
    *,
    warn: bool = True,
    needs_channels: bool = True,
    accepted_removal: str = "",
) -> Settings:
    """Load the files, or where they are refused the last good configuration, with the refusal in it.

    Files that are those of the last good configuration were checked when it was stored: without `warn`, their rules are
    read when they are first used. `needs_channels` is that of `settings.load`. Files without any feed, rule or digest
    are refused if the last good configuration has some, unless `accepted_removal` is the code of that removal.
    ConfigurationError, as from `settings.load`, if there is no last good one, or no such folder;
    DatabaseUnreachableError if the database does not answer.
    """
    recorded = cache(lambda: _recorded(folder, env))
    unchanged = None if warn else _load_if_unchanged(folder, env, recorded(), needs_channels=needs_channels)
    if unchanged:
        return unchanged
    try:
        loaded = settings.load(folder, env, warn=warn, needs_channels=needs_channels)
        check_removal(recorded().stored, loaded, accepted_removal)
    except ConfigurationError as refused:
        return _last_good(folder, env, recorded(), refused, needs_channels=needs_channels)
    if isinstance(failure := recorded().failure, DatabaseUnreachableError):
        raise failure  # of other failures, such as a database that is not migrated yet, opening the database decides
    return loaded


def load_for_display(folder: Path, env: Mapping[str, str]) -> Settings:
    """Load the configuration in force, as decided, for a command that shows it and needs no database.

    Where the database does not answer, or its address is in a variable that is not set, the files are returned as they
    are, with NO_DATABASE. Otherwise like `load_in_force`.
    """
    recorded = _recorded(folder, env)
    loaded = _load_if_unchanged(folder, env, recorded, needs_channels=False)
    try:
        loaded = loaded or settings.load(folder, env, warn=False, needs_channels=False, needs_variables=False)
        check_removal(recorded.stored, loaded)
    except ConfigurationError as refused:
        return _last_good(folder, env, recorded, refused, needs_channels=False)
    if recorded.failure is not None:
        return replace(loaded, monitor=loaded.monitor.model_copy(update={"database": Secret(settings.NO_DATABASE)}))
    return as_decided(loaded, recorded.stored, recorded.refusals)


def _recorded(folder: Path, env: Mapping[str, str]) -> _Recorded:
    address = None if settings.folder_problem(folder) else database_address(folder, env)
    if address is None:
        return _Recorded()
    try:
        with closing(Store(address.reveal())) as store:
            if store.is_missing():
                return _Recorded(address=address)
            return _Recorded(address=address, stored=store.configuration(), refusals=store.refusals())
    except DatabaseError as error:
        return _Recorded(address=address, failure=error)


def _load_if_unchanged(
    folder: Path, env: Mapping[str, str], recorded: _Recorded, *, needs_channels: bool
) -> Settings | None:
    if recorded.stored is None:
        return None
    loaded = settings.load_if_unchanged(folder, env, recorded.stored.texts, needs_channels=needs_channels)
    return None if loaded is None or loaded.monitor.database != recorded.address else loaded


def _last_good(
    folder: Path, env: Mapping[str, str], recorded: _Recorded, refused: ConfigurationError, *, needs_channels: bool
) -> Settings:
    """Return the last good configuration with the refusal of the files; raises `refused` if there is none."""
    stored = recorded.stored
    last_good = stored and _load_stored(folder, stored, env, needs_channels=needs_channels)
    if not stored or not last_good or last_good.monitor.database != recorded.address:  # the last: of another database
        raise refused
    of_rules = tuple(refusal for refusal in recorded.refusals if refusal.rule_id)
    in_force = with_held_rules(last_good, stored.held_rules)
    return replace(in_force, refusals=(*refusals_of_folder(refused.problems), *of_rules))


def _load_stored(
    folder: Path, stored: StoredConfiguration, env: Mapping[str, str], *, needs_channels: bool
) -> Settings | None:
    try:
        return settings.load_stored(folder, stored.texts, env, needs_channels=needs_channels)
    except ConfigurationError:  # a variable is gone, or this program has stricter checks
        return None
