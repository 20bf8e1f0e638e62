"""The parts of an article that are indexed: its words in order, and keys for title, feed and language.

Scripts without spaces are indexed by overlapping pairs of characters, since single characters are in nearly every
text: 人工智能 becomes 人工 工智 智能 能. Each character begins exactly one indexed word, so that a single character is
found as a prefix.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from monitor.core.search.codes import BREAK_CODE, TITLE_END
from monitor.core.search.query import SearchPhrase
from monitor.core.text import BREAK, MAX_TEXT_CHARS, is_cjk, tokenize

VERSION = 4
"""Increase it when the words of any text change: the index is then rebuilt."""
MAX_WORD_CHARS = 60
"""Characters of a word that are compared; longer ones are encoded data."""

MAX_DIFFERENT_WORDS = 50_000
"""Different words of a text that are indexed; only books in scripts without spaces, and random characters, have more.
Four times as many in each of 71 texts would use up the numbers of words."""
INDEXED_IN_PART = "index:part"
"""The entry among the numbered words for articles with more; it equals no word of a text."""

TITLE_MARK, FEED_MARK, LANGUAGE_MARK = "#@%"


class IndexedWords(NamedTuple):
    """The words of one article."""

    title: list[str]
    text: list[str]
    """With core.text.BREAK between paragraphs, since a phrase does not cross them."""
    in_part: bool
    """The text has more than MAX_DIFFERENT_WORDS, and was cut before the next one."""

    def encode(self, codes: Mapping[str, str]) -> str:
        """Write the words by their codes, in order. `codes` has every word."""
        return TITLE_END.join("".join(map(codes.__getitem__, part)) for part in (self.title, self.text))


SEPARATORS = {BREAK: BREAK_CODE}
"""Codes of what stands between words."""


def index_article(title: str, text: str, shared: dict[str, str] | None = None) -> IndexedWords:
    """Return the words by which an article is found.

    `shared`: the words of other articles, and then of this one too: words in many articles take memory once.
    """
    shared = {} if shared is None else shared
    words = words_of(tokenize(text[:MAX_TEXT_CHARS]).words)
    size = _indexed_size(words)
    parts = words_of(tokenize(title).words), words[:size]
    in_title, in_text = ([*map(shared.setdefault, part, part)] for part in parts)
    return IndexedWords(in_title, in_text, in_part=size < len(words))


def _indexed_size(words: Sequence[str]) -> int:
    """Return before which word a text is cut."""
    different = set[str]()
    for index, word in enumerate(words if len(words) > MAX_DIFFERENT_WORDS else ()):
        if len(different) == MAX_DIFFERENT_WORDS and word not in different:
            return index
        different.add(word)
    return len(words)


def title_word_key(code: str) -> str:
    """Return the key of articles with a word in the title.

    No key is the code of a word, since the characters that begin keys are whole codes.
    """
    return f"{TITLE_MARK}{code}"


def feed_key(code: str) -> str:
    """Return the key of the articles of a feed, from the code of `feed_word`."""
    return f"{FEED_MARK}{code}"


def language_key(code: str) -> str:
    """Return the key of the articles in a language, from the code of `language_word`."""
    return f"{LANGUAGE_MARK}{code}"


def feed_word(feed_id: str) -> str:
    """Return the entry for a feed among the numbered words; it equals no word of a text."""
    return f"feed:{feed_id}"


def language_word(language: str) -> str:
    """Return the entry for a language among the numbered words; it equals no word of a text."""
    return f"language:{language}"


def words_of(tokens: Sequence[str]) -> list[str]:
    """Return the indexed words of tokens, as many as there are tokens."""
    different = set(tokens)
    characters = {each for each in different if not each.isascii() and is_cjk(each)}
    if not characters and max(map(len, different), default=0) <= MAX_WORD_CHARS:
        return [*tokens]
    return [
        token + after if token in characters and after in characters else token[:MAX_WORD_CHARS]
        for token, after in zip_longest(tokens, tokens[1:], fillvalue="")
    ]


class IndexedPhrase(NamedTuple):
    """A phrase as indexed words in a row."""

    words: tuple[str, ...]
    prefix: bool
    """The last word is a prefix: it also finds longer words."""


def indexed_phrases(phrase: SearchPhrase) -> list[IndexedPhrase]:
    """Return alternatives, of which each is looked up: one for each form of the last word."""
    lasts: Iterable[str] = phrase.last_forms or phrase.words[-1:]
    return [_indexed_phrase((*phrase.words[:-1], last), prefix=phrase.prefix) for last in lasts]


def _indexed_phrase(tokens: tuple[str, ...], *, prefix: bool) -> IndexedPhrase:
    found = words_of(tokens)
    if not is_cjk(tokens[-1]):
        return IndexedPhrase(tuple(found), prefix)
    if len(tokens) > 1 and is_cjk(tokens[-2]):
        return IndexedPhrase(tuple(found[:-1]), prefix=False)
    return IndexedPhrase(tuple(found), prefix=True)
