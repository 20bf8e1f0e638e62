"""The house: its floors, and what stands in one place only."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "monitor").rglob("*.py"))
WALLS = {
    "monitor/cli/__init__.py",
    "monitor/daemon.py",
    "monitor/poll/poller.py",
    "monitor/poll/second_looks.py",
    "monitor/extraction/pool.py",
    "monitor/deliver/_sending.py",
    "monitor/fetch/fetcher.py",
    "monitor/worker.py",
}
"""Where anything may be caught, each to keep a fault to its feed, page, delivery, job or command."""


def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def name(module: Path) -> str:
    return module.relative_to(ROOT).as_posix()


def test_floors_hold() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_the_clock_is_read_in_the_app_alone(module: Path) -> None:
    """A default that can be replaced, written as a lambda, is no reading of the clock."""
    whole = tree(module)
    defaults = {inner for node in ast.walk(whole) if isinstance(node, ast.Lambda) for inner in ast.walk(node)}
    for node in ast.walk(whole):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"datetime.now", "datetime.utcnow", "time.time"}:
            assert name(module) == "monitor/app.py" or node in defaults, f"{name(module)}:{node.lineno}"


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_anything_is_caught_at_the_walls_alone(module: Path) -> None:
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ExceptHandler) and (node.type is None or ast.unparse(node.type) == "Exception"):
            reraised = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
            assert name(module) in WALLS or reraised, f"{name(module)}:{node.lineno}"


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_no_file_is_without_its_docstring(module: Path) -> None:
    assert ast.get_docstring(tree(module))


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_no_function_outgrows_a_screen(module: Path) -> None:
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            assert length <= 60, f"{name(module)}:{node.lineno} {node.name} has {length} lines"


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_nothing_is_left_for_later(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert not [word for word in ("TODO", "FIXME", "NotImplementedError") if word in text]
