"""Computes the relevance of articles from their words, and from the number of articles with each word."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.search.coded_query import (
    CodedPhrase,
    CodedQuery,
    any_key,
    coded_phrases,
    encoded_article,
    phrase_keys,
)
from monitor.core.search.ranking import ScoredArticle, bm25, bm25_idf, estimate_frequency, occurrences
from monitor.core.search.request import RANK_WINDOW
from monitor.store._search_newest import SearchableArticles
from monitor.store._search_tables import SearchDocumentRow, SearchTotalsRow
from monitor.store._statements import among

Answer = Row[int, datetime, int, bytes]
"""An article: its id, when it was stored, its length and its coded words."""
_ID = col(SearchDocumentRow.article_id)
_DOCUMENTS = select(
    _ID, col(SearchDocumentRow.stored_at), col(SearchDocumentRow.length), col(SearchDocumentRow.words)
).where(among(_ID, "ids"))
_LISTS_READ, _VOLUMES_AT_LEAST = 5_000, 4
"""Lists of articles that are read to count those with one of some words, and volumes in which they are counted."""
_TOTALS = select(col(SearchTotalsRow.articles), col(SearchTotalsRow.words))


def read_answers(connection: Connection, ids: Sequence[int], conditions: Sequence[ColumnElement[bool]]) -> list[Answer]:
    """Read the articles with these ids that fulfil the conditions, newest first."""
    if not ids:
        return []
    rows = connection.execute(_DOCUMENTS.where(*conditions), {"ids": ids}).all()
    return sorted(rows, key=attrgetter("article_id"), reverse=True)


def score_answers(
    connection: Connection, query: CodedQuery, found: Sequence[Answer], index: SearchableArticles
) -> list[ScoredArticle]:
    """Compute the relevance of answers."""
    phrases = list(coded_phrases(query))
    articles, words = connection.execute(_TOTALS).one()
    weights = [_weight(index, each, articles) for each in phrases] if len(phrases) > 1 else [1.0]
    weighted = list(zip(phrases, weights, strict=True))
    mean = words / max(articles, 1)
    ids, times, lengths, coded = zip(*found, strict=True) if found else ((), (), (), ())
    documents, relevances = list(map(encoded_article, coded)), [0.0] * len(ids)
    for phrase, weight in weighted:
        counted = zip(relevances, occurrences(phrase, documents), lengths, strict=True)
        relevances = [relevance + bm25(count, weight, length, mean) for relevance, count, length in counted]
    return list(map(ScoredArticle, ids, times, relevances))


def _weight(index: SearchableArticles, phrase: CodedPhrase, articles: int) -> float:
    """Return the weight of the phrase's rarest word."""
    return max(bm25_idf(articles, _count_articles(index, forms, articles)) for forms in phrase_keys(phrase))


def _count_articles(index: SearchableArticles, keys: Sequence[str], articles: int) -> float:
    """Count the articles with one of some words; estimated if these are over RANK_WINDOW, or if the words are many."""
    sample = index.newest_span(max(_VOLUMES_AT_LEAST, _LISTS_READ // max(1, len(keys))))
    newest = index.newest(any_key(keys), sample, RANK_WINDOW + 1)
    if len(newest) <= RANK_WINDOW and sample == index.span:
        return len(newest)
    since = newest[-1] if len(newest) > RANK_WINDOW else sample.low
    return estimate_frequency(newest, index.span, articles, since=since)
