"""Stories: which stored articles tell the same news.

Only articles that a rule has found are in a story. One joins the story of an earlier version of itself, else of the
article within a week that core.stories finds most like it, else it begins its own. Stories never merge.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, case, func, insert, select, update

from monitor.core.model import FeedId, Story, StoryArticle
from monitor.core.stories import (
    COMMON_TITLES,
    MIN_SHARED,
    MIN_SHARED_WORDS,
    WINDOW,
    StoryFingerprint,
    same_story,
    title_key,
    title_words,
)
from monitor.store import _tables
from monitor.store._statements import chunks, insert_new, upsert
from monitor.store._tables import articles, fingerprints, shingles, stories

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy.engine import Connection, Row, RowMapping

    from monitor.store._articles import Archived

CANDIDATES = 20
"""Articles that are compared, at most, of each way to find them."""
_words = _tables.title_words

_EARLIER_VERSION = (
    select(articles.c.story_id)
    .where(articles.c.entry_id == bindparam("entry_id"), articles.c.story_id.is_not(None))
    .order_by(articles.c.version.desc())
    .limit(1)
)
_BY_TEXT = (
    select(shingles.c.article_id)
    .where(shingles.c.hash.in_(bindparam("sketch", expanding=True)))
    .group_by(shingles.c.article_id)
    .having(func.count() >= MIN_SHARED)
    .order_by(func.count().desc(), shingles.c.article_id.desc())
    .limit(CANDIDATES)
)
_BY_KEY = (
    select(fingerprints.c.article_id)
    .where(fingerprints.c.title_key == bindparam("key"))
    .order_by(fingerprints.c.article_id.desc())
    .limit(CANDIDATES)
)
_COMMON = (
    select(_words.c.word)
    .where(_words.c.word.in_(bindparam("words", expanding=True)))
    .group_by(_words.c.word)
    .having(func.count() > COMMON_TITLES)
)
_BY_WORDS = (
    select(_words.c.article_id)
    .where(_words.c.word.in_(bindparam("words", expanding=True)))
    .group_by(_words.c.article_id)
    .having(func.count() >= MIN_SHARED_WORDS)
    .order_by(func.count().desc(), _words.c.article_id.desc())
    .limit(CANDIDATES)
)
_CANDIDATES = (
    select(articles.c.story_id, articles.c.title, articles.c.language, articles.c.feed_id, fingerprints.c.sketch)
    .join(fingerprints, fingerprints.c.article_id == articles.c.id)
    .where(
        articles.c.id.in_(bindparam("ids", expanding=True)),
        fingerprints.c.seen_at.between(bindparam("earliest"), bindparam("latest")),
        articles.c.story_id.is_not(None),
    )
    .order_by(articles.c.id)
)
_BEGIN = insert(stories).returning(stories.c.id)
_GROW = (
    update(stories)
    .where(stories.c.id == bindparam("story_id"))
    .values(
        first_at=case((stories.c.first_at > bindparam("at"), bindparam("at")), else_=stories.c.first_at),
        last_at=case((stories.c.last_at < bindparam("at"), bindparam("at")), else_=stories.c.last_at),
    )
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


def join(connection: Connection, archived: Archived) -> int:
    """Put an article into its story, a new one when need be, and leave what the next ones find it by."""
    at = archived.stored_at
    story_id = _find(connection, archived)
    if story_id is None:
        story_id = connection.execute(_BEGIN, {"first_at": at, "last_at": at}).scalar_one()
    else:
        connection.execute(_GROW, {"story_id": story_id, "at": at})
    connection.execute(_ENTER, {"article_id": archived.id, "story": story_id})
    _leave_marks(connection, archived)
    return story_id


def newest(connection: Connection, since: datetime | None, limit: int | None) -> list[Story]:
    """Read stories that grew after `since`, newest first, each article once, the first to tell it first."""
    wanted = select(stories).order_by(stories.c.last_at.desc(), stories.c.id.desc()).limit(limit)
    rows = connection.execute(wanted if since is None else wanted.where(stories.c.last_at > since)).all()
    return _with_articles(connection, rows)


def these(connection: Connection, story_ids: Collection[int]) -> list[Story]:
    """Read some stories, newest first."""
    wanted = select(stories).where(stories.c.id.in_(bindparam("story_ids", expanding=True)))
    rows = [row for some in chunks(list(story_ids)) for row in connection.execute(wanted, {"story_ids": some})]
    return _with_articles(connection, sorted(rows, key=lambda row: (row.last_at, row.id), reverse=True))


def _with_articles(connection: Connection, rows: Sequence[Row[Any]]) -> list[Story]:
    members: dict[int, list[StoryArticle]] = {row.id: [] for row in rows}
    for some in chunks(list(members)):
        for row in connection.execute(_ARTICLES, {"story_ids": some}).mappings():
            members[row["story_id"]].append(_member(row))
    return [
        Story(id=row.id, first_at=row.first_at, last_at=row.last_at, articles=tuple(members[row.id])) for row in rows
    ]


def _find(connection: Connection, archived: Archived) -> int | None:
    earlier = connection.execute(_EARLIER_VERSION, {"entry_id": archived.entry_id}).scalar()
    if earlier is not None:
        return int(earlier)
    words = title_words(archived.article.title)
    common = frozenset(connection.execute(_COMMON, {"words": sorted(words)}).scalars()) if words else frozenset()
    ids = _candidates(connection, archived, words - common)
    return _most_alike(connection, archived, ids, common) if ids else None


def _candidates(connection: Connection, archived: Archived, words: Collection[str]) -> set[int]:
    found: set[int] = set()
    if archived.sketch:
        found.update(connection.execute(_BY_TEXT, {"sketch": archived.sketch}).scalars())
    if (key := title_key(archived.article.title)) is not None:
        found.update(connection.execute(_BY_KEY, {"key": key}).scalars())
    if len(words) >= MIN_SHARED_WORDS:
        found.update(connection.execute(_BY_WORDS, {"words": sorted(words)}).scalars())
    return found - {archived.id}


def _most_alike(
    connection: Connection, archived: Archived, ids: Collection[int], common: Collection[str]
) -> int | None:
    mine = StoryFingerprint(
        title=archived.article.title,
        language=archived.article.language,
        sketch=archived.sketch,
        feed_id=archived.feed_id,
    )
    window = {"ids": sorted(ids), "earliest": archived.stored_at - WINDOW, "latest": archived.stored_at + WINDOW}
    best: tuple[float, int] | None = None
    for row in connection.execute(_CANDIDATES, window).mappings():
        verdict = same_story(mine, _fingerprint(row), common)
        if verdict is not None and (best is None or verdict.score > best[0]):
            best = (verdict.score, row["story_id"])
    return None if best is None else best[1]


def _fingerprint(row: RowMapping) -> StoryFingerprint:
    return StoryFingerprint(
        title=row["title"],
        language=row["language"],
        sketch=tuple(array("q", row["sketch"])),
        feed_id=FeedId(row["feed_id"]),
    )


def _leave_marks(connection: Connection, archived: Archived) -> None:
    dialect, title = connection.dialect.name, archived.article.title
    mark = {
        "article_id": archived.id,
        "seen_at": archived.stored_at,
        "title_key": title_key(title),
        "sketch": array("q", archived.sketch).tobytes(),
    }
    connection.execute(upsert(dialect, fingerprints, ("article_id",)), mark)
    if shingled := [{"hash": each, "article_id": archived.id} for each in dict.fromkeys(archived.sketch)]:
        connection.execute(insert_new(dialect, shingles, ("hash", "article_id")), shingled)
    if worded := [{"word": each, "article_id": archived.id} for each in sorted(title_words(title))]:
        connection.execute(insert_new(dialect, _words, ("word", "article_id")), worded)


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
