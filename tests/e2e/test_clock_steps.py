"""The real daemon while its clock is set back by an hour: libfaketime changes the clock that it reads."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sample_service import Service, events, running, wait_for

from monitor.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

FAKETIME = next((str(path) for path in sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
PATIENCE = 240
"""Seconds until a process that does not do what is waited for is killed, and its log ends."""

pytestmark = pytest.mark.skipif(FAKETIME is None, reason="needs libfaketime, in Debian the package faketime")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with running(tmp_path, ("meridian-wire",)) as started:
        started.environment |= {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(tmp_path / "clock"),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        set_clock(started, "+0")
        yield started


def set_clock(service: Service, offset: str) -> None:
    """Set the clock that the processes of a service read, within a second for all of them."""
    part = service.folder / "clock.part"
    part.write_text(offset)
    part.replace(service.folder / "clock")


def edit(service: Service) -> None:
    """Give the digest another title."""
    text = (service.config / "digests.yaml").read_text()
    (service.config / "digests.yaml").write_text(text.replace("Sample brief", "Brief after the step"))


def test_a_clock_that_is_set_back_an_hour_stops_neither_polls_nor_reloads_nor_correct_health(service: Service) -> None:
    daemon = service.start_anew("--debug", "run")
    killer = threading.Timer(PATIENCE, daemon.kill)
    killer.start()
    try:
        log = events(daemon)
        wait_for(log, "feed changed")
        before = last_poll(service)
        set_clock(service, "-1h")
        wait_for(log, "clock stepped back by 3600 s; jobs go on")
        wait_for(log, "feed unchanged")
        assert before - last_poll(service) > timedelta(minutes=50)
        edit(service)
        wait_for(log, "configuration applied")
        result = service.run_anew("health")
        assert (result.returncode, result.stdout) == (0, "well\n"), result.stderr
        assert "stepped back by 3600 s" in service.run_anew("doctor", "--format", "json").stdout
    finally:
        killer.cancel()
        daemon.kill()
        daemon.communicate()


def last_poll(service: Service) -> datetime:
    store = Store(f"sqlite:///{service.folder / 'monitor.db'}")
    try:
        (state,) = store.states().values()
    finally:
        store.close()
    assert state.last_poll_at is not None
    return state.last_poll_at.astimezone(UTC)
