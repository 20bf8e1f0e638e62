"""Paged lists for the web: newest first, each with the position at which the next page begins.

No query scans a whole table. One that no index answers (a language) reads a limited number of rows and returns how far
it came; the next query continues there. A page may therefore be empty without being the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, bindparam, func, or_, select
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.model import Hit, Story
from monitor.core.search.query import SearchQuery
from monitor.store import _hits, _search, _stories
from monitor.store._articles import ENTRY_OF_ARTICLE
from monitor.store._database import Database
from monitor.store._incoming_tables import ArticleRow, HitRow
from monitor.store._outgoing_tables import LabelRow
from monitor.store._statements import among
from monitor.store._story_tables import StoryRow

T = TypeVar("T")

REACH = 50_000
"""Maximum number of rows of a list that one query reads."""
_LABELLED = {
    "none": col(LabelRow.hit_id).is_(None),
    "relevant": col(LabelRow.relevant),
    "irrelevant": ~col(LabelRow.relevant),
}
_OF_ENTRY = _hits.ALL.where(col(HitRow.entry_id) == ENTRY_OF_ARTICLE).order_by(*_hits.NEWEST_FIRST)
_BY_RULE = (
    select(col(HitRow.rule_id), func.count())
    .where(col(HitRow.found_at) > bindparam("since"))
    .group_by(col(HitRow.rule_id))
)
_COUNT = select(func.count()).where(col(HitRow.found_at) > bindparam("since"))


class PageCursor(NamedTuple):
    """A position in a list that is sorted by time and id, newest first."""

    at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class ListPage(Generic[T]):
    """One page of a list."""

    items: tuple[T, ...]
    next: PageCursor | None = None
    """Where the next page begins; None for the last page."""
    reached: datetime | None = None
    """The time of the last row read, if the query ended before the page was full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HitQuery:
    """Filters of a list of hits; empty values do not filter."""

    since: datetime | None = None
    until: datetime | None = None
    rule: str = ""
    topic: str = ""
    feed: str = ""
    language: str = ""
    priority: str = ""
    prominence: str = ""
    backfilled: bool | None = None
    feeds: tuple[str, ...] | None = None
    """Feeds, one of which must have published the article; None does not filter."""
    words: SearchQuery | None = None
    """The search that the current text of the article must match."""
    label: str = ""
    """`relevant`, `irrelevant`, or `none` for hits without a label."""


class Pages(Database):
    """Paged lists and counts for the web."""

    def find_hits(
        self, query: HitQuery, before: PageCursor | None = None, limit: int = 50, *, reach: int = REACH
    ) -> ListPage[Hit]:
        """Return hits that were found after `query.since`, newest first, from a position on."""
        with self._snapshot() as connection:
            return _find_hits(connection, query, before, limit, reach)

    def find_hits_by_story(self, query: HitQuery, before: PageCursor | None, limit: int) -> ListPage[Hit]:
        """Return the hits of the stories on a page, newest first: a story is on the page of its newest hit, whole.

        So a page may have fewer than `limit` hits, or more, and no story is on two pages, unless hits are added while
        somebody turns pages.
        """
        with self._snapshot() as connection:
            page = _find_hits(connection, query, before, limit, REACH)
            story_ids = {hit.story_id for hit in page.items}
            since = _RowRange(col(HitRow.found_at), col(HitRow.id), query.since, None).conditions()
            of_stories = among(col(HitRow.story_id), "story_ids")
            hits = _read(connection, query, [*since, of_stories], {"story_ids": story_ids}) if story_ids else []
        shown_before = {hit.story_id for hit in hits if before and (hit.found_at, hit.id) >= (before.at, before.id)}
        return replace(page, items=tuple(hit for hit in hits if hit.story_id not in shown_before))

    def find_stories(
        self, since: datetime | None, before: PageCursor | None = None, limit: int = 50
    ) -> ListPage[Story]:
        """Return stories that grew after `since`, newest first, from a position on."""
        time, key = col(StoryRow.last_at), col(StoryRow.id)
        wanted = select(time, key).where(*_RowRange(time, key, since, before).conditions())
        newest = wanted.order_by(time.desc(), key.desc()).limit(limit + 1)
        with self._reading() as connection:
            cursors = [PageCursor(*row) for row in connection.execute(newest)]
            stories = _stories.read_stories(connection, [cursor.id for cursor in cursors[:limit]])
        return ListPage(tuple(stories), cursors[limit - 1] if len(cursors) > limit else None)

    def hits_of_entry(self, article_id: int) -> list[Hit]:
        """Return all hits on the entry of an article, in whichever version of its text."""
        with self._reading() as connection:
            return _hits.read(connection, _OF_ENTRY, {"of_article": article_id})

    def count_by_rule(self, since: datetime) -> dict[str, int]:
        """Return the number of hits of each rule since a time."""
        with self._reading() as connection:
            return dict(connection.execute(_BY_RULE, {"since": since}).all())

    def count_hits(self, since: datetime) -> int:
        """Return the number of hits since a time."""
        with self._reading() as connection:
            return connection.execute(_COUNT, {"since": since}).scalar_one()


