"""Soak test: weeks of news in minutes, with a simulated clock, to check that nothing grows without a bound.

python -m benchmarks.soak [--articles 20000] [--days 60] [--feeds 10]

Polls, extraction, matching, digests, retention and backups are those of the daemon, in one process with its pool; the
publishers are a server on loopback, and the clock is advanced by six hours between two rounds. After a warm-up of a
quarter of the time, memory and file descriptors must stay where they are, and the database must not grow once retention
removes as much as comes in. Every entry that was published must be stored once, and every match must be a hit.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import random
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
import yaml

from benchmarks.row import Row
from benchmarks.service import Reply, Site, configure, feed
from monitor import settings
from monitor.app import App, open_app
from monitor.daemon.scheduled_backups import ScheduledBackups
from monitor.pipeline import open_pipeline

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2026, 1, 5, tzinfo=UTC)
ROUNDS = 4
"""Polls of every feed in a day."""
SHOWN = 60
"""Entries that a feed lists at most."""
MATCHING = 5
"""One of so many articles matches the rule."""
MEMORY, DATABASE = 1.10, 1.10
"""Limits of the last quarter, as ratios to the quarter before the last, or to the end of the warm-up."""
KEPT_TEXTS, KEPT_HITS, KEPT_POLLS = 0.25, 0.5, 0.15
"""Retention, as parts of the simulated time."""
WORDS = [a + b for a in ("ba", "ce", "di", "fo", "gu", "ha", "ki") for b in ("lan", "mor", "nex", "pol", "rin", "sut")]


@dataclass(frozen=True)
class Day:
    """What was measured at the end of a simulated day."""

    memory: int
    workers: int
    descriptors: int
    database: int


@dataclass
class News:
    """Feeds to which each round adds entries; pages are made when they are asked for, and not kept."""

    clock: Clock
    published: dict[str, int] = field(default_factory=dict)

    def publish(self, name: str, number: int) -> None:
        self.published[name] = self.published.get(name, 0) + number

    def reply(self, path: str) -> Reply:
        _, name, *page = path.split("/")
        if page:
            return 0.0, "text/html", self._page(name, int(page[0]))
        last = self.published.get(name, 0)
        items = "".join(
            f"<item><guid>{name}-{entry}</guid><title>{_title(name, entry)}</title><link>/{name}/{entry}</link>"
            f"<pubDate>{format_datetime(self.clock.now)}</pubDate></item>"
            for entry in range(last - 1, max(-1, last - SHOWN - 1), -1)
        )
        return 0.0, "application/rss+xml", f'<rss version="2.0"><channel><title>{name}</title>{items}</channel></rss>'

    def _page(self, name: str, entry: int) -> str:
        luck = random.Random(f"page {name} {entry}")
        subject = " on the AI Act" if entry % MATCHING == 0 else ""
        text = "".join(f"<p>{' '.join(luck.choices(WORDS, k=60))}{subject}.</p>" for _ in range(8))
        return f"<html><body><article><h1>{_title(name, entry)}</h1>{text}</article></body></html>"

    def hits(self) -> int:
        return sum(len(range(0, number, MATCHING)) for number in self.published.values())


def _title(name: str, entry: int) -> str:
    words = random.Random(f"{name} {entry}").sample(WORDS, 4)
    return f"{' '.join(words)} {entry} of {name}"


@dataclass
class Clock:
    """The time as the program is given it."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


