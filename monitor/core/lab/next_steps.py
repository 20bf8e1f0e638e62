"""What to do with a text that was tried: the file and the lines that it belongs to, and what would change there."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, count, islice
from pathlib import PurePath

from monitor.core.counts import join_names
from monitor.core.lab.edited_files import EditedFiles, RulePlace, last_line
from monitor.core.rules import SourceFile, rules_with_ids
from monitor.core.yaml_nodes import MappingNode, Node
from monitor.core.yaml_parser import parse_yaml

MAX_DIFF_LINES = 200
"""Lines of a difference that are shown; the others are counted."""
_MAX_COMPARED_LINES = 20_000
"""Lines of a file and of its edited version that are compared, which takes a second at most."""
_NEW_FILE = "version: 1\n\nrules:\n"
_NEW_INDENT = "  - "
_MAX_NAMES = 5


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a difference: `+` added, `-` removed, ` ` unchanged, `@` where a part begins."""

    mark: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDiff:
    """What would change in a file."""

    name: str
    lines: tuple[DiffLine, ...] = ()
    unlisted: int = 0
    note: str = ""
    """Why there are no lines, although there may be a difference."""

    @property
    def is_unchanged(self) -> bool:
        """True if there is no difference."""
        return not self.lines and not self.note


@dataclass(frozen=True, slots=True, kw_only=True)
class NextSteps:
    """What to do so that the text comes into force."""

    sentence: str
    diffs: tuple[FileDiff, ...] = ()
    yaml: str = ""
    """The text with the indentation, or the lines around it, that the file needs; empty if it can be used as it is."""
    remark: str = ""
    """What the daemon would not do, as a sentence."""
    is_new: bool = False
    """True if a rule of the text is in no file yet."""
    is_done: bool = False
    """True if the files in force have the text already."""


def id_notes(edited: EditedFiles, opened_id: str, folder: str) -> tuple[str, ...]:
    """Say which rules a text would remove, which it would replace beside the opened one, and whether it lacks that."""
    taken = [place for place in edited.places if place.rule_id != opened_id]
    notes = []
    if edited.removed_ids:
        where = _name(edited.text.path, folder)
        notes.append(
            f"The text would remove {_quoted(edited.removed_ids)} from {where}, which it replaces. To avoid this,"
            " try the rule without the lists and topics of the file, or the whole content of the file."
        )
    if opened_id and edited.rule_ids and opened_id not in {*edited.rule_ids, *edited.removed_ids}:
        notes.append(f"The text does not have the rule '{opened_id}', which would stay as it is.")
    if taken and not edited.replaces_file:
        where = join_names([f"'{each.rule_id}' ({_where(each, folder)})" for each in taken], _MAX_NAMES)
        notes.append(f"There is a rule {where} already: this text would replace it. A new rule needs an id of its own.")
    return tuple(notes)


def next_steps(
    edited: EditedFiles, files: Sequence[SourceFile], folder: str, inactive: Collection[str] = ()
) -> NextSteps | None:
    """Return what to do with a text without errors; None if it has no rules.

    `inactive` are the rules of the text that the daemon would not run because of their status.
    """
    if not edited.rule_ids:
        return None
    root, _ = parse_yaml(edited.text.text, edited.text.path)
    if root is None:
        return None
    idle = f" It does not run {_quoted(inactive)} while the status is draft or retired." if inactive else ""
    if edited.replaces_file:
        before = next(file.text for file in files if file.path == edited.text.path)
        diffs = (_diff(_name(edited.text.path, folder), before, edited.text.text),)
        steps = NextSteps(sentence=f"Replace the content of {diffs[0].name} by the text.", diffs=diffs)
    else:
        steps = _steps_of_rules(edited, root, files, folder)
    if not steps.is_new and all(file.is_unchanged for file in steps.diffs):
        return NextSteps(sentence="The files in force have this text already.", is_done=True)
    return replace(steps, remark=idle.strip())


