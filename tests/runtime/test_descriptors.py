"""How many file descriptors each part of the process gets, and what is reported when they run short."""

from __future__ import annotations

import errno
import resource
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from monitor.core import jobs
from monitor.runtime import descriptors
from monitor.runtime.descriptors import allocate

SHIPPED = {"concurrency": 64, "workers": 2, "connections": 100}
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_with_the_usual_limit_nobody_gets_less_than_is_configured():
    shares = allocate(1024, **SHIPPED)
    assert (shares.connections, shares.concurrency, shares.is_reduced) == (100, 64, False)


@pytest.mark.parametrize("asked", [SHIPPED, {"concurrency": 500, "workers": 16, "connections": 100}])
def test_the_limit_that_is_named_as_needed_is_the_lowest_that_is_enough(asked):
    wanted = allocate(64, **asked).required
    full = (asked["connections"], asked["concurrency"], False)
    enough, less = allocate(wanted, **asked), allocate(wanted - 8, **asked)  # idle connections come in pairs
    assert (enough.connections, enough.concurrency, enough.is_reduced) == full
    assert less.is_reduced
    assert less.connections < asked["connections"]


def test_the_page_is_reduced_before_fetching_is_and_neither_to_nothing():
    shares = [allocate(limit, **SHIPPED) for limit in range(40, 400)]
    for one, more in pairwise(shares):
        assert one.connections >= descriptors.MIN_CONNECTIONS
        assert one.concurrency >= descriptors.MIN_FETCHES
        assert one.concurrency <= more.concurrency + 1  # two idle connections may come first
    assert all(each.concurrency == 64 for each in shares if each.connections > 16)


def test_no_more_descriptors_are_allocated_than_the_limit_has():
    own = descriptors.BASE + descriptors.RESOLVER + descriptors.CHANNELS + 2 * descriptors.PER_WORKER
    for limit in range(150, 2000, 7):
        shares = allocate(limit, **SHIPPED)
        idle = descriptors.IDLE_PER_HOST * descriptors.idle_hosts(limit)
        assert own + idle + shares.connections + shares.concurrency <= limit


def test_a_page_alone_needs_none_for_fetching():
    shares = allocate(1024, concurrency=0, workers=0, connections=100)
    assert (shares.concurrency, shares.connections, shares.is_reduced) == (0, 100, False)


def test_health_reports_a_shortage_of_descriptors_while_it_lasts():
    beats = dict.fromkeys([jobs.DAEMON, *(job.name for job in jobs.WATCHED)], NOW)
    assert jobs.health_problems(beats, NOW) == []
    (problem,) = jobs.health_problems({**beats, jobs.DESCRIPTORS_SHORT: NOW}, NOW)
    assert "file descriptors run short" in problem
    assert "ulimit -n" in problem
    assert jobs.health_problems({**beats, jobs.DESCRIPTORS_SHORT: NOW - timedelta(hours=1)}, NOW) == []


def test_an_error_is_a_shortage_of_descriptors_if_one_of_its_causes_is():
    error = RuntimeError("no connection")
    error.__cause__ = OSError(errno.EMFILE, "Too many open files")
    assert descriptors.is_exhaustion_error(error)
    assert descriptors.is_exhaustion_error(ExceptionGroup("several", [OSError(errno.ENFILE, "x")]))
    assert not descriptors.is_exhaustion_error(OSError(errno.ECONNREFUSED, "x"))


def test_the_soft_limit_is_raised_and_a_shortage_is_found_when_no_descriptor_is_left():
    program = (
        "import os; from monitor.runtime import descriptors as d; "
        "print(d.limit(), d.raise_limit(), d.is_nearly_exhausted(), d.count_open()); "
        "held = [os.dup(0) for _ in range(80 - d.count_open())]; "
        "print(d.is_nearly_exhausted(), d.count_open())"
    )

    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (40, 80))

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, preexec_fn=few, timeout=60
    )  # fmt: skip
    first, second = (line.split() for line in done.stdout.splitlines())
    assert first[:3] == ["40", "80", "False"]
    assert second == ["True", "80"]
