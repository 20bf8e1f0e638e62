"""Stories: articles that report the same news.

A story contains only articles with a match. An article joins the story of an earlier version of itself, else of the
most similar stored article, else of the event that it reports, else it begins a new one. Separate stories never merge.
The terms of an article are counted once, however often its entry is edited.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, case, insert, select, update
from sqlalchemy.engine import Connection, Row
from sqlmodel import col

from monitor.core.model import Story, StoryArticle
from monitor.core.stories.frequencies import DocumentFrequencies
from monitor.core.stories.weighted_terms import weigh
from monitor.store import _document_frequencies
from monitor.store._archiving import ArchivedArticle
from monitor.store._database import Database
from monitor.store._driver_statements import DriverStatement
from monitor.store._incoming_tables import ArticleRow
from monitor.store._statements import among
from monitor.store._story_candidates import NewArticle, StoryIndex
from monitor.store._story_tables import StoryRow
from monitor.store._types import UtcDateTime, columns, from_row

_ASSIGNED_AT_ONCE = 32
"""Articles whose candidates, up to sixty each, are in memory at the same time."""
_EARLIER_VERSION = (
    select(col(ArticleRow.story_id))
    .where(col(ArticleRow.entry_id) == bindparam("entry_id"), col(ArticleRow.story_id).is_not(None))
    .order_by(col(ArticleRow.version).desc())
    .limit(1)
)
_AT = bindparam("at", type_=UtcDateTime())
_INSERT_STORY = DriverStatement(insert(StoryRow).values(first_at=_AT, last_at=_AT).returning(col(StoryRow.id)))
_EXTEND_STORY = DriverStatement(
    update(StoryRow)
    .where(col(StoryRow.id) == bindparam("story_id"))
    .values(
        first_at=case((col(StoryRow.first_at) > _AT, _AT), else_=col(StoryRow.first_at)),
        last_at=case((col(StoryRow.last_at) < _AT, _AT), else_=col(StoryRow.last_at)),
    )
)
_SET_STORY = DriverStatement(
    update(ArticleRow).where(col(ArticleRow.id) == bindparam("article_id")).values(story_id=bindparam("story"))
)
_ARTICLES: Select[*tuple[Any, ...]] = (
    select(
        col(ArticleRow.id).label("article_id"),
        *columns(ArticleRow, "entry_id", "story_id", "feed_id", "title", "url"),
        col(ArticleRow.stored_at).label("found_at"),
        col(ArticleRow.published_at),
        col(ArticleRow.language),
    )
    .where(among(col(ArticleRow.story_id), "story_ids"))
    .order_by(col(ArticleRow.stored_at), col(ArticleRow.id))
)


class Stories(Database):
    """Articles that report the same news."""

    def stories(self, since: datetime | None = None, limit: int | None = None) -> list[Story]:
        """Return stories with articles added since `since`, newest first."""
        with self._reading() as connection:
            wanted = select(StoryRow).order_by(col(StoryRow.last_at).desc(), col(StoryRow.id).desc()).limit(limit)
            rows = connection.execute(wanted if since is None else wanted.where(col(StoryRow.last_at) > since)).all()
            return _with_articles(connection, rows)

    def stories_of(self, story_ids: Collection[int]) -> list[Story]:
        """Return these stories, newest first."""
        with self._reading() as connection:
            return read_stories(connection, story_ids)

    def term_counts(self, terms: Collection[int]) -> dict[int, int]:
        """Return how many articles have a term of the buckets of these terms (`core.stories.frequencies`)."""
        with self._reading() as connection:
            return _document_frequencies.read(connection, terms)


def assign_stories(connection: Connection, archived: Iterable[ArchivedArticle]) -> dict[int, int]:
    """Assign articles with matches to stories, new ones where needed; return the story by article."""
    matched = [each for each in archived if each.matches]
    if not matched:
        return {}
    terms = [term for each in matched for term in each.terms.hashes]
    frequencies = DocumentFrequencies(_document_frequencies.read(connection, terms))
    assigned: dict[int, int] = {}
    for start in range(0, len(matched), _ASSIGNED_AT_ONCE):
        assigned |= _assign_some(connection, matched[start : start + _ASSIGNED_AT_ONCE], frequencies)
    _document_frequencies.add(connection, frequencies.added)
    extended = sorted({(assigned[each.id], each.stored_at) for each in matched})
    _EXTEND_STORY.execute_many(connection, [{"story_id": story_id, "at": at} for story_id, at in extended])
    joined = [{"article_id": article_id, "story": story_id} for article_id, story_id in assigned.items()]
    _SET_STORY.execute_many(connection, joined)
    return assigned


def _assign_some(
    connection: Connection, archived: Sequence[ArchivedArticle], frequencies: DocumentFrequencies
) -> dict[int, int]:
    assigned = _stories_of_earlier_versions(connection, archived)
    articles = []
    for each in archived:
        articles.append(NewArticle.of(each, weigh(each.terms, frequencies.counts)))
        if each.id not in assigned:
            frequencies.count(each.terms.hashes)
    index = StoryIndex(connection, articles)
    for new in articles:
        article_id, at = new.archived.id, new.archived.stored_at
        story_id = assigned.get(article_id) or index.find_story(new) or _insert_story(connection, at)
        index.add(new, story_id)
        assigned[article_id] = story_id
    index.save()
    return assigned


def _stories_of_earlier_versions(connection: Connection, archived: Iterable[ArchivedArticle]) -> dict[int, int]:
    edited = {each.id: {"entry_id": each.entry_id} for each in archived if not each.fresh}
    found = {article_id: connection.execute(_EARLIER_VERSION, entry).scalar() for article_id, entry in edited.items()}
    return {article_id: story_id for article_id, story_id in found.items() if story_id is not None}


def _insert_story(connection: Connection, at: datetime) -> int:
    ((story_id,),) = _INSERT_STORY.rows(connection, at=at)
    return int(story_id)


def read_stories(connection: Connection, story_ids: Collection[int]) -> list[Story]:
    """Return some stories, newest first."""
    wanted = select(StoryRow).where(among(col(StoryRow.id), "story_ids"))
    newest_first = wanted.order_by(col(StoryRow.last_at).desc(), col(StoryRow.id).desc())
    return _with_articles(connection, connection.execute(newest_first, {"story_ids": story_ids}).all())


def _with_articles(connection: Connection, rows: Sequence[Row[Any]]) -> list[Story]:
    """Add the articles to stories: each entry once, at the place of its first version, with its latest title."""
    members: dict[int, dict[int, StoryArticle]] = {row.id: {} for row in rows}
    for row in connection.execute(_ARTICLES, {"story_ids": list(members)}).mappings():
        members[row["story_id"]][row["entry_id"]] = from_row(StoryArticle, row)
    return [
        Story(id=row.id, first_at=row.first_at, last_at=row.last_at, articles=tuple(members[row.id].values()))
        for row in rows
    ]
