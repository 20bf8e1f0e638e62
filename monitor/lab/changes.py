"""Which rules changed since an instant, and who changed them: what git says of the rules' folder.

A folder that is not in git, or was not yet, has no earlier self there: then git has nothing to say, and nothing fails.
"""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.core.digests import rule_changes
from monitor.core.errors import ConfigurationError, UsageError
from monitor.core.model import RuleId
from monitor.lab.versions import ask_git, book_at

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.digests import RuleChange
    from monitor.core.rules.rulebook import RuleBook


def changes_since(rules: RuleBook, folder: Path, since: datetime) -> tuple[RuleChange, ...] | None:
    """Compare the rules in force with those that were committed at an instant; None when git does not know them."""
    try:
        at_that_time = ("rev-list", "-1", f"--before={since.isoformat()}", "HEAD", "--", ".")
        revision = ask_git(folder, *at_that_time).decode().strip()
        before = book_at(revision, folder) if revision else None
    except (UsageError, ConfigurationError):
        return None
    if before is None:
        return None
    author = cache(partial(_author, folder=folder, since=since))  # git is asked once a file, not once a rule
    paths = {rule.id: str(Path(rule.mark.path).resolve()) for rule in rules.rules}
    old, new = rule_changes.states(before.rules), rule_changes.states(rules.rules)
    return rule_changes.changes(old, new, lambda rule_id: author(paths[RuleId(rule_id)]))


def _author(path: str, folder: Path, since: datetime) -> str:
    """Name who last committed a rule file since then; nobody while the edit is not committed."""
    try:
        said = ask_git(folder, "log", "-1", "--format=%an", f"--since={since.isoformat()}", "--", path)
    except UsageError:
        return ""
    return said.decode("utf-8", "replace").strip()
