"""The postings of the search index: which articles have a key, in volumes of some articles each.

New articles are in volume 0, which has no postings: a search reads their words. Once it has SEGMENT_ARTICLES, or fewer
with SEGMENT_WORDS, their postings are written as a volume of one segment, and VOLUME_SEGMENTS of these are joined into
one. The place of a removed article stays empty; a volume of which few articles are left is deleted, and these return to
volume 0.

Volumes are joined in steps, one or a few in a transaction, so that no writer waits long for another. The new volume has
no ids until all its postings are written; then it gets them, and the old ones lose theirs and are deleted one by one.
Searches read only volumes with ids.
"""

from __future__ import annotations

from array import array
from itertools import accumulate, chain
from typing import TYPE_CHECKING

from sqlalchemy import and_, bindparam, delete, func, select, update
from sqlmodel import col

from monitor.core.search.coded_query import encoded_article
from monitor.core.search.postings import (
    POSTING_BUCKETS,
    SEGMENT_ARTICLES,
    SEGMENT_WORDS,
    VOLUME_SEGMENTS,
    join,
    keys_of,
    write_segment,
)
from monitor.core.search.volume_ids import ID_BYTES, decode_ids, encode_ids
from monitor.store._search_tables import SearchDocumentRow, SearchPostingsRow, SearchVolumeRow
from monitor.store._statements import among, save_rows, save_tuples

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Mapping, Sequence

    from sqlalchemy import Row
    from sqlalchemy.engine import Connection

    from monitor.core.search.blocks import Bounds

UNWRITTEN = 0
"""The volume of the articles whose postings are not written yet."""
_REMOVED, _UNUSED = 0, -1
"""Stored instead of the id of a removed article, and in the places after the last article of a segment."""
_VOLUME, _FIRST, _LAST, _IDS = (
    col(SearchVolumeRow.volume), col(SearchVolumeRow.first), col(SearchVolumeRow.last), col(SearchVolumeRow.ids),
)  # fmt: skip
_OF_VOLUMES = and_(among(col(SearchPostingsRow.bucket), "buckets"), among(col(SearchPostingsRow.volume), "volumes"))
"""The primary key begins with the bucket: a condition without buckets would read the rows of every volume."""
ALL_IDS = select(_VOLUME, _IDS)
_OVERLAPPING = ALL_IDS.where(bindparam("high") > _FIRST, bindparam("low") <= _LAST)
_IDS_OF = select(_IDS).where(bindparam("volume") == _VOLUME)
_NEWEST_VOLUME = select(func.max(_VOLUME))
_UNJOINED = ALL_IDS.where(_VOLUME != UNWRITTEN, func.length(_IDS) == bindparam("size")).order_by(_VOLUME)
_IN_STATE = select(_VOLUME, _FIRST).where(bindparam("last") == _LAST).order_by(_VOLUME)
POSTINGS = select(SearchPostingsRow).where(_OF_VOLUMES)
_DELETE_VOLUMES = delete(SearchVolumeRow).where(among(_VOLUME, "volumes"))
_DELETE_POSTINGS = delete(SearchPostingsRow).where(_OF_VOLUMES)
_SET_IDS = update(SearchVolumeRow).where(bindparam("changed") == _VOLUME).values(ids=bindparam("new_ids"))
ARTICLE_WORDS = select(
    *(col(SearchDocumentRow.article_id), col(SearchDocumentRow.keys), col(SearchDocumentRow.words))
).where(among(col(SearchDocumentRow.article_id), "ids"))
_LENGTHS = select(col(SearchDocumentRow.article_id), col(SearchDocumentRow.length)).where(
    among(col(SearchDocumentRow.article_id), "ids")
)
JOINED_AT_ONCE = 128
"""Buckets of a joined volume that one step writes, in about 0.03 s."""
_STEPS_FOR_SEGMENT = 2
"""Steps of joining that are taken for each segment that is written: enough to join VOLUME_SEGMENTS segments before as
many others are written."""
_INCOMPLETE, _REPLACED = -1, -2
"""States of a volume without ids, stored as its `last`: not all of its postings are written, and `first` is the next
bucket; or it was joined into another volume, and is to be deleted."""
_KEPT_SHARE = 4
"""A volume is deleted when less than one in so many of its articles is left."""
ABOVE_ALL = 2**31 - 1
"""An id above those of all articles."""


