"""A search as a rule: the YAML of the same condition, to be put into a file of the rules folder and edited there."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, assert_never
from zlib import crc32

from monitor.core.search.query import AllParts, AnyPart, SearchPhrase, SearchQuery, phrases
from monitor.core.search.query_parser import parse_query
from monitor.core.text import is_cjk

MAX_TESTS = 3
"""Tests of each kind, hit and miss."""
_MAX_WORDS_CHARS = 48
"""Characters of the words in an id, which has 64 at most: `search-` is before them, a checksum behind them."""
_PLAIN = re.compile(r"[^\W\d_]+")
_OPERATORS = {"AND", "OR", "NOT", "SENTENCE", "PARAGRAPH", "OF"}
"""Words that a `query:` takes for operators unless they are quoted."""


def rule_id(query: SearchQuery) -> str:
    """Return an id made of the words of a query without accents, and of its checksum if they do not say all of it.

    Words that must all occur need no checksum: other operators with the same words make another rule. An acronym needs
    one, since rules find it in capitals only: `US` is another rule than `us`.
    """
    plain = unicodedata.normalize("NFKD", "-".join(_words(query)).lower())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    words = re.sub(r"[^a-z0-9]+", "-", letters)[:_MAX_WORDS_CHARS].strip("-")
    says_all = words == letters and _has_only_words(query)
    checksum = "" if says_all else format(crc32(condition(query).encode()), "08x")
    return "-".join(filter(None, ("search", words, checksum)))


@dataclass(frozen=True, slots=True)
class ExampleTest:
    """A test of a rule, from an article: its title, and the sentences that matter if the title is not enough."""

    kind: Literal["hit", "miss"]
    title: str
    body: str = ""


def rule_yaml(query: SearchQuery, tests: Sequence[ExampleTest] = ()) -> str:
    """Return a rule file with one draft rule and its topic; a comment says which kind of test is missing, and why.

    The topic is named like the rule, so that the file agrees with other drafts and with rules that have topics.
    """
    name = rule_id(query)
    lines = [
        "version: 1",
        "",
        "topics:",
        f"  {name}: {{title: {_quoted(condition(query))}}} # or delete this, and write one of your topics below",
        "",
        "rules:",
        f"  - id: {name}",
        f"    title: {_quoted('Search: ' + condition(query))}",
        f"    topic: {name}",
        "    status: draft",
        "    query: |",
        f"      {condition(query)}",
        *(["    tests:"] if tests else []),
        *map(_test_yaml, tests),
        *_missing_tests({test.kind for test in tests}),
    ]
    return "\n".join(lines) + "\n"


def related_query(query: SearchQuery) -> SearchQuery:
    """Return a query for articles with any word of a query, also with what it excludes: what it may nearly find."""
    written = (word for phrase in phrases(query) for word in phrase.written.split())
    words = dict.fromkeys(word for word in written if any(map(str.isalnum, word)) and '"' not in word)
    # Each is parsed alone: together and quoted they may be longer than a query may be.
    parts = tuple(parse_query(f'"{word}"') for word in words)
    return AnyPart(parts) if len(parts) > 1 else next(iter(parts), query)


def _test_yaml(test: ExampleTest) -> str:
    title = f"title: {_quoted(test.title)}, " if test.title else ""
    return f"      - {test.kind}: " + (f"{{{title}body: {_quoted(test.body)}}}" if test.body else _quoted(test.title))


def _missing_tests(kinds: Collection[str]) -> Iterator[str]:
    if "hit" not in kinds:
        yield "    # No test with hit: the rule finds none of the articles of the search by title or sentence."
    if "miss" not in kinds:
        yield "    # No test with miss: no title has a word of the search without being found. A live rule needs one."


def condition(query: SearchQuery) -> str:
    """Return a query as rules write it in `query:`."""
    match query:
        case SearchPhrase():
            # Without spaces between words a term is found inside longer ones, and rules refuse a `*`.
            term = query.written + "*" * (query.prefix and not is_cjk(query.words[-1]))
            if not _is_bare(query.written):
                term = f'"{term}"'
            return f"title:{term}" if query.title else term
        case AnyPart():
            return f"({' OR '.join(map(condition, query.parts))})"
        case AllParts():
            wanted = " AND ".join(map(condition, query.parts))
            excluded = "".join(f" NOT {condition(part)}" for part in query.excluded)
            return f"({wanted}{excluded})"
        case _:
            assert_never(query)


def _is_bare(written: str) -> bool:
    """Return True for a word that a `query:` takes for a word without quotation marks."""
    return _PLAIN.fullmatch(written) is not None and written not in _OPERATORS


def _has_only_words(query: SearchQuery) -> bool:
    """Return True for a query of single words that must all occur, anywhere, as they are written."""
    if isinstance(query, SearchPhrase):
        is_whole = not query.prefix or is_cjk(query.words[-1])
        return is_whole and not query.title and len(query.words) == 1 and not _may_be_acronym(query.written)
    return isinstance(query, AllParts) and not query.excluded and all(map(_has_only_words, query.parts))


def _may_be_acronym(word: str) -> bool:
    return word.isupper() or word[1:] != word[1:].lower()


def _words(query: SearchQuery) -> list[str]:
    if isinstance(query, SearchPhrase):
        return [query.written]
    return [word for part in query.parts for word in _words(part)]


def _quoted(text: str) -> str:
    """Write a text in YAML, of which JSON is a part."""
    return json.dumps(text, ensure_ascii=False)
