"""Applies, records or refuses the configuration: at the daemon's start, and after each edit of the files.

An edit is read when it is complete, or at SIGHUP. A refused one changes nothing but the settings' `refusals`, which
pages, digests and `monitor health` show. Each decision is logged and stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

import structlog

from monitor import configuration
from monitor.app import App
from monitor.core import jobs
from monitor.core.errors import ConfigurationError, MonitorError, Problem, UnreadableRowError
from monitor.core.model import Refusal, refusals_of_folder
from monitor.daemon.roles import Role
from monitor.pipeline import Pipeline
from monitor.runtime.threads import DaemonThreads
from monitor.settings import Settings

REFUSED = "configuration refused, the last good one goes on"
RULE_REFUSED = "edit of a rule refused"
_MAX_LOGGED_IDS = 50
"""Ids of each kind that are logged as added or removed; the others are counted."""
log = structlog.get_logger("monitor.daemon")


@dataclass(slots=True)
class ConfigWatcher:
    """Detects that the configuration on disk has changed, waits until the edit is complete, and reads it."""

    load: Callable[[], Settings]
    """Read the configuration; ConfigurationError if it is refused."""
    fingerprint: Callable[[], object]
    """Return a value that differs after any edit."""
    requested: bool = False
    """True after SIGHUP: the check that follows at once reads the files, even if the fingerprint is the same."""
    problems: tuple[Problem, ...] = ()
    """Why the last edit was refused; empty if it was accepted."""
    in_force: Callable[[], object] = lambda: None
    """Return a value that differs once another process has put another configuration in force."""
    _read: object = None
    _last: object = None
    _refused_against: object = None
    """The value of `in_force` when the files were last read."""

    def __post_init__(self) -> None:
        self._read = self._last = self.fingerprint()

    def changed(self) -> bool:
        """Return True once per edit, when two checks in a row see the same fingerprint.

        An unfinished save or checkout could otherwise be read as a removal of feeds or rules. What was refused is read
        again when another process takes an edit: a removal that is refused here may have been accepted there.
        """
        if self.problems and self.in_force() != self._refused_against:
            self.requested = True
        fingerprint = self.fingerprint()
        is_stable, self._last = fingerprint == self._last, fingerprint
        if not self.requested and (fingerprint == self._read or not is_stable):
            return False
        self._read, self.requested = fingerprint, False
        return True

    def read(self) -> Settings | None:
        """Read the configuration; None if it is refused, with the reasons in the log and in `problems`."""
        self._refused_against = self.in_force()
        try:
            settings = self.load()
        except ConfigurationError as error:
            self.refuse(error.problems)
            return None
        self.problems = ()
        return settings

    def refuse(self, problems: tuple[Problem, ...]) -> None:
        """Log and keep why what was read last is refused."""
        self.problems = problems
        _log_refused(problems)


@dataclass(slots=True, kw_only=True)
class ConfigReload:
    """The job that applies an edited configuration to a running pipeline."""

    app: App
    pipeline: Pipeline
    role: Role
    watcher: ConfigWatcher
    threads: DaemonThreads
    """Threads for reading files, which blocks."""
    run_decision: configuration.Run
    """Calls what decides on an edit; ConfigurationError if it takes too long."""

    async def run(self) -> None:
        """Apply or refuse an edit, if there is one, and then what was requested meanwhile."""
        await self._check()
        while self.watcher.requested:
            await self._check()

    async def _check(self) -> None:
        if not await self.threads.run(self.watcher.changed):
            return
        try:
            await self._apply_edit()
        except (MonitorError, UnreadableRowError):  # of the database, say: the edit is read again at the next check
            self.watcher.requested = True
            raise

    async def _apply_edit(self) -> None:
        settings = await self.threads.run(self.watcher.read)
        if settings is None:
            await self._refuse(self.watcher.problems)
            return
        decision = partial(configuration.decide, settings, self.app.store, self.app.clock(), self.run_decision)
        try:
            settings = await self.threads.run(decision)
        except ConfigurationError as error:
            self.watcher.refuse(error.problems)
            await self._refuse(error.problems)
            return
        _log_refused_rules(settings)
        changed = _changed_ids(self.app.settings, settings)
        needs_restart = await self.pipeline.apply_settings(settings)
        if self.role.records_configuration:
            await self.pipeline.database.run(configuration.record_accepted, self.app.store, settings, self.app.clock())
        await self.pipeline.database.run(self.app.record_heartbeat, jobs.CONFIG_ACCEPTED)
        log_accepted("configuration applied", settings, **changed)
        if needs_restart:
            log.warning("restart the daemon for these to take effect", changed=needs_restart)

    async def _refuse(self, problems: tuple[Problem, ...]) -> None:
        self.app.settings, refusals = refuse(self.app.settings, problems)
        if self.role.records_configuration:
            await self.pipeline.database.run(self.app.store.save_refusals, refusals, self.app.clock())
        await self.pipeline.database.run(self.app.record_heartbeat, jobs.CONFIG_REFUSED)


def read_edit(read: Callable[[], Settings], app: App) -> Settings:
    """Read edited files; ConfigurationError also if no feed, rule or digest is left of those in force.

    DatabaseError or UnreadableRowError if it is not known what is in force.
    """
    loaded = read()
    configuration.check_removal(app.store.configuration(), loaded)
    return loaded


def take_at_start(app: App, *, record: bool, accepted_removal: str = "") -> None:
    """Log and, with `record`, store the configuration that the daemon starts with, or why its files are refused.

    ConfigurationError for a removal that was not accepted: one in front of a database that was not migrated until now.
    """
    if any(not refusal.rule_id for refusal in app.settings.refusals):
        stored = app.store.configuration()
        since = f"{stored.saved_at:%Y-%m-%d %H:%M} UTC" if stored else "unknown"
        for refusal in app.settings.refusals:
            log.error(REFUSED, problem=str(refusal), of=since)
        if record:
            app.store.save_refusals(app.settings.refusals, app.clock())
        return
    if removal := configuration.check_removal(app.store.configuration(), app.settings, accepted_removal):
        log.warning("removal accepted", removed=str(removal), code=removal.code)
    app.settings = configuration.decide(app.settings, app.store, app.clock(), configuration.read_in_process_or_here)
    _log_refused_rules(app.settings)
    if record:
        configuration.record_accepted(app.store, app.settings, app.clock())


def _log_refused_rules(settings: Settings) -> None:
    """Log the edits of rules that are not in force."""
    for refusal in settings.refusals:
        log.error(RULE_REFUSED, rule=refusal.rule_id, problem=str(refusal))


def _log_refused(problems: Iterable[Problem]) -> None:
    """Log all problems of a refused edit."""
    for problem in problems:
        if problem.level == "error":
            log.error(REFUSED, problem=str(problem))
        else:
            _log_warning(problem)


def _changed_ids(before: Settings, after: Settings) -> dict[str, list[str]]:
    """Return which feeds, rules and digests an edit adds and removes: a file that was cut short removes some."""
    changed: dict[str, list[str]] = {}
    for kind, ids in _ids(after).items():
        old = _ids(before)[kind]
        changed |= {f"{kind}_added": sorted(ids - old), f"{kind}_removed": sorted(old - ids)}
    return {
        name: ids if len(ids) <= _MAX_LOGGED_IDS else [*ids[:_MAX_LOGGED_IDS], f"and {len(ids) - _MAX_LOGGED_IDS} more"]
        for name, ids in changed.items()
        if ids
    }


def _ids(settings: Settings) -> dict[str, set[str]]:
    return {
        "feeds": {str(feed.id) for feed in settings.feeds},
        "rules": {str(rule.id) for rule in settings.rule_summaries},
        "digests": {digest.id for digest in settings.digests},
    }


def log_accepted(event: str, settings: Settings, **changed: list[str]) -> None:
    """Log the size of a configuration that is in force now, what an edit changed, and its warnings."""
    log.info(event, feeds=len(settings.feeds), rules=len(settings.rule_summaries), **changed)
    for problem in settings.warnings:
        _log_warning(problem)


def _log_warning(problem: Problem) -> None:
    """Log a warning about the configuration."""
    log.warning("configuration warning", problem=str(problem))


def refuse(settings: Settings, problems: Iterable[Problem]) -> tuple[Settings, tuple[Refusal, ...]]:
    """Return the settings in force with the refusal of an edit in them, and all their refusals."""
    of_rules = tuple(refusal for refusal in settings.refusals if refusal.rule_id)
    refusals = (*refusals_of_folder(problems), *of_rules)
    return replace(settings, refusals=refusals), refusals
