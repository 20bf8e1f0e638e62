"""The path of the bundled configuration: beside the package in a checkout, inside the package when installed."""

from __future__ import annotations

from pathlib import Path

from monitor.core.errors import UsageError


def bundled_folder(name: str) -> Path:
    """Return the bundled folder `config` or `seeds`; UsageError if it is missing."""
    package = Path(__file__).resolve().parents[1]
    for candidate in (package / f"_{name}", package.parent / name):
        if candidate.is_dir():
            return candidate
    raise UsageError(f"the bundled {name}/ is missing beside {package}; install the package again")
