"""Cost of a round of polls, compared with the bare libraries and with a user's script, each in its own process.

python -m benchmarks.polling [--pages DIR]      with the pages in a folder instead of synthetic ones
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.newsroom import serving
from benchmarks.row import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Measured = dict[str, Any]

PER_HOST = 2


def run(pages: Path | None = None) -> Iterator[Row]:
    """Yield each row as soon as it is measured."""
    yield from _first_poll(pages)
    yield from _one_new_entry(pages)
    yield from _unchanged(pages)
    yield from _memory(pages)


@contextmanager
def contender(name: str, port: int, feeds: int) -> Iterator[Callable[..., Measured]]:
    """Start a contender; each call of the result runs one round and returns its cost."""
    command = [sys.executable, "-m", "benchmarks.contenders", name, "--port", str(port), "--feeds", str(feeds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def once(how: str = "") -> Measured:
            assert process.stdin
            assert process.stdout
            process.stdin.write(f"{how}\n")
            process.stdin.flush()
            cost: Measured = json.loads(process.stdout.readline())
            return cost

        yield once


def _first_poll(pages: Path | None) -> Iterator[Row]:
    feeds, entries = 100, 20
    costs = {}
    with serving(feeds, entries, pages=pages) as newsroom:
        for name in ("bare", "ours", "unindexed", "script"):
            with contender(name, newsroom.port, feeds) as once:
                costs[name] = once()
    cpu = costs["ours"]["cpu"] / costs["bare"]["cpu"]
    wall = costs["ours"]["wall"] / costs["script"]["wall"]
    index = costs["ours"]["cpu"] / costs["unindexed"]["cpu"]
    assert costs["ours"]["articles"] == costs["unindexed"]["articles"] == feeds * entries
    yield Row("CPU of a first poll of 2,000 articles, to the bare libraries'", cpu, "x", "<= 1.15", cpu <= 1.15)
    yield Row("CPU of it, to one without the search index", index, "x", "<= 1.08", index <= 1.08)
    yield Row("wall time of it, to a user's script's", wall, "x", "<= 0.35", wall <= 0.35)


def _one_new_entry(pages: Path | None) -> Iterator[Row]:
    feeds, costs = 1_000, {}
    with serving(feeds, 20, pages=pages) as newsroom:
        for name in ("bare", "ours"):
            with contender(name, newsroom.port, feeds) as once:
                once("prime")
                newsroom.tick()
                costs[name] = once()
    assert costs["ours"]["articles"] == feeds
    cpu = costs["ours"]["cpu"] / costs["bare"]["cpu"]
    yield Row("CPU of 1,000 feeds with a new entry each, to the bare libraries'", cpu, "x", "<= 1.15", cpu <= 1.15)


def _unchanged(pages: Path | None) -> Iterator[Row]:
    feeds = 5_000
    with serving(feeds, 20, pages=pages) as newsroom, contender("ours", newsroom.port, feeds) as once:
        once("prime")
        before = newsroom.stats()
        cost = once()
        after = newsroom.stats()
    assert after["not modified"] - before.get("not modified", 0) == feeds
    assert after.get("page", 0) == before.get("page", 0)
    milliseconds, most = 1000 * cost["cpu"] / feeds, after["most_per_host"]
    yield Row("CPU of an unchanged feed, 5,000 of them", milliseconds, "ms", "<= 3", milliseconds <= 3)
    yield Row("requests at once to one host, at most", most, "", f"<= {PER_HOST}", most <= PER_HOST)
    yield Row("peak memory of the main process with 5,000 feeds", cost["peak"], "MB", "<= 250", cost["peak"] <= 250)


def _memory(pages: Path | None) -> Iterator[Row]:
    feeds = 50
    with serving(feeds, 20, pages=pages) as newsroom, contender("ours", newsroom.port, feeds) as once:
        rounds = [once()]
        for _ in range(80):
            newsroom.tick()
            rounds.append(once())
    assert sum(cost["articles"] for cost in rounds) == 5_000
    last, growth = rounds[-1]["memory"], rounds[-1]["memory"] - rounds[0]["memory"]
    yield Row("memory of the main process after 5,000 articles", last, "MB", "<= 200", last <= 200)
    yield Row("growth of it since the first 1,000", growth, "MB", "<= 20", growth <= 20)


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description="what polling costs")
    parser.add_argument("--pages", type=Path)
    for row in run(parser.parse_args().pages):
        print(f"{'ok' if row.good else '!!':3}{row.measured:9.3g} {row.unit:3}{row.limit:9}{row.what}", flush=True)


if __name__ == "__main__":
    main()
