"""The real daemon while its clock is set back by an hour: libfaketime changes the clock that it reads."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
        wait_for(log, "clock stepped back by 1 hour; jobs go on")
        wait_for(log, "feed unchanged")
        assert before - last_poll(service) > timedelta(minutes=50)
        edit(service)
        wait_for(log, "configuration applied")
        health, doctor = run_both(service, ["health"], ["doctor", "--format", "json"])
        assert health == [0, "well\n"]
        assert "stepped back by 1 hour" in doctor[1]
    finally:
        killer.cancel()
        daemon.kill()
        daemon.communicate()


def run_both(service: Service, *commands: list[str]) -> list[list[Any]]:
    """Run commands one after the other in one new interpreter, and return the exit code and output of each."""
    program = (
        "import contextlib, io, json, sys; from monitor import cli\n"
        "def run(words):\n"
        "    with contextlib.redirect_stdout(io.StringIO()) as out:\n"
        "        return [cli.run(words), out.getvalue()]\n"
        "print(json.dumps([run(words) for words in json.loads(sys.argv[1])]))"
    )
    words = json.dumps([service._arguments(command) for command in commands])
    done = subprocess.run(
        [sys.executable, "-c", program, words], env=service._env(), cwd=service.folder, capture_output=True, text=True,
        timeout=120, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def last_poll(service: Service) -> datetime:
    store = Store(f"sqlite:///{service.folder / 'monitor.db'}")
    try:
        (state,) = store.states().values()
    finally:
        store.close()
    assert state.last_poll_at is not None
    return state.last_poll_at.astimezone(UTC)
