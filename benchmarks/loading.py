"""Loading the shipped configuration: what its rules cost, and what commands cost that use no rule.

    python -m benchmarks loading

Times are of the processor. Reading is compared with the parser of PyYAML, in C, on the same files.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from benchmarks.row import Row
from monitor import settings
from monitor.configuration import record_accepted
from monitor.core import rules
from monitor.core.matching.matcher import Matcher
from monitor.core.rules import lint
from monitor.core.text import chunks
from monitor.runtime.garbage_collection import collection_paused
from monitor.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from monitor.core.matching.rulebook import RuleBook

Result = TypeVar("Result")

CONFIG = Path(__file__).parent.parent / "config"
ROUNDS = 3
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def run() -> Iterator[Row]:
    """Measure the rules, then a command."""
    files = [
        rules.SourceFile(str(path), path.read_text("utf-8")) for path in sorted((CONFIG / "rules").rglob("*.y*ml"))
    ]
    with collection_paused():
        parsed = min(_spent(lambda: [list(yaml.parse(file.text, _LOADER)) for file in files])[0] for _ in range(ROUNDS))
        reads = [_spent(lambda: _read(files)) for _ in range(ROUNDS)]
        read, book = min(seconds for seconds, _ in reads), reads[-1][1]
        compiled = min(_spent(lambda: Matcher(book.rules))[0] for _ in range(ROUNDS))
        checked = min(_spent(lambda: lint.lint(book, complete=True))[0] for _ in range(ROUNDS))
    yield Row(
        "reading the shipped rules, to parsing their YAML alone", read / parsed, "x", "<= 10", read / parsed <= 10
    )
    yield Row("compiling them, to reading them", compiled / read, "x", "<= 0.5", compiled / read <= 0.5)
    yield Row("checking them for warnings, to reading them", checked / read, "x", "<= 2", checked / read <= 2)
    unchanged, edited = _command()
    ratio = unchanged / edited
    yield Row("`hits` with the files in force, to `hits` after an edit", ratio, "x", "<= 0.8", ratio <= 0.8)


def _read(files: list[rules.SourceFile]) -> RuleBook:
    """Read the rules as a process does that has just started, with empty caches of tokens."""
    for cache in (chunks.CHUNK_TOKENS, chunks.TERM_FOLDED, chunks.TERM_CASED):
        cache.clear()
    return rules.load(files, warn=False)[0]


def _command() -> tuple[float, float]:
    """Return the seconds of `monitor hits` with the files that the database has in force, and with edited ones."""
    with tempfile.TemporaryDirectory() as name:
        folder = shutil.copytree(CONFIG, Path(name) / "config")
        env = {**os.environ, "MONITOR_DATABASE": f"sqlite:///{name}/monitor.db"}
        store = open_store(env["MONITOR_DATABASE"], migrate=True)
        record_accepted(store, settings.load(folder, env, warn=False), datetime.now(UTC))
        store.close()
        command = [sys.executable, "-m", "monitor", "--config", str(folder), "hits"]
        unchanged = min(_seconds_of(command, env) for _ in range(ROUNDS))
        (folder / "rules" / "edited.yaml").write_text("topics: {edited: Edited}\n", encoding="utf-8")
        return unchanged, min(_seconds_of(command, env) for _ in range(ROUNDS))


def _seconds_of(command: list[str], env: dict[str, str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=env, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _spent(work: Callable[[], Result]) -> tuple[float, Result]:
    started = time.process_time()
    result = work()
    return time.process_time() - started, result
