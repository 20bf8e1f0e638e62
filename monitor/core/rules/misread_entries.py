"""Entries of conditions that YAML reads as a mapping, and that their author probably meant as terms."""

from __future__ import annotations

from collections.abc import Collection

from monitor.core.problems import closest
from monitor.core.yaml_errors import shorten_quotation
from monitor.core.yaml_nodes import MappingNode, ScalarNode, has_value


def is_list_in_braces(node: MappingNode) -> bool:
    """Return True for `{alpha, beta}`, which is a mapping without values to YAML."""
    return bool(node.entries) and not any(has_value(value) for value in node.entries.values())


def text_with_colon(node: MappingNode, known_keys: Collection[str]) -> str:
    """Return `AI: the law` as it is written; empty for what may be meant as a mapping with one of these keys."""
    if len(node.entries) != 1:
        return ""
    ((key, value),) = node.entries.items()
    if not isinstance(value, ScalarNode) or value.null or key in known_keys or closest(key, known_keys):
        return ""
    return shorten_quotation(f"{key}: {value.text}")
