"""Blocks of article ids, by which an index is read from the newest articles to older ones.

PostgreSQL's index of keys returns all articles with a word at once. Therefore each article also has the keys of the
blocks of ids that it belongs to, from small to large, and a search reads the newest block, then twelve older ones, then
48, until it has found enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALLEST = 4_096
"""Ids in a block of level 0; four blocks of one level are one of the next."""
_STEP, _LEVELS = 4, 7


class Bounds(NamedTuple):
    """Article ids from `low` up to, not including, `high`."""

    low: int
    high: int


def block(article_id: int) -> int:
    """Return the smallest block of an article."""
    return article_id // SMALLEST


def block_keys(article_id: int) -> list[str]:
    """Return the keys of all blocks of an article."""
    return [_key(level, block(article_id) // _STEP**level) for level in range(_LEVELS)]


def newest_first(bounds: Bounds) -> Iterator[list[str]]:
    """Iterate over keys of blocks that together hold all ids within the bounds; each step is larger than the last."""
    lowest, end, size = block(bounds.low), block(bounds.high - 1) + 1, 1
    while end > lowest:
        start = max(lowest, end - size)
        yield _covering(start, end)
        end, size = start, (_STEP - 1) * _STEP if size == 1 else size * _STEP


def _covering(start: int, end: int) -> list[str]:
    """Return as few blocks as cover the smallest blocks from `start` up to, not including, `end`."""
    keys = []
    while start < end:
        level = 0
        while level + 1 < _LEVELS and start % _STEP ** (level + 1) == 0 and start + _STEP ** (level + 1) <= end:
            level += 1
        keys.append(_key(level, start // _STEP**level))
        start += _STEP**level
    return keys


def _key(level: int, number: int) -> str:
    return f"b{level}x{number}"
