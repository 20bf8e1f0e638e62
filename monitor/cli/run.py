"""`monitor run`, the daemon with its web page; `serve`, the page alone; `health`, which asks whether it is well."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Literal, NoReturn

import click
import structlog

from monitor.cli.session import Session, pass_session, secrets_of
from monitor.core.errors import UsageError
from monitor.core.jobs import RELOAD
from monitor.daemon.stopping import LIMIT, handle_stop_signals
from monitor.runtime import descriptors, logs, threads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.app import App
    from monitor.daemon.service import ConfigWatcher, RoleName
    from monitor.runtime.descriptors import Allocation
    from monitor.settings import MonitorFile, Settings

ROLES = ("all", "scheduler", "worker", "web")
log = structlog.get_logger("monitor.web")


@click.command()
@click.option(
    "--role",
    type=click.Choice(ROLES),
    default="all",
    show_default=True,
    help="What this process does: all, or a part of it. Scheduler and worker need PostgreSQL.",
)
@pass_session
def run(session: Session, *, role: RoleName | Literal["web"]) -> None:
    """Run the daemon.

    It polls, matches, sends digests and alerts, keeps house, takes edits of the configuration, and serves the web page.
    The database is created when there is none. SIGTERM finishes what is in flight, within 30 seconds; SIGHUP reads the
    configuration at once.

    On PostgreSQL the same can be done by several processes: one scheduler, which says what is due and composes what is
    told, any number of workers, which poll and send, and the page (web).
    """
    from monitor.app import check_not_damaged, open_app
    from monitor.daemon import service

    if role == "web":
        _serve(session)
        return
    descriptors.raise_limit()
    loaded = _read(session)
    if role != "all":
        _share(loaded.monitor, role)
    shares = _shares(loaded.monitor, page=role == "all", work=role != "scheduler")
    check_not_damaged(loaded)
    with open_app(_fitted(loaded, shares), migrate=True) as app:
        page = partial(_page, app, shares) if role == "all" else nullcontext
        asyncio.run(service.run_daemon(app, _watch(session, shares), beside=page, role=role))


@click.command()
@pass_session
def serve(session: Session) -> None:
    """Serve the web page alone, on a database that a daemon fills.

    Where it listens, and what a visitor has to know, stands in monitor.yaml under web. SIGTERM or Ctrl-C ends it.
    """
    _serve(session)


@click.command()
@click.option(
    "--role",
    type=click.Choice(ROLES),
    default="all",
    show_default=True,
    help="Whose health: that of everything, as the scheduler sees it too; of the workers on this machine; of the page.",
)
@pass_session
@click.pass_context
def health(context: click.Context, session: Session, *, role: str) -> None:
    """Say whether the daemon is well.

    Exit code 0 when it ticked lately and the database answers, else 1 and the reason.
    """
    from monitor.core.errors import DatabaseError

    try:
        with session.app() as app:
            damage = app.store.damage()
            wrong = [f"the database is damaged: {damage}"] * bool(damage) + _wrong(app, role)
    except DatabaseError as error:
        wrong = [str(error)]
    for sentence in wrong:
        click.echo(sentence, err=True)
    if wrong:
        context.exit(1)
    click.echo("well")


def _wrong(app: App, role: str) -> list[str]:
    """Tell what is wrong with those of a role, in sentences."""
    from monitor import web
    from monitor.core import jobs

    match role:
        case "worker":
            return jobs.worker_health_problems(app.heartbeats(), app.clock(), socket.gethostname())
        case "web":
            app.store.ping()
            return web.health_problems(app.settings.monitor)
        case _:
            return jobs.health_problems(app.heartbeats(), app.clock())


def _share(monitor: MonitorFile, role: str) -> None:
    """Refuse to share a database that is for one process."""
    if monitor.database.reveal().startswith("sqlite"):
        raise UsageError(
            f"--role {role} needs PostgreSQL, and the database is an SQLite file, which one process has for itself: "
            "leave the option out, or name a database postgresql+psycopg://... in monitor.yaml"
        )


def _serve(session: Session) -> None:
    from monitor.app import open_app

    descriptors.raise_limit()
    loaded = _read(session)
    if not loaded.monitor.web.wanted:
        raise UsageError("web.listen in monitor.yaml is off; write an address there, such as 127.0.0.1:8080")
    shares = _shares(loaded.monitor, page=True, work=False)
    with open_app(loaded, migrate=False) as app, _page(app, shares) as address:
        click.echo(f"The web page: {address}", err=True)
        asyncio.run(_until_told(app, _watch(session, shares)))


def _shares(monitor: MonitorFile, *, page: bool, work: bool) -> Allocation:
    """Share out the file descriptors among what this process does; says so when somebody gets less than configured."""
    from monitor.web import CONNECTIONS

    shares = descriptors.allocate(
        descriptors.limit(),
        concurrency=monitor.fetch.concurrency if work else 0,
        workers=(monitor.extract.workers or os.cpu_count() or 1) if work else 0,
        connections=CONNECTIONS if page and monitor.web.wanted else 0,
    )
    if shares.is_reduced:
        log.warning(
            "few file descriptors, so less is done at once: raise LimitNOFILE (systemd) or `ulimit -n`",
            limit=shares.limit,
            wanted=shares.required,
            web_connections=shares.connections,
            fetch_concurrency=shares.concurrency,
        )
    return shares


def _fitted(settings: Settings, shares: Allocation) -> Settings:
    """Lower fetch.concurrency to what there are descriptors for."""
    fetch = settings.monitor.fetch
    if not shares.concurrency or not shares.is_reduced or fetch.concurrency <= shares.concurrency:
        return settings
    lowered = fetch.model_copy(update={"concurrency": shares.concurrency})
    return replace(settings, monitor=settings.monitor.model_copy(update={"fetch": lowered}))


@contextmanager
def _page(app: App, shares: Allocation) -> Iterator[str]:
    """Take the page's port, or say that it cannot be had, and serve by the configuration that is in force."""
    from monitor.web import open_socket, serve_in_thread

    if not app.settings.monitor.web.wanted:
        yield ""
        return
    with (
        open_socket(app.settings.monitor) as opened,
        serve_in_thread(opened, lambda: app.settings, app.clock, connections=shares.connections) as address,
    ):
        yield address


