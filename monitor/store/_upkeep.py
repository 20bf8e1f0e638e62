"""What keeps a database healthy: retention, backup, checks, heartbeats.

Retention forgets texts, hits and messages, never the keys of entries: what was seen once is not new again when its feed
shows it after a year. Its surprise: a dry run does the work and rolls it back, so its figures are exact.
"""

from __future__ import annotations

from contextlib import closing, suppress
from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, func, or_, select, text, update

from monitor.core.errors import DatabaseError, UsageError
from monitor.core.model import Uptime
from monitor.core.stories import WINDOW
from monitor.store import _file_access, _migrations
from monitor.store._statements import upsert
from monitor.store._tables import (
    articles,
    claims,
    deliveries,
    entries,
    fingerprints,
    heartbeats,
    hits,
    labels,
    messages,
    polls,
    shingles,
    stories,
    title_words,
)

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Delete, Update
    from sqlalchemy.engine import Connection, Engine

_UNSETTLED = ("queued", "sending")


def prune(connection: Connection, articles_before: datetime, polls_before: datetime) -> dict[str, int]:
    """Remove what is older than retention wants, children before their parents; tell rows by table."""
    removed = {"polls": connection.execute(delete(polls).where(polls.c.started_at < polls_before)).rowcount}
    for statement in (
        *_old_messages(articles_before),
        *_old_hits(articles_before),
        *_old_articles(articles_before),
        *_old_marks(connection),
        _lone_stories(),
    ):
        name = str(statement.table)
        removed[name] = removed.get(name, 0) + connection.execute(statement).rowcount
    connection.execute(_emptied_entries(articles_before))
    return {name: max(count, 0) for name, count in sorted(removed.items())}


def backup(engine: Engine, file: Path) -> None:
    """Copy an SQLite database into a new file."""
    if engine.dialect.name != "sqlite":
        raise UsageError("db backup copies SQLite files; a PostgreSQL database is backed up with pg_dump")
    if file.exists():
        raise UsageError(f"{file} exists already: name a new file")
    _copy(engine, file)


def backup_before(engine: Engine, database: Path, revision: str) -> None:
    """Copy an SQLite database beside itself before it is migrated; an older copy for the same step is replaced."""
    _copy(engine, database.with_name(f"{database.name}.before-{revision}"))


def check(connection: Connection) -> list[str]:
    """Tell what is wrong, in sentences."""
    revision = _migrations.current(connection)
    if missing := _migrations.pending(revision):
        return [f"the schema is {revision or 'missing'}, this program wants {missing[-1]}: run `monitor db upgrade`"]
    damage = [] if connection.dialect.name != "sqlite" else _sqlite_damage(connection)
    return damage + _migrations.differences(connection)


def beat(connection: Connection, name: str, now: datetime, uptime: Uptime | None) -> None:
    """Note that a part of the daemon is alive."""
    boot, seconds = (None, None) if uptime is None else (uptime.boot, uptime.seconds)
    row = {"name": name, "at": now, "boot": boot, "uptime": seconds}
    connection.execute(upsert(connection.dialect.name, heartbeats, ("name",)), row)


def beats(connection: Connection) -> dict[str, tuple[datetime, Uptime | None]]:
    """Read when each part of the daemon was last alive, by the wall clock of then and by the uptime."""
    return {
        row.name: (row.at, None if row.boot is None else Uptime(boot=row.boot, seconds=row.uptime))
        for row in connection.execute(select(heartbeats))
    }


def forget_beats(connection: Connection, prefix: str, before: datetime) -> None:
    """Forget parts under such names that are gone."""
    gone = heartbeats.c.name.startswith(prefix, autoescape=True), heartbeats.c.at < before
    connection.execute(delete(heartbeats).where(*gone))


def _copy(engine: Engine, file: Path) -> None:
    """Write a copy that is consistent while the database is in use, and that appears whole or not at all."""
    part = file.with_name(f"{file.name}.part")
    try:
        _file_access.make_folder(file.parent)
        part.unlink(missing_ok=True)
        _file_access.make_file(part)  # SQLite writes into an empty file, and leaves its mode alone
        with closing(engine.raw_connection()) as connection:
            connection.cursor().execute("VACUUM INTO ?", (str(part),))
        part.replace(file)
    except OSError as error:
        raise DatabaseError(f"the copy {file} cannot be written: {error.strerror}") from None
    finally:
        with suppress(OSError):  # where there is no folder, say
            part.unlink()


def _sqlite_damage(connection: Connection) -> list[str]:
    found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check(10)"))]
    orphans = connection.execute(text("PRAGMA foreign_key_check")).all()
    return [f"damaged: {each}" for each in found if each != "ok"] + [
        f"a row of {row[0]} has lost its parent in {row[2]}" for row in orphans[:10]
    ]


def _old_marks(connection: Connection) -> tuple[Delete, ...]:
    """Articles are compared within a week of each other; counted from the latest, as no clock is asked here."""
    latest = connection.execute(select(func.max(fingerprints.c.seen_at))).scalar()
    if latest is None:
        return ()
    return (delete(fingerprints).where(fingerprints.c.seen_at < latest - WINDOW), *_loose_marks())


def _loose_marks() -> tuple[Delete, ...]:
    kept = select(fingerprints.c.article_id)
    return tuple(delete(table).where(table.c.article_id.not_in(kept)) for table in (shingles, title_words))


def _old_messages(before: datetime) -> tuple[Delete, ...]:
    """Forget messages; one that is still to be sent to anyone stays whole."""
    waiting = exists().where(deliveries.c.message_id == messages.c.id, deliveries.c.state.in_(_UNSETTLED))
    old = select(messages.c.id).where(messages.c.created_at < before, ~waiting)
    return (
        delete(deliveries).where(deliveries.c.message_id.in_(old)),
        delete(messages).where(
            messages.c.created_at < before, ~exists().where(deliveries.c.message_id == messages.c.id)
        ),
    )


def _old_hits(before: datetime) -> tuple[Delete, ...]:
    old = select(hits.c.id).where(hits.c.found_at < before)
    return (
        delete(claims).where(claims.c.hit_id.in_(old)),
        delete(labels).where(labels.c.hit_id.in_(old)),
        delete(hits).where(hits.c.found_at < before),
    )


def _old_articles(before: datetime) -> tuple[Delete, ...]:
    """Forget articles, but none that a hit still needs to be explained."""
    unneeded = (articles.c.stored_at < before, ~exists().where(hits.c.article_id == articles.c.id))
    old = select(articles.c.id).where(*unneeded)
    return delete(fingerprints).where(fingerprints.c.article_id.in_(old)), delete(articles).where(*unneeded)


def _lone_stories() -> Delete:
    used = or_(
        exists().where(articles.c.story_id == stories.c.id),
        exists().where(hits.c.story_id == stories.c.id),
    )
    return delete(stories).where(~used)


def _emptied_entries(before: datetime) -> Update:
    """Keep the keys of an entry whose articles are gone, and let go of its text."""
    return (
        update(entries)
        .where(
            entries.c.last_seen_at < before,
            entries.c.summary != "",
            ~exists().where(articles.c.entry_id == entries.c.id),
        )
        .values(summary="", author="", tags=[])
    )
