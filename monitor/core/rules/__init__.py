"""Reads rule files into rules. Every field is checked, and one run reports all problems, lint warnings included.

Files with errors raise nothing: `load` returns the sound rules beside the problems, and the caller decides to refuse
the rule set if any problem is an error.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from monitor.core.errors import Problem, errors_of
from monitor.core.matching.rulebook import RuleBook, Topic
from monitor.core.problems import ProblemList
from monitor.core.rules import lint
from monitor.core.rules.conditions import ConditionReader
from monitor.core.rules.rule_reader import RULE_KEYS, TOPIC_PATTERN, KnownNames, RuleReader
from monitor.core.yaml_errors import suggest_query
from monitor.core.yaml_nodes import MappingNode, Mark, Node, ScalarNode, SequenceNode, has_value
from monitor.core.yaml_parser import parse_yaml

FILE_KEYS = ("version", "topics", "lists", "rules")
TOPIC_KEYS = ("title", "order", "catch_all")
_NAMES = {"lists": "{chips: [GPU, HBM]}", "topics": "{chips: Chips and export controls}"}
_HOLDS_NOTHING = "holds no rule, list or topic: is it empty, or is all of it commented out?"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A rule file as read from disk, or from git."""

    path: str
    text: str
    may_be_excerpt: bool = False
    """True if it may also be one rule, or a list of rules, without the keys around them in a file."""
    left_out: tuple[str, ...] = ()
    """Ids of its rules that are not read."""


def load(
    files: Sequence[SourceFile],
    *,
    channels: Collection[str] | None = None,
    themes: Collection[str] | None = None,
    sources: Collection[str] | None = None,
    beside: Sequence[SourceFile] = (),
    complete: bool = True,
    warn: bool = True,
) -> tuple[RuleBook, list[Problem]]:
    """Read rule files as one rule set.

    `channels`, `themes` and `sources` (in lower case) are the names that rules may use; None: not checked. `beside` are
    files of which only the named lists are used, where `files` has none of that name. `complete` is False if the
    caller reports further files as unreadable: unknown lists, which may be in these, are not reported then, though
    their rules are left out. Without `warn` the rules are not linted, which takes most of the time.
    """
    known = KnownNames(channels=channels, themes=themes, sources=sources)
    return _FileReader(complete=complete).load(files, beside, known, warn=warn)


