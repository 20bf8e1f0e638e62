"""Marks texts that occur on a page more than once: copies for other sizes of screen, or the whole text once more.

The first copy outside of clutter counts. A text that directly follows itself is no copy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.core.articles.page_blocks import Block

_REPEATED = 80  # characters of a text that is not there twice by chance
_JOINED, _SHARE = 500, 0.9
"""Characters of a text that may be the copy of several others, and their share of it."""
_MISSED = 20  # blocks in a row that are not in it: links and labels between the paragraphs
_BEGINNING = 24  # characters by which the first of several texts is found in one that consists of them


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
        if len(block.text) < _REPEATED:
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
    """Mark the texts that consist of others, which some pages repeat in one hidden element."""
    starts = {block.text[:_BEGINNING]: number for number, block in reversed([*enumerate(blocks)])}
    for number, block in enumerate(blocks):
        if len(block.text) >= _JOINED and not block.is_repeated:
            first = starts[block.text[:_BEGINNING]]
            block.is_repeated = first != number and _consists_of(block.text, blocks, first)


def _consists_of(text: str, blocks: Sequence[Block], first: int) -> bool:
    """Return True if a text is that of several blocks one after the other, apart from a tenth of it."""
    position = parts = missed = 0
    while first < len(blocks) and missed <= _MISSED:
        part = blocks[first].text
        if len(part) < len(text) and text.startswith(part, position):
            position += len(part)
            position += text.startswith((" ", "\n"), position)
            parts, missed = parts + 1, 0
        else:
            missed += 1
        if position >= _SHARE * len(text):
            return parts > 1
        first += 1
    return False
