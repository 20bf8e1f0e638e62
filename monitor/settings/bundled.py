"""Where the configuration that ships lies: beside the package in a checkout, inside it when it was built."""

from __future__ import annotations

from pathlib import Path

from monitor.core.errors import UsageError


def folder(name: str) -> Path:
    """Return the shipped folder `config` or `seeds`."""
    package = Path(__file__).resolve().parents[1]
    for candidate in (package / f"_{name}", package.parent / name):
        if candidate.is_dir():
            return candidate
    raise UsageError(f"the shipped {name}/ is missing beside {package}; install the package again")
