"""A YAML file as a tree of plain values that remember where they stand.

Scalars stay text (`no`, `12:30` and `010` are what the analyst typed), duplicate keys, anchors, aliases and tags are
problems, and a hostile file (1 MB, 100 levels) is refused with one line. The surprise: `safe_load` is never used,
because it would turn a country code into False and let the last of two equal keys win in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from monitor.core.errors import Problem

MAX_BYTES = 1_000_000
MAX_DEPTH = 100
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a node starts; both count from 1."""

    path: str
    line: int
    column: int

    def problem(self, code: str, message: str) -> Problem:
        """Make an error that points here."""
        return Problem(self.path, self.line, self.column, code, message)

    def warning(self, code: str, message: str) -> Problem:
        """Make a warning that points here."""
        return Problem(self.path, self.line, self.column, code, message, "warning")


@dataclass(frozen=True, slots=True)
class Scalar:
    """One scalar, as text. `plain` is False for quoted and block scalars, `null` True for an empty or `~` plain one."""

    text: str
    mark: Mark
    plain: bool = True
    block: bool = False

    @property
    def null(self) -> bool:
        """YAML's nothing: an empty plain scalar, `~` or `null`."""
        return self.plain and self.text in {"", "~", "null"}


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    entries: tuple[Node, ...]
    mark: Mark


@dataclass(frozen=True, slots=True)
class Tree:
    """A mapping; `keys` holds the mark of each key."""

    entries: Mapping[str, Node]
    mark: Mark
    keys: Mapping[str, Mark] = field(default_factory=dict)


Node = Scalar | Sequence | Tree


def read(text: str, path: str) -> tuple[Node | None, list[Problem]]:
    """Read one document; None with problems when it cannot be used, None without for an empty file."""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        return None, [Problem(path, 0, 0, "E001", f"file is larger than {MAX_BYTES // 1_000_000} MB; split it")]
    try:
        refused = _forbidden(text, path)
        if refused:
            return None, refused
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        return None, [_syntax(error, text, path)]
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return None, [Problem(path, 0, 0, "E001", f"not readable as YAML: {' '.join(str(error).split())[:200]}")]
    if root is None:
        return None, []
    problems: list[Problem] = []
    return _convert(root, path, problems), problems


def _forbidden(text: str, path: str) -> list[Problem]:
    """Find what would be dangerous to compose: depth, anchors, aliases, tags, a second document."""
    problems: list[Problem] = []
    depth = documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        mark = _mark(event.start_mark, path)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        if depth > MAX_DEPTH:
            return [mark.problem("E001", f"nested more than {MAX_DEPTH} levels deep")]
        if documents > 1:
            return [mark.problem("E001", "a second document ('---') in one file; make it a file of its own")]
        if isinstance(event, yaml.AliasEvent):
            problems.append(
                mark.problem("E001", f"alias '*{event.anchor}' is not allowed; quote a term that starts with *")
            )
        elif isinstance(event, yaml.NodeEvent) and event.anchor:
            problems.append(
                mark.problem("E001", f"anchor '&{event.anchor}' is not allowed; quote a term that starts with &")
            )
        if tag := getattr(event, "tag", None):
            problems.append(mark.problem("E001", f"tag '{tag}' is not allowed; quote a term that starts with !"))
    return problems


def _convert(node: yaml.Node, path: str, problems: list[Problem]) -> Node:
    mark = _mark(node.start_mark, path)
    if isinstance(node, yaml.ScalarNode):
        return Scalar(node.value, mark, plain=node.style is None or node.style == "", block=node.style in ("|", ">"))
    if isinstance(node, yaml.SequenceNode):
        return Sequence(tuple(_convert(child, path, problems) for child in node.value), mark)
    entries: dict[str, Node] = {}
    keys: dict[str, Mark] = {}
    for key, value in node.value:
        at = _mark(key.start_mark, path)
        if not isinstance(key, yaml.ScalarNode):
            problems.append(at.problem("E001", "a key must be plain text; quote values that hold { or ["))
        elif key.value in entries:
            problems.append(at.problem("E003", f"duplicate key '{key.value}' (YAML would silently keep only the last)"))
        else:
            entries[key.value] = _convert(value, path, problems)
            keys[key.value] = at
    return Tree(entries, mark, keys)


def _mark(mark: Any, path: str) -> Mark:
    return Mark(path, mark.line + 1, mark.column + 1)


_HINTS = (
    (re.compile(r"found character '(.)' that cannot start"), "quote the text that starts with '{0}'"),
    (re.compile(r"mapping values are not allowed"), "quote the text that holds ': '"),
    (re.compile(r"could not find expected ':'"), "is a ':' or a quote missing?"),
    (re.compile(r"expected ',' or '[\]}]'"), "a comma or bracket is missing, or text that holds ? : , must be quoted"),
    (re.compile(r"found undefined alias"), "quote the text that starts with '*'"),
    (re.compile(r"unexpected end of stream|EOF"), "a quote or bracket is not closed"),
    (re.compile(r"found unexpected ':'"), "quote the text that holds ':'"),
    (re.compile(r"found a tab|\\t"), "indent with spaces, not tabs"),
)


def _syntax(error: yaml.MarkedYAMLError, text: str, path: str) -> Problem:
    said = " ".join(str(error.problem or error.context or "not YAML").split())
    hint = next(
        (h.format(*m.groups()) for pattern, h in _HINTS if (m := pattern.search(said))), "check quotes and indentation"
    )
    at = error.problem_mark or error.context_mark
    if at is None:
        return Problem(path, 0, 0, "E001", f"YAML: {said}; {hint}")
    line = min(at.line + 1, text.count("\n") + 1)
    return Problem(path, line, at.column + 1, "E001", f"YAML: {said}; {hint}")


def walk(node: Node) -> Iterator[Node]:
    """Yield the node and all below it."""
    yield node
    below = node.entries.values() if isinstance(node, Tree) else node.entries if isinstance(node, Sequence) else ()
    for child in below:
        yield from walk(child)
