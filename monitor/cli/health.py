"""`monitor health`: whether the daemon, its workers or the web page work."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import click

from monitor.cli.daemon import role_option
from monitor.cli.output import exit_with_problem_if
from monitor.cli.session import REFUSALS_SHOWN, Session, pass_session
from monitor.core.errors import DatabaseError, UnreadableRowError
from monitor.core.model import Refusal, summarize_refusals

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.core.messages.operator_conditions import Condition


@click.command()
@role_option("What to check: everything (all, scheduler), the workers on this machine, or the web page.")
@pass_session
def health(session: Session, *, role: str) -> None:
    """Check whether the daemon is healthy.

    Prints `well` or, with the reasons, `degraded`: it works, but needs attention (most feeds cannot be
    polled, messages fail, the disk fills, an edit was refused). Exit code 0 in both cases. If it is unwell, exit code 1
    and the reasons: its heartbeat is old, a job does not run, no poll ends, or the database does not answer.
    """
    refusals: tuple[Refusal, ...] = ()
    degraded: list[Condition] = []
    try:
        with session.app_in_force(warn=False, needs_channels=True) as app:
            refusals = tuple(dict.fromkeys((*app.settings.refusals, *app.store.refusals())))
            damage = app.store.damage()
            problems = [f"the database is damaged: {damage}"] * bool(damage) + _find_problems(app, role)
            degraded = app.degrading_conditions() if role in {"all", "scheduler"} else []
    except (DatabaseError, UnreadableRowError) as error:
        problems = [str(error)]
    if problems:  # what else is wrong may be the cause, as a full disk is; a low coverage is a consequence
        problems += [each.title for each in degraded if each.key != "coverage"]
    for sentence in problems:
        click.echo(sentence, err=True)
    exit_with_problem_if(problems)
    click.echo("degraded" if refusals or degraded else "well")
    for line in (*summarize_refusals(refusals, REFUSALS_SHOWN), *(each.title for each in degraded)):
        click.echo(line)


def _find_problems(app: App, role: str) -> list[str]:
    """Return the health problems of a role, one sentence each."""
    from monitor import web
    from monitor.core import jobs

    match role:
        case "worker":
            return jobs.worker_health_problems(app.heartbeats(), app.clock(), socket.gethostname())
        case "web":
            app.store.ping()
            return web.connection_problems(app.settings.monitor)
        case _:
            return app.health_problems()


COMMANDS = (health,)
