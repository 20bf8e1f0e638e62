"""Marks the blocks of a page that a text has, too, such as the one that the library extracted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from monitor.core.articles.page_blocks import Block

_WORD = re.compile(r"\w+")
_SHARED_TRIPLES = 0.6  # of a block's word triples in a text: the text has the block


def mark_agreed(blocks: Iterable[Block], text: str) -> None:
    """Mark the blocks that are in a text: as one of its lines, or by most of their word triples."""
    lines: set[tuple[str, ...]] = set()
    triples: set[tuple[str, ...]] = set()
    for row in _rows(text):
        lines.add(tuple(row))
        triples.update(_triples(row))
    for block in blocks:
        rows = list(_rows(block.text))
        own = [triple for row in rows for triple in _triples(row)]
        block.agreed = (
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
