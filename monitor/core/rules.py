"""Rule files as rules: every field checked, every problem reported, all of them in one run.

A file that is wrong gives its problems and no exception; `load` gives the rules that are sound beside them, and it is for
the caller to refuse the set as long as there is an error in it. Warnings (lint) are among the problems, as such.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from monitor.core import documents
from monitor.core.canonical import Canonical
from monitor.core.conditions import CONDITION_KEYS, OPERATORS, Conditions
from monitor.core.documents import Mark, Node, Scalar, Sequence, Tree
from monitor.core.expressions import AnyOf
from monitor.core.findings import Findings
from monitor.core.lint import CODES, lint
from monitor.core.model import PRIORITIES, STATUSES, RuleId
from monitor.core.presearch import Needs
from monitor.core.rule_tests import read_tests

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from collections.abc import Sequence as SequenceOf

    from monitor.core.errors import Problem
    from monitor.core.expressions import Expression, Listed
    from monitor.core.rule_tests import RuleTest


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A rule file as read from disk."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Topic:
    """What digests group by."""

    title: str
    order: int


@dataclass(frozen=True, slots=True)
class SourceFilter:
    """Which sources a rule is for: ids, domains (with all below them), tiers or tags."""

    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spike:
    """One alert when so many stories from so many sources fall into one window."""

    stories: int
    within: timedelta
    min_sources: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One watch rule, checked."""

    id: RuleId
    title: str
    topic: str
    condition: Expression
    hash: str
    """sha256 of what decides whether it matches; stored with each hit."""
    mark: Mark
    status: str = "test"
    priority: str = "normal"
    notify: tuple[str, ...] = ()
    lang: tuple[str, ...] = ()
    sources: SourceFilter = SourceFilter()
    tags: tuple[str, ...] = ()
    seed: str = ""
    description: str = ""
    owner: str = ""
    references: tuple[str, ...] = ()
    created: str = ""
    ignore: AnyOf | None = None
    prominence: Literal["any", "major"] = "any"
    spike: Spike | None = None
    tests: tuple[RuleTest, ...] = ()
    suppress: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules, with the topics and lists of their files."""

    rules: tuple[Rule, ...]
    topics: Mapping[str, Topic]
    lists: Mapping[str, Listed]


FILE_KEYS = ("version", "topics", "lists", "rules")
RULE_KEYS = (
    "id", "title", "topic", "description", "owner", "status", "priority", "notify", "lang", "sources", "tags", "seed",
    "references", "created", *CONDITION_KEYS, "query", "ignore", "prominence", "spike", "suppress", "tests",
)  # fmt: skip
_SLUG = re.compile(r"[a-z0-9-]{3,64}")
_TOPIC = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_TAG = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*", re.IGNORECASE)
_SEED = re.compile(r"[^#\s]+#[^#\s]+")
_DATE = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")
_DURATION = re.compile(r"([1-9]\d{0,4})(s|m|h|d|w)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def load(
    files: SequenceOf[SourceFile],
    *,
    channels: Collection[str] | None = None,
    themes: Collection[str] | None = None,
) -> tuple[RuleBook, list[Problem]]:
    """Read rule files together; `channels` and `themes` are what rules may name (None: not checked here)."""
    return _Book(channels, themes).load(files)


class _Book:
    """One run over all files."""

    def __init__(self, channels: Collection[str] | None, themes: Collection[str] | None) -> None:
        self.findings = Findings()
        self.conditions = Conditions(self.findings)
        self._canonical = Canonical()
        self._needs = Needs({})
        self._channels = channels
        self._themes = themes
        self._topics: dict[str, Topic] = {}
        self._ids: dict[str, Mark] = {}
        self._rules: list[Rule] = []

    def load(self, files: SequenceOf[SourceFile]) -> tuple[RuleBook, list[Problem]]:
        """Declare lists and topics of all files first, then read the rules."""
        roots = [root for file in files if (root := self._root(file)) is not None]
        for root in roots:
            self._declare(root)
        lists = self.conditions.lists()
        self.conditions.used.clear()
        for root in roots:
            for node in self._items(root, "rules"):
                self._rule(node)
        book = RuleBook(tuple(self._rules), self._topics, lists)
        self.findings.add(lint(book, self.conditions))
        return book, self.findings.all()

    def _root(self, file: SourceFile) -> Tree | None:
        root, problems = documents.read(file.text, file.path)
        self.findings.add(problems)
        if root is None or (isinstance(root, Scalar) and root.null):
            return None
        if not isinstance(root, Tree):
            self.findings.error(root.mark, "E004", "a rule file is a mapping with the keys version, lists and rules")
            return None
        for key, mark in root.keys.items():
            if key not in FILE_KEYS:
                self.conditions.unknown_key(key, mark, FILE_KEYS)
        version = root.entries.get("version")
        if version is not None and not (isinstance(version, Scalar) and version.text == "1"):
            self.findings.error(version.mark, "E004", "this program reads version: 1")
        return root

    def _declare(self, root: Tree) -> None:
        lists = self._tree(root, "lists")
        for name, node in lists.entries.items():
            self.conditions.declare(name, lists.keys[name], node)
        topics = self._tree(root, "topics")
        for name, node in topics.entries.items():
            self._topic(name, topics.keys[name], node)

    def _topic(self, name: str, mark: Mark, node: Node) -> None:
        if not _TOPIC.fullmatch(name):
            self.findings.error(mark, "E004", f"topic '{name[:40]}' must be a slug of a-z, 0-9 and -")
            return
        if isinstance(node, Scalar):
            topic = Topic(node.text, len(self._topics))
        elif isinstance(node, Tree):
            for key, at in node.keys.items():
                if key not in ("title", "order"):
                    self.conditions.unknown_key(key, at, ("title", "order"))
            order = node.entries.get("order")
            number = self.conditions.number(order, "order", least=0) if order else len(self._topics)
            topic = Topic(self._text(node, "title") or name, number or 0)
        else:
            self.findings.error(node.mark, "E004", "a topic is a title, or {title: ..., order: ...}")
            return
        if name in self._topics and self._topics[name].title != topic.title:
            self.findings.error(mark, "E013", f"topic '{name}' is there already, as '{self._topics[name].title}'")
        self._topics.setdefault(name, topic)

    # ------------------------------------------------------------ one rule

    def _rule(self, node: Node) -> None:
        if not isinstance(node, Tree):
            self.findings.error(node.mark, "E004", "a rule is a mapping that starts with - id: ...")
            return
        before = self.findings.errors
        for key, mark in node.keys.items():
            if key not in RULE_KEYS:
                self.conditions.unknown_key(key, mark, RULE_KEYS)
        made = self._made(node)
        if made is not None and self.findings.errors == before:
            self._rules.append(made)

    def _made(self, node: Tree) -> Rule | None:
        rule_id, title, topic = self._id(node), self._required(node, "title"), self._topic_of(node)
        condition, ignore = self._condition(node), self._ignore(node)
        lang, sources = self.conditions.languages(node.entries.get("lang")), self._sources(node)
        prominence = self._one_of(node, "prominence", ("any", "major"), "any")
        status = self._one_of(node, "status", STATUSES, "test")
        priority = self._one_of(node, "priority", PRIORITIES, "normal")
        notify, tags, seed = self._notify(node), self._tags(node), self._seed(node)
        spike, suppress = self._spike(node), self._suppress(node)
        created = self._matching(node, "created", _DATE, "a date like 2026-01-31")
        references = self.conditions.texts(node.entries.get("references"), "references")
        tests = read_tests(node.entries.get("tests"), self.conditions, self.findings)
        description, owner = self._text(node, "description"), self._text(node, "owner")
        if condition is None:
            return None
        rest = (",".join(lang), ",".join(sources.only), ",".join(sources.never), prominence)
        return Rule(
            id=RuleId(rule_id), title=title, topic=topic, condition=condition, mark=node.keys.get("id", node.mark),
            hash=self._canonical.rule(condition, ignore, rest), ignore=ignore, lang=lang, sources=sources, status=status,
            priority=priority, prominence="major" if prominence == "major" else "any", notify=notify, tags=tags, seed=seed,
            spike=spike, suppress=suppress, created=created, references=tuple(each.text for each in references),
            tests=tests, description=description, owner=owner,
        )  # fmt: skip

    def _id(self, node: Tree) -> str:
        text = self._matching(node, "id", _SLUG, "3 to 64 of a-z, 0-9 and -", required=True)
        if text in self._ids:
            first = self._ids[text]
            message = f"rule id '{text}' is there already, in {first.path}:{first.line}; ids are never reused"
            self.findings.error(node.entries["id"].mark, "E012", message)
        elif text:
            self._ids[text] = node.entries["id"].mark
        return text

    def _condition(self, node: Tree) -> Expression | None:
        before = self.findings.errors
        keys = [key for key in node.entries if key in OPERATORS]
        if "query" in node.entries:
            if keys:
                self.findings.error(
                    node.keys[keys[0]], "E004", f"'{keys[0]}' beside query; a rule has one or the other"
                )
            condition = self.conditions.query(node.entries["query"])
        elif keys:
            condition = self.conditions.mapping(node, RULE_KEYS)
        else:
            self._missing(node, f"a condition ({', '.join(OPERATORS)} or query)")
            return None
        if condition is None or self.findings.errors > before:
            return None
        mark = next((node.keys[key] for key in (*keys, "query") if key in node.keys), node.mark)
        if not self.conditions.fits(condition, mark):
            return None
        if self._needs.of(condition) is None:
            message = (
                "no term that must be there: this rule would match almost everything; add any: or all: with a term"
            )
            self.findings.error(mark, "E031", message)
            return None
        return condition

    def _ignore(self, node: Tree) -> AnyOf | None:
        if "ignore" not in node.entries:
            return None
        entries = self.conditions.entries(node.entries["ignore"], key="ignore")
        mark = node.keys["ignore"]
        if not entries or not self.conditions.refuse_unplaced("ignore", entries, mark):
            return None
        return AnyOf(entries, mark=mark)

    def _topic_of(self, node: Tree) -> str:
        return self._matching(node, "topic", _TOPIC, "a slug of a-z, 0-9 and -", required=True)

    def _notify(self, node: Tree) -> tuple[str, ...]:
        found = self.conditions.texts(node.entries.get("notify"), "notify")
        for each in found:
            if self._channels is not None and each.text not in self._channels:
                guess = self.findings.guess(each.text, self._channels)
                hint = f"did you mean '{guess}'?" if guess else "it must be in channels.yaml"
                self.findings.error(each.mark, "E060", f"unknown channel '{each.text[:60]}'; {hint}")
        return tuple(each.text for each in found)

    def _seed(self, node: Tree) -> str:
        text = self._matching(node, "seed", _SEED, "SEED-ID#THEME-ID", code="E061")
        if text and self._themes is not None and text not in self._themes:
            guess = self.findings.guess(text, self._themes)
            hint = f"did you mean '{guess}'?" if guess else "no file of seeds/ has it"
            self.findings.error(node.entries["seed"].mark, "E061", f"unknown theme '{text[:80]}'; {hint}")
        return text

    def _sources(self, node: Tree) -> SourceFilter:
        if "sources" not in node.entries:
            return SourceFilter()
        value = node.entries["sources"]
        if not isinstance(value, Tree):
            self.findings.error(value.mark, "E004", "sources is {only: [...], not: [...]}, with ids, domains or tags")
            return SourceFilter()
        for key, mark in value.keys.items():
            if key not in ("only", "not"):
                self.conditions.unknown_key(key, mark, ("only", "not"))
        only, never = (
            tuple(sorted({each.text.lower() for each in self.conditions.texts(value.entries.get(key), key)}))
            for key in ("only", "not")
        )
        return SourceFilter(only, never)

    def _spike(self, node: Tree) -> Spike | None:
        value = node.entries.get("spike")
        if value is None:
            return None
        keys = ("stories", "within", "min_sources")
        if not isinstance(value, Tree) or not {"stories", "within"} <= value.keys.keys():
            self.findings.error(value.mark, "E004", "spike is {stories: 5, within: 24h, min_sources: 3}")
            return None
        for key, mark in value.keys.items():
            if key not in keys:
                self.conditions.unknown_key(key, mark, keys)
        stories = self.conditions.number(value.entries["stories"], "stories", least=2)
        sources = value.entries.get("min_sources")
        minimum = self.conditions.number(sources, "min_sources", least=1) if sources else 1
        within = self._matching(value, "within", _DURATION, "a duration like 24h or 7d")
        found = _DURATION.fullmatch(within)
        if stories is None or minimum is None or found is None:
            return None
        return Spike(stories, timedelta(**{_UNITS[found[2]]: int(found[1])}), minimum)

    def _suppress(self, node: Tree) -> dict[str, str]:
        value = node.entries.get("suppress")
        if value is None:
            return {}
        if not isinstance(value, Tree):
            self.findings.error(value.mark, "E004", 'suppress is {W103: "the reason"}')
            return {}
        reasons: dict[str, str] = {}
        for code, mark in value.keys.items():
            reason = self._text(value, code)
            if code not in CODES:
                guess = self.findings.guess(code, CODES)
                hint = f"did you mean '{guess}'?" if guess else "only warnings (W1..) can be suppressed"
                self.findings.error(mark, "E004", f"unknown lint code '{code[:20]}'; {hint}")
            elif not reason:
                self.findings.error(mark, "E004", f"say why {code} is suppressed")
            reasons[code] = reason
        return reasons

    def _tags(self, node: Tree) -> tuple[str, ...]:
        found = self.conditions.texts(node.entries.get("tags"), "tags")
        for each in found:
            if not _TAG.fullmatch(each.text):
                self.findings.error(each.mark, "E004", f"tag '{each.text[:40]}' must be words joined by dots")
        return tuple(each.text for each in found)

    # ------------------------------------------------------------ values

    def _tree(self, root: Tree, key: str) -> Tree:
        node = root.entries.get(key)
        if isinstance(node, Tree):
            return node
        if node is not None and not (isinstance(node, Scalar) and node.null):
            self.findings.error(node.mark, "E004", f"{key} must be a mapping of names")
        return Tree({}, root.mark)

    def _items(self, root: Tree, key: str) -> tuple[Node, ...]:
        node = root.entries.get(key)
        if isinstance(node, Sequence):
            return node.entries
        if node is not None and not (isinstance(node, Scalar) and node.null):
            self.findings.error(node.mark, "E004", f"{key} must be a list; start each with '- id:'")
        return ()

    def _text(self, node: Tree, key: str) -> str:
        value = node.entries.get(key)
        if value is None or (isinstance(value, Scalar) and value.null):
            return ""
        if not isinstance(value, Scalar):
            self.findings.error(value.mark, "E004", f"{key} must be one text; quote it")
            return ""
        return value.text.strip()

    def _required(self, node: Tree, key: str) -> str:
        text = self._text(node, key)
        if not text and not isinstance(node.entries.get(key), Sequence | Tree):
            self._missing(node, f"'{key}'")
        return " ".join(text.split())

    def _missing(self, node: Tree, what: str) -> None:
        name = node.entries.get("id")
        of = f" of rule '{name.text[:64]}'" if isinstance(name, Scalar) else ""
        self.findings.error(node.mark, "E006", f"{what}{of} is missing")

    def _matching(
        self, node: Tree, key: str, pattern: re.Pattern[str], form: str, *, required: bool = False, code: str = "E004"
    ) -> str:
        text = self._required(node, key) if required else self._text(node, key)
        if text and not pattern.fullmatch(text):
            self.findings.error(node.entries[key].mark, code, f"{key} '{text[:60]}' must be {form}")
            return ""
        return text

    def _one_of(self, node: Tree, key: str, choices: tuple[str, ...], default: str) -> str:
        if key not in node.entries:
            return default
        return self.conditions.choice(node.entries[key], choices, key) or default
