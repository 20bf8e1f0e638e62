"""Writes conditions on keys for FTS5, for PostgreSQL's tsquery, and in SQL. Keys contain no quotation marks.

FTS5 would fold and split ASCII characters: it gets others in their place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_, true
from sqlmodel import col

from monitor.core.search.coded_query import AnyKey, CodedAny, CodedPhrase, is_decided_by_keys
from monitor.core.search.codes import split_key
from monitor.store._search_tables import SearchDocumentRow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import ColumnElement

    from monitor.core.search.coded_query import CodedQuery, Keys

_WORDS = col(SearchDocumentRow.words)
_MAX_WORDINGS = 20
_NOT_ASCII = {number: 0x10000 + number for number in range(0x21, 0x7F)}


def fts5_keys(keys: Iterable[str]) -> str:
    """Write keys as FTS5 indexes them, with spaces between them."""
    return " ".join(keys).translate(_NOT_ASCII)


def fts5(keys: Keys) -> str:
    """Write a condition for FTS5's MATCH; the result is never empty."""
    if isinstance(keys, str):
        return f"({' AND '.join(map(_in_double_quotes, split_key(keys)))})"
    if isinstance(keys, AnyKey):
        return f"({' OR '.join(map(fts5, keys.parts))})"
    wanted = f"({' AND '.join(map(fts5, keys.parts))})"
    return f"({wanted} NOT ({' OR '.join(map(fts5, keys.excluded))}))" if keys.excluded else wanted


def tsquery(keys: Keys) -> str:
    """Write a condition for PostgreSQL's `@@`; the result is never empty."""
    if isinstance(keys, str):
        return f"({' & '.join(map(_in_quotes, split_key(keys)))})"
    if isinstance(keys, AnyKey):
        return f"({' | '.join(map(tsquery, keys.parts))})"
    parts = [*map(tsquery, keys.parts), *(f"!({tsquery(each)})" for each in keys.excluded)]
    return f"({' & '.join(parts)})"


def may_answer(dialect: str, query: CodedQuery) -> ColumnElement[bool]:
    """Return a condition on the encoded words that every answer fulfils, for articles that have the keys."""
    if isinstance(query, CodedPhrase):
        if is_decided_by_keys(query) or len(query.wordings) > _MAX_WORDINGS:
            return true()
        place = func.instr if dialect == "sqlite" else func.strpos
        return or_(*(place(_WORDS, wording) > 0 for wording in query.wordings))
    parts = [may_answer(dialect, part) for part in query.parts]
    return or_(*parts) if isinstance(query, CodedAny) else and_(*parts)


def _in_quotes(key: str) -> str:
    return f"'{key}'"


def _in_double_quotes(key: str) -> str:
    return f'"{fts5_keys([key])}"'
