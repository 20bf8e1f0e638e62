"""The index that finds the stored articles of the last days which may report the same news as new ones.

Every article that a rule has found is indexed by some hashes of its text, by its title and by terms of its title and
lead. A new one is compared only with those that share enough of them (`core.stories.candidates`);
`core.stories.joining` decides. How the keys are stored: `_story_keys`.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import aliased
from sqlmodel import col

from monitor.core.stories.candidates import MAX_GAP, IndexKeys, index_keys
from monitor.core.stories.events import FIRST_ARTICLES
from monitor.core.stories.fingerprints import StoryFingerprint, event_time
from monitor.core.stories.joining import find_story
from monitor.core.stories.weighted_terms import WeightedTerms
from monitor.store import _story_keys
from monitor.store._archiving import ArchivedArticle
from monitor.store._driver_statements import DriverStatement
from monitor.store._incoming_tables import ArticleRow
from monitor.store._statements import among, save_rows_by_driver
from monitor.store._story_tables import FingerprintRow
from monitor.store._types import columns, storable

_OF_ONE_STORY = aliased(FingerprintRow)
_COMPARED: Select[*tuple[Any, ...]] = select(
    *columns(FingerprintRow, "article_id", "story_id", "seen_at", "terms", "shingle_hashes"),
    *columns(ArticleRow, "title", "url", "language", "feed_id", "published_at"),
).join(ArticleRow, col(FingerprintRow.article_id) == col(ArticleRow.id))
_CANDIDATES = DriverStatement(_COMPARED.where(among(col(FingerprintRow.article_id), "article_ids")))
_FIRST_ARTICLES = DriverStatement(
    _COMPARED.where(
        among(col(FingerprintRow.story_id), "story_ids"),
        col(FingerprintRow.article_id).in_(
            select(col(_OF_ONE_STORY.article_id))
            .where(col(_OF_ONE_STORY.story_id) == col(FingerprintRow.story_id))
            .order_by(col(_OF_ONE_STORY.article_id))
            .limit(FIRST_ARTICLES)
            .correlate(FingerprintRow)
        ),
    )
)


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article that is about to join a story, prepared for the search and for the index."""

    archived: ArchivedArticle
    fingerprint: StoryFingerprint
    terms: WeightedTerms
    keys: IndexKeys

    @classmethod
    def of(cls, archived: ArchivedArticle, terms: WeightedTerms) -> NewArticle:
        """Prepare an article with its weighted terms."""
        article = archived.article
        fingerprint = StoryFingerprint(
            title=storable(article.title),
            language=article.language,
            shingle_hashes=archived.shingle_hashes,
            feed_id=archived.feed_id,
            url=storable(article.url),
            at=event_time(article.published_at, archived.stored_at),
            terms=terms.to_bytes(),
        )
        return cls(archived, fingerprint, terms, index_keys(fingerprint, terms))


class IndexedArticle(NamedTuple):
    """An article of a story, with which new ones are compared."""

    story_id: int
    seen_at: datetime
    fingerprint: StoryFingerprint


class StoryIndex:
    """The part of the index that some new articles need.

    It is read with a few statements, extended by each article in turn, and written after the last one.
    """

    def __init__(self, connection: Connection, articles: Sequence[NewArticle]) -> None:
        self._connection = connection
        self._new: dict[int, NewArticle] = {}
        self._keys = _story_keys.read(connection, [new.keys for new in articles])
        self._candidates = self._find_candidates(articles)
        self._indexed_article = self._read(_CANDIDATES, article_ids=sorted(set().union(*self._candidates.values())))

    def find_story(self, new: NewArticle) -> int | None:
        """Return the story that an article joins, if any (`core.stories.joining`)."""
        compared = [(each.story_id, each.fingerprint) for each in self.candidates(new).values()]
        first_articles = partial(self._first_articles, without=new.archived.id)
        return find_story(new.fingerprint, new.terms, compared, first_articles)

    def candidates(self, new: NewArticle) -> dict[int, IndexedArticle]:
        """Return the articles that `find_story` compares one with, sorted by id."""
        at = new.archived.stored_at
        return {
            article_id: indexed
            for article_id in self._candidates[new.archived.id]
            if (indexed := self._indexed_article.get(article_id)) and abs(indexed.seen_at - at) <= MAX_GAP
        }

    def add(self, new: NewArticle, story_id: int) -> None:
        """Let articles after this one be compared with it."""
        self._new[new.archived.id] = new
        self._indexed_article[new.archived.id] = IndexedArticle(story_id, new.archived.stored_at, new.fingerprint)

    def save(self) -> None:
        """Store the fingerprints and the keys of the articles that were added."""
        save_rows_by_driver(
            self._connection,
            FingerprintRow,
            [_row(new, self._indexed_article[article_id].story_id) for article_id, new in self._new.items()],
        )
        keys = [(article_id, new.keys) for article_id, new in self._new.items()]
        _story_keys.save(self._connection, self._keys, keys)

    def _find_candidates(self, articles: Sequence[NewArticle]) -> dict[int, list[int]]:
        """Return the candidates of each article, those before it among `articles` included."""
        found: dict[int, list[int]] = {}
        for new in articles:
            article_id = new.archived.id
            found[article_id] = sorted(self._keys.newest.find(new.keys) - {article_id})
            self._keys.newest.add(new.keys, article_id)
        return found

    def _first_articles(self, story_ids: list[int], *, without: int) -> list[tuple[int, StoryFingerprint]]:
        """Return the first FIRST_ARTICLES of each story, except an article, with the story."""
        added = {article_id: self._indexed_article[article_id] for article_id in self._new}
        known = self._read(_FIRST_ARTICLES, story_ids=story_ids) | added
        by_story: dict[int, list[int]] = {story_id: [] for story_id in story_ids}
        for article_id in sorted(known):
            if known[article_id].story_id in by_story:
                by_story[known[article_id].story_id].append(article_id)
        first = chain.from_iterable(article_ids[:FIRST_ARTICLES] for article_ids in by_story.values())
        return [(known[each].story_id, known[each].fingerprint) for each in first if each != without]

    def _read(self, statement: DriverStatement, **ids: Sequence[int]) -> dict[int, IndexedArticle]:
        rows = statement.rows(self._connection, **ids) if all(ids.values()) else ()
        return {row[0]: _indexed_article(row) for row in rows}


def _row(new: NewArticle, story_id: int) -> dict[str, object]:
    return {
        "article_id": new.archived.id,
        "story_id": story_id,
        "seen_at": new.archived.stored_at,
        "shingle_hashes": array("q", new.fingerprint.shingle_hashes).tobytes(),
        "terms": new.fingerprint.terms,
    }


def _indexed_article(row: Sequence[Any]) -> IndexedArticle:
    """Convert a row of _COMPARED by position, since columns are slower to read by name."""
    _, story_id, seen_at, terms, shingle_hashes, title, url, language, feed_id, published_at = row
    fingerprint = StoryFingerprint(
        title=title,
        language=language,
        shingle_hashes=array("q", shingle_hashes),
        feed_id=feed_id,
        url=url,
        at=event_time(published_at, seen_at),
        terms=terms,
    )
    return IndexedArticle(story_id, seen_at, fingerprint)