def _read(
    connection: Connection,
    query: HitQuery,
    bounds: Sequence[ColumnElement[bool]],
    values: dict[str, object],
    limit: int | None = None,
) -> list[Hit]:
    """Read the hits within the bounds that pass the filters, newest first."""
    statement = _hits.ALL.where(*_conditions(query), *bounds).order_by(*_hits.NEWEST_FIRST)
    if query.label:
        is_labelled = col(LabelRow.hit_id) == col(HitRow.id)
        statement = statement.outerjoin(LabelRow, is_labelled).where(_LABELLED[query.label])
    if query.words is not None:
        entries = statement.with_only_columns(col(HitRow.entry_id)).order_by(None)
        values = values | {"answering": _search.answering_entries(connection, query.words, entries, values)}
        statement = statement.where(among(col(HitRow.entry_id), "answering"))
    return _hits.read(connection, statement.limit(limit), values)


def _find_hits(
    connection: Connection, query: HitQuery, before: PageCursor | None, limit: int, reach: int
) -> ListPage[Hit]:
    rows = _RowRange(col(HitRow.found_at), col(HitRow.id), query.since, before)
    oldest = rows.oldest_within(connection, reach)
    hits = _read(connection, query, rows.conditions(oldest), {}, limit + 1)
    if len(hits) > limit:
        last = hits[limit - 1]
        return ListPage(tuple(hits[:limit]), PageCursor(last.found_at, last.id))
    return ListPage(tuple(hits), oldest, oldest.at if oldest else None)


def _conditions(query: HitQuery) -> list[ColumnElement[bool]]:
    """Return the conditions of a query that a value of a column fulfils."""
    equal = (
        (col(HitRow.rule_id), query.rule),
        (col(HitRow.topic), query.topic),
        (col(HitRow.feed_id), query.feed),
        (col(ArticleRow.language), query.language),
        (col(HitRow.priority), query.priority),
        (col(HitRow.prominence), query.prominence),
    )
    conditions = [column == value for column, value in equal if value]
    if query.until is not None:
        conditions.append(col(HitRow.found_at) <= query.until)
    if query.backfilled is not None:
        conditions.append(col(HitRow.backfilled) == query.backfilled)
    if query.feeds is not None:
        conditions.append(col(HitRow.feed_id).in_(query.feeds))
    return conditions


@dataclass(frozen=True, slots=True)
class _RowRange:
    """The part of a list that a query reads: after a time, and before the end of the page before."""

    time: SQLColumnExpression[datetime]
    id: SQLColumnExpression[int]
    since: datetime | None
    before: PageCursor | None

    def oldest_within(self, connection: Connection, reach: int) -> PageCursor | None:
        """Return the last row that is within reach; None if all are."""
        newest = select(self.time, self.id).where(*self.conditions())
        one = newest.order_by(self.time.desc(), self.id.desc()).offset(reach - 1).limit(1)
        row = connection.execute(one).one_or_none()
        return None if row is None else PageCursor(*row)

    def conditions(self, oldest: PageCursor | None = None) -> list[ColumnElement[bool]]:
        """Return conditions that an index on time and id answers."""
        time, key = self.time, self.id
        conditions: list[ColumnElement[bool]] = []
        if self.since is not None:
            conditions.append(time > self.since)
        if self.before is not None:
            at, last_id = self.before
            conditions.append(and_(time <= at, or_(time < at, key < last_id)))
        if oldest is not None:
            conditions.append(and_(time >= oldest.at, or_(time > oldest.at, key >= oldest.id)))
        return conditions
