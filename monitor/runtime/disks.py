"""Free space of the disk that holds a folder."""

from __future__ import annotations

import shutil
from pathlib import Path


def free_space(folder: Path) -> int | None:
    """Return the free bytes of the disk of a folder, or of its nearest existing parent; None if that is unknown."""
    for existing in (folder, *folder.absolute().parents):
        try:
            return shutil.disk_usage(existing).free
        except FileNotFoundError:
            continue
        except OSError:
            return None
    return None


def database_folder(url: str) -> Path:
    """Return the folder of an SQLite database, or the working directory for a database on a server."""
    return Path(url.removeprefix("sqlite:///")).parent if url.startswith("sqlite:///") else Path.cwd()