class _FileReader:
    """One run over all files: named lists and topics are global, so all are declared before any rule is read."""

    def __init__(self, *, complete: bool) -> None:
        self._complete = complete
        self._problems = ProblemList()
        self._conditions = ConditionReader(self._problems)
        self._fields = self._conditions.fields
        self._topics: dict[str, Topic] = {}
        self._topic_marks: dict[str, Mark] = {}
        self._unread: list[str] = []
        """The texts of files of which not all could be read."""

    def load(
        self, files: Sequence[SourceFile], beside: Sequence[SourceFile], known: KnownNames, *, warn: bool
    ) -> tuple[RuleBook, list[Problem]]:
        """Return the sound rules and all problems."""
        roots = [root for file in files if (root := self._root(file)) is not None]
        for root in roots:
            self._declare(root)
        for file in beside:
            self._declare_missing_lists(file)
        self._conditions.lists.read_all()
        reader = RuleReader(self._conditions, known)
        read = [reader.read(node) for root in roots for node in self._rules(root)]
        if self._complete:
            self._conditions.lists.report_unknown(self._unread)
        book = RuleBook(
            tuple(rule for rule in read if rule is not None), self._topics, self._conditions.lists.read_so_far
        )
        if warn:
            self._problems.add(lint.lint(book, complete=self._complete and not self._problems.error_count))
        return book, self._problems.all()

    def _root(self, file: SourceFile) -> MappingNode | None:
        root, problems = parse_yaml(file.text, file.path)
        self._problems.add(problems)
        if file.may_be_excerpt and root is not None:
            root = as_rule_file(root)
        if file.left_out and isinstance(root, MappingNode):
            root = _without_rules(root, file.left_out)
        if not problems and not _has_content(root):
            self._problems.warning(Mark(file.path, 0, 0), "W122", _HOLDS_NOTHING)
        if errors_of(problems) or not isinstance(root, MappingNode) or not root.keys.keys() <= set(FILE_KEYS):
            self._unread.append(file.text)
        if not has_value(root):
            return None
        if not isinstance(root, MappingNode):
            hint = suggest_query(root.text) if isinstance(root, ScalarNode) else ""
            message = "a rule file is a mapping with the keys version, lists and rules"
            self._problems.error(root.mark, "E004", f"{message}; {hint}" if hint else message)
            return None
        outside = [key for key in root.keys if key in RULE_KEYS]
        if outside:
            message = f"'{outside[0]}' belongs to a rule; indent it like the other lines below '- id:'"
            self._problems.error(root.keys[outside[0]], "E002", message)
        self._fields.check_keys(root, (*FILE_KEYS, *outside))
        version = root.entries.get("version")
        if version is not None and not (isinstance(version, ScalarNode) and version.text == "1"):
            self._problems.error(version.mark, "E004", "this program reads version: 1")
        return root

    def _declare(self, root: MappingNode) -> None:
        lists, topics = self._names(root, "lists"), self._names(root, "topics")
        for name, node in lists.entries.items():
            self._conditions.lists.declare(name, lists.keys[name], node)
        for name, node in topics.entries.items():
            self._topic(name, topics.keys[name], node)

    def _declare_missing_lists(self, file: SourceFile) -> None:
        root, _ = parse_yaml(file.text, file.path)
        lists = root.entries.get("lists") if isinstance(root, MappingNode) else None
        if not isinstance(lists, MappingNode):
            return
        for name, node in lists.entries.items():
            if name not in self._conditions.lists:
                self._conditions.lists.declare(name, lists.keys[name], node, only_if_used=True)

    def _topic(self, name: str, mark: Mark, node: Node) -> None:
        if not TOPIC_PATTERN.fullmatch(name):
            self._problems.error(mark, "E004", f"topic '{name[:60]}' must be a slug of a-z, 0-9 and -")
        elif isinstance(node, SequenceNode):
            self._problems.error(node.mark, "E004", "a topic is a title, or {title: ..., order: ...}")
        else:
            if isinstance(node, MappingNode):
                topic = self._long_topic(name, node)
            else:
                topic = Topic(name if node.null else node.text, len(self._topics))
            earlier, first = self._topics.setdefault(name, topic), self._topic_marks.setdefault(name, mark)
            if earlier.title != topic.title:
                where = f"in {first.path}:{first.line}, as '{earlier.title[:60]}'"
                self._problems.error(mark, "E013", f"topic '{name}' is already defined, {where}")

    def _long_topic(self, name: str, node: MappingNode) -> Topic:
        self._fields.check_keys(node, TOPIC_KEYS)
        order = node.entries.get("order")
        position = len(self._topics) if order is None else self._fields.number(order, "order", least=0)
        catch_all = self._fields.boolean(node.entries.get("catch_all"), "catch_all", default=False)
        return Topic(self._fields.text(node, "title") or name, position or 0, catch_all)

    def _names(self, root: MappingNode, key: str) -> MappingNode:
        node = root.entries.get(key)
        if isinstance(node, MappingNode):
            return node
        if has_value(node):
            self._problems.error(node.mark, "E004", f"{key} must be a mapping of names: {_NAMES[key]}")
        return MappingNode({}, root.mark)

    def _rules(self, root: MappingNode) -> tuple[Node, ...]:
        node = root.entries.get("rules")
        if isinstance(node, SequenceNode):
            return node.entries
        if has_value(node):
            self._problems.error(node.mark, "E004", "rules must be a list; start each with '- id:'")
        return ()


def as_rule_file(root: Node) -> Node:
    """Return a list of rules, or a single one, as the tree of a file with them; any other tree as it is."""
    if isinstance(root, MappingNode) and root.keys.keys().isdisjoint(FILE_KEYS):
        is_rule = not root.keys.keys().isdisjoint(RULE_KEYS)
        rules = SequenceNode((root,), root.mark) if is_rule else None
    else:
        rules = root if isinstance(root, SequenceNode) else None
    return root if rules is None else MappingNode({"rules": rules}, root.mark, {"rules": root.mark})


def rules_with_ids(root: Node) -> Iterator[tuple[str, Node]]:
    """Yield each rule of a file, or of a list of rules, that has an id, with it; nothing is checked."""
    file = as_rule_file(root)
    rules = file.entries.get("rules") if isinstance(file, MappingNode) else None
    for rule in rules.entries if isinstance(rules, SequenceNode) else ():
        rule_id = rule.entries.get("id") if isinstance(rule, MappingNode) else None
        if isinstance(rule_id, ScalarNode):
            yield rule_id.text.strip(), rule


def _without_rules(root: MappingNode, ids: Collection[str]) -> MappingNode:
    rules = root.entries.get("rules")
    if not isinstance(rules, SequenceNode):
        return root
    unread = [rule for rule_id, rule in rules_with_ids(root) if rule_id in ids]
    kept = SequenceNode(tuple(rule for rule in rules.entries if rule not in unread), rules.mark)
    return MappingNode({**root.entries, "rules": kept}, root.mark, root.keys)


def _has_content(node: Node | None) -> bool:
    """Return False for a file of comments, or without anything under its keys; an unknown key is reported elsewhere."""
    if not isinstance(node, MappingNode):
        return has_value(node)
    values = [value for key, value in node.entries.items() if key != "version" and has_value(value)]
    return any(isinstance(value, ScalarNode) or value.entries for value in values)
