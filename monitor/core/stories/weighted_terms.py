"""The terms of an article's title and lead, by which independent reports of one event are recognized.

A term is a word without its ending, or two neighbouring characters in scripts without spaces, with traditional Chinese
folded into simplified. Terms are stored as hashes. Their weights are fixed when the article is stored; how they are
compared is decided in `core.stories.events`.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from functools import lru_cache
from itertools import repeat
from operator import neg
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from monitor.core.model import StoryTerms
from monitor.core.stories.frequencies import TOTAL, bounded_idf, frequency_buckets
from monitor.core.stories.headline_words import FUNCTION_WORDS, SHORT_FUNCTION_WORDS
from monitor.core.text import is_cjk, mask_spans, words
from monitor.core.text.simplified import to_simplified

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.core.model import Article

LEAD, CJK_LEAD = 600, 250
"""Characters of the text that are its lead; later paragraphs are background that reports of other events share."""
_MAX_TITLE_CHARS = 400
"""Characters of a title that are read."""
_MAX_LEAD_SEARCH_CHARS = 8 * LEAD
"""Characters of a text in which the lead is looked for, boilerplate included."""
_CJK_SHARE = 0.3
"""Share of tokens in a script without spaces from which a text is written in one."""
_UNIT = 1000
"""Weights are stored as whole thousandths, so that the database and memory give the same sums."""
_HEAVIEST = 0xFFFF
"""The largest weight that can be stored, in two bytes."""
MAX_TITLE_KEYS, MAX_LEAD_KEYS = 24, 4
"""Terms under which an article is indexed and looked up."""
MIN_LEAD_TERMS = 8
"""Terms of the lead beside those of the title; with fewer, titles alone decide (`core.stories.headlines`)."""
_ENDINGS = ("ing", "ed", "e")
_MIN_STEM_LETTERS = 4
"""Letters that a stem has at least."""


class WeightedTerms(NamedTuple):
    """Terms with their weights in thousandths, those of the title first; rare and repeated terms weigh more."""

    hashes: tuple[int, ...] = ()
    weights: tuple[int, ...] = ()
    in_title: int = 0
    """Number of terms of the title."""

    def to_bytes(self) -> bytes:
        """Return the form that is stored."""
        head = array("H", (self.in_title,)).tobytes()
        return head + array("I", self.hashes).tobytes() + array("H", self.weights).tobytes()

    @classmethod
    def from_bytes(cls, stored: bytes) -> WeightedTerms:
        """Read the stored form; of an article that was stored without terms, none."""
        if not stored:
            return cls()
        in_title, (hashes, weights) = array("H", stored[:2])[0], (array("I"), array("H"))
        middle = 2 + (len(stored) - 2) // 6 * 4
        hashes.frombytes(stored[2:middle])
        weights.frombytes(stored[middle:])
        return cls(tuple(hashes), tuple(weights), in_title)


def terms_of_article(article: Article) -> StoryTerms:
    """Return the terms of an article, without its boilerplate."""
    text = article.text[:_MAX_LEAD_SEARCH_CHARS]
    spans = [(start, end) for start, end in article.boilerplate if start < _MAX_LEAD_SEARCH_CHARS]
    lead = " ".join(mask_spans(text, spans).split()) if spans else text
    return find_terms(article.title, lead)


def find_terms(title: str, text: str) -> StoryTerms:
    """Return the terms of a title and of the lead of a text."""
    in_title, in_lead = split_terms(title[:_MAX_TITLE_CHARS]), split_terms(_lead(text))
    counts = Counter(in_title)
    number = len(counts)
    counts.update(in_lead)
    return StoryTerms(tuple(map(term_hash, counts)), tuple(counts.values()), number)


def split_terms(text: str) -> list[str]:
    """Return the terms of a text in their order."""
    if text.isascii():
        return list(filter(None, map(_term, words(text))))
    found: list[str] = []
    before = ""
    for word in words(to_simplified(text)):
        if not word.isascii() and is_cjk(word):
            if before:
                found.append(before + word)
            before = word
        else:
            before = ""
            if term := _term(word):
                found.append(term)
    return found


@lru_cache(maxsize=1 << 16)
def _term(word: str) -> str:
    """Return the term of a word; empty for a letter or a function word."""
    return "" if len(word) < 2 or word in FUNCTION_WORDS or word in SHORT_FUNCTION_WORDS else stem(word)


def weigh(terms: StoryTerms, counts: Mapping[int, int]) -> WeightedTerms:
    """Weigh terms by the counts of their buckets (`core.stories.frequencies`)."""
    total = counts.get(TOTAL, 0)
    articles = map(counts.get, frequency_buckets(terms.hashes), repeat(0))
    return WeightedTerms(terms.hashes, tuple(map(_weight, articles, terms.counts, repeat(total))), terms.in_title)


@lru_cache(maxsize=1 << 12)
def _weight(articles: int, count: int, total: int) -> int:
    """Return the weight of a term that `articles` of `total` articles have, and this one `count` times."""
    return min(round(_UNIT * bounded_idf(articles, total) * (1 + math.log(count))), _HEAVIEST)


def has_lead(stored: bytes) -> bool:
    """Return True if stored terms have enough beside the title to recognize an event."""
    return bool(stored) and (len(stored) - 2) // 6 - title_length(stored) >= MIN_LEAD_TERMS


def title_length(stored: bytes) -> int:
    """Return the number of terms of the title of stored terms."""
    return array("H", stored[:2])[0] if stored else 0


def choose_indexed_terms(terms: WeightedTerms) -> list[int]:
    """Return the terms under which an article is indexed and looked up: the heaviest of its title and of its lead."""
    ordered = list(zip(map(neg, terms.weights), terms.hashes, strict=True))
    title, lead = sorted(ordered[: terms.in_title]), sorted(ordered[terms.in_title :])
    return [term for _, term in (*title[:MAX_TITLE_KEYS], *lead[:MAX_LEAD_KEYS])]


@lru_cache(maxsize=1 << 16)
def term_hash(term: str) -> int:
    """Return the 32-bit hash of a term."""
    return crc32(term.encode())


def stem(word: str) -> str:
    """Return a common stem for the frequent forms of an English word: tariff, tariffs; raise, raised, raising."""
    if len(word) >= _MIN_STEM_LETTERS and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    for ending in _ENDINGS:
        if len(word) - len(ending) >= _MIN_STEM_LETTERS and word.endswith(ending):
            return word.removesuffix(ending)
    return word


def _lead(text: str) -> str:
    if text[:CJK_LEAD].isascii():
        return text[:LEAD]
    sample = words(text[:CJK_LEAD])
    unspaced = sum(map(is_cjk, sample)) > _CJK_SHARE * len(sample)
    return text[: CJK_LEAD if unspaced else LEAD]
