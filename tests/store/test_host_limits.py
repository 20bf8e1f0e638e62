"""Limits of hosts shared by several processes: each `HostLimits` here stands for a process."""

import pytest
import sqlalchemy as sa
from sample_polls import NOW

from monitor.core.errors import DatabaseError
from monitor.store import _host_limits

HOST = "news.example"


@pytest.fixture
def two(postgres_store):
    """The limits of two processes, of hosts with two slots."""
    both = [postgres_store.host_limits(2), postgres_store.host_limits(2)]
    yield both
    for turns in both:
        turns.close()


def test_processes_share_the_limit_of_requests_at_once_to_a_host(two):
    mine, others = two
    assert [mine.try_acquire(HOST, 0), others.try_acquire(HOST, 0)] == [0.0, 0.0]
    assert [mine.try_acquire(HOST, 0), others.try_acquire(HOST, 0)] == [
        _host_limits.RETRY_SECONDS,
        _host_limits.RETRY_SECONDS,
    ]
    assert mine.try_acquire("other.example", 0) == 0.0
    others.release(HOST)
    assert mine.try_acquire(HOST, 0) == 0.0
    assert others.try_acquire(HOST, 0) == _host_limits.RETRY_SECONDS


def test_one_process_may_use_the_whole_limit_and_release_it_request_by_request(two):
    mine, others = two
    assert [mine.try_acquire(HOST, 0) for _ in range(3)] == [0.0, 0.0, _host_limits.RETRY_SECONDS]
    mine.release(HOST)
    assert others.try_acquire(HOST, 0) == 0.0
    assert others.try_acquire(HOST, 0) == _host_limits.RETRY_SECONDS


def test_the_pause_between_two_requests_holds_for_all(two):
    mine, others = two
    assert mine.try_acquire(HOST, 60) == 0.0
    mine.release(HOST)
    assert 0 < others.try_acquire(HOST, 60) <= 60
    assert others.try_acquire("other.example", 60) == 0.0


def test_the_longest_pause_that_any_process_knows_of_applies_to_all(two):
    mine, others = two
    assert mine.try_acquire(HOST, 60) == 0.0
    mine.release(HOST)
    assert others.try_acquire(HOST, 0) > 0


def test_a_request_above_the_limit_does_not_count_as_started(two, postgres_store):
    mine, others = two
    mine.try_acquire(HOST, 0)
    mine.try_acquire(HOST, 0)
    started = starts(postgres_store)
    assert others.try_acquire(HOST, 0) == _host_limits.RETRY_SECONDS
    assert starts(postgres_store) == started


def test_requests_of_a_process_that_died_no_longer_count(two):
    mine, others = two
    mine.try_acquire(HOST, 0)
    mine.try_acquire(HOST, 0)
    mine.close()
    assert others.try_acquire(HOST, 0) == 0.0


def test_a_connection_that_was_lost_is_said_once_and_made_anew(two, postgres_store):
    mine, _ = two
    assert mine.try_acquire(HOST, 0) == 0.0
    with postgres_store._engine.begin() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        connection.execute(sa.text(others))
    with pytest.raises(DatabaseError):
        mine.try_acquire(HOST, 0)
    assert mine.try_acquire(HOST, 0) == 0.0
    mine.release(HOST)
    mine.release(HOST)  # what was held before is nobody's any more


def test_limits_of_hosts_that_are_not_used_are_deleted(two, postgres_store):
    mine, _ = two
    mine.try_acquire(HOST, 0)
    mine.try_acquire("slow.example", 60)
    postgres_store.delete_stale("worker ", NOW)
    assert set(starts(postgres_store)) == {"slow.example"}


def starts(store):
    with store._engine.connect() as connection:
        return dict(connection.execute(sa.text("SELECT host, started_at FROM host_rate_limits")).all())
