"""The ids of the articles of a volume in the order of their places, as they are stored and looked up.

Plain, an id takes four bytes. Those of several segments are written as runs where that is shorter: an id, and how many
follow one another from it, since most articles get consecutive ids. A search for a rare word looks up a few ids of each
volume, and reads all of them for that. A number below 1 stands for a place without an article; a run repeats it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from itertools import accumulate, repeat
from typing import TYPE_CHECKING

from monitor.core.search.postings import SEGMENT_ARTICLES

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

ID_BYTES = 4
_RUNS = b"r"
"""The first byte of runs. With it their length is odd, which that of plain ids never is."""
_MAX_PLACES = 1 << 16
"""More than a volume has."""


def encode_ids(ids: Sequence[int]) -> bytes:
    """Return the ids of a volume as they are stored."""
    plain = array("i", ids).tobytes()
    if len(ids) <= SEGMENT_ARTICLES:
        return plain
    runs = array("i")
    for each in ids:
        if runs and each == (runs[-2] + runs[-1] if each > 0 else runs[-2]):
            runs[-1] += 1
        else:
            runs.extend((each, 1))
    return min(_RUNS + runs.tobytes(), plain, key=len)


def decode_ids(stored: bytes) -> array[int]:
    """Return the ids of a volume; ValueError if they are damaged."""
    if not _are_runs(stored):
        return array("i", stored)
    ids = array("i")
    for first, count in zip(*_read_runs(stored), strict=True):
        ids.extend(range(first, first + count) if first > 0 else repeat(first, count))
    return ids


class IdsByPlace:
    """The ids of a volume, to look up some of them."""

    def __init__(self, stored: bytes) -> None:
        """ValueError if they are damaged."""
        self._firsts, counts = _read_runs(stored) if _are_runs(stored) else (array("i"), array("i"))
        self._ends = list(accumulate(counts))
        self._plain = array("i", b"" if self._ends else stored)

    def of(self, segment: int, places: Collection[int]) -> list[int]:
        """Return the ids of some places of a segment; 0 for an article that was removed."""
        start = segment * SEGMENT_ARTICLES
        if not self._ends:
            return [self._plain[start + each] for each in places]
        run = bisect_right(self._ends, start)
        if self._firsts[run] > 0 and start + SEGMENT_ARTICLES <= self._ends[run]:
            offset = start + self._offset(run)
            return [offset + each for each in places]
        return [self._id(start + each) for each in places]

    def _id(self, place: int) -> int:
        run = bisect_right(self._ends, place)
        return place + self._offset(run) if self._firsts[run] > 0 else self._firsts[run]

    def _offset(self, run: int) -> int:
        """Return how much greater the ids of a run are than their places."""
        return self._firsts[run] - (self._ends[run - 1] if run else 0)


def _are_runs(stored: bytes) -> bool:
    return len(stored) % ID_BYTES == 1 and stored.startswith(_RUNS)


def _read_runs(stored: bytes) -> tuple[array[int], array[int]]:
    """Return the first ids of runs and their lengths."""
    numbers = array("i", stored[1:])
    firsts, counts = numbers[::2], numbers[1::2]
    if len(firsts) != len(counts) or min(counts) < 1 or sum(counts) > _MAX_PLACES:
        raise ValueError("damaged runs of ids")
    return firsts, counts
