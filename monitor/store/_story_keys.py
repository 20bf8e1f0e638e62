"""The newest articles under each key of the index of stories, read and written with few rows.

An article has about fifty keys, most of which articles just before it had too: hashes of copies, and frequent terms.
The keys of stored articles are therefore appended to a log first, one row for each write; after MAX_LOGGED articles,
every row of `story_keys` that the log changes is replaced once. Until then the future content of these rows is cached
in memory. A process that has not seen some rows of the log reads them before it uses its cache.

Matches are written by one process at a time, which has locked the archive before it calls `read`.
"""

from __future__ import annotations

import secrets
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.pool import Pool
from sqlmodel import col

from monitor.core.stories.candidates import IndexKeys, NewestByKey
from monitor.store._driver_statements import DriverStatement
from monitor.store._statements import among, save_tuples
from monitor.store._story_tables import FingerprintRow, LoggedKeysRow, StoryKeyRow
from monitor.store._types import columns

MAX_LOGGED = 512
"""Articles of the log; their keys take two to seven megabytes in memory."""
_FIRST = select(func.min(col(FingerprintRow.article_id))).scalar_subquery()
"""The lowest id among the articles of keys: retention has removed the articles before it."""
_LOG = DriverStatement(
    select(*columns(LoggedKeysRow, "id", "version", "articles"), _FIRST)
    .where(col(LoggedKeysRow.id) >= bindparam("first"))
    .order_by(col(LoggedKeysRow.id))
)
_DELETE_LOG = delete(LoggedKeysRow)
_NEWEST = DriverStatement(
    select(col(StoryKeyRow.key), col(StoryKeyRow.articles), _FIRST).where(among(col(StoryKeyRow.key), "keys"))
)


@dataclass(slots=True)
class CachedKeys:
    """The newest articles of keys that the log changes, up to one of its rows."""

    newest: NewestByKey = field(default_factory=NewestByKey)
    last_row: tuple[int, int] = (0, 0)
    """The number and the version of the last row of the log that is included; zeros before the first one."""
    logged: int = 0
    """Number of articles in the log."""
    first: int = 0
    """The first article that may be among them."""

    def include(self, log: Sequence[Any]) -> None:
        """Add the articles of further rows of the log, after all of their keys were read."""
        for number, version, articles, _ in log:
            for article_id, keys in _decode(articles):
                self.newest.add([keys], article_id)
                self.logged += 1
            self.last_row = number, version

    def drop(self, below: int) -> None:
        """Remove articles before one, if retention has removed more since."""
        if below > self.first:
            self.newest.drop_all(below)
            self.first = below


_CACHED: WeakKeyDictionary[Pool, CachedKeys] = WeakKeyDictionary()
"""By database; what is missing is read again, for instance after a transaction that was rolled back."""


def read(connection: Connection, articles: Sequence[IndexKeys]) -> CachedKeys:
    """Read the newest articles of the keys of some articles, which must be added to them and then saved."""
    cached = _CACHED.pop(connection.engine.pool, None) or CachedKeys()
    log = _LOG.rows(connection, first=cached.last_row[0])
    if cached.last_row[0]:
        # Another process emptied the log, or the transaction that wrote the row was rolled back.
        if not log or (log[0][0], log[0][1]) != cached.last_row:
            return read(connection, articles)
        cached.drop(log[0][3] or 0)
        log = log[1:]
    keys = {*chain.from_iterable(chain.from_iterable(articles))}
    for _, _, logged, _ in log:
        keys.update(*(keys_of_article for _, keys_of_article in _decode(logged)))
    cached.newest.load(_read_newest(connection, cached.newest.missing(keys)))
    cached.include(log)
    return cached


def save(connection: Connection, cached: CachedKeys, articles: Sequence[tuple[int, IndexKeys]]) -> None:
    """Store which keys some articles have, after they were added to what `read` returned."""
    number, version = cached.last_row[0] + 1, 1 + secrets.randbelow(1 << 30)
    cached.logged += len(articles)
    if cached.logged < MAX_LOGGED:
        logged = _encode(articles)
    else:
        changed = [(key, newest[-1], newest.tobytes()) for key, newest in cached.newest.items()]
        save_tuples(connection, StoryKeyRow, changed)
        connection.execute(_DELETE_LOG)
        logged, cached = b"", CachedKeys()
    save_tuples(connection, LoggedKeysRow, [(number, version, logged)])
    cached.last_row = number, version
    _CACHED[connection.engine.pool] = cached


def _read_newest(connection: Connection, keys: Iterable[int]) -> dict[int, array[int]]:
    """Read the newest articles of some keys, without those whose fingerprints were removed since."""
    newest: dict[int, array[int]] = {}
    if not (wanted := sorted(keys)):
        return newest
    for key, articles, first in _NEWEST.rows(connection, keys=wanted):
        found = newest[key] = array("I", articles)
        if found[0] < (first or 0):
            del found[: bisect_left(found, first)]
    return newest


def _encode(articles: Iterable[tuple[int, IndexKeys]]) -> bytes:
    encoded = array("q")
    for article_id, keys in articles:
        encoded.extend((article_id, sum(map(len, keys)), *chain.from_iterable(keys)))
    return encoded.tobytes()


def _decode(logged: bytes) -> Iterator[tuple[int, array[int]]]:
    """Yield the id and the keys of each article of a row of the log."""
    encoded, start = array("q", logged), 0
    while start < len(encoded):
        end = start + 2 + encoded[start + 1]
        yield encoded[start], encoded[start + 2 : end]
        start = end
