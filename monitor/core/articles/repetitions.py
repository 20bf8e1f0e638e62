"""Marks texts that occur on a page more than once: copies for other sizes of screen, or the whole text once more.

The first copy outside of clutter counts. A text that directly follows itself is not a copy.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.core.articles.page_blocks import Block
from monitor.core.articles.word_triples import word_triples

_MIN_REPEATED_CHARS = 80  # characters of a text that is not there twice by chance
_MIN_JOINED_CHARS = 500  # characters of a text that may be the copy of several others
_SHARE_OF_PAGE = 0.1  # of the characters of a page, which the copy of an article has
_SHARE = 0.8  # of the words in threes of a copy, which the others have, too


def mark_repeated(blocks: Sequence[Block]) -> None:
    """Mark the long texts that are outside of clutter further up, and the short ones between two of them."""
    seen: set[str] = set()
    short: list[Block] = []  # since the last long text
    is_copy = False
    before = ""
    for block in blocks:
        if block.is_clutter:
            continue
        block.is_repeated = False
        if len(block.text) < _MIN_REPEATED_CHARS:
            short.append(block)
        else:
            block.is_repeated = block.text in seen and block.text != before
            for each in short:
                each.is_repeated = is_copy and block.is_repeated and each.text in seen
            seen.update(each.text for each in [*short, block])
            short.clear()
            is_copy = block.is_repeated
        before = block.text
    _mark_joined_copies([block for block in blocks if not block.is_clutter])


def _mark_joined_copies(blocks: Sequence[Block]) -> None:
    """Mark the texts that consist of shorter ones, which some pages repeat in one element, hidden or as Markdown."""
    least = max(_MIN_JOINED_CHARS, _SHARE_OF_PAGE * sum(len(block.text) for block in blocks))
    for block in blocks:
        if len(block.text) >= least and not block.is_repeated:
            parts = [part for part in blocks if 2 * len(part.text) < len(block.text) and not part.is_repeated]
            triples = {triple for part in parts for triple in word_triples(part.text)}
            own = word_triples(block.text)
            block.is_repeated = sum(triple in triples for triple in own) >= _SHARE * len(own) > 0
