"""What of an article is indexed: its words in order, as both databases take them.

Scripts without spaces are indexed by overlapping pairs of characters, since single characters are in nearly every
text: 人工智能 becomes 人工 工智 智能 能. Each character begins exactly one indexed word, so that a single character is
found as a prefix.
"""

from __future__ import annotations

from collections import Counter
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from monitor.core.text import MAX_TEXT, is_cjk, tokenize

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monitor.core.search.query import Phrase

VERSION = 1
"""Raise it when the words of any text change: the index is then built anew."""
LONGEST_WORD = 60
"""Characters of a word that are compared; longer ones are encoded data."""
MAX_BYTES = 900_000
"""Size of the words of one article as PostgreSQL stores them, which takes 1 MB at most; real texts stay far below."""
MAX_POSITION = 16_383
"""PostgreSQL knows no later positions, so that phrases after it have to be looked up in the text."""
MAX_OCCURRENCES = 255
"""PostgreSQL keeps no more positions of one word."""


class IndexedWords(NamedTuple):
    """The words of one article."""

    title: list[str]
    text: list[str]
    """With core.text.BREAK between paragraphs, which no phrase goes beyond."""
    positions_complete: bool
    """PostgreSQL stores the position of every word."""


def index_article(title: str, text: str) -> IndexedWords:
    """Return the words by which an article is found."""
    title_words, text_words = words_of(tokenize(title).words), words_of(tokenize(text[:MAX_TEXT]).words)
    counts = Counter(title_words) + Counter(text_words)
    while _size(counts) > MAX_BYTES:
        title_words, text_words = title_words[:1000], text_words[: len(text_words) // 2]
        counts = Counter(title_words) + Counter(text_words)
    in_reach = len(title_words) + len(text_words) < MAX_POSITION
    return IndexedWords(title_words, text_words, in_reach and max(counts.values(), default=0) <= MAX_OCCURRENCES)


def words_of(tokens: Sequence[str]) -> list[str]:
    """Return the indexed words of tokens, as many as there are tokens."""
    return [
        token + after if is_cjk(token) and after and is_cjk(after) else token[:LONGEST_WORD]
        for token, after in zip_longest(tokens, tokens[1:], fillvalue="")
    ]


class IndexedPhrase(NamedTuple):
    """A phrase as indexed words in a row."""

    words: tuple[str, ...]
    prefix: bool
    """The last of them may go on."""


def indexed_phrases(phrase: Phrase) -> list[IndexedPhrase]:
    """Return alternatives, of which each is looked up: one for each form of the last word."""
    lasts: Iterable[str] = phrase.last_forms or phrase.words[-1:]
    return [_indexed((*phrase.words[:-1], last), prefix=phrase.prefix) for last in lasts]


def _indexed(tokens: tuple[str, ...], *, prefix: bool) -> IndexedPhrase:
    found = words_of(tokens)
    if not is_cjk(tokens[-1]):
        return IndexedPhrase(tuple(found), prefix)
    if len(tokens) > 1 and is_cjk(tokens[-2]):
        return IndexedPhrase(tuple(found[:-1]), prefix=False)
    return IndexedPhrase(tuple(found), prefix=True)


def _size(counts: Counter[str]) -> int:
    """Estimate the size of a tsvector, from above."""
    return sum(len(word.encode()) + 8 + 2 * min(count, MAX_OCCURRENCES) for word, count in counts.items())
