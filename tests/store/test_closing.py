"""Closing a store leaves no connection open, whatever still uses it."""

from __future__ import annotations

import sqlite3

import psycopg
from sample_polls import a_find, a_poll

from monitor.store import WebStore


def is_closed(raw) -> bool:
    if isinstance(raw, psycopg.Connection):
        return raw.closed
    try:
        raw.execute("SELECT 1")
    except sqlite3.ProgrammingError:
        return True
    return False


def raw_of(connection):
    """The connection of the driver."""
    return connection.connection.dbapi_connection


def test_a_transaction_under_way_when_its_store_is_closed_is_finished_and_its_connection_closed(any_store):
    with any_store._writing() as connection:
        any_store.close()
        connection.exec_driver_sql("INSERT INTO heartbeats VALUES ('late', '2026-01-01 00:00:00+00:00', NULL, NULL)")
        raw = raw_of(connection)
    assert is_closed(raw)
    assert set(any_store.heartbeats()) == {"late"}


def test_a_thread_that_outlives_the_closing_of_its_store_can_still_store_and_leaves_nothing_open(any_store):
    any_store.close()
    assert any_store.record(a_poll(a_find("late", "inquiries")))
    with any_store._reading() as connection:
        raw = raw_of(connection)
    assert is_closed(raw)


def test_a_page_that_is_read_while_the_web_store_is_closed_leaves_nothing_open(any_store):
    web_store = WebStore(any_store._address)
    with web_store._reading() as connection, web_store._writing() as writing:
        web_store.close()
        raw = [raw_of(connection), raw_of(writing)]
    assert all(map(is_closed, raw))
