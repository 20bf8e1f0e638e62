"""Search queries in the languages of FTS5 and of PostgreSQL's tsquery. Indexed words hold letters and digits only."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from monitor.core.search.index_words import indexed_phrases
from monitor.core.search.query import AllOf, AnyOf, Phrase

if TYPE_CHECKING:
    from monitor.core.search.index_words import IndexedPhrase
    from monitor.core.search.query import SearchQuery


def fts5(query: SearchQuery) -> str:
    """Write a query for FTS5's MATCH."""
    match query:
        case Phrase():
            alternatives = " OR ".join(
                f'"{" ".join(each.words)}"{" *" * each.prefix}' for each in indexed_phrases(query)
            )
            return f"title : ({alternatives})" if query.title else f"({alternatives})"
        case AnyOf():
            return f"({' OR '.join(map(fts5, query.parts))})"
        case AllOf():
            wanted = " AND ".join(map(fts5, query.parts))
            return (
                f"({wanted})" if not query.excluded else f"(({wanted}) NOT ({' OR '.join(map(fts5, query.excluded))}))"
            )
        case _:
            assert_never(query)


def tsquery(query: SearchQuery, *, positions: bool = True) -> str:
    """Write a query for PostgreSQL. Without positions, it holds for every article that may answer the query."""
    match query:
        case Phrase():
            return (
                f"({' | '.join(tsquery_phrase(query, each, positions=positions) for each in indexed_phrases(query))})"
            )
        case AnyOf():
            return f"({' | '.join(tsquery(part, positions=positions) for part in query.parts)})"
        case AllOf():
            excluded = [part for part in query.excluded if positions or not needs_positions(part)]
            parts = [
                *(tsquery(part, positions=positions) for part in query.parts),
                *(f"!{tsquery(part)}" for part in excluded),
            ]
            return f"({' & '.join(parts)})"
        case _:
            assert_never(query)


def tsquery_phrase(phrase: Phrase, indexed: IndexedPhrase, *, positions: bool = True) -> str:
    """Write one alternative of a phrase."""
    marks = ["A" * phrase.title] * len(indexed.words)
    marks[-1] += "*" * indexed.prefix
    lexemes = [f"'{word}'{f':{mark}' if mark else ''}" for word, mark in zip(indexed.words, marks, strict=True)]
    return f"({(' <-> ' if positions else ' & ').join(lexemes)})"


def needs_positions(query: SearchQuery) -> bool:
    """Return True if a query holds a phrase of several indexed words."""
    match query:
        case Phrase():
            return any(len(each.words) > 1 for each in indexed_phrases(query))
        case AnyOf():
            return any(map(needs_positions, query.parts))
        case AllOf():
            return any(map(needs_positions, (*query.parts, *query.excluded)))
        case _:
            assert_never(query)
