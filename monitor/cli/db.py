"""`monitor db`: schema upgrades, integrity checks, backups, restoring and retention."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.listings import Column, format_option, show, show_one
from monitor.cli.output import exit_with_problem_if, local_time, note, progress
from monitor.cli.session import Session, pass_session
from monitor.core.counts import count
from monitor.core.json_objects import fields_of
from monitor.core.search.index_words import MAX_DIFFERENT_WORDS

if TYPE_CHECKING:
    from monitor.store import Store


@click.group()
def db() -> None:
    """Upgrade, check, back up, restore and prune the database."""


@db.command()
@pass_session
def upgrade(session: Session) -> None:
    """Create the database, or upgrade its schema, and index the archive for searches.

    An SQLite file with data is backed up first. Indexing can be interrupted; the daemon continues it too.
    """
    with session.app(only=(), check=False) as app:
        applied = app.store.upgrade()
        _build_search_index(app.store)
    for revision in applied:
        click.echo(revision)
    note("The schema is up to date." if not applied else f"Applied {count(len(applied), 'migration')}.")


@db.command()
@pass_session
def reindex(session: Session) -> None:
    """Rebuild the search index. It can be interrupted; `monitor db upgrade` and the daemon continue it."""
    with session.app(only=()) as app:
        app.store.restart_search_index()
        _build_search_index(app.store)
    note("The search index is complete.")


def _build_search_index(store: Store) -> None:
    from monitor.store import INDEXED_AT_ONCE

    if store.search_index_is_complete():
        return
    total, done = store.unindexed_articles(), 0
    with progress("indexing the archive", total) as report:
        while store.build_search_index(INDEXED_AT_ONCE):
            done += INDEXED_AT_ONCE
            report(min(done, total), total)


@db.command()
@format_option
@pass_session
def current(session: Session) -> None:
    """Show the schema revision of the database and of this program."""
    from monitor.app import open_app

    with open_app(session.read_in_force(needs_channels=False), migrate=False, check=False) as app:
        row = {"current": app.store.current(), "head": app.store.head()}
    show_one(row, lambda row: click.echo(f"{row['current'] or 'empty'} (this program needs {row['head']})"))


@db.command()
@pass_session
def check(session: Session) -> None:
    """Check the database: integrity, foreign keys, schema and search index.

    Exit code 1 if there is a problem.
    """
    with session.app_in_force() as app:
        problems = app.store.check()
        in_part = 0 if problems else app.store.articles_indexed_in_part()
    for problem in problems:
        click.echo(problem)
    exit_with_problem_if(problems)
    note("The database is intact.")
    if in_part:
        note(f"Searches find {count(in_part, 'article')} only by the first {MAX_DIFFERENT_WORDS:,} different words.")


@db.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@pass_session
def backup(session: Session, *, file: Path) -> None:
    """Back up the database to a new FILE. The daemon may keep running.

    The copy is read again before it appears under its name. A PostgreSQL database is backed up with pg_dump, which must
    be on the PATH.
    """
    with session.app_in_force() as app:
        app.store.backup(file)
    note(f"Backed up to {file} ({file.stat().st_size / 1e6:,.1f} MB), and checked.")


@db.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@format_option
@pass_session
def restore(session: Session, *, file: Path) -> None:
    """Replace the database by the backup FILE, after checking it.

    Stop the daemon and the web page first. An existing SQLite file is renamed with the date. A PostgreSQL
    database must be empty, and pg_restore must be on the PATH.
    """
    with session.app(only=(), check=False) as app:
        restored = app.store.restore(file, app.clock())
        row = {"file": str(file), "database": app.store.url, **fields_of(restored)}
    show_one(row, _show_restored)


def _show_restored(row: Mapping[str, Any]) -> None:
    """Print what was restored, and what follows from the age of the backup."""
    rows = row["rows"]
    click.echo(f"Restored {row['database']} from {row['file']}.")
    click.echo(
        f"It holds {count(rows['articles'], 'article')}, {count(rows['hits'], 'hit')}, "
        f"{count(rows['labels'], 'label')} and the states of {count(rows['feed_states'], 'feed')}."
    )
    newest = local_time(row["newest_poll_at"]) if row["newest_poll_at"] else "never"
    click.echo(f"Its last poll: {newest}. What was found since is fetched again if the feeds still list it.")
    if row["migrations"]:
        click.echo(f"Its schema {row['schema_of_backup']} was upgraded: {', '.join(row['migrations'])}.")
    if row["moved_to"]:
        click.echo(f"The database that was there is kept as {row['moved_to']}.")
    click.echo(
        f"The daemon sends {count(row['messages_waiting'], 'waiting delivery', 'waiting deliveries')} when it starts. "
        "Digests and alerts that were sent after the backup may be sent again."
    )


@db.command()
@click.argument("address", envvar="MONITOR_COPY_TO")
@format_option
@pass_session
def copy(session: Session, *, address: str) -> None:
    """Copy all data to another, empty database, for example to move from SQLite to PostgreSQL.

    ADDRESS has the form of `database` in monitor.yaml; pass one with a password in MONITOR_COPY_TO. Stop the daemon
    first. Afterwards, write the new address into monitor.yaml.
    """
    with session.app(only=()) as app:
        copied = app.store.copy_to(address)
    _show_counts(copied, empty="")
    note("Copied. Write the new address into monitor.yaml or MONITOR_DATABASE before you start the daemon.")


@db.command()
@click.option("--dry-run", is_flag=True, help="Count what would be removed.")
@format_option
@pass_session
def prune(session: Session, *, dry_run: bool) -> None:
    """Remove articles, hits and poll records that are older than `retention`.

    The record of seen entries is kept, so that no entry is reported twice.
    """
    with session.app(only=()) as app:
        removed = app.prune(dry_run=dry_run)
    _show_counts(removed, empty="Nothing to remove.")


def _show_counts(counts: Mapping[str, int], *, empty: str) -> None:
    show([{"table": table, "rows": rows} for table, rows in counts.items()], _ROWS, empty=empty)


_ROWS = (
    Column(title="table", cell="table"),
    Column(title="rows", cell="rows", right=True),
)

COMMANDS = (db,)
