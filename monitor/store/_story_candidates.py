"""The index by which the stored articles of the last days are found that may report the same news as new ones.

Every article that a rule has found is indexed by some hashes of its text, by its title and by terms of its title and
lead. A new one is compared only with those that share enough of them (`core.stories.candidates`);
`core.stories.copies` and `core.stories.events` decide. No look-up reads more than COMMON_TEXTS rows for a hash or a
term, however many articles share it.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select, union_all
from sqlalchemy.orm import aliased
from sqlmodel import col

from monitor.core.stories.candidates import (
    COMMON_TEXTS,
    MAX_CANDIDATES,
    MIN_SHARED_HASHES,
    MIN_SHARED_TERMS,
    WINDOW,
    IndexKeys,
    NewestByKey,
    index_keys,
    most_shared,
)
from monitor.core.stories.copies import copied_story
from monitor.core.stories.events import FOUNDERS, choose_story, shortlist
from monitor.core.stories.fingerprints import StoryFingerprint, event_time
from monitor.store._incoming_tables import ArticleRow
from monitor.store._statements import among, insert_pairs, newest_of_each, save_rows
from monitor.store._story_tables import FingerprintRow, ShingleRow, StoryTermRow
from monitor.store._types import columns, storable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Executable, Row, Select
    from sqlalchemy.engine import Connection

    from monitor.core.stories.terms import WeightedTerms
    from monitor.store._archiving import Archived

_FIRST_ARTICLES = aliased(FingerprintRow)
_COMPARED: Select[*tuple[Any, ...]] = select(
    *columns(FingerprintRow, "article_id", "story_id", "seen_at", "terms", "sketch"),
    *columns(ArticleRow, "title", "url", "language", "feed_id", "published_at"),
).join(ArticleRow, col(FingerprintRow.article_id) == col(ArticleRow.id))
_CANDIDATES = _COMPARED.where(among(col(FingerprintRow.article_id), "article_ids"))
_FOUNDERS = _COMPARED.where(
    among(col(FingerprintRow.story_id), "story_ids"),
    col(FingerprintRow.article_id).in_(
        select(col(_FIRST_ARTICLES.article_id))
        .where(col(_FIRST_ARTICLES.story_id) == col(FingerprintRow.story_id))
        .order_by(col(_FIRST_ARTICLES.article_id))
        .limit(FOUNDERS)
        .correlate(FingerprintRow)
    ),
)


@cache
def _newest(dialect: str) -> Executable:
    """Return a SELECT of the newest articles of some `hashes`, `titles` and `terms`."""
    return union_all(
        newest_of_each(dialect, ShingleRow, "hash", "article_id", most=COMMON_TEXTS, name="hashes"),
        newest_of_each(dialect, FingerprintRow, "title_key", "article_id", most=MAX_CANDIDATES, name="titles"),
        newest_of_each(dialect, StoryTermRow, "term", "article_id", most=COMMON_TEXTS, name="terms"),
    )


@dataclass(frozen=True, slots=True)
class NewArticle:
    """An article that is about to join a story, prepared for the search and for the index."""

    archived: Archived
    fingerprint: StoryFingerprint
    terms: WeightedTerms
    keys: IndexKeys

    @classmethod
    def of(cls, archived: Archived, terms: WeightedTerms) -> NewArticle:
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
    """What some new articles need of the index: read at once, extended by each of them in turn, written at the end.

    All that is asked for is read before the first is added, so that a few statements serve all of them.
    """

    def __init__(self, connection: Connection, articles: Sequence[NewArticle]) -> None:
        self._connection = connection
        self._new: dict[int, NewArticle] = {}
        self._candidates = self._find_candidates(articles)
        self._indexed = self._read(_CANDIDATES, article_ids=sorted(set().union(*self._candidates.values())))

    def find_story(self, new: NewArticle) -> int | None:
        """Return the story of an article of which this is a copy, else one of whose event it is a report, if any."""
        compared = [(each.story_id, each.fingerprint) for each in self.candidates(new).values()]
        copied = copied_story(new.fingerprint, new.terms, compared)
        return self._find_event(new, compared) if copied is None else copied

    def candidates(self, new: NewArticle) -> dict[int, IndexedArticle]:
        """Return the articles that `find_story` compares one with, sorted by id."""
        at = new.archived.stored_at
        return {
            article_id: indexed
            for article_id in self._candidates[new.archived.id]
            if (indexed := self._indexed.get(article_id)) and at - WINDOW <= indexed.seen_at <= at + WINDOW
        }

    def add(self, new: NewArticle, story_id: int) -> None:
        """Let articles after this one be compared with it."""
        self._new[new.archived.id] = new
        self._indexed[new.archived.id] = IndexedArticle(story_id, new.archived.stored_at, new.fingerprint)

    def save(self) -> None:
        """Store the fingerprints and keys of the articles that were added."""
        save_rows(
            self._connection,
            FingerprintRow,
            [_row(new, self._indexed[article_id].story_id) for article_id, new in self._new.items()],
        )
        keys = [(article_id, new.keys) for article_id, new in self._new.items()]
        insert_pairs(self._connection, ShingleRow, [(key, one) for one, each in keys for key in each.hashes])
        insert_pairs(self._connection, StoryTermRow, [(key, one) for one, each in keys for key in each.terms])

    def _find_candidates(self, articles: Sequence[NewArticle]) -> dict[int, list[int]]:
        """Return the candidates of each article, those before it among `articles` included."""
        keys = [new.keys for new in articles]
        asked = {name: sorted({key for each in keys for key in getattr(each, name)}) for name in IndexKeys._fields}
        newest: dict[str, dict[int, list[int]]] = {name: {} for name in asked}
        for name, key, ids in self._connection.execute(_newest(self._connection.dialect.name), asked).all():
            if ids:
                newest[name][key] = sorted(map(int, ids.split(",")))
        by_hash = NewestByKey(newest["hashes"], COMMON_TEXTS)
        by_title = NewestByKey(newest["titles"], MAX_CANDIDATES)
        by_term = NewestByKey(newest["terms"], COMMON_TEXTS)
        found: dict[int, list[int]] = {}
        for new in articles:
            article_id, (hashes, titles, terms) = new.archived.id, new.keys
            shared_hashes = most_shared(by_hash.of(hashes), MIN_SHARED_HASHES)
            shared_terms = most_shared(by_term.of(terms), MIN_SHARED_TERMS)
            found[article_id] = sorted({*shared_hashes, *shared_terms, *chain(*by_title.of(titles))} - {article_id})
            for index, own in ((by_hash, hashes), (by_title, titles), (by_term, terms)):
                index.add(own, article_id)
        return found

    def _find_event(self, new: NewArticle, candidates: Iterable[tuple[int, StoryFingerprint]]) -> int | None:
        listed = shortlist(new.fingerprint, candidates)
        if not listed:
            return None
        own = {article_id: self._indexed[article_id] for article_id in self._new}
        known = self._read(_FOUNDERS, story_ids=listed) | own
        by_story: dict[int, list[int]] = {story_id: [] for story_id in listed}
        for article_id in sorted(known):
            if known[article_id].story_id in by_story:
                by_story[known[article_id].story_id].append(article_id)
        founders = (
            (story_id, known[article_id].fingerprint)
            for story_id, ids in by_story.items()
            for article_id in ids[:FOUNDERS]
            if article_id != new.archived.id
        )
        return choose_story(new.fingerprint, founders)

    def _read(self, statement: Select[*tuple[Any, ...]], **asked: Sequence[int]) -> dict[int, IndexedArticle]:
        rows = self._connection.execute(statement, asked).all() if all(asked.values()) else ()
        return {row.article_id: _indexed(row) for row in rows}


def _row(new: NewArticle, story_id: int) -> dict[str, object]:
    return {
        "article_id": new.archived.id,
        "story_id": story_id,
        "seen_at": new.archived.stored_at,
        "title_key": next(iter(new.keys.titles), None),
        "sketch": array("q", new.fingerprint.shingle_hashes).tobytes(),
        "terms": new.fingerprint.terms,
    }


def _indexed(row: Row[Any]) -> IndexedArticle:
    fingerprint = StoryFingerprint(
        title=row.title,
        language=row.language,
        shingle_hashes=array("q", row.sketch),
        feed_id=row.feed_id,
        url=row.url,
        at=event_time(row.published_at, row.seen_at),
        terms=row.terms,
    )
    return IndexedArticle(row.story_id, row.seen_at, fingerprint)
