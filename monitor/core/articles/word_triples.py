"""Compares texts by their word triples: finds the blocks of a page that the text extracted by the library contains."""

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
