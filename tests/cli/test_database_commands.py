"""db and prune: output and exit codes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from monitor.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sample_service import Service


def test_the_schema_is_current_after_a_poll(monitor: Callable) -> None:
    row = monitor("db", "current", "--format", "json").json
    assert row["current"] == row["head"]
    assert "up to date" in monitor("db", "upgrade").err


def test_upgrade_creates_a_database(monitor: Callable, service: Service) -> None:
    (service.folder / "monitor.db").unlink()
    result = monitor("db", "upgrade")
    assert result.code == 0
    assert result.out.split()
    assert monitor("hits", "--format", "json").json == []


def test_a_sound_database_passes_its_check(monitor: Callable) -> None:
    result = monitor("db", "check")
    assert (result.code, result.out) == (0, "")


def test_damage_is_found_and_is_1(monitor: Callable, service: Service) -> None:
    with sqlite3.connect(service.folder / "monitor.db") as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("DELETE FROM articles WHERE id = (SELECT article_id FROM hits LIMIT 1)")
    connection.close()
    result = monitor("db", "check")
    assert result.code == 1
    assert result.out.strip()


def test_a_backup_is_a_whole_database(monitor: Callable, tmp_path: Path) -> None:
    assert monitor("db", "backup", str(tmp_path / "copy.db")).code == 0
    with closing(Store(f"sqlite:///{tmp_path / 'copy.db'}")) as store:
        assert store.check() == []
        assert store.hits()


def test_everything_moves_to_another_database(monitor: Callable, tmp_path: Path) -> None:
    moved = monitor("db", "copy", f"sqlite:///{tmp_path}/new/monitor.db", "--format", "json")
    assert moved.code == 0
    rows = {each["table"]: each["rows"] for each in moved.json}
    with closing(Store(f"sqlite:///{tmp_path}/new/monitor.db")) as store:
        assert store.check() == []
        assert len(store.hits()) == rows["hits"] > 0


def test_an_address_with_a_password_may_come_from_the_environment(
    monitor: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MONITOR_COPY_TO", f"sqlite:///{tmp_path}/new/monitor.db")
    assert monitor("db", "copy").code == 0
    assert (tmp_path / "new" / "monitor.db").exists()


@pytest.mark.parametrize(
    ("address", "code", "said"),
    [
        ("nonsense", 4, "not an address"),
        ("mysql://a/b", 4, "is not supported"),
        ("postgresql://monitor:secret@127.0.0.1:1/x", 4, "the server cannot be reached"),
        ("sqlite:////proc/no/monitor.db", 4, "cannot be created"),
    ],
)
def test_a_database_that_cannot_be_moved_to_is_reported_in_one_line(
    monitor: Callable, address: str, code: int, said: str
) -> None:
    result = monitor("db", "copy", address)
    assert (result.code, result.out) == (code, "")
    assert said in result.err
    assert len(result.err.splitlines()) == 1
    assert "secret" not in result.err


def test_nothing_is_moved_onto_itself(monitor: Callable, service: Service) -> None:
    itself = f"sqlite:///{service.folder}/monitor.db"
    result = monitor("db", "copy", itself)
    assert (result.code, result.err) == (2, f"{itself} is the database itself: name another one\n")


def test_a_dry_run_of_pruning_prints_what_would_go_and_removes_nothing(monitor: Callable, service: Service) -> None:
    with closing(sqlite3.connect(service.folder / "monitor.db")) as connection, connection:
        connection.execute("UPDATE polls SET started_at = REPLACE(started_at, '202', '201')")
    planned, done, left = (
        {each["table"]: each["rows"] for each in monitor("db", "prune", *options, "--format", "json").json}
        for options in (["--dry-run"], [], ["--dry-run"])
    )
    assert planned == done
    assert {table for table, rows in done.items() if rows} == {"polls"}
    assert left == dict.fromkeys(done, 0)


def test_a_working_folder_that_is_gone_is_named(
    monitor: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (gone := tmp_path / "gone").mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setenv("MONITOR_DATABASE", "sqlite:///data/monitor.db")
    result = monitor("db", "current")
    assert (result.code, result.err) == (
        1,
        "the working folder was deleted or cannot be entered: start the program in another folder\n",
    )
