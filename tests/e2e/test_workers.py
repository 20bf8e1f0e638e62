"""One scheduler and several workers on PostgreSQL: what they find, tell and ask is what one process does."""

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
from sample_service import RULES, Service, events
from town import ENTRIES, FEEDS, HOSTS, Town, town

from monitor import settings
from monitor.app import open_app
from monitor.store import Store

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("postgres_programs")
"""Schedulers back up their database."""

GAP, PER_HOST = 0.05, 2
SILENCE = 45
"""Seconds without a word from anybody, after which nothing will come any more."""
WATCH = """
CREATE TABLE starts (host text, at timestamptz);
CREATE FUNCTION note_start() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO starts VALUES (NEW.host, NEW.started_at); RETURN NEW; END';
CREATE TRIGGER note_start AFTER INSERT OR UPDATE ON host_turns FOR EACH ROW EXECUTE FUNCTION note_start();
"""
"""Writes down every start of a request, by the database's own clock."""
CLOSEST = """
SELECT min(extract(epoch FROM at - earlier)) FROM (
    SELECT at, lag(at) OVER (PARTITION BY host ORDER BY at) AS earlier FROM starts
) AS pairs
"""


@dataclass
class Crew:
    """Processes of a service, and what they log, in one row."""

    service: Service
    log: queue.Queue[tuple[str, dict[str, Any]]] = field(default_factory=queue.Queue)
    processes: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    listeners: list[threading.Thread] = field(default_factory=list)
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def start(self, name: str, role: str) -> None:
        process = self.processes[name] = self.service.start("run", "--role", role)
        self.listeners.append(threading.Thread(target=self._listen, args=(name, process), daemon=True))
        self.listeners[-1].start()

    def until(self, event: str, number: int = 1, key: str = "feed") -> list[tuple[str, dict[str, Any]]]:
        """Wait until an event was logged for so many different feeds (or other keys)."""
        while len({entry.get(key) for _, entry in self._of(event)}) < number:
            self.hear()
        return self._of(event)

    def hear(self) -> None:
        """Wait for the next word from anybody."""
        try:
            name, entry = self.log.get(timeout=SILENCE)
        except queue.Empty:
            raise AssertionError(f"nothing comes any more; so far: {self.heard}") from None
        assert entry["level"] != "error", (name, entry)
        self.heard.append((name, entry))

    def end(self, *names: str) -> dict[str, int]:
        """Tell processes to end, and how they did."""
        for name in names:
            self.processes[name].send_signal(signal.SIGTERM)
        return {name: self.processes[name].wait(60) for name in names}

    def _of(self, event: str) -> list[tuple[str, dict[str, Any]]]:
        return [(name, entry) for name, entry in self.heard if entry["event"] == event]

    def _listen(self, name: str, process: subprocess.Popen[str]) -> None:
        for entry in events(process):
            self.log.put((name, entry))


@pytest.fixture(scope="module")
def busy() -> Iterator[Town]:
    with town(datetime.now(UTC)) as running:
        yield running


