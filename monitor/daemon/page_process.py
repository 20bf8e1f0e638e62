"""A process that serves only the web page: keeps to the configuration that the daemon has in force."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import NoReturn

import structlog

from monitor import configuration
from monitor.app import App
from monitor.core.errors import DatabaseError, UnreadableRowError
from monitor.core.jobs import RELOAD
from monitor.daemon.config_reload import ConfigWatcher, refuse
from monitor.daemon.stopping import STOP_LIMIT_SECONDS, handle_stop_signals
from monitor.daemon.watchdog import STALL_LIMIT_SECONDS, SystemdNotifier, watch_loop
from monitor.runtime import threads
from monitor.settings import Settings

log = structlog.get_logger("monitor.web")


async def reload_until_stopped(app: App, config: ConfigWatcher) -> None:
    """Reload edits of the configuration until SIGTERM or SIGINT, and everything at SIGHUP."""
    stop, hangup, notifier = asyncio.Event(), asyncio.Event(), SystemdNotifier(os.environ)
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hangup.set)
    with handle_stop_signals(stop.set, STOP_LIMIT_SECONDS), watch_loop(notifier, STALL_LIMIT_SECONDS):
        notifier.send("READY=1")
        waiting, edits = asyncio.create_task(stop.wait()), asyncio.create_task(_reload_edits(app, config, hangup))
        await asyncio.wait({waiting, edits}, return_when=asyncio.FIRST_COMPLETED)
        if edits.done():
            edits.result()  # raises: it never returns
        edits.cancel()


async def _reload_edits(app: App, config: ConfigWatcher, hangup: asyncio.Event) -> NoReturn:
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(hangup.wait(), RELOAD.every.total_seconds())
            hangup.clear()
            config.requested = True
        await threads.call(_reload, app, config)


def _reload(app: App, config: ConfigWatcher) -> None:
    if not config.changed():
        return
    try:
        settings = config.read()
    except (DatabaseError, UnreadableRowError) as error:
        log.warning("the edit is read again later", reason=str(error))
        config.requested = True
        return
    if settings is None:
        app.settings, _ = refuse(app.settings, config.problems)
        return
    before, after = app.settings.monitor, settings.monitor
    app.settings = _decided_by_daemon(app, settings)
    if changed := [key for key in ("database", "web", "log") if getattr(before, key) != getattr(after, key)]:
        log.warning("restart the page for these to take effect", changed=changed)
    log.info("configuration applied", feeds=len(settings.feeds), rules=len(settings.rule_summaries))


def follow_daemon(app: App) -> None:
    """Use the same versions of the rules as the daemon, which keeps earlier versions of some."""
    app.settings = _decided_by_daemon(app, app.settings)


def _decided_by_daemon(app: App, settings: Settings) -> Settings:
    """Return these settings with the daemon's versions of the rules; pages are never to show others as in force."""
    if not all(refusal.rule_id for refusal in settings.refusals):
        return settings
    try:
        stored, refusals = app.store.configuration(), app.store.refusals()
    except (DatabaseError, UnreadableRowError) as error:
        log.warning("the rules are shown as the files have them", reason=str(error))
        return settings
    return configuration.as_decided(settings, stored, refusals, configuration.read_in_process_or_here)


def refusals_of_daemon(app: App) -> object:
    """Return a value that changes whenever the daemon decides again; None while it cannot be read."""
    try:
        return app.store.refusals()
    except (DatabaseError, UnreadableRowError):
        return None


def digest_of_daemon(app: App) -> str | None:
    """Return a value that changes when the daemon puts another configuration in force; None if it cannot be read."""
    try:
        return app.store.configuration_digest()
    except DatabaseError:
        return None
