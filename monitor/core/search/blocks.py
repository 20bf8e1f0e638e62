"""Blocks of article ids, by which searches find the articles of a period."""

from __future__ import annotations

from typing import NamedTuple

BLOCK_IDS = 4_096
"""Ids in a block."""


class Bounds(NamedTuple):
    """Article ids from `low` up to, not including, `high`."""

    low: int
    high: int

    def hold(self, article_id: int) -> bool:
        """Return True if an id is within the bounds."""
        return self.low <= article_id < self.high


def block(article_id: int) -> int:
    """Return the block of an article."""
    return article_id // BLOCK_IDS
