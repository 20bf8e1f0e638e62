"""Rules of the architecture that import contracts and ruff cannot express, and the import contracts themselves."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
BROAD_EXCEPTS = {
    "monitor/cli/__init__.py",
    "monitor/daemon/job_timing.py",
    "monitor/daemon/job_runs.py",
    "monitor/daemon/service.py",
    "monitor/daemon/worker.py",
    "monitor/deliver/_isolation.py",
    "monitor/deliver/_sending.py",
    "monitor/poll/feed_poller.py",
    "monitor/poll/page_refresh.py",
    "monitor/poll/poller.py",
}
"""Modules that may catch every exception, each to confine a failure to one feed, page, digest, delivery, job or
command."""


def nodes(pattern: str) -> Iterator[tuple[str, ast.AST]]:
    """Yield each node of the syntax trees of the modules that have text of a pattern, with the module's path."""
    for path in sorted((ROOT / "monitor").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if re.search(pattern, text):
            yield from ((path.relative_to(ROOT).as_posix(), node) for node in ast.walk(ast.parse(text)))


def test_import_contracts_hold() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_only_app_reads_the_wall_clock() -> None:
    """A lambda may read it: that is a default value, which the caller can replace."""
    found, replaceable = [], set()
    for path, node in nodes(r"\b(now|utcnow|time)\("):
        if isinstance(node, ast.Lambda):
            replaceable.update(ast.walk(node))
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="datetime"), attr="now" | "utcnow")):
                found.append((path, node))
            case ast.Call(func=ast.Attribute(value=ast.Name(id="time"), attr="time")):
                found.append((path, node))
    assert {path for path, node in found if node not in replaceable} == {"monitor/app.py"}


def test_broad_excepts_stand_only_in_the_listed_modules() -> None:
    broad = set()
    for path, node in nodes(r"\bexcept\s*(:|Exception\b)"):
        is_broad = isinstance(node, ast.ExceptHandler) and (not node.type or ast.unparse(node.type) == "Exception")
        if is_broad and not any(isinstance(inner, ast.Raise) for inner in ast.walk(node)):
            broad.add(path)
    assert broad == BROAD_EXCEPTS
