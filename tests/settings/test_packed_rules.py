"""Values that are kept as bytes and unpacked when they are needed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from monitor.settings.packed_rules import pack

_both = threading.Barrier(2)


def _meet() -> str:
    try:
        _both.wait(timeout=0.2)
    except threading.BrokenBarrierError:
        return "alone"
    return "together"


class _Meeting:
    """Is unpacked as whether another thread unpacks one meanwhile."""

    def __reduce__(self) -> tuple[object, ...]:
        return _meet, ()


def test_values_are_unpacked_one_after_the_other_since_each_takes_much_memory() -> None:
    packed = pack(_Meeting())

    with ThreadPoolExecutor(2) as threads:
        unpacked = [threads.submit(packed) for _ in range(2)]

    assert [each.result() for each in unpacked] == ["alone", "alone"]
