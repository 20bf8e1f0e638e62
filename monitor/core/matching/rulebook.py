"""Rules, topics and named lists as checked values; `core.rules` reads them from YAML. Also which rules override others.

A rule with `unless_topic` has no hit in an article that a rule of those topics matches. Rules that name topics give way
to rules without `unless_topic`, and rules with `any` to both, so that no circle is possible. A live rule gives way to
live rules only: what a rule under test finds is not sent, and must not keep anything else from being sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Literal

from monitor.core.errors import UsageError
from monitor.core.matching.alternatives import AnyOf, NamedList
from monitor.core.matching.expressions import Expression
from monitor.core.model import Article, Match, RuleId, Source
from monitor.core.problems import did_you_mean
from monitor.core.yaml_nodes import Mark

Prominence = Literal["any", "major"]
"""What the `prominence` of a rule asks for: a match anywhere, or of a main subject of the article."""
ANY_TOPIC = "any"
"""The value of `unless_topic` for every topic, the rule's own included."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A group of rules in digests."""

    title: str
    order: int
    catch_all: bool = False
    """A topic for what belongs to no other one: listed last; its rules are named only where no other one matched."""


@dataclass(frozen=True, slots=True)
class SourceFilter:
    """The sources that a rule is limited to: feed ids, domains with their subdomains, tiers or tags, in lower case."""

    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Spike:
    """An alert when `stories` stories from `min_sources` sources appear `within` one window."""

    stories: int
    within: timedelta
    min_sources: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTest:
    """One test of a rule."""

    kind: Literal["hit", "miss"]
    article: Article
    source: Source
    mark: Mark
    fixture: str = ""
    """The path of the JSON file with the article, relative to the working directory; empty for an inline article."""
    because: tuple[str, ...] = ()
    """Terms that the evidence must contain."""
    todo: bool = False
    """True if the test is known to fail: the failure is reported, not fatal."""
    note: str = ""

    @property
    def name(self) -> str:
        """The name of the test in reports."""
        return self.article.title or self.fixture


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSummary:
    """What is known of a checked rule without its terms, which take nearly all of its memory."""

    id: RuleId
    title: str
    topic: str
    hash: str
    """sha256 of all that decides whether it matches (rules.rule_hash); stored with each hit."""
    mark: Mark
    status: str = "test"
    priority: str = "normal"
    notify: tuple[str, ...] = ()
    lang: tuple[str, ...] = ()
    """Article languages; empty: all."""
    sources: SourceFilter = SourceFilter()
    tags: tuple[str, ...] = ()
    seed: str = ""
    """`SEED-ID#THEME-ID`: the theme of a source document that it comes from."""
    description: str = ""
    owner: str = ""
    references: tuple[str, ...] = ()
    created: str = ""
    prominence: Prominence = "any"
    unless_topic: tuple[str, ...] = ()
    """Topics whose rules come first (`overrides`), or `any`."""
    spike: Spike | None = None
    max_per_day: int | None = None
    """The limit of alerted stories in a day or, for a rule without alerts, of stories in one digest; None: no limit."""
    suppress: Mapping[str, str] = field(default_factory=dict)
    """The reason for each suppressed warning, by its code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(RuleSummary):
    """A checked rule."""

    condition: Expression
    ignore: AnyOf | None = None
    tests: tuple[RuleTest, ...] = ()

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The condition and what the rule ignores."""
        return (self.condition,) if self.ignore is None else (self.condition, self.ignore)

    def summary(self) -> RuleSummary:
        """Return the rule without its terms."""
        return RuleSummary(**{each.name: getattr(self, each.name) for each in fields(RuleSummary)})


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules, with the topics and named lists of their files."""

    rules: tuple[Rule, ...]
    topics: Mapping[str, Topic]
    lists: Mapping[str, NamedList]

    def rule(self, rule_id: str) -> Rule:
        """Return a rule by its id; UsageError, with a suggestion, if there is none."""
        rules: dict[str, Rule] = {rule.id: rule for rule in self.rules}
        if rule_id not in rules:
            hint = did_you_mean(rule_id, rules, otherwise="`monitor rules list` lists them")
            raise UsageError(f"there is no rule '{rule_id}'{hint}")
        return rules[rule_id]


def overrides(other: Rule, rule: Rule) -> bool:
    """Return True if `rule` has no hit in articles that `other` matches, because of its `unless_topic`."""
    if _rank(other) >= _rank(rule) or not (ANY_TOPIC in rule.unless_topic or other.topic in rule.unless_topic):
        return False
    return other.status == "live" or (other.status == "test" and rule.status != "live")


def _rank(rule: Rule) -> int:
    """Return 0 for a rule that comes first, 1 if it names topics, 2 if it gives way to everything."""
    return 2 if ANY_TOPIC in rule.unless_topic else 1 if rule.unless_topic else 0


def find_overriding(rule: Rule, matched: Iterable[Rule]) -> Rule | None:
    """Return the first of the rules matching an article that overrides `rule` there; None if none does."""
    return next((other for other in matched if overrides(other, rule)), None) if rule.unless_topic else None


def without_overridden(rules_and_matches: Sequence[tuple[Rule, Match]]) -> tuple[Match, ...]:
    """Return the matches in one article without those that other rules override, in the same order."""
    matched = [rule for rule, _ in rules_and_matches]
    return tuple(match for rule, match in rules_and_matches if find_overriding(rule, matched) is None)
