"""Reads the newest articles with given keys from the index.

Volumes are read newest first, a few at a time, until enough articles are found. If a condition has several keys, the
articles with the rarest one are looked up in the postings. If these are few, the other keys are looked for in their
words instead.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import chain
from typing import TYPE_CHECKING

from sqlalchemy import func, literal, select, true
from sqlmodel import col

from monitor.core.search.blocks import Bounds
from monitor.core.search.coded_query import NONE, encoded_article
from monitor.core.search.postings import (
    VOLUME_SEGMENTS,
    any_key_test,
    are_labels,
    find,
    find_articles,
    locate,
    read,
    reads_all_words,
)
from monitor.core.search.volume_ids import IdsByPlace
from monitor.store._engine import IN_BINARY
from monitor.store._search_tables import SearchDocumentRow, SearchPostingsRow, SearchVolumeRow
from monitor.store._search_volumes import ARTICLE_WORDS, UNWRITTEN, documents
from monitor.store._statements import among

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from monitor.core.search.coded_query import Keys
    from monitor.core.search.postings import Places

_PLANNING = {"enable_seqscan": "off", "jit": "off", "plan_cache_mode": "force_generic_plan"}
"""Searches read few rows by their keys: PostgreSQL plans a scan otherwise, or takes milliseconds for lists of them."""
_ID = col(SearchDocumentRow.article_id)
_ENDS = select(
    select(func.coalesce(func.min(_ID), 0)).scalar_subquery(),
    select(func.coalesce(func.max(_ID), -1)).scalar_subquery(),
)
"""The lowest and the highest id, as two subqueries: SQLite reads all ids for both in one query."""
_ENDS_AND_PLANNING = _ENDS.add_columns(*(func.set_config(name, value, true()) for name, value in _PLANNING.items()))
_STORED_AT = select(col(SearchDocumentRow.stored_at))
_VOLUME = col(SearchVolumeRow.volume)
_VOLUMES = (
    select(col(SearchVolumeRow.first), col(SearchVolumeRow.last), _VOLUME)
    .where(_VOLUME != UNWRITTEN, col(SearchVolumeRow.last) > 0)
    .order_by(col(SearchVolumeRow.last).desc())
)
_IDS = select(_VOLUME, col(SearchVolumeRow.ids)).where(among(_VOLUME, "volumes"))
_POSTINGS = select(
    *(col(SearchPostingsRow.bucket), col(SearchPostingsRow.volume), col(SearchPostingsRow.postings))
).where(among(col(SearchPostingsRow.bucket), "buckets"), among(col(SearchPostingsRow.volume), "volumes"))
_LABELS = select(_ID, col(SearchDocumentRow.keys), literal(b"").label("words")).where(among(_ID, "ids"))
_FIRST_VOLUMES, _MAX_VOLUMES = 4, 256
"""Volumes that the first step reads, and the most that one step reads."""
_MAX_GROWTH = 8
"""How many times as many volumes as the step before it a step reads at most."""
DOCUMENTS_FOR_LIST = 8
"""Number of articles whose words are read in the time of one list of postings (one key in one volume), for few keys."""
LISTS_FOR_DOCUMENT = 16
"""Number of lists of postings that are read in the time of one article's words, for so many keys that all words of the
article are collected."""


class SearchableArticles:
    """The articles of the index at one moment. What was read for a condition is cached."""

    def __init__(self, connection: Connection, span: Bounds) -> None:
        self.connection = connection
        self.span = span
        self._unwritten = {row.article_id: (encoded_article(row.words), row.keys) for row in documents(connection)}
        self._volumes = connection.execute(_VOLUMES).all()
        self._found: dict[Keys, dict[int, list[int]]] = {}
        """For each condition, the articles of each volume that was read for it."""

    def newest_span(self, volumes: int) -> Bounds:
        """Return bounds of the articles of so many of the newest volumes, and of those without postings."""
        if volumes >= len(self._volumes):
            return self.span
        return Bounds(min(each.first for each in self._volumes[:volumes]), self.span.high)

    def newest(self, keys: Keys, bounds: Bounds, most: int) -> list[int]:
        """Return the newest articles within bounds that fulfil a condition, newest first."""
        if keys == NONE or bounds.low >= bounds.high:
            return []
        known = self._found.setdefault(keys, {})
        if UNWRITTEN not in known:
            known[UNWRITTEN] = list(find_articles(keys, self._look_up_unwritten).get(0, ()))
        found = sorted(filter(bounds.hold, known[UNWRITTEN]))
        rest = [each for each in self._volumes if each.first < bounds.high and each.last >= bounds.low]
        step, volumes_read = _FIRST_VOLUMES, 0
        while rest and len(found) - bisect_right(found, rest[0].last) < most:
            volumes, rest = rest[:step], rest[step:]
            known |= self._read_volumes(keys, [each.volume for each in volumes if each.volume not in known])
            for first, last, volume in volumes:
                inside = bounds.low <= first and last < bounds.high
                found += known[volume] if inside else filter(bounds.hold, known[volume])
            found.sort()
            volumes_read += step
            step = min(_next_step(step, volumes_read, len(found), most), _MAX_VOLUMES)
        return found[: -most - 1 : -1]

    def _look_up_unwritten(self, keys: Sequence[str], within: Places | None) -> Places:
        """Search the articles without postings, as if they were a segment with their ids for places."""
        has_one = any_key_test(keys)
        of = self._unwritten if within is None else within[0]
        return {0: found} if (found := {each for each in of if has_one(*self._unwritten[each])}) else {}

    def _read_volumes(self, keys: Keys, volumes: Sequence[int]) -> dict[int, list[int]]:
        """Return the articles of each of some volumes that fulfil a condition."""
        found: dict[int, list[int]] = {each: [] for each in volumes}
        if volumes:
            reader = _Volumes(self.connection, volumes)
            for segment, ids in reader.ids(find_articles(keys, reader.look_up)).items():
                found[segment // VOLUME_SEGMENTS] += filter(None, ids)
        return found


def _next_step(step: int, volumes_read: int, found: int, most: int) -> int:
    """Return how many volumes to read next: a quarter more than the articles found so far suggest, and at least one."""
    expected = math.ceil(1.25 * (most - found) * volumes_read / found) if found else step * _MAX_GROWTH
    return max(1, min(expected, step * _MAX_GROWTH))


class _Volumes:
    """Some volumes; their segments are numbered consecutively over all volumes of the index."""

    def __init__(self, connection: Connection, volumes: Sequence[int]) -> None:
        self._connection = connection
        self._volumes = volumes
        self._ids: dict[int, IdsByPlace] = {}

    def look_up(self, keys: Sequence[str], within: Places | None) -> Places:
        """Return the articles with one of some keys, by their postings or by their words, whichever is faster."""
        if within is None:
            return self._by_postings(keys, self._volumes)
        volumes = {each // VOLUME_SEGMENTS for each in within}
        documents, lists = sum(map(len, within.values())), len(volumes) * len(keys)
        if documents <= (lists / LISTS_FOR_DOCUMENT if reads_all_words(keys) else lists * DOCUMENTS_FOR_LIST):
            return self._by_words(keys, within)
        return self._by_postings(keys, volumes, within)

    def _by_postings(self, keys: Sequence[str], volumes: Collection[int], within: Places | None = None) -> Places:
        """Return the articles of some volumes that have one of the keys, by their postings."""
        entries: dict[int, list[bytes]] = {}
        for bucket, entry in map(locate, keys):
            entries.setdefault(bucket, []).append(entry)
        found: dict[int, set[int]] = {}
        rows = self._connection.execute(_POSTINGS, {"buckets": entries, "volumes": volumes}).all()
        for bucket, volume, stored in rows:
            postings, base = read(stored), volume * VOLUME_SEGMENTS
            for entry in entries[bucket]:
                for number, places in find(postings, entry):
                    segment = base + number
                    if within is None:
                        having = set(places)
                    elif segment not in within or not (having := within[segment].intersection(places)):
                        continue
                    if segment in found:
                        found[segment] |= having
                    else:
                        found[segment] = having
        return found

    def _by_words(self, keys: Sequence[str], within: Places) -> Places:
        """Return which of these articles have one of the keys, by their words."""
        has_one, ids = any_key_test(keys), self.ids(within)
        statement = _LABELS if are_labels(keys) else ARTICLE_WORDS
        rows = self._connection.execute(statement, {"ids": list(chain.from_iterable(ids.values()))}).all()
        having = {row.article_id for row in rows if has_one(encoded_article(row.words), row.keys)}
        found = {}
        for segment, articles in ids.items():
            places = {place for place, each in zip(within[segment], articles, strict=True) if each in having}
            if places:
                found[segment] = places
        return found

    def ids(self, places: Places) -> dict[int, list[int]]:
        """Return the ids of articles by segment; 0 for one that was removed."""
        if missing := {each // VOLUME_SEGMENTS for each in places} - self._ids.keys():
            rows = self._connection.execute(_IDS, {"volumes": missing}).all()
            self._ids |= {row.volume: IdsByPlace(row.ids) for row in rows}
        found = {}
        for segment, of_segment in places.items():
            volume, number = divmod(segment, VOLUME_SEGMENTS)
            found[segment] = self._ids[volume].of(number, of_segment)
        return found


def prepare(connection: Connection) -> SearchableArticles:
    """Return the articles of the index. The transaction must be a snapshot, since others join volumes meanwhile."""
    if connection.dialect.name == "postgresql":
        first, last, *_ = connection.execution_options(**{IN_BINARY: True}).execute(_ENDS_AND_PLANNING).one()
    else:
        first, last = connection.execute(_ENDS).one()
    return SearchableArticles(connection, Bounds(first, last + 1))


def stored_at(connection: Connection, article_id: int) -> datetime | None:
    """Return when an indexed article was stored."""
    return connection.execute(_STORED_AT.where(col(SearchDocumentRow.article_id) == article_id)).scalar_one_or_none()
