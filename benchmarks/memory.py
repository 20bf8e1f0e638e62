"""Memory of the daemon with the shipped rules and eight feeds: after its start, and after edits of a rule.

    python -m benchmarks memory

The last edit fails the tests of its rule. Two worker processes read and match the pages of a loopback newsroom. Pages
of memory that processes share are divided among them (Pss of the kernel), so that the figures add up.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import yaml

from benchmarks.newsroom import serving
from benchmarks.row import Row
from benchmarks.service import Daemon, configure, feed, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")
FEEDS, ENTRIES, WORKERS, EDITS = 8, 30, 2, 3
_ROOT = Path(__file__).parents[1]
_RULE = "version: 1\nrules:\n- {{id: edited, title: Edited, topic: ai-safety, any: [the edit number {number}]}}\n"
_FAILING_RULE = (
    "version: 1\nrules:\n- {id: edited, title: Edited, topic: ai-safety, status: live, any: [an edit], "
    "tests: [{hit: A title}, {miss: Another title}]}\n"
)
_ARTICLES = "SELECT count(*) FROM articles"


class Memory(NamedTuple):
    """Megabytes of the daemon's processes."""

    main: float
    peak: float
    """The most that the main process ever had."""
    workers: list[float]
    together: float


_AT_START = Memory(main=200, peak=225, workers=[200], together=650)
_AFTER_EDITS = Memory(main=320, peak=360, workers=[230], together=800)


def run() -> Iterator[Row]:
    """Measure the processes."""
    with tempfile.TemporaryDirectory() as name, serving(FEEDS, ENTRIES) as newsroom:
        folder = Path(name)
        url = f"http://127.1.{{0}}.1:{newsroom.port}/feed/{{0}}.xml"
        configure(
            folder, [{**feed(f"feed-{at}", "", 2), "url": url.format(at)} for at in range(FEEDS)], min_gap="100ms"
        )
        _take_shipped_rules(folder / "config")
        process = start(folder)
        try:
            daemon = Daemon(folder, process, [], 0)
            _wait_until(_count, daemon, FEEDS * ENTRIES)
            yield from _rows("after the start", measure(process.pid), _AT_START)
            for number in range(1, EDITS + 1):
                (folder / "config/rules/edited.yaml").write_text(_RULE.format(number=number), encoding="utf-8")
                _wait_until(_count_edits, folder, number)
                newsroom.tick()
                _wait_until(_count, daemon, FEEDS * (ENTRIES + number))
            yield from _rows(f"after {EDITS} edits of a rule", measure(process.pid), _AFTER_EDITS)
            (folder / "config/rules/edited.yaml").write_text(_FAILING_RULE, encoding="utf-8")
            _wait_until(_count_edits, folder, EDITS + 1)
            yield from _rows("after one that fails its tests", measure(process.pid), _AFTER_EDITS)
        finally:
            process.terminate()
            process.wait(40)


def _count(daemon: Daemon) -> int:
    with contextlib.suppress(Exception):
        return daemon.count(_ARTICLES)
    return 0


def _count_edits(folder: Path) -> int:
    return (folder / "log").read_bytes().count(b"configuration applied")


def _rows(when: str, memory: Memory, limits: Memory) -> Iterator[Row]:
    workers = ", ".join(f"{each:.0f}" for each in memory.workers)
    for what, measured, limit in (
        ("main process", memory.main, limits.main),
        ("main process, at most until then", memory.peak, limits.peak),
        (f"largest worker process ({workers})", max(memory.workers), limits.workers[0]),
        ("all processes", memory.together, limits.together),
    ):
        yield Row(f"{what}, {when}", measured, "MB", f"<= {limit:g}", measured <= limit)


def _take_shipped_rules(config: Path) -> None:
    shutil.rmtree(config / "rules")
    shutil.copytree(_ROOT / "config/rules", config / "rules")
    shutil.copytree(_ROOT / "seeds", config / "seeds")
    monitor = yaml.safe_load((config / "monitor.yaml").read_text(encoding="utf-8"))
    monitor["extract"] = {"workers": WORKERS}
    (config / "monitor.yaml").write_text(yaml.safe_dump(monitor), encoding="utf-8")


def measure(pid: int) -> Memory:
    """Measure a daemon and all processes below it."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parent = int(stat.read_text(encoding="utf-8").rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(stat.parent.name))
    below = [child for each in children.get(pid, []) for child in children.get(each, [])]
    workers = [_kilobytes(each, "smaps_rollup", "Pss") / 1000 for each in below]
    everything = [pid, *children.get(pid, []), *below]
    main = _kilobytes(pid, "smaps_rollup", "Pss") / 1000
    together = sum(_kilobytes(each, "smaps_rollup", "Pss") for each in everything) / 1000
    return Memory(main, _kilobytes(pid, "status", "VmHWM") / 1000, workers, together)


def _kilobytes(pid: int, file: str, name: str) -> int:
    lines = Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def _wait_until(count: Callable[[T], int], of: T, expected: int, seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while count(of) != expected:
        if time.monotonic() > end:
            raise TimeoutError("the daemon did not get there")
        time.sleep(0.2)
