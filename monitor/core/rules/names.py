"""The ids of the rules and the topics, to which filters and the other files of a configuration refer.

Reading these alone takes a fraction of the time that reading the conditions takes.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from monitor.core.matching.rulebook import RuleSummary
from monitor.core.yaml_nodes import MappingNode, ScalarNode, SequenceNode
from monitor.core.yaml_parser import parse_yaml

_MAY_DEFINE_NAMES = re.compile(r"(?:rules|topics)[\"']?\s*:|\\[xuU]")
"""Occurs in each file with rules or topics, whose keys may be written with escapes of YAML (`"rul\\x65s"`).

Files with lists only, which are most of the text, need not be parsed."""


@dataclass(frozen=True, slots=True)
class RuleNames:
    """The ids of the rules, and the topics: those with a title and those that rules name."""

    rules: Collection[str]
    topics: Collection[str]


def names_of(rules: Iterable[RuleSummary], topics: Iterable[str]) -> RuleNames:
    """Return the names in a rule set; `topics` are those that have a title."""
    topic_by_id = {str(rule.id): rule.topic for rule in rules}
    return RuleNames(list(topic_by_id), {*topics, *topic_by_id.values()})


def read_names(texts: Iterable[str]) -> RuleNames:
    """Read the names from rule files that are known to be valid, without the conditions of the rules."""
    rules: list[str] = []
    topics: set[str] = set()
    for text in texts:
        root = parse_yaml(text, "")[0] if _MAY_DEFINE_NAMES.search(text) else None
        if not isinstance(root, MappingNode):
            continue
        if isinstance(titles := root.entries.get("topics"), MappingNode):
            topics.update(titles.entries)
        if isinstance(listed := root.entries.get("rules"), SequenceNode):
            for rule in listed.entries:
                rules += _texts(rule, "id")
                topics.update(_texts(rule, "topic"))
    return RuleNames(rules, topics)


def _texts(rule: object, key: str) -> list[str]:
    value = rule.entries.get(key) if isinstance(rule, MappingNode) else None
    return [value.text.strip()] if isinstance(value, ScalarNode) else []
