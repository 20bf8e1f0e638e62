"""The one thread of a process that writes to its database."""

from __future__ import annotations

import asyncio
import threading

import pytest

from monitor.store import DatabaseThread


async def test_functions_run_one_after_the_other_whoever_asks():
    running, overlaps, order = [], [], []

    def write(number):
        overlaps.append(list(running))
        running.append(number)
        threading.Event().wait(0.001)
        running.remove(number)
        order.append(number)
        return threading.current_thread()

    with DatabaseThread() as database:
        from_tasks = [database.run(write, number) for number in range(20)]
        from_threads = [asyncio.to_thread(database.call, write, number) for number in range(20, 40)]
        threads = await asyncio.gather(*from_tasks, *from_threads)
    assert len(set(threads)) == 1
    assert not any(overlaps)
    assert [number for number in order if number < 20] == list(range(20))


async def test_what_a_function_raises_is_raised_and_the_next_one_runs():
    with DatabaseThread() as database:
        with pytest.raises(ZeroDivisionError):
            await database.run(lambda: 1 / 0)
        assert await database.run(divmod, 7, 2) == (3, 1)


async def test_a_call_that_is_cancelled_before_it_has_begun_is_not_run():
    begun, release, ran = threading.Event(), threading.Event(), []
    with DatabaseThread() as database:
        first = asyncio.create_task(database.run(lambda: (begun.set(), release.wait(60))))
        await asyncio.to_thread(begun.wait, 60)
        second = asyncio.create_task(database.run(ran.append, "second"))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.wait([second])  # only then is the cancellation known to the thread
        release.set()
        await first
        await database.run(ran.append, "third")
    assert ran == ["third"]
