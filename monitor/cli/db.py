"""`monitor db`: the database's schema, health, copies and retention."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.cli.output import Column, Form, format_option, note, show, show_one
from monitor.cli.session import Session, pass_session


@click.group()
def db() -> None:
    """Look after the database."""


@db.command()
@pass_session
def upgrade(session: Session) -> None:
    """Create the database, or bring it up to date.

    An SQLite file that holds data is copied first.
    """
    from monitor.app import open_app

    with open_app(session.settings(), migrate=False, check=False) as app:
        applied = app.store.upgrade()
    for revision in applied:
        click.echo(revision)
    note("The schema is up to date." if not applied else f"Applied {len(applied)}.")


@db.command()
@format_option
@pass_session
def current(session: Session, *, form: Form | None) -> None:
    """Show the revision, and the one that is wanted."""
    from monitor.app import open_app

    with open_app(session.settings(), migrate=False, check=False) as app:
        row = {"current": app.store.current(), "head": app.store.head()}
    show_one(row, form, lambda row: click.echo(f"{row['current'] or 'empty'} (this program wants {row['head']})"))


@db.command()
@pass_session
@click.pass_context
def check(context: click.Context, session: Session) -> None:
    """Look for damage.

    Integrity, foreign keys, and a schema that differs from this program's. Exit code 1 when there is any.
    """
    with session.app() as app:
        problems = app.store.check()
    for problem in problems:
        click.echo(problem)
    if problems:
        context.exit(1)
    note("The database is sound.")


@db.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@pass_session
def backup(session: Session, *, file: Path) -> None:
    """Copy an SQLite database to FILE, while it is in use."""
    with session.app() as app:
        app.store.backup(file)
    note(f"Copied to {file}.")


@db.command()
@click.argument("address", envvar="MONITOR_COPY_TO")
@format_option
@pass_session
def copy(session: Session, *, address: str, form: Form | None) -> None:
    """Copy everything into another database, which must be empty, to move there.

    ADDRESS is written as in monitor.yaml; one with a password in it is better given as MONITOR_COPY_TO. Stop the daemon
    first, and name the new address in monitor.yaml afterwards.
    """
    with session.app() as app:
        copied = app.store.copy_to(address)
    show([{"table": table, "rows": rows} for table, rows in copied.items()], _ROWS, form, empty="")
    note("Copied. Name the new address in monitor.yaml, or in MONITOR_DATABASE, before you start the daemon.")


@db.command()
@click.option("--dry-run", is_flag=True, help="Count what would go, and remove nothing.")
@format_option
@pass_session
def prune(session: Session, *, dry_run: bool, form: Form | None) -> None:
    """Remove what is older than `retention` allows.

    Articles with their hits, and the record of polls. What was seen stays known, so that nothing is told twice.
    """
    with session.app() as app:
        removed = app.prune(dry_run=dry_run)
    show(
        [{"table": table, "rows": count} for table, count in removed.items()],
        _ROWS,
        form,
        empty="Nothing is old enough.",
    )


_ROWS = (
    Column(title="table", cell=lambda row: row["table"]),
    Column(title="rows", cell=lambda row: str(row["rows"]), right=True),
)

COMMANDS = (db,)
