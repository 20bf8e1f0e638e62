"""The significant words of a headline, without the name of the site, and whether two headlines mean the same.

The method is NewsBlur's (overlap of significant words), made stricter: words that are common in policy headlines do
not count, and headlines with different numbers, places or actions never match. Titles in scripts without spaces are
compared by pairs of characters, because their word boundaries are unknown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from monitor.core.stories.headline_words import (
    EVERYDAY_WORDS,
    FUNCTION_WORDS,
    NUMBERS,
    OPPOSITES,
    action,
    month,
    place,
)
from monitor.core.text import is_cjk, words
from monitor.core.text.simplified import to_simplified

if TYPE_CHECKING:
    from collections.abc import Collection

_SPACES = re.compile(r"\s\s+")
_SITE = re.compile(r"\s(?:[|·»\u2013\u2014-]|::)\s|\s?\|\s?")
_MAX_SITE_CHARS = 24
"""Longest text after the last separator of a title that counts as the name of a site."""
_LEAD_IN = re.compile(
    r"^\s*(?:(?:breaking(?: news)?|exclusive|live|watch|video|update[ds]?(?:\s*\d+)?|opinion|analysis|explainer)"
    r"\s*[:|-]\s*)+",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d$")
_DIGITS = re.compile(r"\d+")
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:[,.'\u2019\xa0\u202f]\d{3})+(?![\d.,]?\d)")
"""A number that is written in groups: 1,000 is 1000."""
_FREQUENT_PLACES = frozenset({"eu", "us"})
"""Places so frequent in headlines that a shared one says nothing; different ones still separate two headlines."""
_AI_WORDS = frozenset({"artificial", "intelligence", "act"})
_TEMPLATE_TOKENS = 4
"""Equal first or last tokens that show that two titles follow one template."""
_MIN_ALIKE = 0.6
"""Smallest overlap of all tokens, function words included, of titles that differ in one detail only."""
_MIN_WORDS = 5
"""Headlines with fewer words are not compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadlineFeatures:
    """The features of a title by which it is compared."""

    folded: str
    """All its tokens, joined by spaces."""
    words: frozenset[str]
    """Significant words: no function words, no everyday words, no numbers."""
    gist: frozenset[str]
    """Significant and everyday words, with actions by their names, without the words for AI, which nearly all have."""
    length: int
    """Number of words that are not function words."""
    numbers: frozenset[str]
    years: frozenset[str]
    months: frozenset[str]
    places: frozenset[str]
    actions: frozenset[str]

    @property
    def is_specific(self) -> bool:
        """Return True if two outlets with exactly this title report the same news."""
        return self.length >= 4 and len(self.words | self.places | self.numbers) >= 3

    @property
    def may_recur(self) -> bool:
        """Return True if the title names no action and no number, so that it may head different news each day."""
        return not (self.actions or self.numbers)

    def shared(self, other: HeadlineFeatures, common: Collection[str] = frozenset()) -> tuple[int, float]:
        """Count the significant words that both have, and their share of the shorter title's."""
        return _overlap(self.words.difference(common), other.words.difference(common))

    def is_comparable(self, other: HeadlineFeatures) -> bool:
        """Return True if both have enough words to be compared."""
        return min(self.length, other.length) >= _MIN_WORDS

    def shared_gist(self, other: HeadlineFeatures, common: Collection[str] = frozenset()) -> tuple[int, float]:
        """Count the shared words of both gists, and their share; zero if each has a significant word of its own."""
        if self.words - other.words and other.words - self.words:
            return 0, 0.0
        return _overlap(self.gist.difference(common), other.gist.difference(common))

    def contradicts(self, other: HeadlineFeatures) -> bool:
        """Return True if the two name different numbers, dates, places or actions, or belong to one series."""
        different_actions = self.actions - other.actions and other.actions - self.actions
        return (
            self._has_different_facts(other)
            or bool(different_actions)
            or self._is_in_series(other)
            or self._is_opposite(other)
            or self._has_different_number(other)
        )

    def differs_only_in_number(self, other: HeadlineFeatures) -> bool:
        """Return True if the two differ only in a number, a date or a place: `Round-up 46`, `Round-up 47`."""
        return self._has_different_number(other) or (self._has_different_facts(other) and self._is_alike(other))

    def differs_only_in_subject(self, other: HeadlineFeatures) -> bool:
        """Return True if the two differ only in their subject: `Notice of a hearing on X`, `... on Y`."""
        return self._is_in_series(other) and self._is_alike(other)

    def _has_different_facts(self, other: HeadlineFeatures) -> bool:
        pairs = (
            (self.numbers, other.numbers),
            (self.years, other.years),
            (self.months, other.months),
            (self.places, other.places),
        )
        return any(mine and theirs and not mine & theirs for mine, theirs in pairs)

    def _has_different_number(self, other: HeadlineFeatures) -> bool:
        """Return True if each has a number of its own and the rest is alike: `Calendar, 9-16 May`, `..., 16-23 May`."""
        return bool(self.numbers - other.numbers and other.numbers - self.numbers) and self._is_alike(other)

    def _is_opposite(self, other: HeadlineFeatures) -> bool:
        """Return True if the two have opposite words (OPPOSITES) and the rest is alike."""
        sides = zip(self._sides(), other._sides(), strict=True)
        return any(mine and theirs and not mine & theirs for mine, theirs in sides) and self._is_alike(other)

    def _sides(self) -> list[set[int]]:
        tokens = self._tokens
        return [{at for at, side in enumerate(each) if not side.isdisjoint(tokens)} for each in OPPOSITES]

    @property
    def _tokens(self) -> frozenset[str]:
        return frozenset(self.folded.split())

    def _is_alike(self, other: HeadlineFeatures) -> bool:
        return _overlap(self._tokens, other._tokens)[1] >= _MIN_ALIKE

    def _is_in_series(self, other: HeadlineFeatures) -> bool:
        """Return True if two titles follow one template, each with words of its own: `Written reply by ... on X`."""
        if not (self.words - other.words and other.words - self.words):
            return False
        mine, theirs = self.folded.split(), other.folded.split()
        return (
            mine[:_TEMPLATE_TOKENS] == theirs[:_TEMPLATE_TOKENS]
            or mine[-_TEMPLATE_TOKENS:] == theirs[-_TEMPLATE_TOKENS:]
        )


