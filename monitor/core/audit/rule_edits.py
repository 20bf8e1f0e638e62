"""Inserts an entry into the YAML of a rule, and nothing else: comments, order and layout stay as they are.

An entry is put in front of the others of its list, in brackets or on a line of its own, as the list is written. The
edited text is parsed again: if anything else than that entry changed, the edit is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from itertools import islice

from monitor.core.errors import UsageError
from monitor.core.yaml_nodes import MappingNode, Mark, Node, ScalarNode, SequenceNode
from monitor.core.yaml_parser import parse_yaml

_PLAIN = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)*")
_LINE_ENDS = "\n\r\x85\u2028\u2029"
_BREAK = re.compile(f"\r\n|[{_LINE_ENDS}]")
_RESERVED = {"yes", "no", "on", "off", "true", "false", "null", "y", "n"}


def quoted(text: str) -> str:
    """Return a text as YAML writes it: plain if that is safe, else in double quotes."""
    if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    return json.dumps(text, ensure_ascii=False)


def near_condition(first: str, second: str, distance: int) -> str:
    """Return the condition that two terms occur near each other, as YAML."""
    return f"{{near: {distance}, of: [{quoted(first)}, {quoted(second)}]}}"


def insert(text: str, path: str, rule_id: str, key: str, entry: str) -> str:
    """Insert an entry into the list `key` of a rule, which is made if it is missing; UsageError if that cannot be."""
    rule = _rule(text, path, rule_id)
    node = rule.entries.get(key)
    where = f"{path}: '{key}' of rule '{rule_id}'"
    edited = _with_key(text, rule, key, entry) if node is None else _with_entry(text, node, entry, where)
    after = _rule(edited, path, rule_id)
    added = after.entries.get(key)
    if not _has_only(added, node, entry) or _values(after, {key}) != _values(rule, {key}):
        raise UsageError(_cannot_insert(where, entry))
    return _checked(text, edited, where, entry)


def insert_into_list(text: str, path: str, name: str, entry: str) -> str:
    """Insert an entry into a named list; UsageError if that cannot be."""
    node, where = _list(text, path, name), f"{path}: list '{name}'"
    if node is None:
        raise UsageError(f"{path}: there is no list '{name}'")
    edited = _with_entry(text, node, entry, where)
    if not _has_only(_list(edited, path, name), node, entry):
        raise UsageError(_cannot_insert(where, entry))
    return _checked(text, edited, where, entry)


def list_names(text: str, path: str) -> tuple[str, ...]:
    """Return the names of the lists that a file defines."""
    return tuple(_lists(text, path))


def has_key(text: str, path: str, rule_id: str, key: str) -> bool:
    """Return True if a rule has a list `key` that entries can be added to."""
    return isinstance(_rule(text, path, rule_id).entries.get(key), SequenceNode)


def has_condition(text: str, path: str, rule_id: str) -> bool:
    """Return True if the rule's condition is written with operators, which allows `none` beside them."""
    return "query" not in _rule(text, path, rule_id).entries


def _rule(text: str, path: str, rule_id: str) -> MappingNode:
    root, problems = parse_yaml(text, path)
    rules = root.entries.get("rules") if isinstance(root, MappingNode) else None
    for node in rules.entries if isinstance(rules, SequenceNode) else ():
        identity = node.entries.get("id") if isinstance(node, MappingNode) else None
        if isinstance(node, MappingNode) and isinstance(identity, ScalarNode) and identity.text == rule_id:
            return node
    reason = f": {problems[0].message}" if problems else ""
    raise UsageError(f"{path}: there is no rule '{rule_id}'{reason}")


def _lists(text: str, path: str) -> Mapping[str, Node]:
    root, _ = parse_yaml(text, path)
    lists = root.entries.get("lists") if isinstance(root, MappingNode) else None
    return lists.entries if isinstance(lists, MappingNode) else {}


def _list(text: str, path: str, name: str) -> Node | None:
    node = _lists(text, path).get(name)
    return node.entries.get("variants") if isinstance(node, MappingNode) else node


def _has_only(added: Node | None, before: Node | None, entry: str) -> bool:
    """Return True if a list has the entry in front of what it had before."""
    old = before.entries if isinstance(before, SequenceNode) else ()
    new = parse_yaml(entry, "")[0]
    if not isinstance(added, SequenceNode) or new is None or len(added.entries) != len(old) + 1:
        return False
    return [_values(each) for each in added.entries] == [_values(each) for each in (new, *old)]


def _checked(text: str, edited: str, where: str, entry: str) -> str:
    """Return the edited text; UsageError if it has a problem that the text does not have."""
    before, after = (parse_yaml(each, "") for each in (text, edited))
    if after[0] is None or len(after[1]) > len(before[1]):
        raise UsageError(_cannot_insert(where, entry))
    return edited


def _values(node: Node, without: Collection[str] = ()) -> object:
    """Return the values of a node without their positions, to compare them."""
    if isinstance(node, MappingNode):
        return {key: _values(value) for key, value in node.entries.items() if key not in without}
    if isinstance(node, SequenceNode):
        return [_values(each) for each in node.entries]
    return node.text, node.plain


def _cannot_insert(where: str, entry: str) -> str:
    return f"{where} is written in a way that no entry can be inserted into; add this one by hand: {entry}"


def _with_entry(text: str, node: Node, entry: str, where: str) -> str:
    at = _offset(text, node.mark)
    if not isinstance(node, SequenceNode):
        raise UsageError(f"{where} is not a list; put it into brackets first, or add this entry by hand: {entry}")
    if text[at] != "[":
        return f"{text[:at]}- {entry}{_line_end(text)}{_indent(text, at)}{text[at:]}"
    if node.entries and node.entries[0].mark.line > node.mark.line:
        first = _offset(text, node.entries[0].mark)
        return f"{text[:first]}{entry},{_line_end(text)}{_indent(text, first)}{text[first:]}"
    rest = text[at + 1 :].lstrip(" ")
    return f"{text[: at + 1]}{entry}{', ' if node.entries else ''}{rest}"


def _with_key(text: str, rule: MappingNode, key: str, entry: str) -> str:
    """Add a list with one entry: in front of the tests, which stand last, else after the first key, which is the id."""
    at = _offset(text, rule.mark)
    if text[at] == "{":
        return f"{text[: at + 1]}{key}: [{entry}], {text[at + 1 :]}"
    second = _offset(text, next(islice(rule.keys.values(), 1, None), rule.mark))
    after_first = second if text[_line_start(text, second) : second].isspace() else at
    before = _offset(text, rule.keys["tests"]) if "tests" in rule.keys else after_first
    return f"{text[:before]}{key}: [{entry}]{_line_end(text)}{_indent(text, before)}{text[before:]}"


def _line_start(text: str, at: int) -> int:
    return max(text.rfind(end, 0, at) for end in _LINE_ENDS) + 1


def _indent(text: str, at: int) -> str:
    """Return what stands before a place on its line, with spaces for all but tabs, so that a next line is aligned."""
    line = text[_line_start(text, at) : at]
    return "".join(character if character == "\t" else " " for character in line)


def _line_end(text: str) -> str:
    """Return how the lines of a file end: as its first one does."""
    match = _BREAK.search(text)
    return match[0] if match else "\n"


def _offset(text: str, mark: Mark) -> int:
    """Return the place of a mark in the text; lines end where YAML says, and columns count characters."""
    starts = [0, *(match.end() for match in _BREAK.finditer(text))]
    return starts[mark.line - 1] + mark.column - 1