def _steps_of_rules(edited: EditedFiles, root: Node, files: Sequence[SourceFile], folder: str) -> NextSteps:
    """Return what to do with a text that has rules of files, or new ones."""
    rules = {rule_id: _entry(edited.text.text, rule) for rule_id, rule in rules_with_ids(root)}
    new = [rule_id for rule_id in rules if all(place.rule_id != rule_id for place in edited.places)]
    where = [f"the rule '{each.rule_id}' in {_where(each, folder)}" for each in edited.places]
    sentences = [f"Put the text in place of {join_names(where, _MAX_NAMES)}."] if where else []
    if new:
        what = "the text" if not where else _quoted(new)
        name = _unused_name(new[0], files, folder)
        sentences.append(f"Save {what} as a new file, such as {name}, or add it to the rules of another.")
    if where and isinstance(root, MappingNode) and not root.keys.keys().isdisjoint(("lists", "topics")):
        sentences.append("Its lists and topics belong under those keys of a file, too.")
    return NextSteps(
        sentence=" ".join(sentences),
        diffs=tuple(_changed_files(edited.places, rules, files, folder)),
        yaml=_needed(edited, rules, new),
        is_new=bool(new),
    )


def _quoted(ids: Collection[str]) -> str:
    return join_names([f"'{rule_id}'" for rule_id in ids], _MAX_NAMES)


def _needed(edited: EditedFiles, rules: dict[str, list[str]], new: Sequence[str]) -> str:
    """Return the text as a file needs it; empty if it can be pasted as it is."""
    if edited.is_whole_file and not edited.places:
        return ""
    prefix = {each.rule_id: " " * (each.indent - 2) + "- " for each in edited.places if each.indent >= 2}
    entries = [line for rule_id, entry in rules.items() for line in _indented(entry, prefix.get(rule_id, _NEW_INDENT))]
    text = (_NEW_FILE if new and not edited.places else "") + "\n".join(entries) + "\n"
    return "" if text.strip() == edited.text.text.strip() and text.startswith(edited.text.text[:1]) else text


def _changed_files(
    places: Sequence[RulePlace], rules: dict[str, list[str]], files: Sequence[SourceFile], folder: str
) -> Iterator[FileDiff]:
    for file in files:
        own = sorted((each for each in places if each.path == file.path), key=lambda each: -each.first)
        lines = file.text.split("\n")
        if not own:
            continue
        name = _name(file.path, folder)
        if any(lines[place.first - 1][: place.indent].strip() not in {"", "-"} for place in own):
            yield FileDiff(name=name, note="The file has the rule within brackets: change it there.")
            continue
        for place in own:
            prefix = lines[place.first - 1][: place.indent]
            lines[place.first - 1 : place.last] = _indented(rules[place.rule_id], prefix)
        yield _diff(name, file.text, "\n".join(lines))


def _entry(text: str, rule: Node) -> list[str]:
    """Return the lines of a rule in a text, without the indentation of its keys."""
    lines, indent = text.split("\n"), rule.mark.column - 1
    own = lines[rule.mark.line - 1 : last_line(lines, rule.mark)]
    return [line[indent:] if number == 0 or not line[:indent].strip() else line for number, line in enumerate(own)]


def _indented(entry: Sequence[str], prefix: str) -> list[str]:
    rest = " " * len(prefix)
    return [f"{prefix if number == 0 else rest}{line}" if line.strip() else "" for number, line in enumerate(entry)]


def _diff(name: str, before: str, after: str) -> FileDiff:
    old, new = before.rstrip("\n").split("\n"), after.rstrip("\n").split("\n")
    if len(old) + len(new) > _MAX_COMPARED_LINES:
        return FileDiff(name=name, note="The file is too long to be compared here.")
    changed = [
        DiffLine("@", line.strip("@ ")) if line.startswith("@@") else DiffLine(line[:1], line[1:])
        for line in islice(difflib.unified_diff(old, new, lineterm=""), 2, None)  # after the names of the files
    ]
    return FileDiff(name=name, lines=tuple(changed[:MAX_DIFF_LINES]), unlisted=max(0, len(changed) - MAX_DIFF_LINES))


def _unused_name(rule_id: str, files: Sequence[SourceFile], folder: str) -> str:
    """Return a name for a new file that no file has, also where capitals do not count."""
    used = {_name(file.path, folder).casefold() for file in files}
    names = chain([f"rules/{rule_id}.yaml"], (f"rules/{rule_id}-{number}.yaml" for number in count(2)))
    return next(name for name in names if name not in used)


def _where(place: RulePlace, folder: str) -> str:
    lines = f"line {place.first}" if place.first == place.last else f"lines {place.first} to {place.last}"
    return f"{_name(place.path, folder)}, {lines}"


def _name(path: str, folder: str) -> str:
    return f"rules/{PurePath(path).relative_to(folder).as_posix()}"
