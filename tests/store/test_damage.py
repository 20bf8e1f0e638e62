"""Damage of the database's file is found at the start and while running, and is remembered until a check passes."""

import os
from datetime import timedelta

import pytest
from sample_polls import a_find, a_poll

from monitor import cli
from monitor.core.errors import DatabaseDamagedError

LONG = timedelta(minutes=10)


@pytest.fixture
def filled(sqlite_store):
    sqlite_store.record(a_poll(*(a_find(f"n{n}", "inquiries") for n in range(200))))
    return sqlite_store


def damage(store) -> None:
    """Overwrite the second half of the file; the first pages hold the schema."""
    store.close()  # what stood in the log is in the file then
    half = store._file.stat().st_size // 2 // 4096 * 4096
    with store._file.open("r+b") as pages:
        pages.seek(half)
        pages.write(os.urandom(half))


def test_an_undamaged_file_passes_the_check(filled):
    found = filled.quick_check(LONG)
    assert (found.problems, found.complete, filled.damage()) == ((), True, "")


def test_overwritten_pages_are_found_and_remembered_until_a_restored_file_passes(filled, tmp_path):
    filled.backup(tmp_path / "backup.db")
    damage(filled)
    assert filled.quick_check(LONG).problems
    assert filled.damage()
    filled.close()
    (tmp_path / "backup.db").replace(filled._file)
    assert filled.quick_check(LONG).problems == ()
    assert filled.damage() == ""


def test_a_check_that_runs_out_of_time_says_that_it_is_not_complete(filled):
    found = filled.quick_check(timedelta(0))
    assert (found.problems, found.complete) == ((), False)
    assert len(filled.hits()) == 200  # the deadline is of the check alone


def test_a_check_that_is_not_complete_does_not_clear_damage_that_was_found(filled):
    filled._file.with_name("monitor.db.damaged").write_text("the file is damaged")
    filled.quick_check(timedelta(0))
    assert filled.damage() == "the file is damaged"
    assert filled.check() == []
    assert filled.damage() == ""


def test_damage_that_a_query_meets_is_noted_beside_the_file(filled):
    damage(filled)
    with pytest.raises(DatabaseDamagedError):
        filled.hits()
    assert filled.damage() == "database disk image is malformed"


def test_damage_of_postgresql_is_read_from_its_checksum_failures(postgres_store):
    assert postgres_store.quick_check(LONG).problems == ()
    assert postgres_store.damage() == ""


@pytest.mark.parametrize(("command", "code"), [("run", 4), ("health", 1)])
def test_the_daemon_refuses_a_damaged_database_and_health_names_the_damage(filled, tmp_path, capsys, command, code):
    config = tmp_path / "config"
    config.mkdir()
    (config / "monitor.yaml").write_text(f"database: {filled.url}\nweb: {{listen: 'off'}}\n")
    (config / "feeds.yaml").write_text("feeds: []\n")
    damage(filled)
    if command == "health":
        filled.quick_check(LONG)
    assert cli.run(["--config", str(config), command]) == code
    said = capsys.readouterr().err
    assert "damaged" in said
    if command == "run":
        assert said.count("restore a backup: docs/operations.md") == 1


def test_run_advises_once_to_restore_a_file_that_cannot_be_read_at_all(filled, tmp_path, capsys):
    config = tmp_path / "config"
    config.mkdir()
    (config / "monitor.yaml").write_text(f"database: {filled.url}\nweb: {{listen: 'off'}}\n")
    (config / "feeds.yaml").write_text("feeds: []\n")
    filled.close()
    with filled._file.open("r+b") as file:
        file.seek(100)
        file.write(os.urandom(4096))  # the first page of the schema
    assert cli.run(["--config", str(config), "run"]) == 4
    assert capsys.readouterr().err.count("restore a backup") == 1
    assert cli.run(["--config", str(config), "db", "check"]) == 4
    said = capsys.readouterr().err
    assert said.count("restore a backup") == 1
    assert "db check" not in said
