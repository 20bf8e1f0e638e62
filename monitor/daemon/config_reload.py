"""Detects edits of the configuration, and applies or refuses them.

An edit is read when it is complete, or at SIGHUP. A refused one changes nothing but the settings' `refusals`, which
pages, digests and `monitor health` show.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from monitor.app import App
from monitor.configuration import decide, record_accepted
from monitor.core import jobs
from monitor.core.errors import ConfigurationError, Problem
from monitor.daemon import configuration
from monitor.daemon.roles import Role
from monitor.pipeline import Pipeline
from monitor.runtime.threads import DaemonThreads
from monitor.settings import Settings

log = structlog.get_logger("monitor.daemon")


@dataclass(slots=True)
class ConfigWatcher:
    """Detects that the configuration on disk has changed, waits until the edit is complete, and reads it."""

    load: Callable[[Settings], Settings]
    """Read the configuration, given the one in force; ConfigurationError if it is refused."""
    fingerprint: Callable[[], object]
    """Return a value that differs after any edit."""
    requested: bool = False
    """True after SIGHUP: the next check reads the files, even if the fingerprint is the same."""
    problems: tuple[Problem, ...] = ()
    """Why the last edit was refused; empty if it was accepted."""
    _read: object = None
    _last: object = None

    def __post_init__(self) -> None:
        self._read = self._last = self.fingerprint()

    def changed(self) -> bool:
        """Return True once per edit, when two checks in a row see the same fingerprint.

        An unfinished save or checkout could otherwise be read as a removal of feeds or rules.
        """
        fingerprint = self.fingerprint()
        is_stable, self._last = fingerprint == self._last, fingerprint
        if not self.requested and (fingerprint == self._read or not is_stable):
            return False
        self._read, self.requested = fingerprint, False
        return True

    def read(self, current: Settings) -> Settings | None:
        """Read the configuration; None if it is refused, with the reasons in the log and in `problems`."""
        try:
            settings = self.load(current)
        except ConfigurationError as error:
            self.problems = error.problems
            configuration.log_refused(error.problems)
            return None
        self.problems = ()
        return settings


@dataclass(slots=True, kw_only=True)
class ConfigReload:
    """The job that applies an edited configuration to a running pipeline."""

    app: App
    pipeline: Pipeline
    role: Role
    watcher: ConfigWatcher
    threads: DaemonThreads
    """Threads for reading files, which blocks."""

    async def run(self) -> None:
        """Apply or refuse an edit, if there is one."""
        if not await self.threads.run(self.watcher.changed):
            return
        settings = await self.threads.run(self.watcher.read, self.app.settings)
        if settings is None:
            await self._refuse(self.watcher.problems)
            return
        settings = await self.threads.run(decide, settings, self.app.store, self.app.clock())
        configuration.log_refused_rules(settings)
        needs_restart = await self.pipeline.apply_settings(settings)
        if self.role.records_configuration:
            await self.pipeline.database.run(record_accepted, self.app.store, settings, self.app.clock())
        await self.pipeline.database.run(self.app.record_heartbeat, jobs.CONFIG_ACCEPTED)
        configuration.log_accepted("configuration applied", settings)
        if needs_restart:
            log.warning("restart the daemon for these to take effect", changed=needs_restart)

    async def _refuse(self, problems: tuple[Problem, ...]) -> None:
        self.app.settings, refusals = configuration.refuse(self.app.settings, problems)
        if self.role.records_configuration:
            await self.pipeline.database.run(self.app.store.save_refusals, refusals, self.app.clock())
        await self.pipeline.database.run(self.app.record_heartbeat, jobs.CONFIG_REFUSED)
