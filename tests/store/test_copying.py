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
def lived_in(any_store):
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
def there(request, tmp_path):
    """A missing database of each kind."""
    in_file = f"sqlite:///{tmp_path}/new/monitor.db"
    with closing(
        Store(in_file if request.param == "sqlite" else request.getfixturevalue("another_postgres_url"))
    ) as store:
        yield store


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_there(request, tmp_path):
    """A migrated database of each kind."""
    if request.param == "sqlite":
        address = write_migrated(tmp_path / "new" / "monitor.db")
    else:
        address = request.getfixturevalue("another_migrated_postgres_url")
    with closing(Store(address)) as store:
        yield store


def test_everything_is_copied_and_the_next_entries_go_on_behind_it(lived_in, there):
    copied = lived_in.copy_to(there._address)
    assert all_rows(there) == all_rows(lived_in)
    assert copied == {name: len(rows) for name, rows in all_rows(lived_in).items()}
    assert {name for name, rows in copied.items() if rows} >= {
        "articles",
        "hits",
        "labels",
        "deliveries",
        "logged_story_keys",
    }
    assert there.check() == []

    assert there.record(a_poll(a_find("one", "inquiries"), at=NOW + 2 * HOUR)) == []
    (hit,) = there.record(a_poll(a_find("five", "inquiries"), at=NOW + 3 * HOUR))
    assert hit.id > max(each.id for each in lived_in.hits())
    assert {delivery.message_key for delivery, _ in there.claim_deliveries(NOW, 4)} == {"m"}


def test_a_database_is_copied_only_into_an_empty_one(lived_in, migrated_there):
    migrated_there.record_heartbeat("daemon", NOW)
    before = all_rows(migrated_there)
    with pytest.raises(UsageError, match="holds heartbeats already"):
        lived_in.copy_to(migrated_there._address)
    assert all_rows(migrated_there) == before


def test_a_copy_that_breaks_off_leaves_nothing_behind(sqlite_url, there):
    with closing(Store(write_migrated(Path(sqlite_url.removeprefix("sqlite:///"))))) as here:
        here.record(a_poll(a_find("one", "inquiries")))
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as damaging, damaging:
        damaging.execute("INSERT INTO labels (hit_id, relevant, labelled_at) VALUES (99, 1, '2026-05-01 00:00:00')")
    with closing(Store(sqlite_url)) as here, pytest.raises(IntegrityError):
        here.copy_to(there._address)
    assert not any(all_rows(there).values())


@pytest.mark.parametrize("where", ["here", "there"])
def test_a_database_in_use_is_not_copied(lived_in, migrated_there, where):
    with (lived_in if where == "here" else migrated_there).lock(), pytest.raises(DatabaseInUseError):
        lived_in.copy_to(migrated_there._address)
    assert not any(all_rows(migrated_there).values())


def test_an_invalid_address_is_reported_in_one_line(lived_in):
    with pytest.raises(DatabaseError, match="not an address"):
        lived_in.copy_to("nonsense")
