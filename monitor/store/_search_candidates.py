"""Where a search reads its candidates from: the index of keys, or the articles with hits; and the filters of a request.

The candidates have the keys of the query, the feeds and the language, or hits of the topic; the words of each and the
filters decide whether it is an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.search.blocks import Bounds
from monitor.core.search.coded_query import CodedQuery, Keys, all_keys, any_key, keys_needed
from monitor.core.search.index_words import feed_key, feed_word, language_key, language_word
from monitor.core.search.request import SearchRequest
from monitor.store import _search_words
from monitor.store._incoming_tables import HitRow
from monitor.store._search_newest import SearchableArticles
from monitor.store._search_tables import SearchDocumentRow
from monitor.store._statements import among

_ID, _ENTRY_ID = col(SearchDocumentRow.article_id), col(SearchDocumentRow.entry_id)
MAX_AT_ONCE = 5_000
"""Articles that are read at once: with the words of a query for hits, or else with hits."""


class CandidateSource(NamedTuple):
    """Where candidates are read from: the index of keys, or the articles with hits."""

    newest: Callable[[Bounds, int], list[int]]
    """Returns ids within bounds, newest first, up to a number."""
    by_keys: bool
    """All articles have the keys of the query."""


def candidate_source(
    index: SearchableArticles, request: SearchRequest, query: CodedQuery, bounds: Bounds
) -> CandidateSource:
    """Return the index of keys; the articles with hits if many articles have the keys and few have hits."""
    connection = index.connection
    by_keys = partial(index.newest, _keys(connection, request, query))
    if not (request.topic or request.matched) or len(by_keys(bounds, MAX_AT_ONCE + 1)) <= MAX_AT_ONCE:
        return CandidateSource(by_keys, by_keys=True)
    hits = select(col(HitRow.entry_id)).where(*_of_topic(request))
    if len(connection.execute(hits.limit(MAX_AT_ONCE + 1)).all()) > MAX_AT_ONCE:
        return CandidateSource(
            partial(_with_keys_and_filters, connection, by_keys, filter_conditions(request)), by_keys=True
        )
    ids = sorted(connection.execute(select(_ID).where(_ENTRY_ID.in_(hits))).scalars(), reverse=True)

    def by_hits(within: Bounds, most: int) -> list[int]:
        return [each for each in ids if within.low <= each < within.high][:most]

    return CandidateSource(by_hits, by_keys=False)


def _keys(connection: Connection, request: SearchRequest, query: CodedQuery) -> Keys:
    """Return the keys that all answers have: of words, feed and language."""
    parts = [keys_needed(query)]
    feeds = [feed_word(each) for each in request.feeds or ()]
    codes = _search_words.known_codes(connection, [*feeds, language_word(request.language)])
    if request.feeds is not None:
        parts.append(any_key([feed_key(codes[each]) for each in feeds if each in codes]))
    if request.language:
        word = language_word(request.language)
        parts.append(any_key([language_key(codes[word])] if word in codes else []))
    return all_keys(parts)


def _with_keys_and_filters(
    connection: Connection,
    by_keys: Callable[[Bounds, int], list[int]],
    filters: Sequence[ColumnElement[bool]],
    bounds: Bounds,
    most: int,
) -> list[int]:
    """Return the newest articles with the keys that fulfil the filters too, newest first."""
    found: list[int] = []
    filtered = select(_ID).where(among(_ID, "ids"), *filters)
    while len(found) < most and (ids := by_keys(bounds, MAX_AT_ONCE)):
        found += sorted(connection.execute(filtered, {"ids": ids}).scalars(), reverse=True)
        bounds = Bounds(bounds.low, ids[-1])
    return found[:most]


def filter_conditions(request: SearchRequest) -> list[ColumnElement[bool]]:
    """Return the filters of a request as conditions: the index answers only some of them, and not exactly."""
    stored_at = col(SearchDocumentRow.stored_at)
    conditions: list[ColumnElement[bool]] = []
    if request.since is not None:
        conditions.append(stored_at >= request.since)
    if request.until is not None:
        conditions.append(stored_at < request.until)
    if request.feeds is not None:
        conditions.append(col(SearchDocumentRow.feed_id).in_(request.feeds))
    if request.language:
        conditions.append(col(SearchDocumentRow.language) == request.language)
    if request.topic:
        conditions.append(exists().where(col(HitRow.entry_id) == _ENTRY_ID, *_of_topic(request)))
    if request.matched is not None:
        hit = exists().where(col(HitRow.entry_id) == _ENTRY_ID)
        conditions.append(hit if request.matched else ~hit)
    return conditions


def _of_topic(request: SearchRequest) -> list[ColumnElement[bool]]:
    return [col(HitRow.topic) == request.topic] if request.topic else []
