"""The files of a configuration folder and their text.

Hidden files and backups of editors are skipped. There is a warning for other files that look like configuration and are
never read. A file that cannot be read is returned as a problem, not raised.
"""

from __future__ import annotations

import codecs
import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from monitor.core.errors import Problem
from monitor.core.problems import closest
from monitor.core.rules import SourceFile
from monitor.core.yaml_parser import MAX_YAML_BYTES
from monitor.settings.models import FILES

UNREADABLE, UNREAD = "C001", "C107"
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DOCUMENT_MARKS = (b"PK\x03\x04", b"{\\rtf")
"""How files of Word (.docx, a ZIP archive) and in RTF begin."""
SUFFIXES = {".yaml", ".yml"}
RULES = "rules"
_ARTICLE = ".json"
"""Articles for rule tests are stored beside the rules."""
_NOT_A_RULE_FILE = (
    "a rule file ends with .yaml or .yml, in small letters; rename it, or move it away, or begin its name with a dot"
)


def folder_problem(folder: Path) -> Problem | None:
    """Say why no file of a folder can be read; None if they can be."""
    try:
        is_missing = not folder.is_dir()
    except PermissionError:  # of a folder above it
        is_missing = False
    if is_missing:
        message = "there is no such folder; name the configuration with --config DIR or MONITOR_CONFIG"
    elif not os.access(folder, os.R_OK | os.X_OK, effective_ids=True):
        message = "cannot be read: permission denied"
    else:
        return None
    return Problem(str(folder), 0, 0, UNREADABLE, message)


def read_text(path: Path) -> tuple[str | None, list[Problem]]:
    """Read one file as UTF-8, with or without a byte order mark."""
    try:
        if path.exists() and not path.is_file():
            return None, [Problem(str(path), 0, 0, UNREADABLE, "is not a file")]
        with path.open("rb") as file:
            content = file.read(MAX_YAML_BYTES + 1)
        if content.startswith(_UTF16_MARKS) or b"\0" in content[:4]:  # ASCII in UTF-16 has a zero in each character
            return None, [Problem(str(path), 0, 0, UNREADABLE, "is text in UTF-16; save it as UTF-8")]
        if content.startswith(_DOCUMENT_MARKS):
            message = "is a document of a word processor; save it as plain text, in UTF-8"
            return None, [Problem(str(path), 0, 0, UNREADABLE, message)]
        return content.decode("utf-8-sig", "strict" if len(content) <= MAX_YAML_BYTES else "ignore"), []
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        message = f"is not text in UTF-8: line {line} holds a byte that is not; save it as UTF-8"
        return None, [Problem(str(path), 0, 0, UNREADABLE, message)]
    except OSError as error:
        return None, [Problem(str(path), 0, 0, UNREADABLE, f"cannot be read: {(error.strerror or 'unknown').lower()}")]


def source_files(folder: Path) -> tuple[list[SourceFile], list[Problem]]:
    """Read all YAML files in a folder and below it, in the order of their names; none when there is no such folder."""
    files: list[SourceFile] = []
    paths, problems = _below(folder)
    for path in paths:
        text, unreadable = read_text(path)
        problems += unreadable
        if text is not None:
            files.append(SourceFile(str(path), text))
    return files, problems


def files_at(path: Path) -> tuple[list[SourceFile], list[Problem]]:
    """Read one file, or all YAML files in a folder and below it."""
    if path.is_dir():
        return source_files(path)
    text, problems = read_text(path)
    return ([] if text is None else [SourceFile(str(path), text)]), problems


def unread_files(folder: Path) -> list[Problem]:
    """Warn of files that look like configuration and are never read, at the top of the folder and in rules/."""
    unread = [(path, _likely_name(path)) for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    unread += [(path, _NOT_A_RULE_FILE) for path in sorted(_files(folder / RULES, [])) if _is_unread(path)]
    return [Problem(str(path), 0, 0, UNREAD, f"is not read; {why}", "warning") for path, why in unread if why]


def _likely_name(path: Path) -> str:
    """Return advice for a file or folder at the top; empty if it is read, or does not look like configuration."""
    if path.is_dir():
        return f"did you mean '{RULES}/'?" if path.name != RULES and closest(path.name, [RULES]) else ""
    if path.suffix.lower() not in SUFFIXES or path.name in FILES or not path.is_file():
        return ""
    near = closest(path.name, FILES)
    return f"did you mean '{near}'?" if near else f"the files here are {', '.join(FILES)} and those in rules/"


def _is_unread(path: Path) -> bool:
    backup = path.name.endswith("~") or (path.name.startswith("#") and path.name.endswith("#"))
    return path.suffix not in {*SUFFIXES, _ARTICLE} and not backup


def seeds_folder(folder: Path) -> Path:
    """Return the folder of the themes of source documents: within the configuration, else beside it."""
    within = folder / "seeds"
    return (
        within if within.is_dir() else folder / ".." / "seeds" if folder.name in {"", ".."} else folder.parent / "seeds"
    )


def fingerprint(folder: Path, articles: Iterable[str] = ()) -> str:
    """Return a text that changes with any edit of the configuration, from the status of its files alone.

    `articles` are the paths of those that tests of rules name, which may be in hidden or linked folders.
    """
    if problem := folder_problem(folder):
        return str(problem)
    digest = hashlib.sha256()
    at_top, rules = [folder / name for name in FILES], folder / RULES
    for path in [*at_top, *_below(rules)[0], *_below(seeds_folder(folder))[0], *map(Path, sorted(articles))]:
        try:
            status = path.stat()
        except OSError:
            continue
        # The time of the status changes with the permissions, too: a file that was refused can be read then.
        seen = status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino
        digest.update(f"{path}\0{seen}\n".encode("utf-8", "replace"))
    return digest.hexdigest()


def _below(folder: Path) -> tuple[list[Path], list[Problem]]:
    errors: list[OSError] = []
    paths = sorted(path for path in _files(folder, errors) if path.suffix in SUFFIXES)
    problems = [
        Problem(str(error.filename), 0, 0, UNREADABLE, f"cannot be read: {(error.strerror or 'unknown').lower()}")
        for error in errors
        if not isinstance(error, FileNotFoundError)
    ]
    return paths, problems


def _files(folder: Path, errors: list[OSError]) -> Iterator[Path]:
    """Yield the files in a folder and its subfolders that are not hidden."""
    for where, folders, names in os.walk(folder, onerror=errors.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(where, name) for name in names if not name.startswith("."))
