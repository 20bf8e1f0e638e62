"""Runs one process of the daemon: takes the lock of its role, and opens what that role needs."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, nullcontext

from monitor.app import App
from monitor.core import jobs
from monitor.core.jobs import ProcessRole
from monitor.daemon.config_reload import ConfigWatcher, take_at_start
from monitor.daemon.roles import Role
from monitor.daemon.service import Daemon
from monitor.daemon.stopping import STOP_LIMIT_SECONDS
from monitor.daemon.watchdog import STALL_LIMIT_SECONDS, SystemdNotifier
from monitor.pipeline import Pipeline, open_pipeline


async def run_daemon(
    app: App,
    config: ConfigWatcher,
    beside: Callable[[], AbstractContextManager[object]] = nullcontext,
    role: ProcessRole = "all",
    accepted_removal: str = "",
) -> None:
    """Run until SIGTERM or SIGINT inside the context `beside`.

    DatabaseError if another process holds the lock; ConfigurationError if the files have no feed, rule or digest any
    more and `accepted_removal` is not the code of that removal.
    """
    with app.store.lock(role) as keep_lock:
        take_at_start(app, record=role != "worker", accepted_removal=accepted_removal)
        with beside():
            async with _open_role(role, app) as (pipeline, own):
                await Daemon(
                    app=app,
                    pipeline=pipeline,
                    config=config,
                    role=own,
                    keep_lock=keep_lock,
                    stop_limit_seconds=STOP_LIMIT_SECONDS,
                    stall_limit=STALL_LIMIT_SECONDS,
                    notifier=SystemdNotifier(os.environ),
                ).run()


def _open_role(role: ProcessRole, app: App) -> AbstractAsyncContextManager[tuple[Pipeline, Role]]:
    match role:
        case "all":
            return _open_full_role(app)
        case "scheduler":
            from monitor.daemon.scheduler import open_scheduler

            return open_scheduler(app)
        case "worker":
            from monitor.daemon.worker import open_worker

            return open_worker(app)


@asynccontextmanager
async def _open_full_role(app: App) -> AsyncIterator[tuple[Pipeline, Role]]:
    async with open_pipeline(app) as pipeline:
        yield pipeline, full_role(pipeline)


def full_role(pipeline: Pipeline) -> Role:
    """Return the role of a daemon that does everything itself."""
    return Role(
        actions={
            jobs.POLL: pipeline.poller.start_due,
            jobs.RETRIES: pipeline.poller.retry_pages,
            jobs.RECHECKS: pipeline.poller.recheck_pages,
            jobs.DIGESTS: pipeline.digests,
            jobs.ALERTS: pipeline.alerts,
            jobs.DELIVERIES: pipeline.deliveries,
            jobs.OPERATOR: pipeline.operator,
        },
        finish=pipeline.poller.drain,
    )
