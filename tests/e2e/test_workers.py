"""One scheduler and several workers on PostgreSQL find, send and request the same as one process."""

from __future__ import annotations

import asyncio
import json
import queue
import signal
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from many_sites import ENTRIES, FEEDS, HOSTS, ManySites, serve_many_sites
from sample_service import RULES, Service, events

from monitor import settings
from monitor.app import open_app
from monitor.pipeline import open_pipeline
from monitor.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from program import Program

pytestmark = pytest.mark.usefixtures("postgres_programs")
"""Schedulers back up their database."""

GAP, PER_HOST = 0.05, 2
SILENCE = 45
"""Seconds without a log entry of any process, after which a test fails."""
WATCH = """
CREATE TABLE starts (host text, at timestamptz);
CREATE FUNCTION note_start() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO starts VALUES (NEW.host, NEW.started_at); RETURN NEW; END';
CREATE TRIGGER note_start AFTER INSERT OR UPDATE ON host_rate_limits FOR EACH ROW EXECUTE FUNCTION note_start();
"""
"""Stores the start of each request, by the clock of the database."""
CLOSEST = """
SELECT min(extract(epoch FROM at - earlier)) FROM (
    SELECT at, lag(at) OVER (PARTITION BY host ORDER BY at) AS earlier FROM starts
) AS pairs
"""


@dataclass
class ServiceProcesses:
    """Processes of one service, and their log entries in one list."""

    service: Service
    log: queue.Queue[tuple[str, dict[str, Any]]] = field(default_factory=queue.Queue)
    processes: dict[str, Program] = field(default_factory=dict)
    listeners: list[threading.Thread] = field(default_factory=list)
    entries: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def start(self, name: str, role: str) -> Program:
        process = self.processes[name] = self.service.start("run", "--role", role)
        self.listeners.append(threading.Thread(target=self._listen, args=(name, process), daemon=True))
        self.listeners[-1].start()
        return process

    def until(self, event: str, number: int = 1, key: str = "feed") -> list[tuple[str, dict[str, Any]]]:
        """Wait until an event was logged for `number` different feeds, or other values of `key`."""
        while len({entry.get(key) for _, entry in self._of(event)}) < number:
            self.await_entry()
        return self._of(event)

    def await_entry(self) -> None:
        """Wait for the next log entry of any process."""
        try:
            name, entry = self.log.get(timeout=SILENCE)
        except queue.Empty:
            raise AssertionError(f"no further log entry; so far: {self.entries}") from None
        assert entry["level"] != "error", (name, entry)
        self.entries.append((name, entry))

    def end(self, *names: str) -> dict[str, int]:
        """Stop processes with SIGTERM, and return their exit codes."""
        for name in names:
            self.processes[name].send_signal(signal.SIGTERM)
        return {name: self.processes[name].wait(60) for name in names}

    def _of(self, event: str) -> list[tuple[str, dict[str, Any]]]:
        return [(name, entry) for name, entry in self.entries if entry["event"] == event]

    def _listen(self, name: str, process: Program) -> None:
        for entry in events(process):
            self.log.put((name, entry))


@pytest.fixture(scope="module")
def many_sites() -> Iterator[ManySites]:
    with serve_many_sites(datetime.now(UTC)) as running:
        yield running


