"""Another version of a rule: from a git revision, a file or a folder.

The whole rules folder of a revision is read, since a rule may use named lists of other files. Nothing is checked out:
git prints the content of the files, with a deadline. The history of the folder says who changed a file in a period; a
folder that is not in git has none, which is not an error.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path, PurePosixPath

from monitor.core import rules
from monitor.core.errors import ConfigurationError, Problem, UsageError, errors_of
from monitor.core.matching.rulebook import Rule, RuleBook
from monitor.core.rules import SourceFile
from monitor.settings.config_folder import SUFFIXES, files_at, source_files

_GIT_DEADLINE_SECONDS = 30.0
_MAX_FILES = 5_000


def version_of(rule: Rule, spec: str, folder: Path, lists: Path | None = None) -> Rule | None:
    """Read a rule as a file, a folder or a git revision of the rules `folder` has it; None where it is not there.

    Lists that are not there are looked for in the folder `lists`, as it is now.
    """
    extra_lists = source_files(lists)[0] if lists is not None else []
    book = (
        _in_file(rule, Path(spec), folder, extra_lists) if Path(spec).exists() else _book_at(spec, folder, extra_lists)
    )
    return next((other for other in book.rules if other.id == rule.id), None)


# ---------------------------------------------------------------- files


def _in_file(rule: Rule, path: Path, folder: Path, extra_lists: Sequence[SourceFile]) -> RuleBook:
    """Read a file by itself; one that needs the lists of others, in the place of the file in which the rule is."""
    files, problems = files_at(path)
    book, own_problems = rules.load(files, warn=False)
    if errors_of(own_problems):
        own = Path(rule.mark.path)
        beside = [file for file in files_at(folder)[0] if Path(file.path) not in {own, path}]
        book, own_problems = rules.load([*files, *beside], beside=extra_lists, warn=False)
    return _refuse_errors(book, [*problems, *own_problems])


# ---------------------------------------------------------------- git


def _book_at(revision: str, folder: Path, extra_lists: Sequence[SourceFile] = ()) -> RuleBook:
    """Read the rules folder as a revision has it."""
    where = folder if folder.is_dir() else folder.parent
    run_git(
        where,
        "rev-parse",
        "--is-inside-work-tree",
        failing=f"'{revision}' is no file here, and {where} is not in a git checkout",
    )
    commit = run_git(
        where,
        *("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"),
        failing=f"'{revision}' is neither a file nor a revision that git knows here (HEAD, HEAD~1, a branch, a tag)",
    )
    listed = run_git(
        where, "ls-tree", "-r", "-z", commit.decode().strip(), "--", "." if folder.is_dir() else folder.name
    )
    blobs = [line.partition(b"\t")[::2] for line in listed.split(b"\0") if line]
    files = [
        SourceFile(f"{revision}:{name.decode('utf-8', 'replace')}", _content(where, kind.split()[2].decode()))
        for kind, name in blobs[:_MAX_FILES]
        if kind.split()[1] == b"blob" and _is_rule_file(name)
    ]
    book, problems = rules.load(files, beside=extra_lists, warn=False)
    return _refuse_errors(book, problems)


def _is_rule_file(name: bytes) -> bool:
    path = PurePosixPath(name.decode("utf-8", "replace"))
    return path.suffix in SUFFIXES and not any(part.startswith(".") for part in path.parts)


def _content(where: Path, blob: str) -> str:
    return run_git(where, "cat-file", "blob", blob).decode("utf-8-sig", "replace")


def run_git(where: Path, *arguments: str, failing: str = "", deadline: float = _GIT_DEADLINE_SECONDS) -> bytes:
    """Run git and return its output; UsageError if it fails, is missing or exceeds the deadline (seconds)."""
    command = ["git", "-C", str(where), "--no-optional-locks", *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command; the user's text follows --end-of-options
            command, capture_output=True, timeout=deadline, check=False, stdin=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C"},
        )  # fmt: skip
    except FileNotFoundError:
        raise UsageError("git is not installed, or not found; compare with a file instead: --against FILE") from None
    except subprocess.TimeoutExpired:
        raise UsageError(f"git did not answer within {deadline:g} s") from None
    if done.returncode:
        stderr = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise UsageError(f"--against: {failing or 'git failed'}" + (f" ({stderr})" if stderr else ""))
    return done.stdout


def _refuse_errors(book: RuleBook, problems: Iterable[Problem]) -> RuleBook:
    if errors := errors_of(problems):
        raise ConfigurationError(errors)
    return book


def file_authors(folder: Path, since: datetime, until: datetime | None = None) -> Callable[[Path], str]:
    """Return a function that names who last committed to a rule file in that time, `until` None for now.

    It returns an empty text for a file that was not committed then, or is not in git. Git runs once for each file.
    """
    return cache(lambda path: _author(str(path.resolve()), folder=folder, since=since, until=until))


def _author(path: str, folder: Path, since: datetime, until: datetime | None) -> str:
    ended = () if until is None else (f"--until={until.isoformat()}",)
    try:
        output = run_git(folder, "log", "-1", "--format=%an", f"--since={since.isoformat()}", *ended, "--", path)
    except UsageError:
        return ""
    return output.decode("utf-8", "replace").strip()
