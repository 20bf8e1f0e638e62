"""The query language of `monitor search`, the page and the API.

    query = clause , { clause } ;                        every clause must hold
    clause = [ "-" ] , unit | unit , "OR" , unit , { "OR" , unit } ;
    unit  = [ "title:" ] , ( word , [ "*" ] | '"' , words , '"' | "(" , query , ")" ) ;

Words are compared as rules compare them (core.text): case and accents are folded, the plural finds the singular and the
other way round, and only whole words are found. Unlike a rule's terms, `AI` is found in any case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple, NoReturn

from monitor.core.search.query import AllParts, AnyPart, SearchPhrase, SearchQuery
from monitor.core.text import is_cjk, words
from monitor.core.text.plurals import number_forms

MAX_QUERY_CHARS = 500
MAX_WORDS = 40
"""Words of a query, those of phrases included."""
MAX_DEPTH = 5
"""Brackets inside brackets."""
MIN_PREFIX_LETTERS = 3
"""Letters before a `*` at least; scripts without spaces between words have no minimum."""
_TOKEN = re.compile(
    r'\s+|(?P<bracket>[()])|(?P<quoted>"[^"]*"|[“„«][^“”„«»"]*[”“»])|(?P<open>["“”„«»])|(?P<word>[^\s()"“”„«»]+)'
)
_SAYS_SOMETHING = re.compile(r"[^\W_]|[()]")
_QUOTES = '"“”„«»'
_DASHES = "\u2013\u2014\u2212"
"""What word processors make of a minus sign before a word."""
_TITLE = "title:"
_FIELD = re.compile(r"(?P<name>[a-z]+):(?=\S)")
_DISTANCE = re.compile(r"O?NEAR(/\d+)?|W/\d+|SENTENCE|PARAGRAPH")
_FIELDS_ELSEWHERE = {
    **dict.fromkeys(("intitle", "headline", "subject"), "title: finds words of the title"),
    **dict.fromkeys(("feed", "source", "site", "domain", "outlet"), "choose a feed with the filter by feed (--feed)"),
    **dict.fromkeys(("lang", "language"), "choose a language with the filter by language (--lang)"),
    **dict.fromkeys(("date", "since", "after", "until", "before"), "choose a period with the filters since and until"),
    **dict.fromkeys(("topic", "tier", "matched"), "it is a filter (--topic, --tier, --matched)"),
    **dict.fromkeys(("text", "body", "content"), "words are found in the title and the text without a field"),
    **dict.fromkeys(("tag", "tags", "country", "author", "url", "inurl", "rule"), "the only field is title:"),
}
"""Fields that other search engines have, or that are filters here."""


class QueryError(ValueError):
    """A query that cannot be searched for; the message says what is wrong and where (columns count from 1)."""


def parse_query(text: str, languages: tuple[str, ...] = ()) -> SearchQuery:
    """Parse a query; QueryError if that is impossible. Plurals are those of English and of `languages`."""
    if len(text) > MAX_QUERY_CHARS:
        raise QueryError(f"the query is longer than {MAX_QUERY_CHARS} characters")
    return _Parser(text, languages).parse()


def unknown_field(text: str) -> str:
    """Return the first `name:` before a word that may be meant as a field and was searched for as a word; or empty."""
    for token in text.split():
        found = _FIELD.match(token.lower())
        if found and found["name"] != "title" and "//" not in token:
            return found[0]
    return ""


class _SearchToken(NamedTuple):
    text: str
    at: int
    """Column, from 1."""
    quoted: bool = False


class _Parser:
    """A recursive descent over the tokens of one query."""

    def __init__(self, text: str, languages: tuple[str, ...]) -> None:
        self._tokens = list(_tokens(text))
        self._next = 0
        self._languages = languages
        self._words = 0

    def parse(self) -> SearchQuery:
        if not self._tokens:
            raise QueryError("the query holds no word; write for example '\"AI Act\" Parliament'")
        query = self._clauses(0)
        if (token := self._peek()) is not None:
            self._refuse(token, "this bracket closes none")
        return query

    def _clauses(self, depth: int) -> SearchQuery:
        start, parts, excluded = self._peek(), list[SearchQuery](), list[SearchQuery]()
        while (token := self._peek()) is not None and not _is_unquoted(token, ")"):
            if self._takes_minus(token):
                excluded.append(self._unit(depth))
                self._refuse_or_after_excluded()
            else:
                parts.append(self._alternatives(depth))
            self._take_and()
        if not parts and start is not None:
            self._refuse(start, "only excluded words: add one that must occur")
        return parts[0] if len(parts) == 1 and not excluded else AllParts(tuple(parts), tuple(excluded))

    def _takes_minus(self, token: _SearchToken) -> bool:
        """Consume a `-` or NOT before a unit; False if there is none."""
        if _is_unquoted(token, "NOT") or _is_unquoted(token, "-"):
            self._next += 1
            return True
        if token.quoted or not token.text.startswith("-"):
            return False
        self._tokens[self._next] = _SearchToken(token.text[1:], token.at + 1)
        return True

    def _refuse_or_after_excluded(self) -> None:
        if (after := self._peek()) is not None and _is_unquoted(after, "OR"):
            self._refuse(after, "OR cannot follow an excluded word: put the alternatives in brackets, -(a OR b)")

    def _take_and(self) -> None:
        """Consume an AND, which changes nothing: all clauses must hold anyway."""
        if (token := self._peek()) is not None and _is_unquoted(token, "AND"):
            self._next += 1
            after = self._peek()
            if after is None or _is_unquoted(after, ")") or after.text in {"AND", "OR"}:
                self._refuse(token, "a word must follow AND")

    def _alternatives(self, depth: int) -> SearchQuery:
        parts = [self._unit(depth)]
        while (token := self._peek()) is not None and _is_unquoted(token, "OR"):
            self._next += 1
            after = self._peek()
            if after is None or _is_unquoted(after, ")") or _is_unquoted(after, "OR"):
                self._refuse(token, "a word must follow OR")
            if not after.quoted and after.text.startswith("-"):
                self._refuse(after, "an excluded word cannot follow OR")
            parts.append(self._unit(depth))
        return parts[0] if len(parts) == 1 else AnyPart(tuple(parts))

    def _unit(self, depth: int, *, title: bool = False) -> SearchQuery:
        token = self._peek()
        if token is None:
            raise QueryError("the query ends where a word is missing")
        self._next += 1
        if token.text in {"OR", "AND", "NOT"} and not token.quoted:
            self._refuse(token, f"{token.text} needs a word on both sides (to search for the word, quote it)")
        if _is_unquoted(token, "("):
            return self._group(token, depth, title=title)
        if not token.quoted and token.text.lower().startswith(_TITLE):
            return self._title_field(token, depth)
        self._refuse_field(token)
        self._refuse_distance(token)
        return self._phrase(token, title=title)

    def _refuse_field(self, token: _SearchToken) -> None:
        found = None if token.quoted else _FIELD.match(token.text.lower())
        if found and (hint := _FIELDS_ELSEWHERE.get(found["name"])):
            self._refuse(token, f"{found[0]} is not a field: {hint}; to search for the word, quote it")

    def _refuse_distance(self, token: _SearchToken) -> None:
        """Refuse the operators of rules that searches do not have; they would be searched for as words."""
        if not token.quoted and _DISTANCE.fullmatch(token.text):
            self._refuse(
                token, f"{token.text} is for rules; searches know AND, OR, NOT and phrases; quote the word to find it"
            )

    def _title_field(self, token: _SearchToken, depth: int) -> SearchQuery:
        """Parse what follows `title:`, which may be in the same token."""
        rest = token.text[len(_TITLE) :]
        if rest:
            return self._phrase(_SearchToken(rest, token.at + len(_TITLE)), title=True)
        after = self._peek()
        if after is None or (not after.quoted and not _is_unquoted(after, "(")) or after.at != token.at + len(_TITLE):
            self._refuse(token, "title: must be followed by a word, without a space: title:licence")
        return self._unit(depth, title=True)

    def _group(self, opened: _SearchToken, depth: int, *, title: bool) -> SearchQuery:
        if depth == MAX_DEPTH:
            self._refuse(opened, f"more than {MAX_DEPTH} brackets inside one another")
        if (token := self._peek()) is not None and _is_unquoted(token, ")"):
            self._refuse(opened, "there is nothing between the brackets")
        inner = self._clauses(depth + 1)
        if self._peek() is None:
            self._refuse(opened, "this bracket is not closed")
        self._next += 1
        return _limit_to_title(inner) if title else inner

    def _phrase(self, token: _SearchToken, *, title: bool) -> SearchPhrase:
        text = token.text
        prefix = text.endswith("*")
        found = tuple(words(" ".join(text.rstrip("*").split())))
        if not found:
            self._refuse(token, f"{text!r} holds no letter or digit")
        self._words += len(found)
        if self._words > MAX_WORDS:
            raise QueryError(f"the query holds more than {MAX_WORDS} words")
        if prefix and len(found[-1]) < MIN_PREFIX_LETTERS and not is_cjk(found[-1]):
            self._refuse(token, f"* needs at least {MIN_PREFIX_LETTERS} letters before it")
        forms = () if prefix else tuple(sorted(number_forms(found[-1], self._languages)))
        return SearchPhrase(found, forms, prefix=prefix, title=title, written=" ".join(text.rstrip("*").split()))

    def _peek(self) -> _SearchToken | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _refuse(self, token: _SearchToken, problem: str) -> NoReturn:
        raise QueryError(f"column {token.at}: {problem}")


def _tokens(text: str) -> Iterator[_SearchToken]:
    """Split a query; of separate punctuation only a minus sign before a bracket or quotation mark is kept."""
    for found in _TOKEN.finditer(text):
        at, end = found.start() + 1, found.end()
        if found["open"]:
            raise QueryError(f"column {at}: this quotation mark is not closed")
        if (quoted := found["quoted"]) and _SAYS_SOMETHING.search(quoted):
            yield _SearchToken(quoted.strip(_QUOTES) + "*" * text.startswith("*", end), at, quoted=True)
        elif found["bracket"] or found["word"]:
            token = re.sub(rf"\A[{_DASHES}]", "-", found[0])
            if _SAYS_SOMETHING.search(token) or _is_minus(token, text, end):
                yield _SearchToken(token, at)


def _is_minus(word: str, text: str, end: int) -> bool:
    return word == "-" and end < len(text) and text[end] in _QUOTES + "("


def _is_unquoted(token: _SearchToken, text: str) -> bool:
    return not token.quoted and token.text == text


def _limit_to_title(query: SearchQuery) -> SearchQuery:
    """Return the query with each of its phrases limited to the title."""
    if isinstance(query, SearchPhrase):
        return replace(query, title=True)
    if isinstance(query, AnyPart):
        return AnyPart(tuple(map(_limit_to_title, query.parts)))
    return AllParts(tuple(map(_limit_to_title, query.parts)), tuple(map(_limit_to_title, query.excluded)))
