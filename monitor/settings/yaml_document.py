"""One configuration file as YAML: its syntax tree, and its data with variables replaced."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from monitor.config_types.values import TYPE
from monitor.core.errors import Problem
from monitor.core.yaml_nodes import MappingNode, Mark, Node, ScalarNode, SequenceNode, has_value, walk
from monitor.core.yaml_parser import parse_yaml

Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """A file that is valid YAML. `data` holds text, lists and mappings only, and None for keys without a value."""

    root: MappingNode
    data: dict[str, Any]

    def node(self, location: Location) -> Node:
        """Return the node at a location, or its nearest ancestor that exists."""
        node: Node = self.root
        for step in location:
            below = _child(node, step)
            if below is None:
                return node
            node = below
        return node

    def marks_around(self, marks: Collection[Mark]) -> set[Mark]:
        """Return where the mappings start that have a text at one of these places."""
        mappings = (node for node in walk(self.root) if isinstance(node, MappingNode))
        return {node.mark for node in mappings if any(below.mark in marks for below in node.entries.values())}

    def mark(self, location: Location) -> Mark:
        """Return where the value at a location starts."""
        return self.node(location).mark

    def key_mark(self, location: Location) -> Mark:
        """Return where the key at the end of a location starts; the start of the value if it is no key."""
        above = self.node(location[:-1])
        key = str(location[-1]) if location else ""
        return above.keys.get(key, self.mark(location)) if isinstance(above, MappingNode) else self.mark(location)

    def written(self, location: Location) -> str | None:
        """Return the text at a location as it is in the file, variables not replaced; None if it is no text."""
        node = self.node(location)
        return node.text if isinstance(node, ScalarNode) else None

    def entries(self, *keys: str) -> Iterator[tuple[Location, dict[str, Any]]]:
        """Yield the mappings in a list or mapping, with their locations."""
        holder: Any = self.data
        for key in keys:
            holder = holder.get(key) if isinstance(holder, dict) else None
        pairs = enumerate(holder) if isinstance(holder, list) else holder.items() if isinstance(holder, dict) else ()
        for name, entry in pairs:
            if isinstance(entry, dict):
                yield (*keys, name), entry


def to_data(node: Node, text_of: Callable[[ScalarNode], object]) -> Any:  # noqa: ANN401 - lists, mappings, texts and None
    """Return a node as lists and mappings, with `text_of` each scalar, and None for one without a value."""
    if isinstance(node, MappingNode):
        return {key: to_data(below, text_of) for key, below in node.entries.items()}
    if isinstance(node, SequenceNode):
        return [to_data(below, text_of) for below in node.entries]
    return None if node.null else text_of(node)


def parse_mapping(text: str, path: str) -> tuple[MappingNode | None, list[Problem]]:
    """Parse a file that must hold a mapping; one without content is an empty mapping. None if it cannot be used."""
    node, problems = parse_yaml(text, path)
    if isinstance(node, MappingNode):
        return node, problems
    if has_value(node):
        problems.append(node.mark.problem(TYPE, "the file must be a mapping (key: value)"))
        return None, problems
    return (None if node is None and problems else MappingNode({}, Mark(path, 1, 1))), problems


def _child(node: Node, step: str | int) -> Node | None:
    if isinstance(node, MappingNode):
        return node.entries.get(str(step))
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.entries):
        return node.entries[step]
    return None
