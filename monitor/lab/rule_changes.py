"""The rules that changed in a period, and who changed them, by the git history of the rules folder.

A folder that is not in git, or was not at the time, has no history; that is not an error.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache, partial
from pathlib import Path

from monitor.core.digests import rule_changes
from monitor.core.digests.digest import RuleChange
from monitor.core.errors import ConfigurationError, UsageError
from monitor.core.matching.rulebook import Rule, RuleBook
from monitor.core.model import RuleId
from monitor.lab.rule_versions import book_at, run_git


def changes_since(
    rules: RuleBook, folder: Path, since: datetime, until: datetime | None = None
) -> tuple[RuleChange, ...] | None:
    """Compare the rules in force with those that were committed at an instant; None when git does not know them.

    With `until`, of a time in the past: those that were committed then are compared instead.
    """
    try:
        before = _committed_rules(folder, since)
        after = rules if until is None else _committed_rules(folder, until)
    except (UsageError, ConfigurationError):
        return None
    if before is None or after is None:
        return None
    author = cache(partial(_author, folder=folder, since=since, until=until))  # one git call per file, not per rule
    paths = {rule.id: _path(rule, folder) for rule in after.rules}
    old, new = rule_changes.rule_states(before.rules), rule_changes.rule_states(after.rules)
    return rule_changes.compare_rules(old, new, lambda rule_id: author(paths[RuleId(rule_id)]))


def _committed_rules(folder: Path, at: datetime) -> RuleBook | None:
    """Read the rules as they were committed at an instant; None where there were none."""
    at_that_time = ("rev-list", "-1", f"--before={at.isoformat()}", "HEAD", "--", ".")
    revision = run_git(folder, *at_that_time).decode().strip()
    return book_at(revision, folder) if revision else None


def _path(rule: Rule, folder: Path) -> str:
    """Return the place of a rule, now or earlier; rules of an earlier time have it as `REVISION:NAME`."""
    own = Path(rule.mark.path)
    return str((own if own.exists() else folder / rule.mark.path.rpartition(":")[2]).resolve())


def _author(path: str, folder: Path, since: datetime, until: datetime | None) -> str:
    """Return the author of the last commit to a rule file in that time; empty if the edit is not committed."""
    ended = () if until is None else (f"--until={until.isoformat()}",)
    try:
        output = run_git(folder, "log", "-1", "--format=%an", f"--since={since.isoformat()}", *ended, "--", path)
    except UsageError:
        return ""
    return output.decode("utf-8", "replace").strip()
