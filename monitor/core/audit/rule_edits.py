"""Inserts an entry into the YAML of a rule, and nothing else: comments, order and layout stay as they are.

An entry is put in front of the others of its list, in brackets or on a line of its own, as the list is written.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from monitor.core import documents
from monitor.core.documents import Scalar, Sequence, Tree
from monitor.core.errors import UsageError

if TYPE_CHECKING:
    from monitor.core.documents import Mark, Node

_PLAIN = re.compile(r"[^\W\d_]+(?: [^\W\d_]+)*")
_RESERVED = {"yes", "no", "on", "off", "true", "false", "null", "y", "n"}


def quoted(text: str) -> str:
    """Return a text as YAML writes it: plain if that is safe, else in double quotes."""
    if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    return json.dumps(text, ensure_ascii=False)


def near(first: str, second: str, distance: int) -> str:
    """Return the condition that two terms occur near each other, as YAML."""
    return f"{{near: {distance}, of: [{quoted(first)}, {quoted(second)}]}}"


def insert(text: str, path: str, rule_id: str, key: str, entry: str) -> str:
    """Insert an entry into the list `key` of a rule, which is made if it is missing; UsageError if that cannot be."""
    rule = _rule(text, path, rule_id)
    node = rule.entries.get(key)
    if node is None:
        return _with_key(text, rule, key, entry)
    return _with_entry(text, node, entry, f"{path}: '{key}' of rule '{rule_id}'")


def insert_into_list(text: str, path: str, name: str, entry: str) -> str:
    """Insert an entry into a named list; UsageError if that cannot be."""
    root, _ = documents.parse_document(text, path)
    lists = root.entries.get("lists") if isinstance(root, Tree) else None
    node = lists.entries.get(name) if isinstance(lists, Tree) else None
    if isinstance(node, Tree):
        node = node.entries.get("variants")
    if node is None:
        raise UsageError(f"{path}: there is no list '{name}'")
    return _with_entry(text, node, entry, f"{path}: list '{name}'")


def list_names(text: str, path: str) -> tuple[str, ...]:
    """Return the names of the lists that a file defines."""
    root, _ = documents.parse_document(text, path)
    lists = root.entries.get("lists") if isinstance(root, Tree) else None
    return tuple(lists.entries) if isinstance(lists, Tree) else ()


def has_key(text: str, path: str, rule_id: str, key: str) -> bool:
    """Return True if a rule has a list `key` that entries can be added to."""
    return isinstance(_rule(text, path, rule_id).entries.get(key), Sequence)


def has_condition(text: str, path: str, rule_id: str) -> bool:
    """Return True if the rule's condition is written with operators, which allows `none` beside them."""
    return "query" not in _rule(text, path, rule_id).entries


def _rule(text: str, path: str, rule_id: str) -> Tree:
    root, problems = documents.parse_document(text, path)
    rules = root.entries.get("rules") if isinstance(root, Tree) else None
    for node in rules.entries if isinstance(rules, Sequence) else ():
        identity = node.entries.get("id") if isinstance(node, Tree) else None
        if isinstance(node, Tree) and isinstance(identity, Scalar) and identity.text == rule_id:
            return node
    reason = f": {problems[0].message}" if problems else ""
    raise UsageError(f"{path}: there is no rule '{rule_id}'{reason}")


def _with_entry(text: str, node: Node, entry: str, where: str) -> str:
    at = _offset(text, node.mark)
    if not isinstance(node, Sequence):
        raise UsageError(f"{where} is not a list; put it into brackets first")
    if text[at] == "[":
        return f"{text[: at + 1]}{entry}, {text[at + 1 :].lstrip(' ')}"
    return f"{text[:at]}- {entry}\n{' ' * (node.mark.column - 1)}{text[at:]}"


def _with_key(text: str, rule: Tree, key: str, entry: str) -> str:
    """Add a list with one entry: in front of the tests, which come last, else at the beginning of the rule."""
    at = _offset(text, rule.mark)
    if text[at] == "{":
        return f"{text[: at + 1]}{key}: [{entry}], {text[at + 1 :]}"
    mark = rule.keys.get("tests", rule.mark)
    before = _offset(text, mark)
    return f"{text[:before]}{key}: [{entry}]\n{' ' * (mark.column - 1)}{text[before:]}"


def _offset(text: str, mark: Mark) -> int:
    """Return the place of a mark in the text; lines end with line feeds, and columns count characters."""
    lines = text.split("\n")
    return sum(len(line) + 1 for line in lines[: mark.line - 1]) + mark.column - 1
