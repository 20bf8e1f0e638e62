"""Back-tests: the cost of running a rule, its earlier version and two hundred others over a large archive.

    python -m benchmarks.backtesting --articles 100000

Synthetic articles of about 730 words, stored as the daemon stores them (SQLite, a year, forty feeds). Time is that of
the processor, shared by the processes: it is the time by the clock where nothing else runs. Memory is that of the main
process during the scan: it must not grow with the archive.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import sqlite3
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.matching import articles, rule_files, terms, vocabulary
from benchmarks.row import Row
from monitor.core.matching.matcher import Matcher
from monitor.core.model import Source
from monitor.core.rules import SourceFile, load
from monitor.lab import RuleLab
from monitor.store import Store, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.core.matching.rulebook import RuleBook

ARTICLES, RULES, FEEDS, PARAGRAPHS, SAMPLE, SECONDS = 100_000, 200, 40, 16, 2_000, 40.0
NOW = datetime(2026, 11, 1, tzinfo=UTC)
YEAR = timedelta(days=365)


def run(number: int = ARTICLES) -> Iterator[Row]:
    """Measure on an archive of so many articles."""
    with tempfile.TemporaryDirectory() as folder:
        words = vocabulary(40_000, random.Random(1))
        url = archive(Path(folder) / "monitor.db", words, number)
        rule_folder = Path(folder) / "rules"
        rule_folder.mkdir()
        book = rules(words, rule_folder)
        store = Store(url)
        lab = RuleLab(store=store, rules=book, folder=rule_folder, feeds=(), workers=os.cpu_count() or 1)
        yield from _whole(lab, number)
        yield _against_one_process(lab)
        store.close()


def _whole(lab: RuleLab, number: int) -> Iterator[Row]:
    memory: list[int] = []
    watched = _Processor()
    started = time.perf_counter()

    def report_progress(_done: int, _total: int | None) -> None:
        memory.append(_resident())
        watched.scan()

    record = lab.backtest(
        "bench", since=NOW - YEAR, now=NOW, against=str(lab.folder / "before.yml"), progress=report_progress
    )
    took = f"{time.perf_counter() - started:.0f} s on this machine as it is"
    assert record.articles == number, "the whole archive was read"
    seconds, limit = watched.seconds() / lab.workers, SECONDS * number / ARTICLES
    found = f"{number:,} articles, {RULES} rules, {record.hits:,} hits"
    what = f"back-test of {found}: processor time over {lab.workers} processes ({took})"
    yield Row(what, seconds, "s", f"<= {limit:.3g}", good=seconds <= limit)
    yield _against_matching(lab, watched.seconds() / number)
    half = len(memory) // 2
    ratio = max(memory[half:]) / max(memory[: half or 1])
    what = (
        f"memory of the main process in the second half of the archive against the first ({max(memory) / 2**20:.0f} MB)"
    )
    yield Row(what, ratio, "x", "<= 1.1", good=ratio <= 1.1)


def _against_matching(lab: RuleLab, each: float) -> Row:
    """Compare the cost of an article with that of matching alone, with its text in memory and its words cached."""
    matcher = Matcher(lab.rules.rules)
    sample = [stored.article for stored in islice(lab.store.articles(NOW - YEAR), SAMPLE)]
    for _ in range(2):
        started = time.process_time()
        for article in sample:
            matcher.match(article, Source())
    ratio = each / ((time.process_time() - started) / len(sample))
    what = f"an article of it ({each * 1000:.2f} ms) against Matcher.match alone"
    return Row(what, ratio, "x", "<= 2", good=ratio <= 2)


def _against_one_process(lab: RuleLab) -> Row:
    """Compare on a tenth of the archive, which shows what starting processes and distributing work costs."""
    spent = []
    for workers in (lab.workers, 1):
        watched = _Processor()
        tried = replace(lab, workers=workers)
        tried.backtest("bench", since=NOW - YEAR / 10, now=NOW, progress=lambda *_, watched=watched: watched.scan())
        spent.append(watched.seconds())
    ratio = spent[0] / spent[1]
    what = f"processor time of a tenth of it, {lab.workers} processes against one"
    return Row(what, ratio, "x", "<= 1.6", good=ratio <= 1.6)


class _Processor:
    """Processor time of this process and its descendants; other programs do not count."""

    def __init__(self) -> None:
        self._spent: dict[int, int] = {}
        self.scan()
        self._before = sum(self._spent.values())

    def scan(self) -> None:
        """Record what each process has used so far; of one that has ended, the last record counts."""
        parents: dict[int, int] = {}
        ticks: dict[int, int] = {}
        for file in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                fields = file.read_text().rpartition(")")[2].split()
                pid = int(file.parent.name)
                parents[pid], ticks[pid] = int(fields[1]), int(fields[11]) + int(fields[12])
        mine = {os.getpid()}
        while below := {pid for pid, parent in parents.items() if parent in mine} - mine:
            mine |= below
        self._spent.update((pid, ticks[pid]) for pid in mine)

    def seconds(self) -> float:
        """Return the time used from the start to the last scan."""
        return (sum(self._spent.values()) - self._before) / os.sysconf("SC_CLK_TCK")


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()


# ---------------------------------------------------------------- rules and archive


def rules(words: list[str], folder: Path) -> RuleBook:
    """Make the rule to back-test, which matches about one article in a hundred, its earlier version, and others."""
    tried = (
        "version: 1\nrules:\n- {{id: bench, title: Bench, topic: bench, near: 20, of: [{one}, {{any: [{others}]}}]}}\n"
    )
    now = tried.format(one=words[300], others=", ".join(words[400:440]))
    (folder / "now.yaml").write_text(now, encoding="utf-8")
    before = tried.format(one=words[300], others=", ".join(words[405:445]))
    (folder / "before.yml").write_text(before, encoding="utf-8")
    others = rule_files(terms(words, RULES * 5, random.Random(2)), RULES)
    book, problems = load([SourceFile(str(folder / "now.yaml"), now), *others])
    assert not any(problem.level == "error" for problem in problems), problems
    return book


def archive(file: Path, words: list[str], number: int) -> str:
    """Write an archive: articles of paragraphs drawn from a few thousand, a year of them, oldest first."""
    url = f"sqlite:///{file}"
    open_store(url, migrate=True).close()
    rng = random.Random(3)
    paragraphs = [paragraph for one in articles(words, 400, rng) for paragraph in one.text.split("\n\n")]
    titles = [one.title for one in articles(words, 400, rng)]
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.executemany(_ENTRY, (_entry(n) for n in range(number)))
        connection.executemany(_ARTICLE, (_article(n, number, paragraphs, titles, rng) for n in range(number)))
    connection.close()
    return url


_ENTRY = """
INSERT INTO entries (id, feed_id, key, content_hash, versions, first_seen_at, last_seen_at, backfilled, published_raw,
  language, guid, link, canonical_link, title, author, tags, aliases, summary)
