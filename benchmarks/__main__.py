"""All benchmarks as one table of ratios: python -m benchmarks [NAME...] [--events DIR] [--folder DIR]

Every module here with a `run()` gives rows of (what, measured, unit, limit, good). Figures are ratios within
one run, so that they hardly depend on the speed of the machine. Ends with 1 when a limit is missed.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import benchmarks
from benchmarks.row import verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def main(selected: Sequence[str], events: Path | None = None, folder: Path | None = None) -> int:
    """Run those named, or all, and print a row as soon as it is measured.

    `events` is the folder for `stories`, `folder` that for `sources`.
    """
    names = [name for name in _names() if not selected or name in selected]
    if unknown := sorted(set(selected) - set(names)):
        print(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(_names())}", file=sys.stderr)
        return 2
    print(f"{'':4}{'benchmark':12}{'measured':>12}  {'limit':<12} what")
    missed = 0
    for name in names:
        started = time.perf_counter()
        options = {"stories": {"events": events}, "sources": {"folder": folder}}.get(name, {})
        given = {key: value for key, value in options.items() if value}
        for row in importlib.import_module(f"benchmarks.{name}").run(**given):
            what, measured, unit, limit, good = row
            missed += not good
            mark = {"ok": "ok", "MISSED": "!!", "skipped": "--"}[verdict(row)]
            figure = "skipped" if mark == "--" else f"{measured:.3g}"
            print(f"{mark:4}{name:12}{figure:>9} {unit:<2}  {limit:<12} {what}", flush=True)
        print(f"{'':4}{name:12}{time.perf_counter() - started:>9.1f} s", flush=True)
    return int(missed > 0)


def _names() -> list[str]:
    return list(_runnable())


def _runnable() -> Iterator[str]:
    for module in pkgutil.iter_modules(benchmarks.__path__):
        if module.name != "__main__" and hasattr(importlib.import_module(f"benchmarks.{module.name}"), "run"):
            yield module.name


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="All benchmarks as one table of ratios")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--events", type=Path, help="folder with labelled articles (benchmarks.event_scores)")
    parser.add_argument("--folder", type=Path, help="folder with captures of sources (benchmarks.sources)")
    arguments = parser.parse_args()
    sys.exit(main(arguments.names, arguments.events, arguments.folder))