@pytest.fixture(scope="module")
def by_one(busy: Town, tmp_path_factory: pytest.TempPathFactory) -> set[tuple[Any, ...]]:
    """The hits of one process that does everything."""
    service = prepare(tmp_path_factory.mktemp("alone"), busy, None)
    totals = service.json("poll", "--all")
    assert (totals["changed"], totals["partial"], totals["hits"]) == (FEEDS, 0, FEEDS * ENTRIES * 2 // 3)
    return hits_of(service)


@pytest.fixture
def crew(busy: Town, tmp_path: Path, postgres_url: str) -> Iterator[Crew]:
    """A service on PostgreSQL, migrated, of which nothing runs yet."""
    for site in busy.sites:
        site.most_at_once = 0
    service = prepare(tmp_path, busy, postgres_url)
    assert service.inside("db", "upgrade")[0] == 0
    hired = Crew(service)
    yield hired
    for process in hired.processes.values():
        process.kill()
        process.wait()
    for listener in hired.listeners:
        listener.join(30)
    for process in hired.processes.values():
        assert process.stderr is not None
        process.stderr.close()


def test_three_workers_find_what_one_process_finds_and_ask_no_host_more(
    crew: Crew, busy: Town, by_one: set[tuple[Any, ...]], postgres_url: str
) -> None:
    crew.service.know_feeds()
    with connected(postgres_url) as database:
        database.execute(WATCH)
        for name in ("first", "second", "third"):
            crew.start(name, "worker")
        crew.until("started", 3, key="timestamp")  # before anything is asked for, so that it is shared
        crew.start("scheduler", "scheduler")
        polled = crew.until("feed changed", FEEDS)
        assert len({name for name, _ in polled}) > 1  # a worker that the machine leaves waiting may get none

        assert hits_of(crew.service) == by_one
        assert database.execute("SELECT count(*) FROM entries").fetchone() == (FEEDS * ENTRIES,)
        assert database.execute("SELECT count(*) FROM polls").fetchone() == (2 * FEEDS,)
        assert max(site.most_at_once for site in busy.sites) == PER_HOST
        assert len(database.execute("SELECT DISTINCT host FROM starts").fetchall()) == HOSTS
        assert database.execute(CLOSEST).fetchone()[0] >= Decimal(str(GAP))

        tell_what_was_missed(crew, postgres_url)
        crew.until("delivered", 2, key="delivery")  # the alert and the digest
        result = [json.loads(file.read_text())["subject"] for file in crew.service.outbox.glob("*.json")]
        assert sorted(subject.split()[0] for subject in result) == ["Alert:", "Brief:"], result
        for role in ("all", "worker"):
            assert crew.service.run("health", "--role", role).returncode == 0
        assert crew.end("first", "second", "third", "scheduler") == dict.fromkeys(crew.processes, 0)
        assert database.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'").fetchone() == (0,)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=lambda number: number.name)
def test_a_worker_that_goes_in_the_middle_loses_nothing(
    crew: Crew, by_one: set[tuple[Any, ...]], postgres_url: str, number: signal.Signals
) -> None:
    crew.start("scheduler", "scheduler")
    crew.start("leaves", "worker")
    crew.until("feed changed", 5)
    crew.processes["leaves"].send_signal(number)
    assert crew.processes["leaves"].wait(60) == (0 if number == signal.SIGTERM else -number)
    crew.start("stays", "worker")
    with connected(postgres_url) as database:
        while database.execute("SELECT count(*) FROM feed_states").fetchone() != (FEEDS,):
            crew.hear()  # events are not counted: those of the last polls may not have been logged
    asyncio.run(read_what_was_left(crew.service))  # by the worker that was stopped, with the pages that it had by then
    assert hits_of(crew.service) == by_one
    assert crew.service.inside("db", "check")[0] == 0


def test_whoever_may_not_work_beside_the_others_is_refused_in_one_line(crew: Crew) -> None:
    crew.start("scheduler", "scheduler")
    crew.start("worker", "worker")
    crew.until("started", 2, key="timestamp")
    for arguments in (["run"], ["run", "--role", "scheduler"]):
        result = crew.service.run(*arguments)
        assert (result.returncode, result.stderr) == (1, "another monitor is running on this database\n")
    assert crew.end("scheduler") == {"scheduler": 0}
    result = crew.service.run("run")
    assert (result.returncode, len(result.stderr.splitlines())) == (1, 1)
    assert "workers are running on this database" in result.stderr


async def read_what_was_left(service: Service) -> None:
    """Try the pages again that are due for it, as a worker does every few minutes."""
    with open_app(settings.load(service.config, {}), migrate=False) as app:
        async with app.open_pipeline() as pipeline:
            await pipeline.retry_partials()


def tell_what_was_missed(crew: Crew, url: str) -> None:
    """Configure a digest whose time has passed while nothing ran, and alerts of what has been found by now."""
    store, then = Store(url), datetime.now(UTC) - timedelta(days=2)
    store.record_run("brief", then, since=then, until=then, hit_ids=(), messages=(), now=then)
    store.close()
    digest = {"id": "brief", "title": "Brief", "schedule": "0 8 * * *", "channels": ["outbox"]}
    alerts = {"channels": ["outbox"], "window": "0s"}
    crew.service.write("digests.yaml", {"digests": [digest], "alerts": alerts})


def prepare(folder: Path, busy: Town, database: str | None) -> Service:
    """Write a configuration for all the town's feeds."""
    service = Service(folder=folder, room=None)  # type: ignore[arg-type]
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
    service.write("feeds.yaml", {"feeds": busy.feeds()})
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
