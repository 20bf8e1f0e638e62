"""Compares the texts of a page by their word triples: marks what the library's text contains, and what occurs twice.

Copies are for other sizes of screen, or the whole text once more. The first copy outside of clutter counts. A text that
directly follows itself is not a copy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from monitor.core.articles.page_blocks import Block

_WORD = re.compile(r"\w+")
_SHARED_TRIPLES = 0.6  # share of a block's word triples from which a text contains the block


def mark_library_text(blocks: Iterable[Block], text: str) -> None:
    """Set `is_in_library_text` of the blocks of which `text` has most word triples; of short ones, all lines."""
    lines: set[tuple[str, ...]] = set()
    triples: set[tuple[str, ...]] = set()
    for row in _rows(text):
        lines.add(tuple(row))
        triples.update(_triples(row))
    for block in blocks:
        rows = list(_rows(block.text))
        own = [triple for row in rows for triple in _triples(row)]
        block.is_in_library_text = (
            sum(triple in triples for triple in own) >= _SHARED_TRIPLES * len(own)
            if own
            else bool(rows) and all(tuple(row) in lines for row in rows)
        )


def word_triples(text: str) -> list[tuple[str, ...]]:
    """Return the words of each line in threes, in lower case."""
    return [triple for row in _rows(text) for triple in _triples(row)]


def _rows(text: str) -> Iterator[list[str]]:
    return filter(None, map(_WORD.findall, text.lower().split("\n")))


def _triples(row: Sequence[str]) -> Iterable[tuple[str, ...]]:
    return zip(row, row[1:], row[2:], strict=False)


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
