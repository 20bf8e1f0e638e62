"""Entries: what each feed has shown, the keys that identify it, and its edits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Executable, and_, bindparam, func, select, true, union_all, update
from sqlalchemy.engine import Connection, RowMapping
from sqlmodel import col

from monitor.core.model import Entry, FeedId, FoundArticle, KnownEntry
from monitor.store._incoming_tables import AliasRow, ArticleRow, EntryRow
from monitor.store._statements import among, insert_new, save_rows
from monitor.store._types import columns, from_row, storable, to_row

_MAX_KEY_CHARS = 500
_EDITABLE = ("content_hash", "title", "link", "author", "summary")
_KNOWN = (
    *columns(EntryRow, "id", "key", "content_hash"),
    col(ArticleRow.partial).is_(true()),
    col(EntryRow.versions),
    col(ArticleRow.id),
    col(EntryRow.first_seen_at),
    col(EntryRow.last_seen_at),
)
"""Columns of a KnownEntry, in its order."""
_KNOWN_FIELDS = tuple(KnownEntry.__dataclass_fields__)
_CURRENT = and_(
    col(ArticleRow.entry_id) == col(EntryRow.id), col(ArticleRow.current), col(ArticleRow.text_removed_at).is_(None)
)
_BY_KEY = (
    select(col(EntryRow.key), *_KNOWN)
    .select_from(EntryRow)
    .outerjoin(ArticleRow, _CURRENT)
    .where(col(EntryRow.feed_id) == bindparam("feed_id"), among(col(EntryRow.key), "keys"))
)
_BY_ALIAS = (
    select(col(AliasRow.alias), *_KNOWN)
    .select_from(AliasRow)
    .join(EntryRow, col(AliasRow.entry_id) == col(EntryRow.id))
    .outerjoin(ArticleRow, _CURRENT)
    .where(col(AliasRow.feed_id) == bindparam("feed_id"), among(col(AliasRow.alias), "keys"))
)
_BY_ANY = union_all(_BY_ALIAS, _BY_KEY)
_KEYS = select(col(EntryRow.key)).where(col(EntryRow.feed_id) == bindparam("feed_id"), among(col(EntryRow.key), "keys"))
_HASHES = select(col(EntryRow.id), col(EntryRow.content_hash)).where(among(col(EntryRow.id), "ids"))
_TOUCH = (
    update(EntryRow)
    .where(col(EntryRow.feed_id) == bindparam("feed"), among(col(EntryRow.key), "keys"))
    .values(last_seen_at=bindparam("now"))
)
_EDIT = (
    update(EntryRow)
    .where(col(EntryRow.id) == bindparam("entry_id"), col(EntryRow.content_hash) != bindparam("new_content_hash"))
    .values({name: bindparam(f"new_{name}") for name in _EDITABLE})
    .values(versions=col(EntryRow.versions) + 1, last_seen_at=bindparam("now"))
    .returning(col(EntryRow.versions))
)
_TEXTS = (
    select(col(EntryRow.title), col(EntryRow.summary), *_KNOWN)
    .select_from(EntryRow)
    .outerjoin(ArticleRow, _CURRENT)
    .where(col(EntryRow.feed_id) == bindparam("feed_id"), among(col(EntryRow.title), "titles"))
)
_OLDEST = select(func.min(col(EntryRow.published_at))).where(col(EntryRow.feed_id) == bindparam("feed_id"))


class IncomingEntry(NamedTuple):
    """An entry of a poll, and when it was polled."""

    feed_id: FeedId
    found: FoundArticle
    at: datetime


class IdentifiedEntry(NamedTuple):
    """An incoming entry with the stored entry that it belongs to."""

    entry_id: int
    version: int
    incoming: IncomingEntry


def known(connection: Connection, feed_id: FeedId, keys: Collection[str]) -> dict[str, KnownEntry]:
    """Return entries by their keys, or by their aliases."""
    return _lookup(connection, _BY_ANY, feed_id, keys)


def known_by_key(connection: Connection, feed_id: FeedId, keys: Collection[str]) -> dict[str, KnownEntry]:
    """Return entries by their keys only."""
    return _lookup(connection, _BY_KEY, feed_id, keys)


def known_texts(
    connection: Connection, feed_id: FeedId, entries: Collection[Entry]
) -> tuple[frozenset[str], dict[tuple[str, str], KnownEntry]]:
    """Return which titles of these entries stored entries have, and by title and summary the stored entries."""
    storable_titles = {storable(entry.title) for entry in entries}
    rows = connection.execute(_TEXTS, {"feed_id": feed_id, "titles": storable_titles}).all()
    stored = {(title, summary): _known_entry(values) for title, summary, *values in rows}
    titles = {title for title, _ in stored}
    by_text = {(entry.title, entry.summary): (storable(entry.title), storable(entry.summary)) for entry in entries}
    return (
        frozenset(entry.title for entry in entries if storable(entry.title) in titles),
        {text: stored[as_stored] for text, as_stored in by_text.items() if as_stored in stored},
    )


def oldest(connection: Connection, feed_id: FeedId) -> datetime | None:
    """Return the earliest date among the stored entries of the feed."""
    return connection.execute(_OLDEST, {"feed_id": feed_id}).scalar()


def touch(connection: Connection, feed_id: FeedId, keys: Sequence[str], now: datetime) -> None:
    """Store that the feed still shows these entries."""
    if keys:
        connection.execute(_TOUCH, {"feed": feed_id, "keys": keys, "now": now})


def store_entries(connection: Connection, incoming: Sequence[IncomingEntry]) -> list[IdentifiedEntry]:
    """Store new and edited entries of any feeds; those that another poll has stored already are left out."""
    stored = _add(connection, [each for each in incoming if each.found.entry_id is None])
    for each in incoming:
        if each.found.entry_id is not None and (version := _edit(connection, each)):
            stored.append(IdentifiedEntry(each.found.entry_id, version, each))
    _add_aliases(connection, stored)
    return stored


def count_stored_before(connection: Connection, feed_id: FeedId, left_out: Sequence[FoundArticle]) -> int:
    """Count the left-out entries that are stored: as new entries, or with the same edit."""
    keys = [_indexable(found.entry.key) for found in left_out if found.entry_id is None]
    edits = [(found.entry_id, found.entry.content_hash) for found in left_out if found.entry_id is not None]
    stored: set[object] = set()
    if keys:
        stored.update(connection.execute(_KEYS, {"feed_id": feed_id, "keys": keys}).scalars())
    if edits:
        stored.update(map(tuple, connection.execute(_HASHES, {"ids": [entry_id for entry_id, _ in edits]})))
    return sum(each in stored for each in (*keys, *edits))


def entry_from_row(row: RowMapping) -> Entry:
    """Build an entry from its row."""
    return from_row(Entry, row, tags=tuple(row["tags"]), aliases=tuple(row["aliases"]))


def _lookup(
    connection: Connection, statement: Executable, feed_id: FeedId, keys: Collection[str]
) -> dict[str, KnownEntry]:
    """Map the given keys to entries; a key that is an entry's own is not taken as an alias of another."""
    by_indexed = {_indexable(key): key for key in keys}
    entries: dict[str, KnownEntry] = {}
    rows = connection.execute(statement, {"feed_id": feed_id, "keys": by_indexed}) if by_indexed else ()
    for indexed, *values in rows:
        entry = _known_entry(values)
        if entry.key == indexed or by_indexed[indexed] not in entries:
            entries[by_indexed[indexed]] = entry
    return entries


