"""Backups: written whole and checked, restored, and refused when they are not good."""

from __future__ import annotations

import sqlite3
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from config_samples import minimal
from migrated_file import write_migrated
from sample_polls import DAY, HOUR, NOW, a_find, a_message, a_poll

from monitor.app import App
from monitor.core import backups
from monitor.core.errors import DatabaseError, DatabaseInUseError, UsageError
from monitor.daemon.scheduled_backups import ScheduledBackups
from monitor.settings import MonitorFile, load
from monitor.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator


def fill(store: Store) -> None:
    store.record(a_poll(a_find("probe", "inquiries"), a_find("quiet")))
    store.label(store.hits()[0].id, NOW, relevant=True)
    store.enqueue(a_message("waiting"), NOW)


@pytest.fixture
def target(any_store: Store, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Store]:
    """Another database of the same kind: a file that holds other data, an empty one on PostgreSQL."""
    if any_store.backup_ending == ".dump":
        store = Store(request.getfixturevalue("another_postgres_url"))
    else:
        store = Store(write_migrated(tmp_path / "other" / "other.db"))
        store.record(a_poll(a_find("other", "fines")))
    yield store
    store.close()


@pytest.mark.usefixtures("postgres_programs")
def test_what_is_backed_up_is_restored_whole(any_store, target, tmp_path):
    fill(any_store)
    file = tmp_path / "backups" / "one.backup"
    any_store.backup(file)
    any_store.record(a_poll(a_find("too late", "inquiries"), at=NOW + HOUR))
    assert (stat.S_IMODE(file.stat().st_mode), [each.name for each in file.parent.iterdir()]) == (0o600, [file.name])
    restored = target.restore(file, NOW)
    assert (restored.rows["hits"], restored.rows["articles"], restored.rows["labels"]) == (1, 2, 1)
    assert (restored.messages_waiting, restored.newest_poll_at, restored.migrations) == (2, NOW, ())
    assert target.check() == []
    assert list(target.labels([hit.id for hit in target.hits()]).values()) == [True]
    assert [hit.title for hit in target.hits()] == ["Title of probe"]
    target.record(a_poll(a_find("next", "inquiries"), at=NOW + HOUR))  # keys continue behind those that were restored
    assert len(target.hits()) == 2
    if restored.moved_to:
        old = Store(f"sqlite:///{restored.moved_to}")
        assert [hit.title for hit in old.hits()] == ["Title of other"]
        old.close()


@pytest.mark.usefixtures("postgres_programs")
def test_a_backup_that_is_not_good_is_refused_and_changes_nothing(any_store, target, tmp_path, sqlite_url):
    fill(any_store)
    good = tmp_path / "good"
    any_store.backup(good)
    cut, text, foreign = tmp_path / "cut", tmp_path / "text", tmp_path / "foreign"
    cut.write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    text.write_text("notes")
    with sqlite3.connect(foreign) as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()
    with any_store._writer.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    any_store.backup(newer := tmp_path / "newer")
    before = target.current() and target.hits()
    for file, kind, words in (
        (cut, DatabaseError, "damaged|pg_restore failed"),
        (text, UsageError, "is not a backup of this program"),
        (foreign, UsageError, "not a backup of this program|of another kind"),
        (newer, DatabaseError, "made by a newer program"),
        (tmp_path, UsageError, "cannot be read"),
    ):
        with pytest.raises(kind, match=words):
            target.restore(file, NOW)
    with target.lock(), pytest.raises(DatabaseInUseError, match=r"another monitor is running .*; stop it first"):
        target.restore(good, NOW)
    assert (target.current() and target.hits()) == before


@pytest.mark.usefixtures("postgres_programs")
def test_a_postgresql_database_that_holds_anything_is_not_overwritten(postgres_store, tmp_path):
    postgres_store.backup(tmp_path / "one.dump")
    with pytest.raises(UsageError, match=r"is not empty \(it holds \w+ and \d+ more\): make an empty one"):
        postgres_store.restore(tmp_path / "one.dump", NOW)


def test_a_database_whose_log_was_left_behind_is_no_backup(sqlite_store, tmp_path):
    fill(sqlite_store)  # its last rows are in monitor.db-wal
    fresh = Store(f"sqlite:///{tmp_path}/fresh.db")
    with pytest.raises(UsageError, match="a part of it is in"):
        fresh.restore(tmp_path / "monitor.db", NOW)


def test_the_password_is_not_among_the_arguments_of_pg_dump(tmp_path, monkeypatch):
    program = tmp_path / "pg_dump"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\nenv > {tmp_path}/environment\nexit 3\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    store = Store("postgresql+psycopg://anna:top%20secret@127.0.0.1:1/news?sslmode=prefer")
    with pytest.raises(DatabaseError, match="pg_dump failed"):
        store.backup(tmp_path / "one.dump")
    assert "secret" not in (tmp_path / "arguments").read_text()
    environment = (tmp_path / "environment").read_text().splitlines()
    assert {"PGPASSWORD=top secret", "PGUSER=anna", "PGHOST=127.0.0.1", "PGSSLMODE=prefer"} <= set(environment)


def test_without_pg_dump_one_line_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DatabaseError, match="pg_dump is not on the PATH: install PostgreSQL's client programs"):
        Store("postgresql+psycopg://anna@127.0.0.1:1/news").backup(tmp_path / "one.dump")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("postgres_programs")
def test_scheduled_backups_are_rotated_and_failures_are_counted_and_tried_again(any_store, tmp_path):
    folder = tmp_path / "scheduled"
    backup = MonitorFile().backup.model_copy(update={"keep": 2, "dir": str(folder)})
    loaded = load(minimal(tmp_path / "config"), {})
    loaded = replace(loaded, monitor=loaded.monitor.model_copy(update={"backup": backup}))
    now = [NOW]
    scheduled = ScheduledBackups(App(settings=loaded, store=any_store, clock=lambda: now[0]))

    def attempt(after):
        now[0] += after
        return scheduled.back_up(lambda save: save()) if scheduled.is_due() else None

    for _ in range(3):
        assert attempt(DAY).reason == ""
        assert attempt(HOUR) is None
    (folder / "notes.txt").write_text("mine")
    assert len([each for each in folder.iterdir() if each.suffix == any_store.backup_ending]) == 2
    assert (folder / "notes.txt").exists()
    folder.rename(tmp_path / "elsewhere")
    folder.write_text("a file where the folder was")
    assert "cannot be written" in attempt(DAY).reason
    assert attempt(HOUR / 2) is None
    assert attempt(HOUR / 2).reason
    state = any_store.backup_state()
    assert (state.failures, state.age(now[0])) == (2, DAY + 2 * HOUR)
    assert "failed 2 times since the last good one" in backups.backup_problems(state, backup.every, now[0])[0]
    folder.unlink()
    assert attempt(HOUR).reason == ""
    assert any_store.backup_state() == replace(any_store.backup_state(), failures=0, last_failure=None)
    state = any_store.backup_state()
    assert backups.backup_problems(state, backup.every, now[0]) == []
    restarted = now[0] + 3 * DAY  # after a downtime that is no fault of the backups
    assert backups.backup_problems(state, backup.every, restarted, running_since=restarted) == []
    overdue = backups.backup_problems(state, backup.every, restarted + HOUR, running_since=restarted)
    assert "the last good backup is of" in overdue[0]
