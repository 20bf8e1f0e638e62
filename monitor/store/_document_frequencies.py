"""How many articles of stories have a term: the counts by which `core.stories.weighted_terms` weighs terms."""

from __future__ import annotations

import secrets
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import bindparam, delete, literal, select, update
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.stories.frequencies import FREQUENCY_BUCKETS, MAX_COUNTED, TOTAL, frequency_buckets
from monitor.store._driver_statements import DriverStatement
from monitor.store._statements import add_to_counts, among
from monitor.store._story_tables import DocumentFrequencyRow

_BUCKET, _ARTICLES = col(DocumentFrequencyRow.bucket), col(DocumentFrequencyRow.articles)
_READ = DriverStatement(select(_BUCKET, _ARTICLES).where(among(_BUCKET, "buckets")))
_TOTAL_COUNT = select(_ARTICLES).where(bindparam("total", TOTAL) == _BUCKET)
_VERSION = -1
"""Bucket of the row with the version, a random number that changes with each update."""
_CACHED = "term counts"
_HALVE = update(DocumentFrequencyRow).values(articles=_ARTICLES // 2)
_DELETE_ZERO = delete(DocumentFrequencyRow).where(literal(0) == _ARTICLES)


@dataclass(slots=True)
class _CachedCounts:
    """Counts that this connection has read, by bucket; -1 if not read. Takes a megabyte; a poll needs hundreds."""

    version: tuple[int, int] = (0, 0)
    """The numbers of _VERSION and TOTAL."""
    counts: array[int] = field(default_factory=lambda: array("i", (-1,)) * (FREQUENCY_BUCKETS + 1))


def read(connection: Connection, terms: Iterable[int]) -> dict[int, int]:
    """Return the counts of the buckets of these terms and of TOTAL that are not zero."""
    wanted = {TOTAL, *frequency_buckets(terms)}
    cached: _CachedCounts | None = connection.info.get(_CACHED)
    if cached is None:
        cached = connection.info[_CACHED] = _CachedCounts()
    counts = cached.counts
    missing = sorted([bucket for bucket in wanted if counts[bucket] < 0])
    rows = _READ.rows(connection, buckets=[_VERSION, TOTAL, *missing])
    stored = {row[0]: row[1] for row in rows}
    version = stored.get(_VERSION, 0), stored.get(TOTAL, 0)
    if version != cached.version:  # another connection changed the counts, or a change of this one was undone
        connection.info[_CACHED] = _CachedCounts(version)
        return read(connection, terms)
    for bucket in missing:
        counts[bucket] = stored.get(bucket, 0)
    return {bucket: number for bucket in wanted if (number := counts[bucket])}


def add(connection: Connection, added: Mapping[int, int]) -> None:
    """Add to the counts of some buckets, after `read` in the same transaction."""
    if not added:
        return
    cached: _CachedCounts = connection.info[_CACHED]
    before, total = cached.version
    version = 1 + secrets.randbelow(1 << 30)
    add_to_counts(connection, DocumentFrequencyRow, sorted({**added, _VERSION: version - before}.items()))
    cached.version = version, total + added.get(TOTAL, 0)
    for bucket, number in added.items():
        if cached.counts[bucket] >= 0:
            cached.counts[bucket] += number


def halve(connection: Connection) -> None:
    """Halve all counts if more than MAX_COUNTED articles were counted, and remove those that become zero."""
    if (connection.execute(_TOTAL_COUNT).scalar() or 0) > MAX_COUNTED:
        connection.execute(_HALVE)
        connection.execute(_DELETE_ZERO)
