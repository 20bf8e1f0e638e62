"""Permissions of the files of an SQLite database, and whether this process may write them.

Files and new folders are accessible to their owner only (0600, 0700). A folder with the setgid bit is shared with a
group on purpose: its files are accessible to owner and group (0660).
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from monitor.runtime.folders import nearest_existing

_FILE_SUFFIXES = ("", "-wal", "-shm", ".lock", ".damaged")
"""Endings of the files that belong to a database file."""


def make_file(file: Path) -> None:
    """Create an empty file with the mode for its folder if it is missing."""
    is_new = not file.exists()
    file.touch(mode=0o600)
    if is_new:
        file.chmod(file_mode(file.parent))


def file_mode(folder: Path) -> int:
    """Return the mode for files in a folder."""
    return 0o660 if folder.stat().st_mode & stat.S_ISGID else 0o600


def restrict(database: Path) -> None:
    """Remove the permissions of other users on a database's files; no permission is added.

    Files of another owner are not changed: `excess_permissions` names them.
    """
    for path in _files(database):
        with suppress(OSError):
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode & file_mode(path.parent))


def excess_permissions(database: Path) -> list[str]:
    """Return what users other than the owner may do with a database's files, as sentences."""
    sentences = []
    for path in _files(database):
        with suppress(OSError):
            mode, wanted = stat.S_IMODE(path.stat().st_mode), file_mode(path.parent)
            if mode & ~wanted & 0o077:
                sentences.append(f"{path} has mode {mode:04o}, others can read it: chmod {mode & wanted:04o} {path}")
    return sentences


def why_unwritable(file: Path) -> str:
    """Return why a database file cannot be written and what to do; empty if it can."""
    folder = file.parent
    with suppress(OSError):
        if os.statvfs(folder).f_flag & os.ST_RDONLY:
            return (
                f"the disk at {folder.absolute()} is mounted read-only (after disk errors, too: see dmesg); "
                "remount it for writing, or move the database"
            )
    file_exists = os.path.exists(file)  # noqa: PTH110 - Path.exists raises PermissionError
    is_folder_writable = os.access(nearest_existing(folder), os.W_OK | os.X_OK)
    if is_folder_writable and (not file_exists or os.access(file, os.R_OK | os.W_OK)):
        return ""
    return (
        f"user {os.geteuid()} may not write {file.absolute()} and its folder, and SQLite writes beside a file even to "
        "read it; give both to this user (chown), or run as their owner"
    )


def _files(database: Path) -> list[Path]:
    beside = [database.with_name(f"{database.name}{ending}") for ending in _FILE_SUFFIXES]
    return [path for path in beside if path.is_file()]
