"""CPU priorities of threads and processes, in processes of their own, since they cannot be reverted."""

import json
import os
import subprocess
import sys

import pytest

from monitor.extraction.cpu_priority import SWITCH_INTERVAL_SECONDS

PROGRAM = """
import asyncio, json, os, sys
from concurrent.futures import ThreadPoolExecutor
from monitor.extraction import ExtractionPool, lower_cpu_priority

def refuse(*_):
    raise PermissionError("not allowed")

def policies(system):
    if system == "refused":
        os.sched_setscheduler = refuse
    if system == "unknown":
        del os.SCHED_BATCH
    lower_cpu_priority()
    with ThreadPoolExecutor(1) as thread:
        yield os.sched_getscheduler(0)
        yield thread.submit(os.sched_getscheduler, 0).result()
    if system == "usual":
        pool = ExtractionPool(workers=1)
        yield asyncio.run(pool.run(os.sched_getscheduler, 0))
        pool.close()

for system in ("refused", "unknown", "usual"):
    if os.fork() == 0:
        print(json.dumps([system, sys.getswitchinterval(), *policies(system), sys.getswitchinterval()]))
        break
    os.wait()
"""


@pytest.fixture(scope="module")
def printed() -> dict[str, list[float]]:
    """By system: the switch interval before, the policies of the thread, of another and of a worker, the interval."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60)
    return {system: rest for system, *rest in map(json.loads, done.stdout.splitlines())}


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="this system knows no batches")
def test_the_polling_thread_its_threads_and_its_workers_do_not_preempt_others(printed):
    assert printed["usual"][1:-1] == [os.SCHED_BATCH] * 3


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="this system knows no batches")
@pytest.mark.parametrize("system", ["refused", "unknown"])
def test_a_system_that_allows_or_knows_no_batches_continues_unchanged(system, printed):
    assert printed[system][1:-1] == [os.sched_getscheduler(0)] * 2


def test_the_threads_of_the_process_leave_each_other_time(printed):
    for before, *_, after in printed.values():
        assert before != after == pytest.approx(SWITCH_INTERVAL_SECONDS)
