"""Blocks of article ids, by which an index is read from the newest articles to older ones.

PostgreSQL's index of keys returns all articles with a word at once. Therefore each article also has the keys of the
blocks of ids that it belongs to, from small to large, and a search reads the newest block, then as many older ones as
should hold what it still needs.
"""

from __future__ import annotations

import math
from typing import NamedTuple

SMALLEST = 4_096
"""Ids in a block of level 0; four blocks of one level are one of the next.

The function `search_keys` of the database has these numbers too (migration 0027).
"""
_STEP, _LEVELS = 4, 7
_GROWTH = 12


class Bounds(NamedTuple):
    """Article ids from `low` up to, not including, `high`."""

    low: int
    high: int


def block(article_id: int) -> int:
    """Return the smallest block of an article."""
    return article_id // SMALLEST


def newest(bounds: Bounds, number: int) -> tuple[list[str], Bounds]:
    """Return keys that together hold the newest `number` blocks within the bounds, and the bounds of what remains."""
    end = block(bounds.high - 1) + 1
    start = max(block(bounds.low), end - number)
    return _covering(start, end), Bounds(bounds.low, max(bounds.low, start * SMALLEST))


def next_number(number: int, found: int, missing: int) -> int:
    """Return how many blocks to read after `number` in which so many articles were found, to find what is missing.

    It is half more than if articles were evenly spread, at most `_GROWTH` times as many as were read.
    """
    expected = math.ceil(1.5 * number * missing / found) if found else _GROWTH * number
    return min(max(number, expected), _GROWTH * number)


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
