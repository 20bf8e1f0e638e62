"""Finds a query in a text without the index: to mark words in quotations, and where the index cannot decide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from monitor.core.search.query import AllParts, AnyPart, SearchPhrase, SearchQuery, phrases
from monitor.core.text import find_tokens, tokenize


def holds(query: SearchQuery, title: Sequence[str], text: Sequence[str]) -> bool:
    """Decide whether an article answers a query, from the folded tokens of its title and text."""
    match query:
        case SearchPhrase():
            return bool(_starts(query, title)) or (not query.title and bool(_starts(query, text)))
        case AnyPart():
            return any(holds(part, title, text) for part in query.parts)
        case AllParts():
            return all(holds(part, title, text) for part in query.parts) and not any(
                holds(part, title, text) for part in query.excluded
            )
        case _:
            assert_never(query)


def article_holds(query: SearchQuery, title: str, text: str) -> bool:
    """Decide whether an article answers a query, from its title and text."""
    return holds(query, tokenize(title).words, tokenize(text).words)


def spans(query: SearchQuery, text: str, *, title: bool, most: int = 100) -> dict[tuple[int, int], SearchPhrase]:
    """Return where the phrases of a query occur in a title or text, in order; at most `most` of each phrase."""
    wanted = [phrase for phrase in phrases(query) if title or not phrase.title]
    tokens = find_tokens(text)
    folded = [token.folded for token in tokens]
    found = {
        (tokens[start].start, tokens[start + len(phrase.words) - 1].end): phrase
        for phrase in wanted
        for start in _starts(phrase, folded, most)
    }
    return dict(sorted(found.items(), key=lambda item: item[0]))


def _starts(phrase: SearchPhrase, tokens: Sequence[str], most: int = 1) -> list[int]:
    """Return the positions at which a phrase begins."""
    return [start for start, _ in zip(_all_starts(phrase, tokens), range(most), strict=False)]


def _all_starts(phrase: SearchPhrase, tokens: Sequence[str]) -> Iterator[int]:
    before, last, size = phrase.words[:-1], phrase.words[-1], len(phrase.words)
    for end, token in enumerate(tokens):
        is_last = token.startswith(last) if phrase.prefix else token in phrase.last_forms
        if is_last and end + 1 >= size and (size == 1 or tuple(tokens[end + 1 - size : end]) == before):
            yield end + 1 - size
