"""`monitor run`, the daemon, and `monitor health`, which asks whether it is well."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from monitor import logs
from monitor.cli.session import Session, pass_session, secrets_of
from monitor.core.errors import UsageError

if TYPE_CHECKING:
    from monitor.settings import Settings


@click.command()
@click.option(
    "--role",
    type=click.Choice(["all", "scheduler", "worker", "web"]),
    default="all",
    show_default=True,
    help="What this process does. Roles other than all come with workers on PostgreSQL, and are refused as yet.",
)
@pass_session
def run(session: Session, *, role: str) -> None:
    """Run the daemon.

    It polls, matches, sends digests and alerts, keeps house, and takes edits of the configuration.
    The database is created when there is none. SIGTERM finishes what is in flight, within 30 seconds; SIGHUP reads the
    configuration at once.
    """
    from monitor import settings
    from monitor.app import open_app
    from monitor.daemon import ConfigWatch, serve

    if role != "all":
        raise UsageError(f"--role {role}: this version runs everything in one process; leave the option out")
    loaded = session.read()
    _log(session, loaded)

    def reread() -> Settings:
        fresh = session.read()
        _log(session, fresh)
        return fresh

    config = ConfigWatch(load=reread, fingerprint=lambda: settings.fingerprint(session.config))
    with open_app(loaded, migrate=True) as app:
        asyncio.run(serve(app, config))


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


def _log(session: Session, settings: Settings) -> None:
    log = settings.monitor.log
    logs.configure(form=log.format, level=session.level(log.level), secrets=secrets_of(settings))


COMMANDS = (run, health)