def _known_entry(values: Iterable[Any]) -> KnownEntry:
    return KnownEntry(**dict(zip(_KNOWN_FIELDS, values, strict=True)))


def _add(connection: Connection, incoming: Iterable[IncomingEntry]) -> list[IdentifiedEntry]:
    by_key: dict[tuple[str, str], IncomingEntry] = {}
    for each in incoming:
        by_key.setdefault((each.feed_id, _indexable(each.found.entry.key)), each)
    if not by_key:
        return []
    statement = insert_new(connection.dialect.name, EntryRow, ("feed_id", "key"), ("id", "feed_id", "key"))
    rows = connection.execute(statement, [_row(each) for each in by_key.values()]).all()
    ids = {(feed_id, key): entry_id for entry_id, feed_id, key in rows}
    return [IdentifiedEntry(ids[name], 1, each) for name, each in by_key.items() if name in ids]


def _row(incoming: IncomingEntry) -> dict[str, object]:
    entry = incoming.found.entry
    return to_row(
        EntryRow,
        entry,
        feed_id=incoming.feed_id,
        key=_indexable(entry.key),
        versions=1,
        first_seen_at=incoming.at,
        last_seen_at=incoming.at,
        backfilled=incoming.found.backfilled,
    )


def _edit(connection: Connection, incoming: IncomingEntry) -> int | None:
    """Store an edit and return the number of the new version; None if the edit is stored already."""
    changes = {f"new_{name}": getattr(incoming.found.entry, name) for name in _EDITABLE}
    changes |= {"entry_id": incoming.found.entry_id, "now": incoming.at}
    return connection.execute(_EDIT, changes).scalar_one_or_none()


def _add_aliases(connection: Connection, stored: Sequence[IdentifiedEntry]) -> None:
    """Assign aliases to the latest entry that has them: the title of a weekly letter leads to this week's."""
    owners: dict[tuple[str, str], int] = {}
    for each in stored:
        entry = each.incoming.found.entry
        for alias in (*entry.aliases, *((entry.key,) if each.version > 1 else ())):
            owners.setdefault((each.incoming.feed_id, _indexable(alias)), each.entry_id)
    rows = [{"feed_id": feed_id, "alias": alias, "entry_id": owner} for (feed_id, alias), owner in owners.items()]
    save_rows(connection, AliasRow, rows)


def _indexable(key: str) -> str:
    """Shorten keys that PostgreSQL cannot index: some guids have several kilobytes."""
    return storable(key) if len(key) <= _MAX_KEY_CHARS else sha256(storable(key).encode()).hexdigest()
