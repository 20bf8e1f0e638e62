"""The files of a configuration folder: which there are, and their text.

Hidden files and editors' backups are passed over. A file that cannot be read is a problem of one line, no exception.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from monitor.core.documents import MAX_BYTES
from monitor.core.errors import Problem
from monitor.core.rules import SourceFile
from monitor.settings.models import FILES
from monitor.settings.suggest import did_you_mean

UNREADABLE, STRAY = "C001", "C107"
SUFFIXES = {".yaml", ".yml"}


def read(path: Path) -> tuple[str | None, list[Problem]]:
    """Read one file as UTF-8, with or without a byte order mark."""
    try:
        if path.exists() and not path.is_file():
            return None, [Problem(str(path), 0, 0, UNREADABLE, "is not a file")]
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        return content.decode("utf-8-sig", "strict" if len(content) <= MAX_BYTES else "ignore"), []
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        said = f"is not text in UTF-8: line {line} holds a byte that is not; save it as UTF-8"
        return None, [Problem(str(path), 0, 0, UNREADABLE, said)]
    except OSError as error:
        return None, [Problem(str(path), 0, 0, UNREADABLE, f"cannot be read: {(error.strerror or 'unknown').lower()}")]


def sources(folder: Path) -> tuple[list[SourceFile], list[Problem]]:
    """Read all YAML files in a folder and below it, in the order of their names; none when there is no such folder."""
    found: list[SourceFile] = []
    paths, problems = _below(folder)
    for path in paths:
        text, unreadable = read(path)
        problems += unreadable
        if text is not None:
            found.append(SourceFile(str(path), text))
    return found, problems


def strays(folder: Path) -> list[Problem]:
    """Warn of files at the top of the folder that look like configuration and are never read."""
    return [
        Problem(str(path), 0, 0, STRAY, f"is not read{_meant(path.name)}", "warning")
        for path in sorted(folder.iterdir())
        if path.suffix in SUFFIXES and path.name not in FILES and not path.name.startswith(".") and path.is_file()
    ]


def _meant(name: str) -> str:
    return did_you_mean(name, FILES) or f"; the files here are {', '.join(FILES)} and those in rules/"


def seeds_folder(folder: Path) -> Path:
    """Find the folder of the source documents' themes: within the configuration, else beside it."""
    within = folder / "seeds"
    return (
        within if within.is_dir() else folder / ".." / "seeds" if folder.name in {"", ".."} else folder.parent / "seeds"
    )


def fingerprint(folder: Path) -> str:
    """Tell one state of the configuration from another, without reading any file: for a daemon that watches it."""
    digest = hashlib.sha256()
    for path in [*(folder / name for name in FILES), *_below(folder / "rules")[0], *_below(seeds_folder(folder))[0]]:
        try:
            status = path.stat()
        except OSError:
            continue
        digest.update(f"{path}\0{status.st_mtime_ns}\0{status.st_size}\0{status.st_ino}\n".encode("utf-8", "replace"))
    return digest.hexdigest()


def _below(folder: Path) -> tuple[list[Path], list[Problem]]:
    paths: list[Path] = []
    errors: list[OSError] = []
    for where, folders, names in os.walk(folder, onerror=errors.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        paths += [Path(where, name) for name in names if not name.startswith(".") and Path(name).suffix in SUFFIXES]
    problems = [
        Problem(str(error.filename), 0, 0, UNREADABLE, f"cannot be read: {(error.strerror or 'unknown').lower()}")
        for error in errors
        if not isinstance(error, FileNotFoundError)
    ]
    return sorted(paths), problems
