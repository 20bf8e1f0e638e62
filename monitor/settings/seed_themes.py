"""The names of the themes in seeds/*.yaml, to which rules refer with `seed: SEED-ID#THEME-ID`."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.core.errors import Problem
from monitor.core.rules import SourceFile
from monitor.core.yaml_nodes import MappingNode, Node, ScalarNode, SequenceNode
from monitor.core.yaml_parser import parse_yaml

SEED = "C022"


def seed_themes(files: Iterable[SourceFile]) -> tuple[set[str], list[Problem]]:
    """Return `SEED-ID#THEME-ID` of every theme, and problems."""
    themes: set[str] = set()
    problems: list[Problem] = []
    for file in files:
        node, unsound = parse_yaml(file.text, file.path)
        problems += unsound
        if isinstance(node, MappingNode):
            problems += _add_themes(node, themes)
        elif node is not None:
            problems.append(node.mark.problem(SEED, "a seed must be a mapping with id and themes"))
    return themes, problems


def _add_themes(seed: MappingNode, themes: set[str]) -> list[Problem]:
    name, listed = _id(seed), seed.entries.get("themes")
    if name is None:
        return [seed.mark.problem(SEED, "a seed must have an id")]
    if not isinstance(listed, SequenceNode):
        return [(listed or seed).mark.problem(SEED, "a seed must have themes, a list")]
    problems: list[Problem] = []
    for theme in listed.entries:
        theme_id = _id(theme)
        if theme_id is None or f"{name}#{theme_id}" in themes:
            problems.append(theme.mark.problem(SEED, "a theme must have an id that no other theme of the seed has"))
        themes.add(f"{name}#{theme_id}")
    return problems


def _id(node: Node) -> str | None:
    node_of_id = node.entries.get("id") if isinstance(node, MappingNode) else None
    return node_of_id.text if isinstance(node_of_id, ScalarNode) and not node_of_id.null else None
