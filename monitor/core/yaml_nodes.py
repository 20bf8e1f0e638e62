"""The tree of a YAML file: its values as text, each with its position. `yaml_parser` builds it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeGuard

from monitor.core.errors import Problem


class Mark(NamedTuple):
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


class ScalarNode(NamedTuple):
    """One scalar, as text."""

    text: str
    mark: Mark
    style: str = ""
    """The character that opens it: a quote, `|` or `>`; empty when plain."""
    lines: int = 1
    """How many lines of the file it takes."""
    indent: int = 0
    """How many spaces each line of a block begins with."""
    joined: Mark | None = None
    """Where a further line of a plain text begins with a dash: meant as an entry, but read as part of the text."""

    @property
    def plain(self) -> bool:
        """True if it is neither quoted nor a block."""
        return not self.style

    @property
    def null(self) -> bool:
        """True for an empty plain scalar, `~` or `null`."""
        return self.plain and self.text in {"", "~", "null"}


@dataclass(frozen=True, slots=True)
class SequenceNode:
    """A list of nodes."""

    entries: tuple[Node, ...]
    mark: Mark


@dataclass(frozen=True, slots=True)
class MappingNode:
    """A mapping; `keys` holds the mark of each key."""

    entries: Mapping[str, Node]
    mark: Mark
    keys: Mapping[str, Mark] = field(default_factory=dict)


Node = ScalarNode | SequenceNode | MappingNode


def has_value(node: Node | None) -> TypeGuard[Node]:
    """Return False for the value of a key that is absent, or that has nothing after its colon."""
    return node is not None and not (isinstance(node, ScalarNode) and node.null)


def walk(node: Node) -> Iterator[Node]:
    """Yield the node and all below it."""
    yield node
    if isinstance(node, ScalarNode):
        return
    for child in node.entries.values() if isinstance(node, MappingNode) else node.entries:
        yield from walk(child)