def rows(articles: int, days: int, feeds: int) -> Iterator[Row]:
    """Simulate, and compare the days after the warm-up."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory() as name, Site() as site:
        folder = Path(name)
        news = News(Clock())
        listed = [feed(f"f{number}", site.url(number), 3600) for number in range(feeds)]
        site.routes = {each["id"]: news.reply for each in listed}
        configure(folder, listed, min_gap="0s")
        _configure_upkeep(folder, days)
        started = time.perf_counter()
        with _opened(folder, news.clock) as app:
            measured = asyncio.run(_simulate(app, news, articles, days))
            yield from _judge(app, news, measured)
        yield Row("seconds", time.perf_counter() - started, "s", "", good=True)


def _configure_upkeep(folder: Path, days: int) -> None:
    file = folder / "config" / "monitor.yaml"
    monitor = yaml.safe_load(file.read_text(encoding="utf-8"))
    kept = {"articles": KEPT_TEXTS, "hits": KEPT_HITS, "polls": KEPT_POLLS}
    monitor["retention"] = {name: f"{max(1, round(days * part))}d" for name, part in kept.items()}
    monitor["backup"] = {"every": "24h", "keep": 2, "dir": str(folder / "backups")}
    file.write_text(yaml.safe_dump(monitor), encoding="utf-8")
    digest = {"id": "daily", "title": "Daily", "schedule": "0 8 * * *", "channels": ["outbox"]}
    (folder / "config" / "digests.yaml").write_text(yaml.safe_dump({"digests": [digest]}), encoding="utf-8")


@contextmanager
def _opened(folder: Path, clock: Clock) -> Iterator[App]:
    loaded = settings.load(folder / "config", {})
    with open_app(loaded, migrate=True) as opened:
        yield App(settings=loaded, store=opened.store, clock=clock, uptime=lambda: None)


async def _simulate(app: App, news: News, articles: int, days: int) -> list[Day]:
    names = [feed.id for feed in app.settings.feeds]
    rounds, measured = days * ROUNDS, []
    async with open_pipeline(app) as pipeline:
        backups = ScheduledBackups(app)
        for step in range(rounds):
            due = articles * (step + 1) // rounds - sum(news.published.values())
            for place in range(due):
                news.publish(names[(step + place) % len(names)], 1)
            await pipeline.poll_now(None, due=False)
            await pipeline.digests()
            await pipeline.alerts()
            await pipeline.deliveries()
            news.clock.now += timedelta(hours=24 / ROUNDS)
            if (step + 1) % ROUNDS == 0:
                app.prune(database=pipeline.database)
                if backups.is_due():
                    backups.back_up(pipeline.database.call)
                measured.append(_measure(app))
                _report(len(measured), days, news, measured[-1])
    return measured


def _measure(app: App) -> Day:
    file = Path(app.store.url.removeprefix("sqlite:///"))
    beside = [file.with_name(file.name + ending) for ending in ("", "-wal")]
    return Day(
        memory=_resident(os.getpid()),
        workers=sum(map(_resident, _children(os.getpid()))),
        descriptors=len(os.listdir("/proc/self/fd")),  # noqa: PTH208 - counted, not opened
        database=sum(each.stat().st_size for each in beside if each.exists()),
    )


def _judge(app: App, news: News, days: list[Day]) -> Iterator[Row]:
    quarter = max(1, len(days) // 4)
    warm, last = days[quarter : 2 * quarter], days[-quarter:]
    memory = max(day.memory for day in last) / max(day.memory for day in warm)
    descriptors = max(day.descriptors for day in last) - max(day.descriptors for day in warm)
    database = max(day.database for day in last) / max(day.database for day in days[-2 * quarter : -quarter])
    published = sum(news.published.values())
    stored = app.store.count_articles(START - timedelta(days=1))
    retention = app.settings.monitor.retention
    hits = len(app.store.hits(limit=None))
    expected = news.hits() * retention.hits / timedelta(days=len(days))
    megabytes = f"{last[-1].memory / 1e6:.0f} MB, worker processes {last[-1].workers / 1e6:.0f} MB"
    yield Row(f"memory, last quarter to warm-up ({megabytes})", memory, "", f"<= {MEMORY}", memory <= MEMORY)
    yield Row(f"descriptors more ({last[-1].descriptors} open)", descriptors, "", "<= 2", descriptors <= 2)
    size = f"{last[-1].database / 1e6:.0f} MB"
    yield Row(
        f"database, last quarter to the one before ({size})", database, "", f"<= {DATABASE}", database <= DATABASE
    )
    lost = published - _seen(app)
    yield Row(f"entries not stored, of {published}", lost, "", "= 0", lost == 0)
    part = stored / (published * (retention.articles / timedelta(days=len(days))))
    yield Row(f"texts kept ({stored}), to what retention allows", part, "", "0.85-1.15", 0.85 <= part <= 1.15)
    part = hits / expected
    yield Row(f"hits kept ({hits}), to what retention allows", part, "", "0.85-1.15", 0.85 <= part <= 1.15)
    unsent = sum(each.state != "sent" for each in app.store.deliveries(limit=10_000))
    yield Row("digests that were not sent", unsent, "", "= 0", unsent == 0)
    ledger = app.ledger(news.clock.now - timedelta(days=7), news.clock.now)
    differences = len(ledger.differences)
    yield Row("differences in the ledger of the last week", differences, "", "= 0", differences == 0)
    failures = app.store.backup_state().failures
    yield Row("backups that failed", failures, "", "= 0", failures == 0)


def _seen(app: App) -> int:
    """Count entries, which retention keeps."""
    import sqlite3

    file = app.store.url.removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("SELECT count(*) FROM entries").fetchone()[0])


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0  # it has ended


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]
    return []


def _report(day: int, days: int, news: News, measured: Day) -> None:
    if day % max(1, days // 12) == 0:
        print(
            f"   day {day:3} of {days}: {sum(news.published.values()):6} articles, {measured.memory / 1e6:4.0f} MB, "
            f"{measured.descriptors:3} descriptors, database {measured.database / 1e6:5.1f} MB",
            flush=True,
        )


def main() -> int:
    """Print the rows; 1 if a limit is missed."""
    parser = argparse.ArgumentParser(description="weeks of news in minutes")
    parser.add_argument("--articles", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--feeds", type=int, default=10)
    given = parser.parse_args()
    missed = 0
    for row in rows(given.articles, given.days, given.feeds):
        missed += not row.good
        print(f"{'ok' if row.good else '!!':3}{row.measured:9.3g} {row.unit:3}{row.limit:9}{row.what}", flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
