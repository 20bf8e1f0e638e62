"""Stories: which articles tell the same news.

Only articles that a rule has found are in a story. One joins the story of an earlier version of itself, else of the
article it shares most shingles with, seen within a week; else it begins a story of its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, insert, select, update

from monitor.core.model import FeedId, Story, StoryArticle
from monitor.store._statements import chunks, insert_new
from monitor.store._tables import articles, shingles, stories

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, RowMapping

    from monitor.store._articles import Archived

WINDOW = timedelta(days=7)
SHARED = 4
"""Shingles that two articles must share before they are compared."""
CANDIDATES = 20

_EARLIER_VERSION = (
    select(articles.c.story_id)
    .where(articles.c.entry_id == bindparam("entry_id"), articles.c.story_id.is_not(None))
    .order_by(articles.c.version.desc())
    .limit(1)
)
_SHARING = (
    select(articles.c.story_id)
    .join(shingles, shingles.c.article_id == articles.c.id)
    .where(shingles.c.hash.in_(bindparam("sketch", expanding=True)), shingles.c.seen_at >= bindparam("since"))
    .group_by(articles.c.id)
    .having(func.count() >= SHARED)
    .order_by(func.count().desc(), articles.c.id)
    .limit(CANDIDATES)
)
_BEGIN = insert(stories).returning(stories.c.id)
_GROW = (
    update(stories)
    .where(stories.c.id == bindparam("story_id"), stories.c.last_at < bindparam("now"))
    .values(last_at=bindparam("now"))
)
_ENTER = update(articles).where(articles.c.id == bindparam("article_id")).values(story_id=bindparam("story"))
_ARTICLES = (
    select(
        articles.c.id,
        articles.c.story_id,
        articles.c.feed_id,
        articles.c.title,
        articles.c.url,
        articles.c.stored_at,
        articles.c.published_at,
        articles.c.language,
    )
    .where(articles.c.current, articles.c.story_id.in_(bindparam("story_ids", expanding=True)))
    .order_by(articles.c.stored_at, articles.c.id)
)


def join(connection: Connection, archived: Archived, now: datetime) -> int:
    """Put an article into its story, a new one when need be, and leave its marks for the next ones."""
    story_id = _find(connection, archived, now)
    if story_id is None:
        story_id = connection.execute(_BEGIN, {"first_at": now, "last_at": now}).scalar_one()
    else:
        connection.execute(_GROW, {"story_id": story_id, "now": now})
    connection.execute(_ENTER, {"article_id": archived.id, "story": story_id})
    _mark(connection, archived, now)
    return story_id


def newest(connection: Connection, since: datetime | None, limit: int | None) -> list[Story]:
    """Read stories that grew after `since`, newest first, each article once, the first to tell it first."""
    wanted = select(stories).order_by(stories.c.last_at.desc(), stories.c.id.desc()).limit(limit)
    rows = connection.execute(wanted if since is None else wanted.where(stories.c.last_at > since)).all()
    members: dict[int, list[StoryArticle]] = {row.id: [] for row in rows}
    for some in chunks(list(members)):
        for row in connection.execute(_ARTICLES, {"story_ids": some}).mappings():
            members[row["story_id"]].append(_member(row))
    return [
        Story(id=row.id, first_at=row.first_at, last_at=row.last_at, articles=tuple(members[row.id])) for row in rows
    ]


def _find(connection: Connection, archived: Archived, now: datetime) -> int | None:
    earlier = connection.execute(_EARLIER_VERSION, {"entry_id": archived.entry_id}).scalar()
    if earlier is not None or not archived.sketch:
        return earlier
    question = {"sketch": [_signed(each) for each in archived.sketch], "since": now - WINDOW}
    return connection.execute(_SHARING, question).scalar()


def _mark(connection: Connection, archived: Archived, now: datetime) -> None:
    marks = {_signed(each) for each in archived.sketch}
    if marks:
        rows = [{"hash": each, "article_id": archived.id, "seen_at": now} for each in sorted(marks)]
        connection.execute(insert_new(connection.dialect.name, shingles, ("hash", "article_id")), rows)


def _signed(number: int) -> int:
    """Fold an unsigned 64-bit hash into what a database's bigint holds."""
    return (number + 2**63) % 2**64 - 2**63


def _member(row: RowMapping) -> StoryArticle:
    return StoryArticle(
        article_id=row["id"],
        feed_id=FeedId(row["feed_id"]),
        title=row["title"],
        url=row["url"],
        found_at=row["stored_at"],
        published_at=row["published_at"],
        language=row["language"],
    )
