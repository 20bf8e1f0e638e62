"""Which roles may use one PostgreSQL database together."""

from contextlib import ExitStack
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sample_polls import NOW, a_find, a_poll

from monitor.core.errors import DatabaseError, DatabaseInUseError
from monitor.store import Store

TOGETHER = [("scheduler", "worker"), ("worker", "worker"), ("worker", "scheduler")]
APART = [
    ("all", "all", "another monitor"),
    ("all", "scheduler", "another monitor"),
    ("scheduler", "all", "another monitor"),
    ("scheduler", "scheduler", "another monitor"),
    ("all", "worker", "a monitor that does everything"),
    ("worker", "all", "workers are running"),
]


@pytest.mark.parametrize(("first", "second"), TOGETHER)
def test_roles_that_can_share_a_database_run_together(postgres_store, first, second):
    with postgres_store.lock(first), postgres_store.lock(second):
        pass


@pytest.mark.parametrize(("first", "second", "why"), APART)
def test_roles_that_cannot_share_a_database_are_refused_with_the_reason(postgres_store, first, second, why):
    with postgres_store.lock(first), pytest.raises(DatabaseError, match=why), postgres_store.lock(second):
        pass


def test_a_process_that_was_refused_holds_no_lock(postgres_store):
    with postgres_store.lock("worker"):
        with pytest.raises(DatabaseError), postgres_store.lock("all"):
            pass
        with postgres_store.lock("scheduler"):
            pass
    with postgres_store.lock("all"):
        pass


def cut(store):
    """Cut every connection that holds a lock, as a server does that is started again, and wait until it is gone."""
    with store._engine.begin() as connection:
        connection.execute(sa.text("SELECT pg_terminate_backend(pid, 60000) FROM pg_locks WHERE locktype = 'advisory'"))


def test_a_lock_that_was_lost_with_its_connection_is_taken_again(postgres_store):
    with postgres_store.lock("scheduler") as keep:
        cut(postgres_store)
        keep()
        with pytest.raises(DatabaseInUseError), postgres_store.lock("scheduler"):
            pass


def test_a_lock_that_another_process_took_meanwhile_is_reported(postgres_store):
    with postgres_store.lock("scheduler") as keep:
        cut(postgres_store)
        with postgres_store.lock("scheduler"), pytest.raises(DatabaseInUseError, match="another monitor"):
            keep()
        keep()


def test_processes_store_polls_one_after_the_other(postgres_store):
    with ExitStack() as stack:
        stack.enter_context(postgres_store._writing_archive())
        other = Store(postgres_store._address + "&options=-c%20lock_timeout%3D1ms")
        stack.callback(other.close)
        with pytest.raises(DatabaseError, match="locked by another"):
            other.record(a_poll(a_find("probe", "inquiries")))
    assert postgres_store.record(a_poll(a_find("probe", "inquiries")))


def test_only_heartbeats_of_workers_that_are_gone_are_deleted(any_store):
    for name in ("worker a", "daemon"):
        any_store.record_heartbeat(name, NOW - timedelta(days=2))
    any_store.record_heartbeat("worker b", NOW)
    any_store.delete_stale("worker ", NOW - timedelta(days=1))
    assert set(any_store.heartbeats()) == {"worker b", "daemon"}