def add(connection: Connection, ids: Collection[int]) -> None:
    """Add articles whose words are stored already; write full segments, until at least as many articles are written."""
    unwritten = sorted((*ids_of(connection, UNWRITTEN), *ids))
    lengths = {row[0]: row[1] for row in connection.execute(_LENGTHS, {"ids": unwritten}).all()}
    steps, rest = 1, len(ids)
    while rest > 0 and (size := _segment_size([lengths.get(each, 0) for each in unwritten])):
        _write(connection, unwritten[:size])
        unwritten, rest = unwritten[size:], rest - size
        steps += _STEPS_FOR_SEGMENT
    _save(connection, UNWRITTEN, unwritten)
    for _ in range(steps):
        _join_further(connection)


def _segment_size(lengths: Iterable[int]) -> int:
    """Return how many articles, of these numbers of words, the next segment gets; 0 as long as they are too few."""
    totals = enumerate(accumulate(lengths), 1)
    return next((size for size, words in totals if size == SEGMENT_ARTICLES or words >= SEGMENT_WORDS), 0)


def remove(connection: Connection, ids: Container[int], bounds: Bounds) -> None:
    """Remove articles, whose ids are all within some bounds; ids that are in no volume are ignored."""
    left: list[int] = []
    for row in connection.execute(_OVERLAPPING, bounds._asdict()).all():
        places = decode_ids(row.ids)
        kept = array("i", [_REMOVED if each in ids else each for each in places])
        remaining = [each for each in kept if each > 0]
        if row.volume == UNWRITTEN:
            _save(connection, UNWRITTEN, remaining)
        elif len(remaining) * _KEPT_SHARE < len(places) - places.count(_UNUSED):
            _delete_volumes(connection, [row.volume, *connection.execute(_IN_STATE, {"last": _INCOMPLETE}).scalars()])
            left += remaining
        elif kept != places:
            connection.execute(_SET_IDS, {"changed": row.volume, "new_ids": encode_ids(kept)})
    if left:
        _save(connection, UNWRITTEN, sorted((*ids_of(connection, UNWRITTEN), *left)))


