"""Finds the places of numbers in a sorted array: a hash table in numpy, several times as fast as a binary search."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SLOTS_PER_NUMBER = 8
_MIN_BITS = 8
_MULTIPLIER = 0x9E3779B97F4A7C15
"""Of Fibonacci hashing: the golden ratio as a fraction of 2^64."""


class NumberIndex:
    """An index of sorted, distinct numbers. Those whose slot another one has are in an index of their own."""

    def __init__(self, numbers: NDArray[np.int64]) -> None:
        import numpy as np

        self.numbers = numbers
        bits = max(_MIN_BITS, (_SLOTS_PER_NUMBER * len(numbers)).bit_length())
        self._shift = np.uint64(64 - bits)
        self._places = np.zeros(1 << bits, dtype=np.int32)
        slots = self._slots(numbers)
        self._places[slots] = np.arange(len(numbers))
        self._crowded_out = np.flatnonzero(self._places[slots] != np.arange(len(numbers)))
        self._rest: NumberIndex | None = None
        if len(self._crowded_out):
            self._is_shared = np.zeros(1 << bits, dtype=bool)
            self._is_shared[slots[self._crowded_out]] = True
            self._rest = NumberIndex(numbers[self._crowded_out])

    def find(self, wanted: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """Return the place of each wanted number, and whether it is known; other places mean nothing."""
        import numpy as np

        if not len(self.numbers):
            return np.zeros(len(wanted), dtype=np.int32), np.zeros(len(wanted), dtype=bool)
        slots = self._slots(wanted)
        places = self._places[slots]
        is_known = self.numbers[places] == wanted
        if self._rest is not None:
            others = np.flatnonzero(~is_known)
            others = others[self._is_shared[slots[others]]]
            in_rest, is_known[others] = self._rest.find(wanted[others])
            places[others] = self._crowded_out[in_rest]
        return places, is_known

    def _slots(self, numbers: NDArray[np.int64]) -> NDArray[np.uint64]:
        import numpy as np

        return (numbers.view(np.uint64) * np.uint64(_MULTIPLIER)) >> self._shift
