"""Searches the archive by its index: ranked, with filters, page by page.

The index returns candidates by their keys, newest first; the encoded words of each decide whether it is an answer, and
give its relevance. The newest `RANK_WINDOW` answers are ranked together, then the next ones. So a query takes bounded
time in an archive of any size, and articles that arrive between two pages do not move the answers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, exists, select
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.model import StoredArticle
from monitor.core.search.blocks import Bounds
from monitor.core.search.coded_query import (
    CodedQuery,
    encoded_article,
    is_decided_by_keys,
    keys_needed,
    matches_query,
)
from monitor.core.search.index_words import feed_word, language_word
from monitor.core.search.query import SearchQuery
from monitor.core.search.ranking import rank
from monitor.core.search.request import MAX_EXAMINED, RANK_WINDOW, SearchCursor, SearchRequest, SearchResult, Total
from monitor.store import _articles, _search_candidates, _search_index, _search_newest, _search_ranking, _search_words
from monitor.store._database import Database
from monitor.store._incoming_tables import ArticleRow, HitRow
from monitor.store._search_candidates import candidate_source, filter_conditions
from monitor.store._search_expressions import may_answer
from monitor.store._search_newest import SearchableArticles
from monitor.store._search_ranking import Answer
from monitor.store._search_tables import SearchDocumentRow
from monitor.store._statements import among

_ID, _ENTRY_ID = col(SearchDocumentRow.article_id), col(SearchDocumentRow.entry_id)
_THESE = select(ArticleRow).where(among(col(ArticleRow.id), "ids"))
_ENTRIES = select(_ENTRY_ID, col(SearchDocumentRow.words))
_MIN_STEP, _WIDER = 100, 4
"""Articles that a further step examines at least, and how many times more than the step before at most."""
INDEXED_AT_ONCE = 50
"""Articles that one call of `build_search_index` should index, so that no other writer waits long: about 0.1 s."""


class Search(Database):
    """Full-text search, and the upkeep of its index."""

    def search(
        self,
        request: SearchRequest,
        after: SearchCursor | None = None,
        limit: int = 50,
        *,
        examine: int = MAX_EXAMINED,
    ) -> SearchResult:
        """Return a page of answers, best first; at most `examine` articles are examined for it.

        UsageError if too many words of the archive begin with a prefix of the query.
        """
        with self._snapshot() as connection:
            index = _search_newest.prepare(connection)
            missing_before = _search_index.missing_before(connection)
            below = index.span.high if after is None else after.below_id
            offset = 0 if after is None else after.offset
            query = _search_words.encode_query(connection, request.query)
            window = _window(index, request, query, Bounds(0, below), examine)
            ranked = rank(_search_ranking.score_answers(connection, query, window.answers[:RANK_WINDOW], index))
            return SearchResult(
                articles=tuple(_read(connection, ranked[offset : offset + limit])),
                next=_next_page(window, below, offset + limit),
                total=None if after is not None else Total(len(window.answers), exact=window.rest is None),
                examined_since=window.examined_since,
                missing_before=missing_before,
            )

    def archived_filters(self, *, feed: str, topic: str, language: str) -> set[str]:
        """Return the names of those filters whose value some article of the archive has, or had."""
        words = {"feed": feed_word(feed), "language": language_word(language)}
        with self._reading() as connection:
            known = _search_words.known_codes(connection, words.values())
            has_topic = connection.execute(select(exists().where(col(HitRow.topic) == topic))).scalar_one()
        return {name for name, word in words.items() if word in known} | ({"topic"} if has_topic else set())

    def build_search_index(self, size: int) -> int:
        """Index the next `size` articles of the archive, newest first; return the id below which others remain.

        0: the index is complete. Each call is one transaction, so that it can be repeated after any interruption.
        """
        with self._writing_archive() as connection:
            return _search_index.build(connection, size)

    def search_index_is_complete(self) -> bool:
        """Return True if no archived article is left to index."""
        with self._reading() as connection:
            return _search_index.is_complete(connection)

    def unindexed_articles(self) -> int:
        """Count the articles of the archive that the search index does not hold yet."""
        with self._reading() as connection:
            return _search_index.remaining(connection)

    def articles_indexed_in_part(self) -> int:
        """Count the articles with more different words than are indexed, of which searches find the first ones."""
        with self._reading() as connection:
            return _search_index.count_in_part(connection)

    def restart_search_index(self) -> None:
        """Let `build_search_index` build the search index anew; until it has, searches find what was there."""
        with self._writing_archive() as connection:
            _search_index.restart(connection)


def answering_entries(
    connection: Connection, query: SearchQuery, entries: Select[int], values: dict[str, object]
) -> list[int]:
    """Return the entries of `entries` whose current articles answer a query; other answers may be among them.

    `values`: the parameters of `entries`.
    """
    index = _search_newest.prepare(connection)
    coded = _search_words.encode_query(connection, query)
    ids: Sequence[int] = index.newest(keys_needed(coded), index.span, _search_candidates.MAX_AT_ONCE + 1)
    identity = _ID
    if len(ids) > _search_candidates.MAX_AT_ONCE:
        ids, identity = connection.execute(entries.distinct(), values).scalars().all(), _ENTRY_ID
    rows = connection.execute(_ENTRIES.where(among(identity, "ids")), {"ids": ids})
    return [row.entry_id for row in rows if matches_query(coded, encoded_article(row.words))]


class _RankedWindow(NamedTuple):
    """The newest answers, newest first: RANK_WINDOW, and one more if there is one."""

    answers: list[Answer]
    rest: int | None
    """Articles with ids below this one may answer too, and come after them; None: there are none."""
    examined_since: datetime | None
    """When the oldest article was stored that was examined, if the limit of examined articles ended the window."""


def _window(
    index: SearchableArticles, request: SearchRequest, query: CodedQuery, bounds: Bounds, examine: int
) -> _RankedWindow:
    """Examine articles from the newest on until the window is full."""
    connection = index.connection
    if request.since is not None or request.until is not None:
        low, high = _search_index.bounds(connection, request.since, request.until)
        bounds = Bounds(low, min(high, bounds.high))
    source = candidate_source(index, request, query, bounds)
    conditions = [may_answer(connection.dialect.name, query), *filter_conditions(request)]
    found: list[Answer] = []
    decided = source.by_keys and is_decided_by_keys(query)
    examined, step = 0, min(RANK_WINDOW + 1, examine)
    while examined < examine:
        ids = source.newest(bounds, step)
        read = _search_ranking.read_answers(connection, ids, conditions)
        found += read if decided else [each for each in read if matches_query(query, encoded_article(each.words))]
        if len(found) > RANK_WINDOW:
            return _RankedWindow(found[: RANK_WINDOW + 1], found[RANK_WINDOW - 1].article_id, None)
        if len(ids) < step:
            return _RankedWindow(found, None, None)
        bounds, examined = Bounds(bounds.low, ids[-1]), examined + step
        step = min(_next_step(step, examined, len(found)), examine - examined)
    return _RankedWindow(found, bounds.high, _search_newest.stored_at(connection, bounds.high))


def _next_step(step: int, examined: int, found: int) -> int:
    """Return how many articles to examine next: half more than should hold the missing answers."""
    expected = math.ceil(1.5 * (RANK_WINDOW + 1 - found) * examined / found) if found else step * _WIDER
    return min(max(expected, _MIN_STEP), step * _WIDER)


def _next_page(window: _RankedWindow, below: int, end: int) -> SearchCursor | None:
    if end < min(len(window.answers), RANK_WINDOW):
        return SearchCursor(below, end)
    return None if window.rest is None else SearchCursor(window.rest, 0)


def _read(connection: Connection, ids: Sequence[int]) -> list[StoredArticle]:
    """Read articles in the given order."""
    found = {row["id"]: row for row in connection.execute(_THESE, {"ids": ids}).mappings()}
    return [_articles.stored_article_from_row(found[each]) for each in ids if each in found]
