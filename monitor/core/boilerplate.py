"""Paragraphs that a source prints under everything: pleas to subscribe, notes on the author, "about the Commission".

THE WIRING, for whoever keeps the archive: with each article store `paragraph_keys(text)`, a row a key (feed, key,
article); for the next article of that feed, count in how many of its last LAST articles each of the new one's keys
stands, and call `part(text, counts, articles)`. Rules are matched against `Parted.text`, so that its offsets are
those of evidence; `Parted.dropped` is kept beside it, so that an explanation can say "only in boilerplate".

It drops nothing from an article that would be left without text: that is the same article published again, not
boilerplate. The surprise: a source's first articles are never parted, since five must have been seen first.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from monitor.core.text import words

if TYPE_CHECKING:
    from collections.abc import Mapping

LAST = 200
"""Articles of a source that are looked back on."""
MIN_ARTICLES = 5
MIN_SHARE = 0.02
MIN_WORDS = 5
"""A shorter paragraph is a heading or a name, and may stand in many articles for good reason."""


@dataclass(frozen=True, slots=True)
class Parted:
    """A text without its boilerplate, and that boilerplate."""

    text: str
    dropped: tuple[str, ...] = ()


def paragraph_keys(text: str) -> frozenset[int]:
    """Hash the paragraphs of a text that are long enough to be told apart; signed 64-bit, for a database."""
    return frozenset(key for paragraph in text.split("\n\n") if (key := _key(paragraph)) is not None)


def is_boilerplate(seen: int, articles: int) -> bool:
    """Say whether a paragraph that stands in `seen` of a source's last `articles` belongs to all of them."""
    return seen >= MIN_ARTICLES and seen >= MIN_SHARE * articles


def part(text: str, counts: Mapping[int, int], articles: int) -> Parted:
    """Take out what the source's other articles have too; `counts` tells for each key how many of them have it."""
    kept: list[str] = []
    dropped: list[str] = []
    for paragraph in text.split("\n\n"):
        key = _key(paragraph)
        seen = counts.get(key, 0) if key is not None else 0
        (dropped if is_boilerplate(seen, articles) else kept).append(paragraph)
    if not any(len(words(paragraph)) >= MIN_WORDS for paragraph in kept):
        return Parted(text)
    return Parted("\n\n".join(kept), tuple(dropped))


def _key(paragraph: str) -> int | None:
    folded = words(paragraph)
    if len(folded) < MIN_WORDS:
        return None
    digest = blake2b(" ".join(folded).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