@pytest.fixture(scope="module")
def of_one_process(many_sites: ManySites, tmp_path_factory: pytest.TempPathFactory) -> set[tuple[Any, ...]]:
    """The hits of one process that does everything."""
    service = configure(tmp_path_factory.mktemp("one-process"), many_sites, None)
    totals = service.json("poll", "--all")
    assert (totals["changed"], totals["partial"], totals["hits"]) == (FEEDS, 0, FEEDS * ENTRIES * 2 // 3)
    return hits_of(service)


@pytest.fixture
def processes(many_sites: ManySites, tmp_path: Path, postgres_url: str) -> Iterator[ServiceProcesses]:
    """A service on PostgreSQL with a migrated database and no process yet."""
    for site in many_sites.sites:
        site.most_at_once = 0
    service = configure(tmp_path, many_sites, postgres_url)
    assert service.inside("db", "upgrade")[0] == 0
    started = ServiceProcesses(service)
    yield started
    for process in started.processes.values():
        process.kill()
        process.wait()
    for listener in started.listeners:
        listener.join(30)
    for process in started.processes.values():
        assert process.stderr is not None
        process.stderr.close()


def test_three_workers_find_what_one_process_finds_and_send_no_host_more_requests(
    processes: ServiceProcesses, many_sites: ManySites, of_one_process: set[tuple[Any, ...]], postgres_url: str
) -> None:
    processes.service.know_feeds()
    with connected(postgres_url) as database:
        database.execute(WATCH)
        for name in ("first", "second", "third"):
            processes.start(name, "worker")
        processes.until("started", 3, key="timestamp")  # before the first task, so that all three get some
        processes.start("scheduler", "scheduler")
        polled = processes.until("feed changed", FEEDS)
        assert len({name for name, _ in polled}) > 1  # on a busy machine one worker may get none

        assert hits_of(processes.service) == of_one_process
        assert database.execute("SELECT count(*) FROM entries").fetchone() == (FEEDS * ENTRIES,)
        assert database.execute("SELECT count(*) FROM polls").fetchone() == (2 * FEEDS,)
        assert max(site.most_at_once for site in many_sites.sites) == PER_HOST
        assert len(database.execute("SELECT DISTINCT host FROM starts").fetchall()) == HOSTS
        assert database.execute(CLOSEST).fetchone()[0] >= Decimal(str(GAP))

        configure_missed_digest(processes, postgres_url)
        processes.until("delivered", 1, key="delivery")  # the digest: no alert is about what came before its channel
        result = [json.loads(file.read_text())["subject"] for file in processes.service.outbox.glob("*.json")]
        assert [subject.partition(", and ")[2] for subject in result] == ["79 more stories"], result
        for role in ("all", "worker"):
            assert processes.service.inside("health", "--role", role)[0] == 0
        for arguments in (["run"], ["run", "--role", "scheduler"]):
            result = processes.service.run(*arguments)
            refusal = "another monitor is running on this database; stop it first\n"
            assert (result.returncode, result.stderr) == (1, refusal)
        assert processes.end("scheduler") == {"scheduler": 0}
        result = processes.service.run("run")
        assert (result.returncode, len(result.stderr.splitlines())) == (1, 1)
        assert "workers are running on this database" in result.stderr
        assert processes.end("first", "second", "third") == dict.fromkeys(("first", "second", "third"), 0)
        assert database.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'").fetchone() == (0,)


def test_workers_that_end_during_their_tasks_lose_nothing(
    processes: ServiceProcesses, of_one_process: set[tuple[Any, ...]], postgres_url: str
) -> None:
    processes.start("scheduler", "scheduler")
    for polled, number in ((5, signal.SIGTERM), (10, signal.SIGKILL)):
        worker = processes.start(number.name, "worker")
        processes.until("feed changed", polled)
        worker.send_signal(number)
        assert worker.wait(60) == (0 if number == signal.SIGTERM else -number)
    processes.start("other", "worker")
    with connected(postgres_url) as database:
        while database.execute("SELECT count(*) FROM feed_states").fetchone() != (FEEDS,):
            processes.await_entry()  # events are not counted: those of the last polls may not have been logged
    asyncio.run(retry_missing_pages(processes.service))  # pages that the ended workers had not fetched
    assert hits_of(processes.service) == of_one_process
    assert processes.service.inside("db", "check")[0] == 0


async def retry_missing_pages(service: Service) -> None:
    """Retry the missing pages that are due, as a worker does every few minutes."""
    with open_app(settings.load(service.config, {}), migrate=False) as app:
        async with open_pipeline(app) as pipeline:
            await pipeline.poller.retry_pages()


def configure_missed_digest(processes: ServiceProcesses, url: str) -> None:
    """Configure a digest whose time has passed while nothing ran, and alerts, after everything has been found."""
    store, then = Store(url), datetime.now(UTC) - timedelta(days=2)
    store.record_run("brief", then, since=then, until=then, hit_ids=(), messages=(), now=then)
    store.close()
    digest = {"id": "brief", "title": "Brief", "schedule": "0 8 * * *", "channels": ["outbox"]}
    alerts = {"channels": ["outbox"], "window": "0s"}
    processes.service.write("digests.yaml", {"digests": [digest], "alerts": alerts})


def configure(folder: Path, many_sites: ManySites, database: str | None) -> Service:
    """Write a configuration for all feeds."""
    service = Service(folder=folder, servers=None)  # type: ignore[arg-type]
    fetch = {
        "allow_networks": ["127.0.0.0/8"],
        "min_gap": f"{int(GAP * 1000)}ms",
        "per_host": PER_HOST,
        "timeout": "2m",
    }
    rest = {
        "fetch": fetch,
        "extract": {"workers": 1, "timeout": "2m"},
        "log": {"format": "json"},
        "web": {"listen": "off"},
    }
    service.write("monitor.yaml", {"database": database or f"sqlite:///{folder}/monitor.db", **rest})
    service.write("feeds.yaml", {"feeds": many_sites.feeds()})
    service.write("channels.yaml", {"channels": {"outbox": {"type": "file", "dir": str(service.outbox)}}})
    service.write("digests.yaml", {"digests": []})
    service.write("rules/sample.yaml", RULES)
    return service


def hits_of(service: Service) -> set[tuple[Any, ...]]:
    """Return all hits without what differs from run to run."""
    found = service.json("hits", "--limit", "1000")
    assert len({(hit["rule_id"], hit["article_id"]) for hit in found}) == len(found)
    return {(hit["rule_id"], hit["feed_id"], hit["title"], hit["text_hash"], hit["partial"]) for hit in found}


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        yield connection
