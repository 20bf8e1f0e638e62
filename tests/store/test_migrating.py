"""Migrations: upgrades, downgrades and comparison with the declared tables, all or nothing, on both databases."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import textwrap
import threading
from array import array
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from sample_polls import DAY, NOW, a_find, a_poll

from monitor.core.errors import DatabaseError
from monitor.core.search.volume_ids import encode_ids
from monitor.store import RetentionCutoffs, Store, _engine, _migrations, open_store
from monitor.store._outgoing_tables import RuleStateRow
from monitor.store._search_tables import SearchVolumeRow

ALEMBIC = Path(__file__).parents[2] / "alembic"


@pytest.fixture
def opened(any_url):
    store = Store(any_url)
    yield store
    store.close()


STEPS = [script.revision for script in ScriptDirectory(str(ALEMBIC)).walk_revisions()][::-1]
"""All revisions, oldest first, as Alembic itself orders them."""


def objects(store):
    """The names of all tables and indexes."""
    with store._engine.connect() as connection:
        inspector = sa.inspect(connection)
        return {
            name: sorted(str(index["name"]) for index in inspector.get_indexes(name))
            for name in inspector.get_table_names()
        }


def test_an_empty_database_is_brought_up_to_date_once(opened):
    assert opened.upgrade() == STEPS
    assert opened.current() == opened.head() == STEPS[-1]
    assert opened.upgrade() == []


def test_the_migrated_schema_is_what_the_tables_declare(any_store):
    assert any_store.check() == []


def test_a_difference_from_the_declared_tables_is_reported(any_store):
    with any_store._writer.begin() as connection:
        connection.execute(sa.text("DROP INDEX ix_stories_last_at"))
        connection.execute(sa.text("ALTER TABLE polls ADD COLUMN mood TEXT"))
    result = "\n".join(any_store.check())
    assert "add index" in result
    assert "ix_stories_last_at" in result
    assert "remove column" in result
    assert "mood" in result


def test_a_changed_column_is_reported(postgres_store):
    with postgres_store._writer.begin() as connection:
        connection.execute(sa.text("ALTER TABLE polls ALTER COLUMN reason DROP NOT NULL"))
    (result,) = postgres_store.check()
    assert "modify nullable" in result
    assert "reason" in result


def test_the_schema_can_be_downgraded(any_store):
    with _migrations.transaction(any_store._writer) as connection:
        _migrations.downgrade(connection, "base")
    assert set(objects(any_store)) == {"alembic_version"}
    assert any_store.upgrade() == STEPS
    assert any_store.check() == []


def test_the_articles_of_search_volumes_stay_the_same_when_their_ids_are_written_otherwise(any_store):
    ids = [*range(7, 400), 0, *range(500, 900), -1, -1]
    row = {"volume": 1, "first": 7, "last": 899, "ids": encode_ids(ids)}
    with _migrations.transaction(any_store._writer) as connection:
        connection.execute(sa.insert(SearchVolumeRow), row)
        _migrations.downgrade(connection, "0031")
        plain = connection.execute(sa.select(SearchVolumeRow.ids)).scalar_one()
    assert array("i", plain).tolist() == ids
    any_store.upgrade()
    with any_store._reading() as connection:
        assert connection.execute(sa.select(SearchVolumeRow.ids)).scalar_one() == encode_ids(ids) != plain


def test_fingerprints_and_limits_of_hosts_stay_the_same_under_their_new_names(any_store):
    any_store.record(a_poll(a_find("one", "fines")))
    is_postgres = any_store._writer.dialect.name == "postgresql"
    hashes = sa.text("SELECT shingle_hashes FROM fingerprints")
    with _migrations.transaction(any_store._writer) as connection:
        before = connection.execute(hashes).all()
        _migrations.downgrade(connection, "0035")
        assert connection.execute(sa.text("SELECT sketch FROM fingerprints")).all() == before != []
        if is_postgres:
            connection.execute(sa.text("INSERT INTO host_turns VALUES ('slow.example', now(), 60)"))
    assert any_store.upgrade() == STEPS[STEPS.index("0035") + 1 :]
    with any_store._reading() as connection:
        assert connection.execute(hashes).all() == before
        if is_postgres:
            assert connection.execute(sa.text("SELECT host FROM host_rate_limits")).scalar_one() == "slow.example"


def test_states_of_rules_can_be_read_by_the_program_from_before_exclusions_were_in_them(any_store):
    state = {"title": "Chips", "terms": {"chip": "chip"}, "excluded": ["chip"]}
    with _migrations.transaction(any_store._writer) as connection:
        connection.execute(sa.insert(RuleStateRow), [{"rule_id": "chips", "since": NOW, "state": state}])
        _migrations.downgrade(connection, "0036")
        stored = connection.execute(sa.select(RuleStateRow.state)).scalar_one()
    assert stored == {"title": "Chips", "terms": {"chip": "chip"}}


def test_every_constraint_and_index_has_a_name(any_store):
    with any_store._engine.connect() as connection:
        inspector = sa.inspect(connection)
        for table in inspector.get_table_names():
            if table == "alembic_version":
                continue
            found = [inspector.get_pk_constraint(table)]
            found += inspector.get_foreign_keys(table) + inspector.get_unique_constraints(table)
            assert all(each["name"] for each in found), table


def test_revisions_are_in_the_order_in_which_they_follow_one_another():
    scripts = ScriptDirectory(str(ALEMBIC))
    assert scripts.get_current_head() == _migrations.head()
    assert [each.revision for each in scripts.walk_revisions()][::-1] == _migrations.pending(None)


def test_a_database_that_was_never_migrated_is_refused(any_url):
    store = Store(any_url)
    if any_url.startswith("sqlite"):
        _engine.create_file(store._file)
    with pytest.raises(DatabaseError, match="run `monitor db upgrade`"):
        open_store(any_url, migrate=False)
    assert store.check() == [f"the schema is missing, this program wants {STEPS[-1]}: run `monitor db upgrade`"]
    with pytest.raises(DatabaseError, match="run `monitor db upgrade`"):
        store.hits()
    store.close()


def test_a_database_of_a_newer_program_is_refused(any_store, tmp_path):
    with any_store._writer.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="newer"):
        any_store.upgrade()
    with pytest.raises(DatabaseError, match="newer"):
        any_store.check()


def test_tables_of_an_unknown_revision_are_not_migrated_and_named(any_store):
    with any_store._writer.begin() as connection:
        connection.execute(sa.text("DELETE FROM alembic_version"))
    with pytest.raises(DatabaseError, match=r"another program or revision made.* already exists"):
        any_store.upgrade()


def test_opening_migrates_if_requested(any_url):
    store = open_store(any_url, migrate=True)
    assert store.current() == STEPS[-1]
    store.close()
    again = open_store(any_url, migrate=False)
    assert again.hits() == []
    again.close()


def test_two_processes_that_migrate_at_once_do_not_meet(any_url):
    done: list[list[str]] = []
    start = threading.Barrier(2)

    def upgrade():
        store = Store(any_url)
        start.wait()
        done.append(store.upgrade())
        store.close()

    threads = [threading.Thread(target=upgrade) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [[], STEPS]


# ---------------------------------------------------------------- steps of other times, in a copy of alembic/


@pytest.fixture
def steps(tmp_path, monkeypatch):
    """A copy of the migrations to which a test adds one; returns what writes it."""
    folder = tmp_path / "alembic"
    shutil.copytree(ALEMBIC, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(_migrations, "_folder", lambda: folder)

    def write(body: str) -> None:
        head = f"import sqlalchemy as sa\nfrom alembic import op\nrevision = '9000'\ndown_revision = '{STEPS[-1]}'\n"
        text = f"{head}\n\ndef upgrade() -> None:\n{textwrap.indent(textwrap.dedent(body), '    ')}\n"
        (folder / "versions" / "9000_a_step.py").write_text(text)

    return write


CHANGE_A_PARENT = """
    with op.batch_alter_table("stories") as batch:
        batch.add_column(sa.Column("mood", sa.Text(), nullable=True))
        batch.alter_column("first_at", nullable=True)
