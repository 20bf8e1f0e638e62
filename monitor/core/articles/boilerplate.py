"""Paragraphs that a source prints under everything: pleas to subscribe, notes on the author, "about the Commission".

A `History` holds the keys of the paragraphs of a source's last LAST entries, and tells where in a new text stands what
at least MIN_ARTICLES of them, and MIN_SHARE, have too. Such places are stored with the article and left out when rules
are matched; the text keeps them, so that evidence points into what the publisher wrote.

It finds nothing in an article that would be left without text: that is the same article published again, not
boilerplate. Nothing is found in the first five articles of a source.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from monitor.core.text import words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from monitor.core.model import Places

LAST = 200
"""Entries of a source that are compared."""
MIN_ARTICLES = 5
MIN_SHARE = 0.02
MIN_WORDS = 5
"""A shorter paragraph is a heading or a name, and may stand in many articles for good reason."""
MOST_KEYS = 1_000
"""Paragraphs of one text whose keys are stored."""
_BREAK = "\n\n"


@dataclass(frozen=True)
class ParagraphHistory:
    """The keys of the paragraphs of each of a source's last entries."""

    keys: Mapping[int, Collection[int]] = field(default_factory=dict)
    """By entry, in its latest version, each once; mostly counted, and looked into for one entry at most."""

    @cached_property
    def _counts(self) -> Counter[int]:
        return Counter(chain.from_iterable(self.keys.values()))

    @cached_property
    def _frequent(self) -> dict[int, int]:
        return {key: count for key, count in self._counts.items() if count >= MIN_ARTICLES}

    def common_keys(self, entry_id: int | None = None) -> frozenset[int]:
        """Return the keys of the source's boilerplate; an entry's own earlier version does not count as an article."""
        own = self.keys.get(entry_id, ()) if entry_id is not None else ()
        others = len(self.keys) - bool(own)
        if others < MIN_ARTICLES:
            return frozenset()
        return frozenset(key for key, count in self._frequent.items() if is_boilerplate(count - (key in own), others))

    def boilerplate(self, split_paragraphs: Iterable[Paragraph], entry_id: int | None = None) -> Places:
        """Find the paragraphs that other articles have too; an entry's own earlier version is no other article."""
        return boilerplate_spans(split_paragraphs, self.common_keys(entry_id))


class Paragraph(NamedTuple):
    """A paragraph that is long enough to be compared: its position in the text, and its key."""

    start: int
    end: int
    key: int
    """A signed 64-bit hash, for a database."""


def split_paragraphs(text: str) -> list[Paragraph]:
    """Read a text's paragraphs, without those too short to be compared."""
    found: list[Paragraph] = []
    start = 0
    for paragraph in text.split(_BREAK):
        if (key := _key(paragraph)) is not None:
            found.append(Paragraph(start, start + len(paragraph), key))
        start += len(paragraph) + len(_BREAK)
    return found


def boilerplate_spans(split_paragraphs: Iterable[Paragraph], common: Collection[int]) -> Places:
    """Return the places of the paragraphs that are boilerplate; none when no other paragraph would be left."""
    if not common:
        return ()
    found: list[tuple[int, int]] = []
    is_left = False
    for start, end, key in split_paragraphs:
        if key in common:
            found.append((start, end))
        else:
            is_left = True
    return tuple(found) if is_left else ()


def paragraph_keys(split_paragraphs: Sequence[Paragraph]) -> frozenset[int]:
    """Return the keys that a `History` keeps of a text: of a long one those of its first and last paragraphs.

    Boilerplate stands at the ends of a text, and LAST articles of 200,000 characters must not fill the memory.
    """
    if len(split_paragraphs) > MOST_KEYS:
        split_paragraphs = [*split_paragraphs[: MOST_KEYS // 2], *split_paragraphs[-MOST_KEYS // 2 :]]
    return frozenset([each.key for each in split_paragraphs])


def is_boilerplate(seen: int, articles: int) -> bool:
    """Say whether a paragraph that stands in `seen` of a source's last `articles` belongs to all of them."""
    return seen >= MIN_ARTICLES and seen >= MIN_SHARE * articles


def _key(paragraph: str) -> int | None:
    """Hash a paragraph without its case and spacing; tokens are counted only where there are few spaces to count."""
    folded = paragraph.casefold().split()
    if len(folded) < MIN_WORDS and len(words(paragraph)) < MIN_WORDS:
        return None
    digest = blake2b(" ".join(folded).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
