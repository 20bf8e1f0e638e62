"""A daemon whose event loop is stalled ends itself, and systemd is notified of the daemon's state."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from config_samples import minimal
from program import Program

from monitor.daemon.watchdog import STALLED_EXIT_CODE, SystemdNotifier, watch_loop

DAEMON = Path(__file__).with_name("stalled_daemon.py")


def test_a_daemon_whose_event_loop_is_held_ends_itself_and_logs_where(tmp_path):
    minimal(tmp_path)
    daemon = Program([str(tmp_path)], folder=tmp_path, script=DAEMON, stderr=subprocess.PIPE)
    try:
        assert daemon.wait(300) == STALLED_EXIT_CODE
    finally:
        daemon.kill()
        _, log = daemon.communicate()
    last = json.loads(log.strip().splitlines()[-1])
    assert last["event"] == "event loop is stalled, the process ends"
    assert any("hold_the_loop" in frame for frame in last["where"])


STOPPED = """
import asyncio, sys
from monitor.daemon.watchdog import SystemdNotifier, watch_loop

async def main():
    with watch_loop(SystemdNotifier({}), limit=2.0):
        print("watched", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)

asyncio.run(main())
"""


def test_a_process_that_was_stopped_for_longer_than_the_limit_continues():
    with subprocess.Popen(
        [sys.executable, "-c", STOPPED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "watched\n"
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(3)
        process.send_signal(signal.SIGCONT)
        process.communicate("go on\n", timeout=120)
        assert process.returncode == 0


@pytest.fixture
def systemd():
    """A datagram socket as systemd opens it, and the environment that names it."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as listener:
        name = f"monitor-test-{os.getpid()}-{id(listener)}"
        listener.bind(f"\0{name}")
        listener.settimeout(60)
        yield listener, {"NOTIFY_SOCKET": f"@{name}"}


async def test_while_the_loop_runs_systemd_gets_ticks_at_half_its_interval(systemd):
    listener, environ = systemd
    notifier = SystemdNotifier({**environ, "WATCHDOG_USEC": "200000", "WATCHDOG_PID": str(os.getpid())})
    assert notifier.watchdog_interval == 0.1
    with watch_loop(notifier, None):
        for _ in range(2):
            assert await asyncio.to_thread(listener.recv, 64) == b"WATCHDOG=1"


@pytest.mark.parametrize("environ", [{}, {"WATCHDOG_USEC": "200000", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "soon"}])
def test_no_ticks_are_sent_that_nobody_expects(environ):
    assert SystemdNotifier(environ).watchdog_interval is None
    SystemdNotifier(environ).send("READY=1")


def test_an_unread_socket_of_systemd_delays_nothing(systemd):
    _, environ = systemd
    for _ in range(2000):
        SystemdNotifier(environ).send("WATCHDOG=1")


def test_a_socket_of_systemd_that_is_gone_stops_nothing(tmp_path):
    SystemdNotifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).send("READY=1")
