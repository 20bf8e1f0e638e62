"""Pausing the garbage collector."""

from __future__ import annotations

import gc

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
