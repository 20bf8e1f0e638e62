"""The index of numbers, against a dictionary."""

from __future__ import annotations

import random

import numpy as np
import pytest

from monitor.audit.number_index import NumberIndex


@pytest.mark.parametrize("size", [0, 1, 300, 5_000])
def test_each_known_number_is_found_in_its_place_and_no_other(size: int) -> None:
    draws = random.Random(size)
    known = sorted(draws.sample(range(1 << 62), size))
    known[size // 2 :] = range((1 << 62) + 1, (1 << 62) + 1 + size - size // 2)
    wanted = [*known, *(draws.randrange(1 << 63) for _ in range(1_000)), 0]
    places, is_known = NumberIndex(np.array(known, dtype=np.int64)).find(np.array(wanted, dtype=np.int64))
    expected = {number: place for place, number in enumerate(known)}
    assert is_known.tolist() == [number in expected for number in wanted]
    assert places[is_known].tolist() == [expected[number] for number in wanted if number in expected]


def test_numbers_that_all_have_one_slot_are_found_too() -> None:
    step = pow(0x9E3779B97F4A7C15, -1, 1 << 64)
    known = sorted(number for number in (step * each % (1 << 64) for each in range(3_000)) if number < 1 << 63)
    positions, is_known = NumberIndex(np.array(known, dtype=np.int64)).find(np.array(known, dtype=np.int64))
    assert is_known.all()
    assert positions.tolist() == list(range(len(known)))
