"""The configuration that is in force: its files as text, and the edits that were refused since."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor.core.counts import count
from monitor.core.errors import Problem, count_errors, errors_of

ConfigTexts = Mapping[str, str]
"""The text of each file of a configuration folder, by its path within the folder: `rules/ai.yaml`.

Of the articles that tests of rules name, it is the SHA-256 of the file, empty if it cannot be read, by `fixtures/` and
its path within the folder of the rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An edit that is not in force: the whole folder, or the edit of one rule."""

    problem: Problem
    rule_id: str = ""
    """The rule whose edit was refused; empty if the whole folder was."""
    more: int = 0
    """Further errors in the same folder."""
    instead: str = "the last good configuration stays in force"
    """What is in force."""

    def __str__(self) -> str:
        """Render as one line: where, what is wrong, and what is in force instead."""
        problem = self.problem
        more = f" (and {count(self.more, 'more error')})" if self.more else ""
        return f"{problem.where}: {problem.code} {problem.message}{more}; {self.instead}"


def refusals_of_folder(problems: Iterable[Problem]) -> tuple[Refusal, ...]:
    """Return the refusal of a whole folder: its first error, and how many more there are."""
    errors = errors_of(problems)
    return (Refusal(problem=errors[0], more=count_errors(errors) - 1),) if errors else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConfiguration:
    """The configuration in force as the database keeps it. Secrets are references in it, never values."""

    texts: ConfigTexts
    saved_at: datetime
    held_rules: Mapping[str, ConfigTexts] = field(default_factory=dict)
    """The rule files, by rule id, that define the version in force of a rule whose edit was refused.

    No files: no version was ever in force, and the rule runs with status test.
    """


def texts_digest(texts: ConfigTexts) -> str:
    """Return a hash that differs if any path or text differs."""
    digest = hashlib.sha256()
    for path in sorted(texts):
        for part in (path, texts[path]):
            encoded = part.encode("utf-8", "replace")
            digest.update(f"{len(encoded)}\0".encode() + encoded)
    return digest.hexdigest()


def summarize_refusals(refusals: Sequence[Refusal], limit: int) -> list[str]:
    """Return one line for each refusal, and a last one that counts those beyond the limit."""
    lines = [str(refusal) for refusal in refusals[:limit]]
    return [*lines, f"and {count(len(refusals) - limit, 'more refused edit')}"] if len(refusals) > limit else lines