def mend_ids(connection: Connection) -> None:
    """Make damaged lists of ids readable, with the right limits; volumes without a complete list are deleted."""
    for row in connection.execute(ALL_IDS).all():
        if row.volume == UNWRITTEN:
            _save(connection, UNWRITTEN, array("i", row.ids[: len(row.ids) // ID_BYTES * ID_BYTES]))
        elif (ids := _whole_segments(row.ids)) is not None:
            _save(connection, row.volume, ids)
        else:
            _delete_volumes(connection, [row.volume])


def _whole_segments(stored: bytes) -> Sequence[int] | None:
    """Return the ids of a volume; None if they are damaged."""
    try:
        ids = decode_ids(stored)
    except ValueError:
        return None
    return ids if ids and not len(ids) % SEGMENT_ARTICLES else None


def documents(connection: Connection) -> Sequence[Row[int, str, bytes]]:
    """Return the articles of volume 0, with their keys of feed and language and their encoded words."""
    ids = ids_of(connection, UNWRITTEN)
    return connection.execute(ARTICLE_WORDS, {"ids": ids}).all() if ids else []


def ids_of(connection: Connection, volume: int) -> Sequence[int]:
    """Return the ids of the articles of a volume by place; _REMOVED or _UNUSED where there is none."""
    ids = connection.execute(_IDS_OF, {"volume": volume}).scalar_one_or_none()
    return decode_ids(ids or b"")


def _write(connection: Connection, ids: Sequence[int]) -> None:
    """Write the postings of a segment as a volume."""
    rows = sorted(connection.execute(ARTICLE_WORDS, {"ids": ids}).all())
    if rows:
        buckets = write_segment(keys_of(encoded_article(row.words), row.keys) for row in rows)
        unused = [_UNUSED] * (SEGMENT_ARTICLES - len(rows))
        volume = _next_volume(connection)
        _save(connection, volume, [*(row.article_id for row in rows), *unused])
        _add_postings(connection, volume, buckets)


def _join_further(connection: Connection) -> None:
    """Take the next step of joining volumes of one segment, if there are enough."""
    replaced = connection.execute(_IN_STATE, {"last": _REPLACED}).first()
    if replaced is not None:
        _delete_volumes(connection, [replaced.volume])
        return
    unjoined = connection.execute(_UNJOINED, {"size": ID_BYTES * SEGMENT_ARTICLES}).all()[:VOLUME_SEGMENTS]
    if len(unjoined) < VOLUME_SEGMENTS:
        return
    incomplete = connection.execute(_IN_STATE, {"last": _INCOMPLETE}).first()
    volume, start = incomplete or (_next_volume(connection), 0)
    _join(connection, [row.volume for row in unjoined], volume, range(start, start + JOINED_AT_ONCE))
    if start + JOINED_AT_ONCE < POSTING_BUCKETS:
        _save_without_ids(connection, volume, start + JOINED_AT_ONCE, _INCOMPLETE)
        return
    _save(connection, volume, list(chain.from_iterable(decode_ids(row.ids) for row in unjoined)))
    for row in unjoined:
        _save_without_ids(connection, row.volume, 0, _REPLACED)


def _join(connection: Connection, volumes: Sequence[int], joined: int, buckets: range) -> None:
    """Write some buckets of the joined volume."""
    parts: dict[int, list[tuple[int, bytes]]] = {}
    for row in connection.execute(POSTINGS, {"buckets": buckets, "volumes": volumes}).all():
        parts.setdefault(row.bucket, []).append((volumes.index(row.volume), row.postings))
    _add_postings(connection, joined, {bucket: join(sorted(each)) for bucket, each in parts.items()})


def whole_volumes(volumes: Sequence[int]) -> dict[str, Sequence[int]]:
    """Return the parameters of _OF_VOLUMES for all buckets of volumes."""
    return {"buckets": range(POSTING_BUCKETS), "volumes": volumes}


def _next_volume(connection: Connection) -> int:
    return (connection.execute(_NEWEST_VOLUME).scalar_one() or UNWRITTEN) + 1


def _add_postings(connection: Connection, volume: int, buckets: Mapping[int, bytes]) -> None:
    rows = [(bucket, volume, postings) for bucket, postings in sorted(buckets.items())]
    save_tuples(connection, SearchPostingsRow, rows)


def _delete_volumes(connection: Connection, volumes: Sequence[int]) -> None:
    connection.execute(_DELETE_POSTINGS, whole_volumes(volumes))
    connection.execute(_DELETE_VOLUMES, {"volumes": volumes})


def _save(connection: Connection, volume: int, ids: Sequence[int]) -> None:
    present = [each for each in ids if each > 0]
    limits = (0, ABOVE_ALL) if volume == UNWRITTEN or not present else (min(present), max(present))
    row = {"volume": volume, "first": limits[0], "last": limits[1], "ids": encode_ids(ids)}
    save_rows(connection, SearchVolumeRow, [row])


def _save_without_ids(connection: Connection, volume: int, bucket: int, state: int) -> None:
    row = {"volume": volume, "first": bucket, "last": state, "ids": b""}
    save_rows(connection, SearchVolumeRow, [row])