VALUES (:id, :feed, :id, '', 1, :at, :at, 0, '', 'en', '', '', '', '', '', '[]', '[]', '')
"""
_ARTICLE = """
INSERT INTO articles (id, entry_id, feed_id, version, current, stored_at, attempts, partial, partial_reason, truncated,
  quality, language, text_hash, url, author, boilerplate, title, text)
VALUES (?, ?, ?, 1, 1, ?, 0, 0, '', 0, 'full', 'en', '', '', '', '[]', ?, ?)
"""


def _entry(number: int) -> dict[str, object]:
    return {"id": number + 1, "feed": f"feed-{number % FEEDS}", "at": _at(NOW)}


def _article(number: int, of: int, paragraphs: list[str], titles: list[str], rng: random.Random) -> tuple[object, ...]:
    at = _at(NOW - YEAR + YEAR * (number + 1) / (of + 2))
    title = f"{rng.choice(titles)} {number}"
    return (
        number + 1, number + 1, f"feed-{number % FEEDS}", at, title, "\n\n".join(rng.choices(paragraphs, k=PARAGRAPHS)),
    )  # fmt: skip


def _at(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S.%f")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="How long a rule takes over a large archive")
    parser.add_argument("--articles", type=int, default=ARTICLES)
    missed = 0
    for row in run(parser.parse_args().articles):
        missed += not row.good
        print(f"{row.what:100} {row.measured:8.2f} {row.unit:2} {row.limit:>8}  {'ok' if row.good else 'MISSED'}")
    sys.exit(missed > 0)
