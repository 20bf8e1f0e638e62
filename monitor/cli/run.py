"""`monitor run`, the daemon with its web page; `serve`, the page alone; `health`, which asks whether it is well."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
import structlog

from monitor import logs
from monitor.cli.session import Session, pass_session, secrets_of
from monitor.core.errors import UsageError
from monitor.jobs import RELOAD

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from monitor.app import App
    from monitor.daemon import ConfigWatch
    from monitor.settings import MonitorFile, Settings

log = structlog.get_logger("monitor.web")


@click.command()
@click.option(
    "--role",
    type=click.Choice(["all", "scheduler", "worker", "web"]),
    default="all",
    show_default=True,
    help="What this process does: all, or the web page alone. The others come with workers, and are refused as yet.",
)
@pass_session
def run(session: Session, *, role: str) -> None:
    """Run the daemon.

    It polls, matches, sends digests and alerts, keeps house, takes edits of the configuration, and serves the web page.
    The database is created when there is none. SIGTERM finishes what is in flight, within 30 seconds; SIGHUP reads the
    configuration at once.
    """
    from monitor import daemon
    from monitor.app import open_app

    if role in {"scheduler", "worker"}:
        raise UsageError(f"--role {role}: this version runs everything in one process; leave the option out")
    if role == "web":
        _serve(session)
        return
    loaded = _read(session)
    with _opened(loaded.monitor) as opened, open_app(loaded, migrate=True) as app:
        asyncio.run(daemon.serve(app, _watch(session), beside=lambda: _page(opened, app)))


@click.command()
@pass_session
def serve(session: Session) -> None:
    """Serve the web page alone, on a database that a daemon fills.

    Where it listens, and what a visitor has to know, stands in monitor.yaml under web. SIGTERM or Ctrl-C ends it.
    """
    _serve(session)


@click.command()
@pass_session
@click.pass_context
def health(context: click.Context, session: Session) -> None:
    """Say whether the daemon is well.

    Exit code 0 when it ticked lately and the database answers, else 1 and the reason.
    """
    from monitor.core.errors import DatabaseError
    from monitor.jobs import ailments

    try:
        with session.app() as app:
            wrong = ailments(app.store.beats(), app.clock())
    except DatabaseError as error:
        wrong = [str(error)]
    for sentence in wrong:
        click.echo(sentence, err=True)
    if wrong:
        context.exit(1)
    click.echo("well")


def _serve(session: Session) -> None:
    from monitor.app import open_app

    loaded = _read(session)
    if not loaded.monitor.web.wanted:
        raise UsageError("web.listen in monitor.yaml is off; write an address there, such as 127.0.0.1:8080")
    with _opened(loaded.monitor) as opened, open_app(loaded, migrate=False) as app, _page(opened, app) as address:
        click.echo(f"The web page: {address}", err=True)
        asyncio.run(_until_told(app, _watch(session)))


@contextmanager
def _opened(monitor: MonitorFile) -> Iterator[socket.socket | None]:
    """Take the page's port, or say that it cannot be had, before anything else begins."""
    from monitor.web import listening

    if not monitor.web.wanted:
        yield None
        return
    with listening(monitor) as opened:
        yield opened


@contextmanager
def _page(opened: socket.socket | None, app: App) -> Iterator[str]:
    """Serve the page, by the configuration that the app has at the moment."""
    from monitor.web import serving

    if opened is None:
        yield ""
        return
    with serving(opened, lambda: app.settings, app.clock) as address:
        yield address


async def _until_told(app: App, config: ConfigWatch) -> None:
    """Take edits of the configuration until SIGTERM or SIGINT."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    while not told.is_set():
        try:
            async with asyncio.timeout(RELOAD.every.total_seconds()):
                await told.wait()
        except TimeoutError:
            await asyncio.to_thread(_reread, app, config)


def _reread(app: App, config: ConfigWatch) -> None:
    if not config.changed():
        return
    settings = config.read()
    if settings is None:
        return
    before, after = app.settings.monitor, settings.monitor
    app.settings = settings
    if changed := [key for key in ("database", "web", "log") if getattr(before, key) != getattr(after, key)]:
        log.warning("restart the page for these to take effect", changed=changed)
    log.info("configuration taken", feeds=len(settings.feeds), rules=len(settings.rules.rules))


def _watch(session: Session) -> ConfigWatch:
    from monitor import settings
    from monitor.daemon import ConfigWatch

    return ConfigWatch(load=lambda: _read(session), fingerprint=lambda: settings.fingerprint(session.config))


def _read(session: Session) -> Settings:
    settings = session.read()
    log = settings.monitor.log
    logs.configure(form=log.format, level=session.level(log.level), secrets=secrets_of(settings))
    return settings


COMMANDS = (run, serve, health)
