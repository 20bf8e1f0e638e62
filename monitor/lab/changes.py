"""Which rules changed since an instant, and who changed them: what git says of the rules' folder.

A folder that is not in git, or was not yet, has no earlier self: then nothing is told, and nothing fails.
"""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.core.digests import rule_changes
from monitor.core.errors import ConfigurationError, UsageError
from monitor.lab.versions import ask_git, book_at

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.digests import RuleChange
    from monitor.core.rules.rulebook import RuleBook


def changes_since(rules: RuleBook, folder: Path, since: datetime) -> tuple[RuleChange, ...]:
    """Compare the rules in force with those that were committed at an instant."""
    try:
        at_that_time = ("rev-list", "-1", f"--before={since.isoformat()}", "HEAD", "--", ".")
        revision = ask_git(folder, *at_that_time).decode().strip()
        before = book_at(revision, folder) if revision else None
    except (UsageError, ConfigurationError):
        return ()
    if before is None:
        return ()
    author = cache(partial(_author, folder=folder, since=since))  # git is asked once a file, not once a rule
    return rule_changes.changes(before, rules, lambda rule: author(str(Path(rule.mark.path).resolve())))


def _author(path: str, folder: Path, since: datetime) -> str:
    """Name who last committed a rule file since then; nobody while the edit is not committed."""
    try:
        said = ask_git(folder, "log", "-1", "--format=%an", f"--since={since.isoformat()}", "--", path)
    except UsageError:
        return ""
    return said.decode("utf-8", "replace").strip()
