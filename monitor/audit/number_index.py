"""Looks up numbers in a sorted array: a hash table in numpy, several times as fast as a binary search."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SLOTS_PER_NUMBER = 8
"""Slots of the table per number: with more, fewer numbers share one."""
_MIN_BITS = 8
"""The table has at least 2**_MIN_BITS slots."""
_MULTIPLIER = 0x9E3779B97F4A7C15
"""Of Fibonacci hashing: the golden ratio as a fraction of 2^64."""


class NumberIndex:
    """An index of sorted, distinct numbers: a slot has one of them, others of the same slot are found by bisection."""

    def __init__(self, numbers: NDArray[np.int64]) -> None:
        import numpy as np

        self.numbers = numbers
        bits = max(_MIN_BITS, (_SLOTS_PER_NUMBER * len(numbers)).bit_length())
        self._shift = np.uint64(64 - bits)
        self._positions = np.zeros(1 << bits, dtype=np.int32)
        slots = self._slots(numbers)
        self._positions[slots] = np.arange(len(numbers))
        collided = slots[self._positions[slots] != np.arange(len(numbers))]
        self._has_collisions = np.zeros(1 << bits, dtype=bool)
        self._has_collisions[collided] = True

    def find(self, wanted: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """Return the position of each wanted number, and whether it is known; other positions mean nothing."""
        import numpy as np

        if not len(self.numbers):
            return np.zeros(len(wanted), dtype=np.int32), np.zeros(len(wanted), dtype=bool)
        slots = self._slots(wanted)
        positions = self._positions[slots]
        in_doubt = np.flatnonzero(self._has_collisions[slots])
        positions[in_doubt] = np.minimum(np.searchsorted(self.numbers, wanted[in_doubt]), len(self.numbers) - 1)
        return positions, self.numbers[positions] == wanted

    def _slots(self, numbers: NDArray[np.int64]) -> NDArray[np.uint64]:
        import numpy as np

        return (numbers.view(np.uint64) * np.uint64(_MULTIPLIER)) >> self._shift
