"""`monitor run` (daemon and web page) and `monitor serve` (web page only)."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click
import structlog

from monitor.cli.choices import Choice
from monitor.cli.session import Session, pass_session, removal_option, secrets_of, warn_of_refusals
from monitor.core.errors import UsageError
from monitor.core.jobs import ProcessRole
from monitor.runtime import descriptors, logs
from monitor.runtime.descriptors import Allocation

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.daemon.config_reload import ConfigWatcher
    from monitor.settings import MonitorFile, Settings

F = TypeVar("F", bound="Callable[..., Any]")
ROLES = ("all", "scheduler", "worker", "web")
log = structlog.get_logger("monitor.web")


def role_option(words: str) -> Callable[[F], F]:
    """Return the option `--role`; `words` are its help."""
    return click.option("--role", type=Choice(ROLES), default="all", show_default=True, help=words)


@click.command()
@role_option("Part that this process runs. Scheduler and worker need PostgreSQL.")
@removal_option
@pass_session
def run(session: Session, *, role: ProcessRole | Literal["web"], accept_removal: str) -> None:
    """Run the daemon.

    It polls feeds, matches articles, sends digests and alerts, removes old data, reloads an edited configuration, and
    serves the web page. Creates the database if there is none. SIGTERM and Ctrl-C finish work in progress within 30
    seconds; SIGHUP reloads the configuration now. Files in which no feed, rule or digest is left, as when a folder is
    not mounted, are refused like any wrong edit, and the last good configuration stays in force.

    On PostgreSQL the work can be split into processes: one scheduler, which queues polls and composes digests; any
    number of workers, which poll and send; and web, the web page.
    """
    from monitor import configuration
    from monitor.app import open_app
    from monitor.daemon.damage_check import check_not_damaged
    from monitor.daemon.process import run_daemon
    from monitor.extraction import prepare_fork_server

    if role == "web":
        _serve(session)
        return
    _ignore_sighup()
    descriptors.raise_limit()
    if role != "scheduler":
        prepare_fork_server()
    loaded = _read_at_start(session, accepted_removal=accept_removal)
    if role != "all":
        _require_postgresql(loaded.monitor, role)
    shares = _shares(loaded.monitor, page=role == "all", work=role != "scheduler")
    check_not_damaged(loaded)
    with open_app(_fit_to_descriptors(loaded, shares), migrate=True) as app:
        is_refused = any(not refusal.rule_id for refusal in loaded.refusals)
        if accept_removal and not is_refused and not configuration.find_removal(app.store.configuration(), loaded):
            log.warning("--accept-removal accepts nothing any more, leave it out", code=accept_removal)
        del loaded  # the App takes others later, and these would stay in memory
        page = partial(_page, app, shares) if role == "all" else nullcontext
        asyncio.run(
            run_daemon(app, _watch(session, shares, app, role), beside=page, role=role, accepted_removal=accept_removal)
        )


def _ignore_sighup() -> None:
    """Keep SIGHUP from ending a process that starts: it reads the configuration anyway, and later edits are noticed."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


@click.command()
@pass_session
def serve(session: Session) -> None:
    """Serve the web page without the daemon.

    Address and token are set in monitor.yaml under web. Stop it with Ctrl-C or SIGTERM; SIGHUP reloads the
    configuration now.
    """
    _serve(session)


def _require_postgresql(monitor: MonitorFile, role: str) -> None:
    """Raise UsageError on SQLite, which only one process may use."""
    if monitor.database.reveal().startswith("sqlite"):
        raise UsageError(
            f"--role {role} needs PostgreSQL, and the database is an SQLite file, which only one process may use: "
            "omit the option, or set `database: postgresql+psycopg://...` in monitor.yaml"
        )


def _serve(session: Session) -> None:
    from monitor.app import open_app
    from monitor.daemon import page_process

    _ignore_sighup()
    descriptors.raise_limit()
    loaded = _read_at_start(session)
    if not loaded.monitor.web.enabled:
        raise UsageError("web.listen in monitor.yaml is off; set it to an address such as 127.0.0.1:8080")
    shares = _shares(loaded.monitor, page=True, work=False)
    with open_app(loaded, migrate=False) as app:
        del loaded  # as in `run`
        page_process.follow_daemon(app)
        with _page(app, shares) as address:
            warn_of_refusals(app.settings)
            click.echo(f"Web page: {address}", err=True)
            asyncio.run(page_process.reload_until_stopped(app, _watch(session, shares, app, "web")))


def _shares(monitor: MonitorFile, *, page: bool, work: bool) -> Allocation:
    """Share out the file descriptors among what this process does; log where a limit is lower than configured."""
    from monitor.web import MAX_WEB_CONNECTIONS

    shares = descriptors.allocate(
        descriptors.limit(),
        concurrency=monitor.fetch.concurrency if work else 0,
        workers=(monitor.extract.workers or os.cpu_count() or 1) if work else 0,
        connections=MAX_WEB_CONNECTIONS if page and monitor.web.enabled else 0,
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


def _fit_to_descriptors(settings: Settings, shares: Allocation) -> Settings:
    """Lower fetch.concurrency to the number of available descriptors."""
    fetch = settings.monitor.fetch
    if not shares.concurrency or not shares.is_reduced or fetch.concurrency <= shares.concurrency:
        return settings
    lowered = fetch.model_copy(update={"concurrency": shares.concurrency})
    return replace(settings, monitor=settings.monitor.model_copy(update={"fetch": lowered}))


@contextmanager
def _page(app: App, shares: Allocation) -> Iterator[str]:
    """Serve the web page with the settings in force; yields its URL, empty if it is off."""
    from monitor.web import open_socket, serve_in_thread

    if not app.settings.monitor.web.enabled:
        yield ""
        return
    with (
        open_socket(app.settings.monitor) as opened,
        serve_in_thread(opened, lambda: app.settings, app.clock, max_connections=shares.connections) as address,
    ):
        yield address


def _watch(session: Session, shares: Allocation, app: App, role: ProcessRole | Literal["web"] = "all") -> ConfigWatcher:
    """Watch the files and, as the page or a worker, what the daemon decides about them.

    A worker decides by itself about single rules. What was refused at the start of either is read once more at the
    first check, since the daemon may have accepted it meanwhile.
    """
    from monitor import configuration, settings
    from monitor.daemon import page_process
    from monitor.daemon.config_reload import ConfigWatcher, read_edit

    refusals = app.settings.refusals if role in {"worker", "web"} else ()
    refused = tuple(refusal.problem for refusal in refusals if not refusal.rule_id)
    load = partial(settings.load, session.config, dict(os.environ))
    read = partial(configuration.read_edit_in_process, load, session.config)
    return ConfigWatcher(
        load=lambda: _fit_to_descriptors(_configure_log(session, read_edit(read, app)), shares),
        fingerprint=lambda: (
            settings.fingerprint(session.config, app.settings.fixtures),
            page_process.refusals_of_daemon(app) if role == "web" else None,
        ),
        requested=bool(refused),
        problems=refused,
        in_force=lambda: page_process.digest_of_daemon(app),
    )


def _read_at_start(session: Session, *, accepted_removal: str = "") -> Settings:
    from monitor import configuration

    read = partial(configuration.load_in_force, session.config, dict(os.environ), accepted_removal=accepted_removal)
    return _configure_log(session, configuration.read_in_process_or_here(read))


def _configure_log(session: Session, settings: Settings) -> Settings:
    config = settings.monitor.log
    logs.configure(format_=config.format, level=session.level(config.level), secrets=secrets_of(settings))
    return settings


COMMANDS = (run, serve)
