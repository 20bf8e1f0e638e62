"""Reads the newest articles with given keys from the index."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text
from sqlmodel import col

from monitor.core.search.blocks import Bounds
from monitor.core.search.coded_query import NONE, document
from monitor.core.search.postings import every_key, find_all, fulfilling, has_key, locate, read
from monitor.store._search_tables import SearchDocumentRow, SearchPostingsRow, SearchVolumeRow
from monitor.store._search_volumes import UNWRITTEN, documents
from monitor.store._statements import among

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence, Set
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from monitor.core.search.coded_query import Keys

_BY_INDEX = text("SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true)")
_ID = col(SearchDocumentRow.article_id)
_ENDS = select(
    select(func.coalesce(func.min(_ID), 0)).scalar_subquery(),
    select(func.coalesce(func.max(_ID), -1)).scalar_subquery(),
)
"""Two statements, since SQLite would read all ids for both in one."""
_STORED_AT = select(col(SearchDocumentRow.stored_at))
_VOLUME = col(SearchVolumeRow.volume)
_VOLUMES = (
    select(_VOLUME, col(SearchVolumeRow.first), col(SearchVolumeRow.last))
    .where(_VOLUME != UNWRITTEN)
    .order_by(col(SearchVolumeRow.last).desc())
)
_IDS = select(_VOLUME, col(SearchVolumeRow.ids)).where(among(_VOLUME, "volumes"))
_POSTINGS = select(SearchPostingsRow).where(
    among(col(SearchPostingsRow.bucket), "buckets"), among(col(SearchPostingsRow.volume), "volumes")
)
_VOLUMES_FIRST, _WIDER, _VOLUMES_AT_MOST = 4, 4, 64
"""Volumes that the first step reads, how many times more each further step reads, and the most that one reads."""


class SearchableArticles:
    """The articles of the index at one moment, to be asked for those with given keys."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        first, last = connection.execute(_ENDS).one()
        self.span = Bounds(first, last + 1)
        self._unwritten = {row.article_id: (document(row.words), row.keys) for row in documents(connection)}
        self._volumes = connection.execute(_VOLUMES).all()

    def newest(self, keys: Keys, bounds: Bounds, most: int) -> list[int]:
        """Return the newest articles within bounds that fulfil a condition, newest first."""
        if keys == NONE or bounds.low >= bounds.high:
            return []
        found = set(filter(bounds.hold, fulfilling(keys, self._unwritten_with)))
        rest = [each for each in self._volumes if each.first < bounds.high and each.last >= bounds.low]
        step = _VOLUMES_FIRST
        while rest and sum(each > rest[0].last for each in found) < most:
            found.update(filter(bounds.hold, self._of_volumes(keys, [each.volume for each in rest[:step]])))
            rest, step = rest[step:], min(step * _WIDER, _VOLUMES_AT_MOST)
        return sorted(found, reverse=True)[:most]

    def _unwritten_with(self, key: str) -> Set[int]:
        return {number for number, (words, labels) in self._unwritten.items() if has_key(words, labels, key)}

    def _of_volumes(self, keys: Keys, volumes: Sequence[int]) -> list[int]:
        """Return the articles of some volumes that fulfil a condition."""
        buckets = {locate(key)[0] for key in every_key(keys)}
        postings: dict[int, dict[int, bytes]] = {each: {} for each in volumes}
        for row in self.connection.execute(_POSTINGS, {"buckets": buckets, "volumes": volumes}):
            postings[row.volume][row.bucket] = read(row.postings)
        found = {each: list(find_all(keys, postings[each])) for each in volumes}
        ids = self.connection.execute(_IDS, {"volumes": [volume for volume, places in found.items() if places]})
        return [each for row in ids for each in _chosen(row.ids, found[row.volume])]


def _chosen(stored: bytes, places: Iterable[int]) -> list[int]:
    """Return the ids at some places of a volume; an empty place has none."""
    ids = array("i", stored)
    return [ids[each] for each in places if ids[each]]


def prepare(connection: Connection) -> SearchableArticles:
    """Return the articles of the index; in a transaction that sees one moment, since volumes are joined."""
    if connection.dialect.name == "postgresql":
        connection.execute(_BY_INDEX)
    return SearchableArticles(connection)


def stored_at(connection: Connection, article_id: int) -> datetime | None:
    """Return when an indexed article was stored."""
    return connection.execute(_STORED_AT.where(col(SearchDocumentRow.article_id) == article_id)).scalar_one_or_none()
