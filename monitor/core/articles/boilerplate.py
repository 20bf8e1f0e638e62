"""Detects paragraphs that a source repeats in its articles: subscription appeals, author notes, "about us".

`ParagraphHistory` holds the keys of the paragraphs of a source's newest entries, COMPARED_ENTRIES of them. A paragraph
that occurs in at least MIN_BOILERPLATE_ARTICLES of them, and in MIN_BOILERPLATE_SHARE of them, is boilerplate. Its
span is stored with the article and ignored when rules are matched; it stays in the text, so that the offsets of
evidence stay valid.

If all paragraphs of an article would be boilerplate, none is: it is the same article published again. The first five
articles of a source have no boilerplate.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from itertools import chain
from typing import NamedTuple

from monitor.core.model import Spans
from monitor.core.text import words

COMPARED_ENTRIES = 200
"""Number of a source's newest entries that are compared."""
MIN_BOILERPLATE_ARTICLES = 5
MIN_BOILERPLATE_SHARE = 0.02
"""Share of the compared entries: of 200 entries 4, so that MIN_BOILERPLATE_ARTICLES decides."""
MIN_PARAGRAPH_WORDS = 5
"""A shorter paragraph is a heading or a name, which many articles may share without being boilerplate."""
MAX_BOILERPLATE_KEYS = 1_000
"""Maximum number of paragraph keys that are stored for one text."""
_BREAK = "\n\n"


@dataclass(frozen=True)
class ParagraphHistory:
    """The keys of the paragraphs of each of a source's last entries."""

    keys: Mapping[int, Collection[int]] = field(default_factory=dict)
    """Entry id -> distinct keys of its latest version."""

    @cached_property
    def _frequent(self) -> dict[int, int]:
        counts = Counter(chain.from_iterable(self.keys.values()))
        return {key: count for key, count in counts.items() if count >= MIN_BOILERPLATE_ARTICLES}

    def common_keys(self, entry_id: int | None) -> frozenset[int]:
        """Return the keys of the source's boilerplate; `entry_id` is left out of the count."""
        own = self.keys.get(entry_id, ()) if entry_id is not None else ()
        others = len(self.keys) - bool(own)
        if others < MIN_BOILERPLATE_ARTICLES:
            return frozenset()
        return frozenset(key for key, count in self._frequent.items() if is_boilerplate(count - (key in own), others))

    def boilerplate(self, paragraphs: Iterable[Paragraph], entry_id: int | None = None) -> Spans:
        """Return the spans of the boilerplate in a text; `entry_id` is left out of the count."""
        return boilerplate_spans(paragraphs, self.common_keys(entry_id))


class Paragraph(NamedTuple):
    """A paragraph that is long enough to be compared: its position in the text, and its key."""

    start: int
    end: int
    key: int
    """A signed 64-bit hash, for a database."""


def split_paragraphs(text: str) -> list[Paragraph]:
    """Return the paragraphs of a text, without those too short to be compared."""
    paragraphs: list[Paragraph] = []
    start = 0
    for paragraph in text.split(_BREAK):
        if (key := _key(paragraph)) is not None:
            paragraphs.append(Paragraph(start, start + len(paragraph), key))
        start += len(paragraph) + len(_BREAK)
    return paragraphs


def boilerplate_spans(paragraphs: Iterable[Paragraph], common: Collection[int]) -> Spans:
    """Return the spans of the paragraphs that are boilerplate; none if no other paragraph would be left."""
    if not common:
        return ()
    spans: list[tuple[int, int]] = []
    is_left = False
    for start, end, key in paragraphs:
        if key in common:
            spans.append((start, end))
        else:
            is_left = True
    return tuple(spans) if is_left else ()


def paragraph_keys(paragraphs: Sequence[Paragraph]) -> frozenset[int]:
    """Return the keys to store for a text: for a long text, those of its first and last paragraphs.

    Boilerplate is at the ends of a text, and the limit bounds the memory for COMPARED_ENTRIES long articles.
    """
    if len(paragraphs) > MAX_BOILERPLATE_KEYS:
        paragraphs = [*paragraphs[: MAX_BOILERPLATE_KEYS // 2], *paragraphs[-MAX_BOILERPLATE_KEYS // 2 :]]
    return frozenset([each.key for each in paragraphs])


def is_boilerplate(seen: int, articles: int) -> bool:
    """Return True if a paragraph that occurs in `seen` of a source's last `articles` is boilerplate."""
    return seen >= MIN_BOILERPLATE_ARTICLES and seen >= MIN_BOILERPLATE_SHARE * articles


def _key(paragraph: str) -> int | None:
    """Hash a paragraph, ignoring case and spacing; None if it is too short. Tokenizing is slow: done only if needed."""
    folded = paragraph.casefold().split()
    if len(folded) < MIN_PARAGRAPH_WORDS and len(words(paragraph)) < MIN_PARAGRAPH_WORDS:
        return None
    digest = blake2b(" ".join(folded).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
