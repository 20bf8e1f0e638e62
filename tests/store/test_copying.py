"""Copying to another database: everything is copied, and work continues there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from migrated_file import write_migrated
from sample_polls import DAY, HOUR, NOW, a_find, a_message, a_poll, an_article
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from monitor.core.errors import DatabaseError, DatabaseInUseError, UsageError
from monitor.store import Store
from monitor.store._copying import _DERIVED
from monitor.store._tables import metadata


def all_rows(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with store._reading() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
            if table.name not in _DERIVED
        }


@pytest.fixture
def filled_store(any_store):
    """A database with rows in most tables."""
    long = an_article("long", text="Ein Gesetz über künstliche Intelligenz, 人工智能法. " * 300)
    any_store.record(a_poll(a_find("one", "inquiries"), a_find("two", "fines", article=long), a_find("three")))
    any_store.record(a_poll(a_find("four", "inquiries"), at=NOW + HOUR, feed="harbour"))
    hits = any_store.hits()
    any_store.label(hits[0].id, NOW, relevant=True)
    window = {"since": NOW - DAY, "until": NOW}
    any_store.record_run("brief", NOW, **window, hit_ids=[hits[0].id], messages=[a_message("m")], now=NOW)
    any_store.record_heartbeat("daemon", NOW)
    return any_store


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request, tmp_path):
    """A missing database of each kind."""
    in_file = f"sqlite:///{tmp_path}/new/monitor.db"
    with closing(
        Store(in_file if request.param == "sqlite" else request.getfixturevalue("another_postgres_url"))
    ) as store:
        yield store


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_target(request, tmp_path):
    """A migrated database of each kind."""
    if request.param == "sqlite":
        address = write_migrated(tmp_path / "new" / "monitor.db")
    else:
        address = request.getfixturevalue("another_migrated_postgres_url")
    with closing(Store(address)) as store:
        yield store


def test_everything_is_copied_and_the_next_entries_go_on_behind_it(filled_store, target):
    copied = filled_store.copy_to(target._address)
    assert all_rows(target) == all_rows(filled_store)
    assert copied == {name: len(rows) for name, rows in all_rows(filled_store).items()}
    assert {name for name, rows in copied.items() if rows} >= {
        "articles",
        "hits",
        "labels",
        "deliveries",
        "logged_story_keys",
    }
    assert target.check() == []

    assert target.record(a_poll(a_find("one", "inquiries"), at=NOW + 2 * HOUR)) == []
    (hit,) = target.record(a_poll(a_find("five", "inquiries"), at=NOW + 3 * HOUR))
    assert hit.id > max(each.id for each in filled_store.hits())
    assert {delivery.message_key for delivery, _ in target.claim_deliveries(NOW, 4)} == {"m"}


def test_a_database_is_copied_only_into_an_empty_one(filled_store, migrated_target):
    migrated_target.record_heartbeat("daemon", NOW)
    before = all_rows(migrated_target)
    with pytest.raises(UsageError, match="holds heartbeats already"):
        filled_store.copy_to(migrated_target._address)
    assert all_rows(migrated_target) == before


def test_a_copy_that_breaks_off_leaves_nothing_behind(sqlite_url, target):
    with closing(Store(write_migrated(Path(sqlite_url.removeprefix("sqlite:///"))))) as source:
        source.record(a_poll(a_find("one", "inquiries")))
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as damaging, damaging:
        damaging.execute("INSERT INTO labels (hit_id, relevant, labelled_at) VALUES (99, 1, '2026-05-01 00:00:00')")
    with closing(Store(sqlite_url)) as source, pytest.raises(IntegrityError):
        source.copy_to(target._address)
    assert not any(all_rows(target).values())


@pytest.mark.parametrize("where", ["source", "target"])
def test_a_database_in_use_is_not_copied(filled_store, migrated_target, where):
    with (filled_store if where == "source" else migrated_target).lock(), pytest.raises(DatabaseInUseError):
        filled_store.copy_to(migrated_target._address)
    assert not any(all_rows(migrated_target).values())


def test_an_invalid_address_is_reported_in_one_line(filled_store):
    with pytest.raises(DatabaseError, match="not an address"):
        filled_store.copy_to("nonsense")
