"""Files of the database are accessible to their owner only, and errors of access say what helps."""

import os
import shutil
import tempfile
from pathlib import Path

import program
import pytest
from migrated_file import write_migrated
from sample_polls import a_find, a_poll

from monitor.core.errors import DatabaseError
from monitor.store import open_store

NOBODY = 65534


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.rglob("*")}


@pytest.fixture
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_all_files_of_a_database_and_the_folders_made_for_it_are_for_their_owner_alone(tmp_path, usual_umask):
    store = open_store(f"sqlite:///{tmp_path}/data/deep/monitor.db", migrate=True)
    with store.lock():
        store.record(a_poll(a_find("n", "inquiries")))
        store.backup(tmp_path / "data" / "copies" / "backup.db")
        found = modes(tmp_path)
    store.close()
    folders = {"data", "deep", "copies"}
    assert {"monitor.db", "monitor.db-wal", "monitor.db-shm", "monitor.db.lock", "backup.db"} <= found.keys()
    assert {mode for name, mode in found.items() if name in folders} == {0o700}
    assert {mode for name, mode in found.items() if name not in folders} == {0o600}


def test_a_database_that_others_could_read_is_closed_to_them_at_the_start(tmp_path, usual_umask):
    url = f"sqlite:///{tmp_path}/monitor.db"
    open_store(url, migrate=True).close()
    (tmp_path / "monitor.db").chmod(0o644)
    store = open_store(url, migrate=False)
    assert "mode 0644" in store.excess_permissions()[0]
    store.close()
    open_store(url, migrate=True).close()
    assert (tmp_path / "monitor.db").stat().st_mode & 0o777 == 0o600


def test_a_folder_with_the_setgid_bit_is_shared_with_its_group(tmp_path, usual_umask):
    tmp_path.chmod(0o2770)
    store = open_store(f"sqlite:///{tmp_path}/monitor.db", migrate=True)
    assert (tmp_path / "monitor.db").stat().st_mode & 0o777 == 0o660
    assert store.excess_permissions() == []
    store.close()


@pytest.fixture
def readonly_service():
    """A service whose database is in a folder that may not be written, and the number of such a user."""
    folder = Path(tempfile.mkdtemp(prefix="monitor-readonly-"))
    data, config = folder / "data", folder / "config"
    config.mkdir()
    (config / "monitor.yaml").write_text(f"database: sqlite:///{data}/monitor.db\nweb: {{listen: 'off'}}\n")
    (config / "feeds.yaml").write_text("feeds: []\n")
    write_migrated(data / "monitor.db")
    (data / "monitor.db").chmod(0o444)
    for each in (folder, config, data):
        each.chmod(0o555)
    yield config, NOBODY if os.geteuid() == 0 else None
    for each in (folder, config, data):
        each.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.parametrize(("command", "code"), [("run", 4), ("hits", 4), ("poll", 4), ("db upgrade", 4), ("health", 1)])
def test_a_read_only_database_is_reported_as_such_without_advice_to_upgrade(readonly_service, command, code):
    config, user = readonly_service
    done = program.run(["--config", str(config), *command.split()], folder=config, user=user)
    assert done.returncode == code
    assert "may not write" in done.stderr
    assert "db upgrade" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_database_whose_folder_does_not_exist_yet_is_not_said_to_be_unwritable(tmp_path):
    url = f"sqlite:///{tmp_path}/data/monitor.db"
    with pytest.raises(DatabaseError, match="`monitor db upgrade` creates it"):
        open_store(url, migrate=False)