async def _until_told(app: App, config: ConfigWatcher) -> None:
    """Take edits of the configuration until SIGTERM or SIGINT."""
    told = asyncio.Event()
    with handle_stop_signals(told.set, LIMIT):
        waiting, edits = asyncio.create_task(told.wait()), asyncio.create_task(_take_edits(app, config))
        await asyncio.wait({waiting, edits}, return_when=asyncio.FIRST_COMPLETED)
        if edits.done():
            edits.result()  # it ends by an exception only
        edits.cancel()


async def _take_edits(app: App, config: ConfigWatcher) -> NoReturn:
    while True:
        await asyncio.sleep(RELOAD.every.total_seconds())
        await threads.call(_reread, app, config)


def _reread(app: App, config: ConfigWatcher) -> None:
    if not config.changed():
        return
    settings = config.read(app.settings)
    if settings is None:
        return
    before, after = app.settings.monitor, settings.monitor
    app.settings = settings
    if changed := [key for key in ("database", "web", "log") if getattr(before, key) != getattr(after, key)]:
        log.warning("restart the page for these to take effect", changed=changed)
    log.info("configuration taken", feeds=len(settings.feeds), rules=len(settings.rules.rules))


def _watch(session: Session, shares: Allocation) -> ConfigWatcher:
    from monitor import settings
    from monitor.daemon.service import ConfigWatcher

    return ConfigWatcher(
        load=lambda current: _fitted(_read(session, current), shares),
        fingerprint=lambda: settings.fingerprint(session.config),
    )


def _read(session: Session, current: Settings | None = None) -> Settings:
    settings = session.read(current)
    log = settings.monitor.log
    logs.configure(form=log.format, level=session.level(log.level), secrets=secrets_of(settings))
    return settings


COMMANDS = (run, serve, health)
