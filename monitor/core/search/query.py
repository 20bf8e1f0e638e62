"""Search queries as values: phrases, and what must hold of them. `query_parser` parses the query language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SearchPhrase:
    """Words in a row, in one paragraph of the title or the text; mostly a single word."""

    words: tuple[str, ...]
    """Folded (core.text); a character of a script without spaces is a word of its own."""
    last_forms: tuple[str, ...]
    """Forms of the last word, of which each is found; sorted. Empty for a prefix."""
    prefix: bool = False
    """The last word is a prefix: it also finds longer words."""
    title: bool = False
    """Only in the title."""
    written: str = field(default="", compare=False)
    """As the query writes it, without quotation marks and `*`."""


@dataclass(frozen=True, slots=True)
class AllParts:
    """Every one of `parts` holds, and none of `excluded`. There is at least one part."""

    parts: tuple[SearchQuery, ...]
    excluded: tuple[SearchQuery, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyPart:
    """At least one of two or more parts holds."""

    parts: tuple[SearchQuery, ...]


SearchQuery = SearchPhrase | AllParts | AnyPart


def phrases(query: SearchQuery) -> Iterator[SearchPhrase]:
    """Iterate over the phrases that may be found in an answer, in the order of the query: none of the excluded."""
    if isinstance(query, SearchPhrase):
        yield query
    else:
        for part in query.parts:
            yield from phrases(part)