def _overlap(mine: frozenset[str], theirs: frozenset[str]) -> tuple[int, float]:
    both = len(mine & theirs)
    return both, both / max(1, min(len(mine), len(theirs)))


@lru_cache(maxsize=4096)
def headline_features(title: str) -> HeadlineFeatures:
    """Analyse a title; cached."""
    tokens = words(to_simplified(_THOUSANDS.sub(_join_digits, _without_site(title))))
    spaced = [token for token in tokens if not is_cjk(token)]
    numbers = frozenset(number for token in spaced if (number := _number(token)))
    significant = [
        _singular(token)
        for token in spaced
        if len(token) > 2 and token not in FUNCTION_WORDS and not token[0].isdigit()
    ]
    pairs = _character_pairs(tokens)
    return HeadlineFeatures(
        folded=" ".join(tokens),
        words=frozenset(_stem(place(word) or word) for word in significant if _is_significant(word)) | pairs,
        gist=frozenset(_gist_word(word) for word in significant if word not in _AI_WORDS) | pairs | numbers,
        length=len(significant) + len(pairs) + len(numbers),
        numbers=frozenset(number for number in numbers if not _YEAR.match(number)),
        years=frozenset(number for number in numbers if _YEAR.match(number)),
        months=frozenset(filter(None, map(month, spaced))),
        places=frozenset(filter(None, map(place, map(_singular, spaced)))),
        actions=frozenset(filter(None, map(action, spaced))),
    )


def _join_digits(number: re.Match[str]) -> str:
    return "".join(_DIGITS.findall(number[0]))


def _number(token: str) -> str:
    digits = _DIGITS.match(token)
    return digits.group() if digits else NUMBERS.get(token, "")


def _gist_word(word: str) -> str:
    return action(word) or _stem(place(word) or word)


def _is_significant(word: str) -> bool:
    return word not in EVERYDAY_WORDS and place(word) not in _FREQUENT_PLACES and not action(word)


def _without_site(title: str) -> str:
    """Remove `BREAKING:` and the name of the site; a place alone is not the name of a site."""
    title = _SPACES.sub(" ", title)
    core = _LEAD_IN.sub("", title) or title
    breaks = list(_SITE.finditer(core))
    if not breaks:
        return core
    head, tail = core[: breaks[-1].start()], core[breaks[-1].end() :]
    is_site = len(tail) <= _MAX_SITE_CHARS and not any(map(str.isdigit, tail)) and len(words(head)) >= 4
    return head if is_site and not _is_place(words(tail)) else core


def _is_place(tokens: list[str]) -> bool:
    return bool(tokens) and all(place(_singular(token)) for token in tokens)


@lru_cache(maxsize=1 << 14)
def _singular(token: str) -> str:
    """Remove a plural s, unless it belongs to the name of a place: Texas, Paris."""
    if place(token):
        return token
    return token[:-1] if len(token) > 3 and token.endswith("s") and not token.endswith("ss") else token


@lru_cache(maxsize=1 << 14)
def _stem(word: str) -> str:
    """Return a common stem for the frequent forms of an English word: promote, promoted, promoting."""
    for ending in ("ing", "ed", "e"):
        if len(word) - len(ending) > 4 and word.endswith(ending):
            return word.removesuffix(ending)
    return word


def _character_pairs(tokens: list[str]) -> frozenset[str]:
    """Return the pairs of neighbouring characters in scripts without spaces."""
    return frozenset(left + right for left, right in pairwise(tokens) if is_cjk(left) and is_cjk(right))
