"""Stories: articles that report the same news.

A story contains only articles with a match. An article joins the story of an earlier version of itself, else of the
most similar stored article, else of the event that it reports, else it begins a new one. Separate stories never merge.
The terms of an article are counted once, however often its entry is edited.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, case, insert, select, update
from sqlmodel import col

from monitor.core.model import Story, StoryArticle
from monitor.core.stories.frequencies import TermFrequencies
from monitor.core.stories.terms import weigh
from monitor.store import _story_candidates, _term_frequencies
from monitor.store._database import Database
from monitor.store._incoming_tables import ArticleRow
from monitor.store._mapping import columns, from_row
from monitor.store._statements import among
from monitor.store._story_candidates import NewArticle
from monitor.store._story_tables import StoryRow

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Select
    from sqlalchemy.engine import Connection, Row

    from monitor.store._archiving import Archived

_EARLIER_VERSION = (
    select(col(ArticleRow.story_id))
    .where(col(ArticleRow.entry_id) == bindparam("entry_id"), col(ArticleRow.story_id).is_not(None))
    .order_by(col(ArticleRow.version).desc())
    .limit(1)
)
_BEGIN = insert(StoryRow).returning(col(StoryRow.id))
_GROW = (
    update(StoryRow)
    .where(col(StoryRow.id) == bindparam("story_id"))
    .values(
        first_at=case((col(StoryRow.first_at) > bindparam("at"), bindparam("at")), else_=col(StoryRow.first_at)),
        last_at=case((col(StoryRow.last_at) < bindparam("at"), bindparam("at")), else_=col(StoryRow.last_at)),
    )
)
_ENTER = update(ArticleRow).where(col(ArticleRow.id) == bindparam("article_id")).values(story_id=bindparam("story"))
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
            return _term_frequencies.read(connection, terms)


def join(connection: Connection, archived: Sequence[Archived]) -> dict[int, int]:
    """Assign articles to stories, new ones where needed; return the story by article."""
    if not archived:
        return {}
    terms = {term for each in archived for term in each.terms.hashes}
    frequencies = TermFrequencies(_term_frequencies.read(connection, terms))
    joined = {each.id: _join(connection, each, frequencies) for each in archived}
    _term_frequencies.add(connection, frequencies.added)
    grown = sorted({(joined[each.id], each.stored_at) for each in archived})
    connection.execute(_GROW, [{"story_id": story_id, "at": at} for story_id, at in grown])
    connection.execute(_ENTER, [{"article_id": one, "story": story_id} for one, story_id in joined.items()])
    return joined


def _join(connection: Connection, archived: Archived, frequencies: TermFrequencies) -> int:
    at, story_id = archived.stored_at, None
    if not archived.fresh:
        story_id = connection.execute(_EARLIER_VERSION, {"entry_id": archived.entry_id}).scalar()
    new = NewArticle.of(archived, weigh(archived.terms, frequencies.counts))
    if story_id is None:
        story_id = _story_candidates.find_story(connection, new)
        frequencies.count(archived.terms.hashes)
    if story_id is None:
        story_id = connection.execute(_BEGIN, {"first_at": at, "last_at": at}).scalar_one()
    _story_candidates.index_article(connection, new, story_id)
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
