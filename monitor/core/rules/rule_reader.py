"""Reads the mapping of one rule into a Rule. All problems are reported; a rule with an error is not returned."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from monitor.core.matching.alternatives import AnyOf, InZone, NamedList
from monitor.core.matching.expressions import Expression, requires_terms
from monitor.core.matching.rulebook import Prominence, Rule, Spike
from monitor.core.model import PRIORITIES, STATUSES, RuleId
from monitor.core.rules.conditions import CONDITION_KEYS, OPERATORS, ConditionReader
from monitor.core.rules.lint import LINT_CODES
from monitor.core.rules.lists import check_size
from monitor.core.rules.query import rule_condition
from monitor.core.rules.rule_hash import RuleHasher
from monitor.core.rules.rule_test_reader import read_tests
from monitor.core.rules.source_filter_reader import read_source_filter
from monitor.core.yaml_characters import describe_lookalike
from monitor.core.yaml_errors import shorten_quotation
from monitor.core.yaml_nodes import MappingNode, Mark, Node, ScalarNode

RULE_KEYS = (
    "id", "title", "topic", "description", "owner", "status", "priority", "notify", "lang", "sources", "tags", "seed",
    "references", "created", *CONDITION_KEYS, "query", "ignore", "prominence", "unless_topic", "spike",
    "max_per_day", "suppress", "tests",
)  # fmt: skip
SPIKE_KEYS = ("stories", "within", "min_sources")
PROMINENCES: tuple[Prominence, ...] = ("any", "major")
ID_PATTERN = re.compile(r"[a-z0-9-]{3,64}")
TOPIC_PATTERN = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
TAG_PATTERN = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
SEED_PATTERN = re.compile(r"[^#\s]+#[^#\s]+")
DATE_PATTERN = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")
_A_DATE = "a date like 2026-01-31"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNames:
    """The names outside of the rule files that rules may use; None: not checked."""

    channels: Collection[str] | None = None
    themes: Collection[str] | None = None
    sources: Collection[str] | None = None
    """The ids, tiers and tags of feeds, in lower case."""


class RuleReader:
    """Reads rules one after the other, and refuses ids that are taken."""

    def __init__(self, conditions: ConditionReader, known: KnownNames) -> None:
        self._conditions = conditions
        self._fields = conditions.fields
        self._problems = conditions.problems
        self._known = known
        self._hasher = RuleHasher()
        self._ids: dict[str, Mark] = {}

    def read(self, node: Node) -> Rule | None:
        """Read one rule; None if it has an error."""
        if not isinstance(node, MappingNode):
            self._problems.error(node.mark, "E004", "a rule is a mapping that starts with - id: ...")
            return None
        before = self._problems.error_count
        condition, ignore = self._condition(node), self._ignore(node)
        # The other fields are checked even if the condition has an error.
        rule = self._rule(node, condition or AnyOf(()), ignore)
        return rule if self._problems.error_count == before else None

    def _rule(self, node: MappingNode, condition: Expression, ignore: AnyOf | None) -> Rule:
        fields = self._fields
        lang = fields.languages(node.entries.get("lang"))
        sources = read_source_filter(node, fields, self._known.sources)
        prominence = fields.choice_of(node, "prominence", PROMINENCES, "any")
        unless_topic = self._texts_like(node, "unless_topic", TOPIC_PATTERN, "topics, or any: a slug of a-z, 0-9 and -")
        rest = [",".join(lang), ",".join(sources.only), ",".join(sources.never), prominence]
        rest += [",".join(sorted(unless_topic))] if unless_topic else []  # other rules keep the hash that they had
        return Rule(
            id=RuleId(self._id(node)),
            title=fields.required_text(node, "title"),
            topic=fields.text_like(node, "topic", TOPIC_PATTERN, "a slug of a-z, 0-9 and -", required=True),
            condition=condition,
            ignore=ignore,
            hash=self._hasher.rule_hash(condition, ignore, rest),
            mark=node.keys.get("id", node.mark),
            status=fields.choice_of(node, "status", STATUSES, "test"),
            priority=fields.choice_of(node, "priority", PRIORITIES, "normal"),
            notify=self._notify(node),
            lang=lang,
            sources=sources,
            prominence=prominence,
            unless_topic=unless_topic,
            tags=self._texts_like(node, "tags", TAG_PATTERN, "words joined by dots"),
            seed=self._seed(node),
            description=fields.text(node, "description"),
            owner=fields.text(node, "owner"),
            references=tuple(each.text for each in fields.texts(node.entries.get("references"), "references")),
            created=self._created(node),
            spike=self._spike(node),
            max_per_day=self._max_per_day(node),
            suppress=self._suppress(node),
            tests=read_tests(node.entries.get("tests"), fields),
        )

    def _id(self, node: MappingNode) -> str:
        text = self._fields.text_like(node, "id", ID_PATTERN, "3 to 64 of a-z, 0-9 and -", required=True)
        if text in self._ids:
            first = self._ids[text]
            message = f"rule id '{text}' is already used, in {first.path}:{first.line}; ids are never reused"
            self._problems.error(node.entries["id"].mark, "E012", message)
        elif text:
            self._ids[text] = node.entries["id"].mark
        return text

    def _condition(self, node: MappingNode) -> Expression | None:
        before = self._problems.error_count
        key = next((key for key in node.entries if key in OPERATORS or key == "query"), None)
        if key is None:
            if self._fields.check_keys(node, RULE_KEYS):  # else the unknown key is a misspelt operator
                self._fields.report_missing(node, f"a condition ({', '.join(OPERATORS)} or query)")
            return None
        condition = rule_condition(node, self._conditions, RULE_KEYS)
        if condition is None or self._problems.error_count > before:
            return None
        if not check_size(condition, node.keys[key], self._problems):
            return None
        if not requires_terms(condition):
            message = "no term that must be there, so it would match almost everything; add any: or all: with terms"
            self._problems.error(_unrestricted_branch(condition) or node.keys[key], "E031", message)
            return None
        return condition

    def _ignore(self, node: MappingNode) -> AnyOf | None:
        if "ignore" not in node.entries:
            return None
        mark = node.keys["ignore"]
        entries = self._conditions.entries(node.entries["ignore"], key="ignore")
        if not entries or not self._conditions.check_positional("ignore", entries, mark):
            return None
        return AnyOf(entries, mark=mark)

    def _created(self, node: MappingNode) -> str:
        text = self._fields.text_like(node, "created", DATE_PATTERN, _A_DATE)
        try:
            date.fromisoformat(text or "2026-01-31")
        except ValueError:
            self._problems.error(node.entries["created"].mark, "E004", f"created '{text}' must be {_A_DATE}")
        return text

    def _notify(self, node: MappingNode) -> tuple[str, ...]:
        scalars = self._fields.texts(node.entries.get("notify"), "notify")
        for each in scalars:
            if self._known.channels is not None and each.text not in self._known.channels:
                channels, otherwise = self._known.channels, "it must be in channels.yaml"
                hint = self._problems.did_you_mean(each.text, channels, otherwise=otherwise)
                self._problems.error(each.mark, "E060", f"unknown channel '{each.text[:60]}'{hint}")
        return tuple(each.text for each in scalars)

    def _seed(self, node: MappingNode) -> str:
        text = self._fields.text_like(node, "seed", SEED_PATTERN, "SEED-ID#THEME-ID", code="E061")
        if text and self._known.themes is not None and text not in self._known.themes:
            hint = self._problems.did_you_mean(text, self._known.themes, otherwise="no file of seeds/ has it")
            self._problems.error(node.entries["seed"].mark, "E061", f"unknown theme '{text[:80]}'{hint}")
        return text

    def _texts_like(self, node: MappingNode, key: str, pattern: re.Pattern[str], form: str) -> tuple[str, ...]:
        """Read a list of texts that match a pattern; `form` describes it."""
        scalars = self._fields.texts(node.entries.get(key), key)
        for each in scalars:
            if not pattern.fullmatch(each.text):
                message = f"{key} '{shorten_quotation(each.text)}' must be {form}{describe_lookalike(each.text)}"
                self._problems.error(each.mark, "E004", message)
        return tuple(each.text for each in scalars)

    def _spike(self, node: MappingNode) -> Spike | None:
        value = node.entries.get("spike")
        if value is None:
            return None
        if not isinstance(value, MappingNode) or not {"stories", "within"} <= value.keys.keys():
            self._problems.error(value.mark, "E004", "spike is {stories: 5, within: 24h, min_sources: 3}")
            return None
        self._fields.check_keys(value, SPIKE_KEYS)
        stories = self._fields.number(value.entries["stories"], "stories", least=2)
        sources = value.entries.get("min_sources")
        minimum = self._fields.number(sources, "min_sources", least=1) if sources else 1
        within = self._fields.duration(value, "within")
        if stories is None or minimum is None or within is None:
            return None
        return Spike(stories, within, minimum)

    def _max_per_day(self, node: MappingNode) -> int | None:
        value = node.entries.get("max_per_day")
        return None if value is None else self._fields.number(value, "max_per_day", least=1)

    def _suppress(self, node: MappingNode) -> dict[str, str]:
        value = self._fields.mapping(node, "suppress", '{W103: "the reason"}')
        return {code: self._reason(value, code, mark) for code, mark in value.keys.items()} if value else {}

    def _reason(self, node: MappingNode, code: str, mark: Mark) -> str:
        reason = self._fields.text(node, code)
        if code not in LINT_CODES:
            otherwise = "only warnings (W1..) can be suppressed"
            hint = self._problems.did_you_mean(code, LINT_CODES, otherwise=otherwise)
            self._problems.error(mark, "E004", f"unknown lint code '{code[:20]}'{hint}")
        elif not reason and isinstance(node.entries[code], ScalarNode):
            self._problems.error(mark, "E004", f"say why {code} is suppressed")
        return reason


def _unrestricted_branch(condition: Expression) -> Mark | None:
    """Return the mark of the branch that requires no term; None if the condition as a whole requires none."""
    mark, branch = None, condition
    while isinstance(branch, AnyOf | InZone):
        branch = next(operand for operand in branch.operands if not requires_terms(operand))
        if isinstance(branch, NamedList):
            break
        mark = branch.mark or mark
    return mark