"""


def test_a_step_that_fails_leaves_nothing_behind(any_store, steps):
    any_store.record(a_poll(a_find("probe", "inquiries")))
    before = objects(any_store)
    steps(f"{CHANGE_A_PARENT}\n    raise RuntimeError('halfway')")
    with pytest.raises(RuntimeError, match="halfway"):
        any_store.upgrade()
    assert objects(any_store) == before
    assert any_store.current() == STEPS[-1]
    assert len(any_store.hits()) == 1
    steps(CHANGE_A_PARENT)
    assert any_store.upgrade() == ["9000"]


def test_a_change_of_a_parent_table_keeps_its_children(any_store, steps):
    any_store.record(a_poll(*(a_find(f"n{n}", "inquiries") for n in range(5))))
    steps(CHANGE_A_PARENT)
    any_store.upgrade()
    assert len(any_store.hits()) == len(any_store.stories()) == 5
    with any_store._writer.begin() as connection, pytest.raises(sa.exc.IntegrityError):
        connection.execute(sa.text("DELETE FROM stories"))


def test_a_step_that_would_orphan_rows_is_refused(sqlite_store, steps):
    sqlite_store.record(a_poll(a_find("probe", "inquiries")))
    steps("op.execute('DELETE FROM stories')")
    with pytest.raises(DatabaseError, match="without their parent"):
        sqlite_store.upgrade()
    assert len(sqlite_store.stories()) == 1
    assert sqlite_store.current() == STEPS[-1]


def test_a_file_with_data_is_copied_before_it_is_migrated(sqlite_store, steps, tmp_path):
    sqlite_store.record(a_poll(a_find("probe", "inquiries")))
    steps(CHANGE_A_PARENT)
    sqlite_store.upgrade()
    copy = Store(f"sqlite:///{tmp_path}/monitor.db.before-9000")
    assert copy.current() == STEPS[-1]
    assert copy.hits() == sqlite_store.hits()
    copy.close()


def test_the_program_from_before_an_upgrade_goes_back_to_that_copy(sqlite_store, steps, tmp_path):
    sqlite_store.record(a_poll(a_find("probe", "inquiries")))
    steps(CHANGE_A_PARENT)
    sqlite_store.upgrade()
    sqlite_store.close()
    (tmp_path / "alembic" / "versions" / "9000_a_step.py").unlink()
    older = Store(f"sqlite:///{tmp_path}/monitor.db")
    with pytest.raises(DatabaseError, match="restore the copy from before the upgrade"):
        older.upgrade()
    assert older.restore(tmp_path / "monitor.db.before-9000", NOW).rows["hits"] == 1
    assert (older.current(), older.upgrade()) == (STEPS[-1], [])
    older.close()


def test_a_process_killed_while_it_migrates_leaves_the_old_schema(sqlite_store, steps, tmp_path):
    sqlite_store.record(a_poll(a_find("probe", "inquiries")))
    steps(f"{CHANGE_A_PARENT}\n    import os; os._exit(9)")
    child = (
        "import sys, pathlib; from monitor.store import Store, _migrations\n"
        "_migrations._folder = lambda: pathlib.Path(sys.argv[2])\n"
        "Store(sys.argv[1]).upgrade()"
    )
    url = f"sqlite:///{tmp_path}/monitor.db"
    done = subprocess.run([sys.executable, "-c", child, url, str(tmp_path / "alembic")], check=False)
    assert done.returncode == 9
    assert sqlite_store.current() == STEPS[-1]
    assert len(sqlite_store.hits()) == 1
    steps(CHANGE_A_PARENT)
    assert sqlite_store.upgrade() == ["9000"]


def test_missing_migrations_are_reported(monkeypatch, tmp_path):
    monkeypatch.setattr(_migrations, "__file__", str(tmp_path / "monitor" / "store" / "_migrations.py"))
    with pytest.raises(DatabaseError, match="the migrations are missing"):
        _migrations.head()


def test_alembic_finds_nothing_to_do_from_the_command_line(sqlite_store):
    done = subprocess.run(
        [sys.executable, "-m", "alembic", "check"],
        cwd=ALEMBIC.parent,
        env={"MONITOR_DATABASE": sqlite_store._address, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "No new upgrade operations detected" in done.stdout) == (0, True), done.stderr


def test_damage_is_reported_by_a_check(sqlite_store, tmp_path):
    sqlite_store.record(a_poll(*(a_find(f"n{n}", "inquiries") for n in range(50))))
    sqlite_store.close()
    with sqlite3.connect(tmp_path / "monitor.db") as raw:
        raw.execute("DELETE FROM stories WHERE id < 3")
    raw.close()
    assert any("lost its parent in stories" in each for each in sqlite_store.check())


def test_the_window_of_a_check_is_the_whole_schema(any_store):
    any_store.prune(before=RetentionCutoffs(articles=NOW + DAY, hits=NOW + DAY, polls=NOW + DAY), now=NOW + DAY)
    assert any_store.check() == []
