"""CPU priorities of threads and processes, in a process of their own, since they cannot be reverted."""

import os
import subprocess
import sys

import pytest

from monitor.extraction.cpu_priority import SWITCH_INTERVAL_SECONDS

PROGRAM = """
import asyncio, os, sys
from concurrent.futures import ThreadPoolExecutor
from monitor.extraction import ExtractionPool, lower_cpu_priority

if sys.argv[1] == "refused":
    def refuse(*_):
        raise PermissionError("not allowed")
    os.sched_setscheduler = refuse
if sys.argv[1] == "unknown":
    del os.SCHED_BATCH
lower_cpu_priority()
pool = ExtractionPool(workers=1)
with ThreadPoolExecutor(1) as thread:
    print(os.sched_getscheduler(0), thread.submit(os.sched_getscheduler, 0).result())
    print(asyncio.run(pool.run(os.sched_getscheduler, 0)))
pool.close()
"""


def policies(system: str) -> set[int]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, system], capture_output=True, text=True, check=True, timeout=60
    )
    return set(map(int, done.stdout.split()))


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="this system knows no batches")
def test_the_polling_thread_its_threads_and_its_workers_do_not_preempt_others():
    assert policies("usual") == {os.SCHED_BATCH}


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="this system knows no batches")
@pytest.mark.parametrize("system", ["refused", "unknown"])
def test_a_system_that_allows_or_knows_no_batches_continues_unchanged(system):
    assert policies(system) == {os.sched_getscheduler(0)}


def test_the_threads_of_the_process_leave_each_other_time():
    called = "from monitor.extraction import lower_cpu_priority; lower_cpu_priority()"
    program = f"import sys; {called}; print(sys.getswitchinterval())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert float(done.stdout) == pytest.approx(SWITCH_INTERVAL_SECONDS)
