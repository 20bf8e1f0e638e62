"""Pausing the garbage collector."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from monitor.runtime.garbage_collection import collection_paused


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_off_during_the_pause_and_afterwards_as_it_was_before(enabled: bool) -> None:
    (gc.enable if enabled else gc.disable)()
    try:
        with pytest.raises(ValueError, match="collector is off"):
            _fail_during_pause()
        assert gc.isenabled() is enabled
    finally:
        gc.enable()


def _fail_during_pause() -> None:
    with collection_paused():
        raise ValueError("collector is on" if gc.isenabled() else "collector is off")


_FIND_GENERATIONS = """
import gc
from monitor.runtime.garbage_collection import collection_paused, freeze_objects
if {frozen}:
    freeze_objects()
with collection_paused():
    made = [[]]
print([generation for generation in range(3) if any(each is made for each in gc.get_objects(generation))])
"""


@pytest.mark.parametrize(("frozen", "generations"), [(False, "[2]"), (True, "[0]")])
def test_what_is_made_during_the_pause_is_old_at_once_unless_the_process_keeps_objects_frozen(
    frozen: bool, generations: str
) -> None:
    program = _FIND_GENERATIONS.format(frozen=frozen)
    run = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == generations
