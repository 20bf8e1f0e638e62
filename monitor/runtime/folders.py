"""Private folders, and the part of a path that exists."""

from __future__ import annotations

import os
from pathlib import Path


def make_private_folder(folder: Path) -> None:
    """Create a folder and its missing parents, accessible to their owner only."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)


def nearest_existing(path: Path) -> Path:
    """Return the absolute path if it exists, else its nearest existing parent."""
    path = path.absolute()
    # Path.exists raises PermissionError below a folder that cannot be entered.
    return next(each for each in (path, *path.parents) if os.path.exists(each))  # noqa: PTH110
