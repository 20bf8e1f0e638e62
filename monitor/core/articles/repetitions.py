"""Compares the texts of a page by their word trigrams: marks what the library's text contains, and what occurs twice.

Copies are for other sizes of screen, or the whole text once more. The first copy outside of clutter counts. A text that
directly follows itself is not a copy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from monitor.core.articles.page_blocks import Block

_WORD = re.compile(r"\w+")
_MIN_LIBRARY_SHARE = 0.6
"""Share of a block's trigrams that the library's text has if it contains the block."""


def mark_library_text(blocks: Iterable[Block], text: str) -> None:
    """Set `is_in_library_text` of the blocks of which `text` has most trigrams; of short ones, all lines."""
    library_lines: set[tuple[str, ...]] = set()
    trigrams: set[tuple[str, ...]] = set()
    for words in _words_by_line(text):
        library_lines.add(tuple(words))
        trigrams.update(_trigrams(words))
    for block in blocks:
        lines = list(_words_by_line(block.text))
        own = [trigram for words in lines for trigram in _trigrams(words)]
        block.is_in_library_text = (
            sum(trigram in trigrams for trigram in own) >= _MIN_LIBRARY_SHARE * len(own)
            if own
            else bool(lines) and all(tuple(words) in library_lines for words in lines)
        )


def word_trigrams(text: str) -> list[tuple[str, ...]]:
    """Return the words of each line in threes, in lower case."""
    return [trigram for words in _words_by_line(text) for trigram in _trigrams(words)]


def _words_by_line(text: str) -> Iterator[list[str]]:
    return filter(None, map(_WORD.findall, text.lower().split("\n")))


def _trigrams(words: Sequence[str]) -> Iterable[tuple[str, ...]]:
    return zip(words, words[1:], words[2:], strict=False)


_MIN_REPEATED_CHARS = 80
"""A shorter text may be twice on a page by chance."""
_MIN_JOINED_CHARS = 500
"""A shorter text is not taken for the copy of several others."""
_MIN_SHARE_OF_PAGE = 0.1
"""Share of a page's characters that the copy of an article has."""
_MIN_SHARED_TRIGRAM_SHARE = 0.8
"""Share of a copy's trigrams that the other blocks have too."""


def mark_repeated(blocks: Sequence[Block]) -> None:
    """Mark long blocks whose text occurs in an earlier block outside clutter, and the short blocks between two of them.

    A short block is decided by the next long one, so it waits in `short` until then.
    """
    seen: set[str] = set()
    short: list[Block] = []  # blocks since the last long one
    is_copy = False  # of the last long block
    previous_text = ""
    for block in blocks:
        if block.is_clutter:
            continue
        block.is_repeated = False
        if len(block.text) < _MIN_REPEATED_CHARS:
            short.append(block)
        else:
            block.is_repeated = block.text in seen and block.text != previous_text
            for each in short:
                each.is_repeated = is_copy and block.is_repeated and each.text in seen
            seen.update(each.text for each in [*short, block])
            short.clear()
            is_copy = block.is_repeated
        previous_text = block.text
    _mark_joined_copies([block for block in blocks if not block.is_clutter])


def _mark_joined_copies(blocks: Sequence[Block]) -> None:
    """Mark the texts that consist of shorter ones, which some pages repeat in one element, hidden or as Markdown."""
    least = max(_MIN_JOINED_CHARS, _MIN_SHARE_OF_PAGE * sum(len(block.text) for block in blocks))
    for block in blocks:
        if len(block.text) >= least and not block.is_repeated:
            parts = [part for part in blocks if 2 * len(part.text) < len(block.text) and not part.is_repeated]
            trigrams = {trigram for part in parts for trigram in word_trigrams(part.text)}
            own = word_trigrams(block.text)
            block.is_repeated = sum(trigram in trigrams for trigram in own) >= _MIN_SHARED_TRIGRAM_SHARE * len(own) > 0
