"""Writes a query as a condition in SQL."""

from __future__ import annotations

from sqlalchemy import ColumnElement, LargeBinary, and_, func, literal, or_, true
from sqlmodel import col

from monitor.core.search.coded_query import CodedAny, CodedPhrase, CodedQuery, is_decided_by_keys
from monitor.store._search_tables import SearchDocumentRow

_WORDS = col(SearchDocumentRow.words)
_MAX_WORDINGS = 20
"""With more, the condition costs more than reading the words of the articles."""


def may_answer(dialect: str, query: CodedQuery) -> ColumnElement[bool]:
    """Return a condition on the encoded words that every answer fulfils, for articles that have the keys."""
    if isinstance(query, CodedPhrase):
        if is_decided_by_keys(query) or len(query.wordings) > _MAX_WORDINGS:
            return true()
        return or_(*(_contains(dialect, each) for each in query.wordings))
    parts = [may_answer(dialect, part) for part in query.parts]
    return or_(*parts) if isinstance(query, CodedAny) else and_(*parts)


def _contains(dialect: str, wording: bytes) -> ColumnElement[bool]:
    """Return the condition that the encoded words contain some bytes."""
    wanted = literal(wording, LargeBinary)
    return (func.instr(_WORDS, wanted) if dialect == "sqlite" else func.position(wanted.op("IN")(_WORDS))) > 0
