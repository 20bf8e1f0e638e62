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

if TYPE_CHECKING:
    from collections.abc import Collection

_SPACES = re.compile(r"\s\s+")
_SITE = re.compile(r"\s(?:[|·»\u2013\u2014-]|::)\s|\s?\|\s?")
_LONGEST_SITE = 24  # characters of what follows the last dash, when it is taken for the name of a site
_LEAD_IN = re.compile(
    r"^\s*(?:(?:breaking(?: news)?|exclusive|live|watch|video|update[ds]?(?:\s*\d+)?|opinion|analysis|explainer)"
    r"\s*[:|-]\s*)+",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d$")
_DIGITS = re.compile(r"\d+")
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:[,.'\u2019\xa0\u202f]\d{3})+(?![\d.,]?\d)")
"""A number that is written in groups: 1,000 is 1000."""
_EVERYWHERE = frozenset({"eu", "us"})  # places that tell two headlines apart, but make no two the same
_ABOUT_AI = frozenset({"artificial", "intelligence", "act"})
_TEMPLATE = 4  # first or last tokens that are the same
_ALIKE = 0.6  # of all tokens, function words too: from here on two titles are alike but for what they tell apart
_LEAST_WORDS = 5  # telling or not, a headline of fewer says too little to be compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """A title as it is compared."""

    folded: str
    """All its tokens."""
    words: frozenset[str]
    """What it is about: no function words, no everyday words, no numbers."""
    gist: frozenset[str]
    """All it says: words telling and everyday, each action by its name; not that it is about AI, which all are."""
    length: int
    """How many words it has that are not function words."""
    numbers: frozenset[str]
    years: frozenset[str]
    months: frozenset[str]
    places: frozenset[str]
    actions: frozenset[str]

    @property
    def telling(self) -> bool:
        """Say whether two outlets that print this very title report the same news."""
        return self.length >= 4 and len(self.words | self.places | self.numbers) >= 3

    @property
    def may_recur(self) -> bool:
        """Say whether it names nothing that happens, so that it may stand over something else each day."""
        return not (self.actions or self.numbers)

    def shared(self, other: Headline, common: Collection[str] = frozenset()) -> tuple[int, float]:
        """Count the telling words that both have, and their share of the shorter one's."""
        return _overlap(self.words.difference(common), other.words.difference(common))

    def comparable(self, other: Headline) -> bool:
        """Say whether both have enough words to be compared."""
        return min(self.length, other.length) >= _LEAST_WORDS

    def agrees(self, other: Headline, common: Collection[str] = frozenset()) -> tuple[int, float]:
        """Count what both say, where all telling words of one are in the other; and its share of the shorter one."""
        if self.words - other.words and other.words - self.words:
            return 0, 0.0
        return _overlap(self.gist.difference(common), other.gist.difference(common))

    def contradicts(self, other: Headline) -> bool:
        """Say whether the two name different numbers, dates, places or actions, or are two of one series."""
        acting_apart = self.actions - other.actions and other.actions - self.actions
        return (
            self._elsewhere(other)
            or bool(acting_apart)
            or self._in_series(other)
            or self._opposed(other)
            or self._renumbered(other)
        )

    def numbered_apart(self, other: Headline) -> bool:
        """Say whether the two are alike but for a number, a date or a place: `Round-up 46`, `Round-up 47`."""
        return self._renumbered(other) or (self._elsewhere(other) and self._alike(other))

    def named_apart(self, other: Headline) -> bool:
        """Say whether the two are alike but for what each is about: `Notice of a hearing on X`, `... on Y`."""
        return self._in_series(other) and self._alike(other)

    def _elsewhere(self, other: Headline) -> bool:
        pairs = (
            (self.numbers, other.numbers),
            (self.years, other.years),
            (self.months, other.months),
            (self.places, other.places),
        )
        return any(mine and theirs and not mine & theirs for mine, theirs in pairs)

    def _renumbered(self, other: Headline) -> bool:
        """Say whether each has a number of its own, all else being alike: `Calendar, 9-16 May`, `..., 16-23 May`."""
        return bool(self.numbers - other.numbers and other.numbers - self.numbers) and self._alike(other)

    def _opposed(self, other: Headline) -> bool:
        """Say whether one is for what the other is against, or the like, all else being alike."""
        sides = zip(self._sides(), other._sides(), strict=True)
        return any(mine and theirs and not mine & theirs for mine, theirs in sides) and self._alike(other)

    def _sides(self) -> list[set[int]]:
        tokens = self._set
        return [{at for at, side in enumerate(each) if not side.isdisjoint(tokens)} for each in OPPOSITES]

    @property
    def _set(self) -> frozenset[str]:
        return frozenset(self.folded.split())

    def _alike(self, other: Headline) -> bool:
        return _overlap(self._set, other._set)[1] >= _ALIKE

    def _in_series(self, other: Headline) -> bool:
        """Say whether two titles are cut on one template, each with words of its own: `Written reply by ... on X`."""
        if not (self.words - other.words and other.words - self.words):
            return False
        mine, theirs = self.folded.split(), other.folded.split()
        return mine[:_TEMPLATE] == theirs[:_TEMPLATE] or mine[-_TEMPLATE:] == theirs[-_TEMPLATE:]


def _overlap(mine: frozenset[str], theirs: frozenset[str]) -> tuple[int, float]:
    both = len(mine & theirs)
    return both, both / max(1, min(len(mine), len(theirs)))


@lru_cache(maxsize=4096)
def headline(title: str) -> Headline:
    """Read a title."""
    tokens = words(_THOUSANDS.sub(_in_one, _bare(title)))
    spaced = [token for token in tokens if not is_cjk(token)]
    numbers = frozenset(number for token in spaced if (number := _number(token)))
    significant = [
        _singular(token)
        for token in spaced
        if len(token) > 2 and token not in FUNCTION_WORDS and not token[0].isdigit()
    ]
    wide = _pairs(tokens)
    return Headline(
        folded=" ".join(tokens),
        words=frozenset(_stem(place(word) or word) for word in significant if _is_telling(word)) | wide,
        gist=frozenset(_gist(word) for word in significant if word not in _ABOUT_AI) | wide | numbers,
        length=len(significant) + len(wide) + len(numbers),
        numbers=frozenset(number for number in numbers if not _YEAR.match(number)),
        years=frozenset(number for number in numbers if _YEAR.match(number)),
        months=frozenset(filter(None, map(month, spaced))),
        places=frozenset(filter(None, map(place, map(_singular, spaced)))),
        actions=frozenset(filter(None, map(action, spaced))),
    )


def _in_one(number: re.Match[str]) -> str:
    return "".join(_DIGITS.findall(number[0]))


def _number(token: str) -> str:
    digits = _DIGITS.match(token)
    return digits.group() if digits else NUMBERS.get(token, "")


def _gist(word: str) -> str:
    return action(word) or _stem(place(word) or word)


def _is_telling(word: str) -> bool:
    return word not in EVERYDAY_WORDS and place(word) not in _EVERYWHERE and not action(word)


def _bare(title: str) -> str:
    """Take off `BREAKING:` and the name of the site; a place alone is none."""
    title = _SPACES.sub(" ", title)
    core = _LEAD_IN.sub("", title) or title
    breaks = list(_SITE.finditer(core))
    if not breaks:
        return core
    head, tail = core[: breaks[-1].start()], core[breaks[-1].end() :]
    is_site = len(tail) <= _LONGEST_SITE and not any(map(str.isdigit, tail)) and len(words(head)) >= 4
    return head if is_site and not _is_place(words(tail)) else core


def _is_place(tokens: list[str]) -> bool:
    return bool(tokens) and all(place(_singular(token)) for token in tokens)


def _singular(token: str) -> str:
    """Take the s off, unless it belongs to the name of a place: Texas, Paris."""
    if place(token):
        return token
    return token[:-1] if len(token) > 3 and token.endswith("s") and not token.endswith("ss") else token


def _stem(word: str) -> str:
    """Bring the commonest forms of an English word together: promote, promoted, promoting."""
    for ending in ("ing", "ed", "e"):
        if len(word) - len(ending) > 4 and word.endswith(ending):
            return word.removesuffix(ending)
    return word


def _pairs(tokens: list[str]) -> frozenset[str]:
    """Pair neighbouring characters of scripts without spaces."""
    return frozenset(left + right for left, right in pairwise(tokens) if is_cjk(left) and is_cjk(right))
