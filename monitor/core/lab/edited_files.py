"""Puts an edited text in the place of the rules that it edits, so that it can be checked beside all other rule files.

The text is a whole rule file, or a part of one: a rule, or a list of rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from monitor.core.errors import Problem, errors_of
from monitor.core.rules import SourceFile, as_rule_file, rules_with_ids
from monitor.core.yaml_nodes import MappingNode, Mark, Node
from monitor.core.yaml_parser import parse_yaml

_NAME = "the text"
"""The name of an edited text that is no file as a whole, in place of the name of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePlace:
    """Where a file has a rule: its lines, from that of its dash to the last with text. Lines count from 1."""

    rule_id: str
    path: str
    first: int
    last: int
    indent: int
    """The number of characters before its first key, the dash among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedFiles:
    """The rule files of a configuration as an edited text changes them."""

    text: SourceFile
    """The edited text, with the path of the file that it replaces, or with one of its own in that file's folder."""
    others: tuple[SourceFile, ...] = ()
    """The other files, without the rules that are in the text."""
    rule_ids: tuple[str, ...] = ()
    """The ids of the rules in the text, as they are written there."""
    is_whole_file: bool = False
    """True if the text is that of a file, not only a part of one."""
    replaces_file: bool = False
    """True if it stands in for all of a file."""
    removed_ids: tuple[str, ...] = ()
    """The ids of rules of the replaced file that the text does not have."""
    places: tuple[RulePlace, ...] = ()
    """Where the files have rules with these ids."""
    problems: tuple[Problem, ...] = ()
    """Why the text cannot be read as YAML; then nothing else is known of it."""


def edit_files(text: str, files: Sequence[SourceFile], folder: str) -> EditedFiles:
    """Put a text in the place of the rules with its ids, or of the file of which it defines all rules, or a list."""
    new = SourceFile(str(PurePath(folder, _NAME)), text, may_be_excerpt=True)
    root, problems = parse_yaml(text, new.path)
    if errors_of(problems) or root is None:
        return EditedFiles(text=new, others=tuple(files), problems=tuple(problems))
    ids = tuple(rule_id for rule_id, _ in rules_with_ids(root))
    places = tuple(place for file in files for place in _places(file, ids))
    is_whole = as_rule_file(root) is root
    replaced, removed_ids = _replaced_file(root, places, files) if is_whole else (None, ())
    if replaced is not None:
        new = replace(new, path=replaced.path)
    elif places:
        new = replace(new, path=str(PurePath(places[0].path).with_name(_NAME)))
    return EditedFiles(
        text=new,
        others=tuple(replace(file, left_out=ids) for file in files if file is not replaced),
        rule_ids=ids,
        is_whole_file=is_whole,
        replaces_file=replaced is not None,
        removed_ids=removed_ids,
        places=places,
    )


def find_rule(file: SourceFile, rule_id: str) -> RulePlace | None:
    """Return where a file has a rule; None if it has not."""
    return next(_places(file, [rule_id]), None)


def _replaced_file(
    root: Node, places: Sequence[RulePlace], files: Sequence[SourceFile]
) -> tuple[SourceFile | None, tuple[str, ...]]:
    """Return the file of which a text has all rules, or a list or topic and some rule; also its rules not in the text.

    None if there is no such file.
    """
    path = places[0].path if places else ""
    file = next((file for file in files if file.path == path), None)
    before = parse_yaml(file.text, file.path)[0] if file else None
    if before is None:
        return None, ()
    ids = _ids(root)
    missing = tuple(rule_id for rule_id, _ in rules_with_ids(before) if rule_id not in ids)
    is_replaced = not missing or not _definitions(before).isdisjoint(_definitions(root))
    return (file, missing) if is_replaced else (None, ())


def _ids(root: Node) -> set[str]:
    return {rule_id for rule_id, _ in rules_with_ids(root)}


def _definitions(root: Node) -> set[tuple[str, str]]:
    """Return the names of the lists and topics of a file."""
    entries = root.entries if isinstance(root, MappingNode) else {}
    return {
        (key, name)
        for key in ("lists", "topics")
        if isinstance(names := entries.get(key), MappingNode)
        for name in names.entries
    }


def _places(file: SourceFile, ids: Sequence[str]) -> Iterator[RulePlace]:
    """Yield the places of rules with these ids in a file."""
    if not any(rule_id in file.text for rule_id in ids):
        return
    root, _ = parse_yaml(file.text, file.path)
    lines = file.text.split("\n")
    for rule_id, rule in () if root is None else rules_with_ids(root):
        if rule_id in ids:
            first, last = rule.mark.line, last_line(lines, rule.mark)
            yield RulePlace(rule_id=rule_id, path=file.path, first=first, last=last, indent=rule.mark.column - 1)


def last_line(lines: Sequence[str], mark: Mark) -> int:
    """Return the last line of an entry whose text begins at `mark`; comments to the left of it end no entry."""
    last = mark.line
    for number, line in enumerate(lines[mark.line :], mark.line + 1):
        is_outside = line[: mark.column - 1].strip() != ""
        if is_outside and not line.lstrip().startswith("#"):
            break
        if line.strip() and not is_outside:
            last = number
    return last
