"""A process that was stopped ends, even if a call never returns."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from monitor.runtime import threads
from monitor.runtime.threads import DaemonThreads

ROOT = Path(__file__).parents[2]


def ends_with(program: str) -> int:
    """Run a program and return its exit code; fails when it does not end."""
    return subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=60, check=False,
        stderr=subprocess.DEVNULL,
    ).returncode  # fmt: skip


async def test_a_call_on_a_thread_gives_its_result_or_its_exception():
    assert await threads.call(int, "7") == 7
    with pytest.raises(ValueError, match="invalid literal"):
        await threads.call(int, "seven")


async def test_a_call_that_is_cancelled_is_left_to_itself():
    began, release, finished = threading.Event(), threading.Event(), threading.Event()

    def block():
        began.set()
        release.wait(60)
        finished.set()

    task = asyncio.create_task(threads.call(block))
    await threads.call(began.wait, 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not finished.is_set()
    release.set()
    assert await threads.call(finished.wait, 60)


def test_an_executor_uses_no_more_threads_than_it_may():
    busy, most, lock, gate = 0, 0, threading.Lock(), threading.Event()

    def work(number):
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
            if busy == 2:
                gate.set()
        gate.wait(60)
        with lock:
            busy -= 1
        return number

    with DaemonThreads(2, "test") as pool:
        assert sorted(pool.map(work, range(10))) == list(range(10))
    assert most == 2


def test_an_executor_that_is_closed_takes_no_call_and_forgets_those_that_wait():
    pool, began, release = DaemonThreads(1, "test"), threading.Event(), threading.Event()
    first = pool.submit(lambda: (began.set(), release.wait(60)))
    began.wait(60)
    waiting = pool.submit(int)
    pool.shutdown(wait=False, cancel_futures=True)
    with pytest.raises(RuntimeError):
        pool.submit(int)
    release.set()
    first.result(60)
    assert waiting.cancelled()


BLOCKED = """
import asyncio, threading, time
from monitor.runtime import threads
from monitor.fetch.address_guard import SystemResolver
from monitor.daemon.stopping import exit_process
threading.Thread(target=time.sleep, args=(3600,)).start()  # as a library may start one
with threads.DaemonThreads(1, "database") as pool:
    pool.submit(time.sleep, 3600)
    async def main():
        asyncio.create_task(threads.call(time.sleep, 3600))
        await asyncio.sleep(0)
    asyncio.run(main())
exit_process(7)
"""


def test_threads_that_block_for_ever_keep_no_process_alive_nor_change_its_exit_code():
    assert ends_with(BLOCKED) == 7


STUCK = """
import asyncio, os, signal, time
from monitor.daemon.stopping import handle_stop_signals
async def main():
    with handle_stop_signals(lambda: None, {limit}):
        for number in {signals}:
            os.kill(os.getpid(), number)
        while True:
            time.sleep(0.1)  # the loop is blocked, as by a log that nobody reads
asyncio.run(main())
"""


def test_a_process_whose_event_loop_is_blocked_is_ended_by_force():
    assert ends_with(STUCK.format(limit=0.1, signals=[15])) == 1


@pytest.mark.parametrize("number", [2, 15])
def test_a_second_signal_ends_a_process_at_once(number):
    assert ends_with(STUCK.format(limit=3600, signals=[15, number])) == 128 + number
