"""A search as a rule: the YAML of the same condition, to be put into a file of the rules folder and edited there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import assert_never

from monitor.core.search.matches import article_holds
from monitor.core.search.query import AllParts, AnyPart, SearchPhrase, SearchQuery
from monitor.core.text import clean_line

MAX_TESTS = 3
_MAX_ID_CHARS = 50
_PLAIN = re.compile(r"[^\W\d_]+")
_OPERATORS = {"AND", "OR", "NOT", "SENTENCE", "PARAGRAPH", "OF"}
"""Words that a `query:` takes for operators unless they are quoted."""


def rule_id(query: SearchQuery) -> str:
    """Return an id made of the words of a query."""
    words = re.sub(r"[^a-z0-9]+", "-", " ".join(_words(query)).lower()).strip("-")
    return f"search-{words[:_MAX_ID_CHARS].strip('-')}" if words else "search-1"


def rule_yaml(query: SearchQuery, titles: Iterable[str] = ()) -> str:
    """Return a rule file with one draft rule; titles that answer the query become its first tests.

    A rule finds short words in capitals, like AI, only in capitals; a search finds them in any case.
    """
    examples = [clean_line(title) for title in titles if article_holds(query, title, "")][:MAX_TESTS]
    tests = ["    tests:", *(f"      - hit: {_quoted(title)}" for title in examples)] if examples else []
    lines = [
        "version: 1",
        "",
        "rules:",
        f"  - id: {rule_id(query)}",
        f"    title: {_quoted('Search: ' + condition(query))}",
        "    topic: search",
        "    status: draft",
        "    query: |",
        f"      {condition(query)}",
        *tests,
    ]
    return "\n".join(lines) + "\n"


def condition(query: SearchQuery) -> str:
    """Return a query as rules write it in `query:`."""
    match query:
        case SearchPhrase():
            bare = _PLAIN.fullmatch(query.written) and query.written not in _OPERATORS
            term = f"{query.written}{'*' * query.prefix}" if bare else f'"{query.written}{"*" * query.prefix}"'
            return f"title:{term}" if query.title else term
        case AnyPart():
            return f"({' OR '.join(map(condition, query.parts))})"
        case AllParts():
            wanted = " AND ".join(map(condition, query.parts))
            excluded = "".join(f" NOT {condition(part)}" for part in query.excluded)
            return f"({wanted}{excluded})"
        case _:
            assert_never(query)


def _words(query: SearchQuery) -> list[str]:
    if isinstance(query, SearchPhrase):
        return [query.written]
    return [word for part in query.parts for word in _words(part)]


def _quoted(text: str) -> str:
    """Write a text in YAML, of which JSON is a part."""
    return json.dumps(text, ensure_ascii=False)
