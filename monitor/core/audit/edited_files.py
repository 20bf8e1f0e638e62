"""Rule files with an edit: one insertion into one rule or list, and a test of it."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.core import rules
from monitor.core.audit import rule_edits
from monitor.core.errors import UsageError, errors_of
from monitor.core.matching.rulebook import Rule
from monitor.core.rules import SourceFile


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEdit:
    """One insertion into one rule file, with the test that it passes."""

    rule_id: str
    path: str
    target: str
    """`any` or `none` of the rule, or `list NAME`."""
    entry: str
    """As YAML."""
    test: str = ""
    """The title of an article that must match, or must not, after the edit."""

    @property
    def kind(self) -> str:
        """Whether the test is of a hit or of a miss."""
        return "miss" if self.target == "none" else "hit"


def applied(files: Sequence[SourceFile], edit: RuleEdit) -> list[SourceFile]:
    """Return the files with an edit and its test; UsageError if it does not fit them any more."""
    texts = {file.path: file.text for file in files}
    path = edit.path
    if path not in texts:
        raise UsageError(f"{path} is not there any more")
    if edit.target.startswith("list "):
        texts[path] = rule_edits.insert_into_list(texts[path], path, edit.target.removeprefix("list "), edit.entry)
    else:
        texts[path] = rule_edits.insert(texts[path], path, edit.rule_id, edit.target, edit.entry)
    if edit.test:
        own = next(file for file in files if defines_rule(file, edit.rule_id))
        test = f"{{{edit.kind}: {rule_edits.quoted(edit.test)}}}"
        texts[own.path] = rule_edits.insert(texts[own.path], own.path, edit.rule_id, "tests", test)
    return [SourceFile(path, text) for path, text in texts.items()]


def diff_of(before: Sequence[SourceFile], after: Sequence[SourceFile]) -> str:
    """Return the difference as a unified diff."""
    new = {file.path: file.text for file in after}
    parts: list[str] = []
    for file in before:
        if new[file.path] != file.text:
            old, edited = (text.splitlines(keepends=True) for text in (file.text, new[file.path]))
            parts += difflib.unified_diff(old, edited, fromfile=file.path, tofile=file.path, n=1)
    return "".join(parts)


def rule_in(files: Sequence[SourceFile], rule_id: str) -> Rule:
    """Return the rule that the files define; UsageError if they have an error."""
    own = [file for file in files if defines_rule(file, rule_id)]
    book, problems = rules.load(own, beside=[file for file in files if file not in own], warn=False)
    if errors := errors_of(problems):
        raise UsageError(f"the rules have an error: {errors[0]}")
    return book.rule(rule_id)


def defines_rule(file: SourceFile, rule_id: str) -> bool:
    """Return True if a file defines the rule."""
    if rule_id not in file.text:  # to parse all files takes long
        return False
    try:
        rule_edits.has_key(file.text, file.path, rule_id, "any")
    except UsageError:
        return False
    return True
