"""One rule, from the mapping in its file to a Rule; every problem in it is noted, and a rule with an error is none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from monitor.core.documents import Scalar, Tree
from monitor.core.matching.expressions import AnyOf, InZone, NamedList
from monitor.core.matching.presearch import requires_a_term
from monitor.core.matching.rulebook import Rule, SourceFilter, Spike
from monitor.core.model import PRIORITIES, STATUSES, RuleId
from monitor.core.rules.canonical import Canonical
from monitor.core.rules.conditions import CONDITION_KEYS, OPERATORS
from monitor.core.rules.lint import CODES
from monitor.core.rules.test_reader import read_tests
from monitor.core.syntax import short

if TYPE_CHECKING:
    from collections.abc import Collection

    from monitor.core.documents import Mark, Node
    from monitor.core.matching.expressions import Expression
    from monitor.core.rules.conditions import Conditions

RULE_KEYS = (
    "id", "title", "topic", "description", "owner", "status", "priority", "notify", "lang", "sources", "tags", "seed",
    "references", "created", *CONDITION_KEYS, "query", "ignore", "prominence", "spike", "max_per_day", "suppress",
    "tests",
)  # fmt: skip
SPIKE_KEYS = ("stories", "within", "min_sources")
PROMINENCES = ("any", "major")
ID = re.compile(r"[a-z0-9-]{3,64}")
TOPIC = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
TAG = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
SEED = re.compile(r"[^#\s]+#[^#\s]+")
DATE = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")
SOURCE = re.compile(r"[\w-]+(?:\.[\w-]+)*")
DURATION = re.compile(r"([1-9]\d{0,4})(s|m|h|d|w)")
_A_DATE = "a date like 2026-01-31"
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The names outside of the rule files that rules may use; None: they are not checked."""

    channels: Collection[str] | None = None
    themes: Collection[str] | None = None
    sources: Collection[str] | None = None
    """The ids, tiers and tags of feeds, in small letters."""


class RuleReader:
    """Reads rules one after the other; knows the ids that are taken."""

    def __init__(self, conditions: Conditions, known: Known) -> None:
        self._conditions = conditions
        self._fields = conditions.fields
        self._findings = conditions.findings
        self._known = known
        self._canonical = Canonical()
        self._ids: dict[str, Mark] = {}

    def read(self, node: Node) -> Rule | None:
        """Read one rule; None when there is an error in it."""
        if not isinstance(node, Tree):
            self._findings.error(node.mark, "E004", "a rule is a mapping that starts with - id: ...")
            return None
        before = self._findings.errors
        condition, ignore = self._condition(node), self._ignore(node)
        # Without a usable condition the other fields are read all the same, for their problems.
        rule = self._rule(node, condition or AnyOf(()), ignore)
        return rule if self._findings.errors == before else None

    def _rule(self, node: Tree, condition: Expression, ignore: AnyOf | None) -> Rule:
        fields, texts = self._fields, self._fields.texts
        lang, sources = fields.languages(node.entries.get("lang")), self._sources(node)
        prominence = fields.one_of(node, "prominence", PROMINENCES, "any")
        rest = (",".join(lang), ",".join(sources.only), ",".join(sources.never), prominence)
        return Rule(
            id=RuleId(self._id(node)),
            title=fields.required(node, "title"),
            topic=fields.matching(node, "topic", TOPIC, "a slug of a-z, 0-9 and -", required=True),
            condition=condition,
            ignore=ignore,
            hash=self._canonical.rule(condition, ignore, rest),
            mark=node.keys.get("id", node.mark),
            status=fields.one_of(node, "status", STATUSES, "test"),
            priority=fields.one_of(node, "priority", PRIORITIES, "normal"),
            notify=self._notify(node),
            lang=lang,
            sources=sources,
            prominence="major" if prominence == "major" else "any",
            tags=self._tags(node),
            seed=self._seed(node),
            description=fields.text(node, "description"),
            owner=fields.text(node, "owner"),
            references=tuple(each.text for each in texts(node.entries.get("references"), "references")),
            created=self._created(node),
            spike=self._spike(node),
            max_per_day=self._max_per_day(node),
            suppress=self._suppress(node),
            tests=read_tests(node.entries.get("tests"), fields),
        )

    def _id(self, node: Tree) -> str:
        text = self._fields.matching(node, "id", ID, "3 to 64 of a-z, 0-9 and -", required=True)
        if text in self._ids:
            first = self._ids[text]
            message = f"rule id '{text}' is there already, in {first.path}:{first.line}; ids are never reused"
            self._findings.error(node.entries["id"].mark, "E012", message)
        elif text:
            self._ids[text] = node.entries["id"].mark
        return text

    def _condition(self, node: Tree) -> Expression | None:
        before = self._findings.errors
        key = next((key for key in node.entries if key in OPERATORS or key == "query"), None)
        if key is None:
            if self._fields.keys(node, RULE_KEYS):  # else a misspelt operator was told already
                self._fields.missing(node, f"a condition ({', '.join(OPERATORS)} or query)")
            return None
        condition = self._conditions.rule(node, RULE_KEYS)
        if condition is None or self._findings.errors > before:
            return None
        if not self._conditions.fits(condition, node.keys[key]):
            return None
        if not requires_a_term(condition):
            message = "no term that must be there, so it would match almost everything; add any: or all: with terms"
            self._findings.error(_needless(condition) or node.keys[key], "E031", message)
            return None
        return condition

    def _ignore(self, node: Tree) -> AnyOf | None:
        if "ignore" not in node.entries:
            return None
        mark = node.keys["ignore"]
        entries = self._conditions.entries(node.entries["ignore"], key="ignore")
        return AnyOf(entries, mark=mark) if entries and self._conditions.placed("ignore", entries, mark) else None

    def _created(self, node: Tree) -> str:
        text = self._fields.matching(node, "created", DATE, _A_DATE)
        try:
            date.fromisoformat(text or "2026-01-31")
        except ValueError:
            self._findings.error(node.entries["created"].mark, "E004", f"created '{text}' must be {_A_DATE}")
        return text

    def _notify(self, node: Tree) -> tuple[str, ...]:
        found = self._fields.texts(node.entries.get("notify"), "notify")
        for each in found:
            if self._known.channels is not None and each.text not in self._known.channels:
                guess = self._findings.guess(each.text, self._known.channels)
                hint = f"did you mean '{guess}'?" if guess else "it must be in channels.yaml"
                self._findings.error(each.mark, "E060", f"unknown channel '{each.text[:60]}'; {hint}")
        return tuple(each.text for each in found)

    def _seed(self, node: Tree) -> str:
        text = self._fields.matching(node, "seed", SEED, "SEED-ID#THEME-ID", code="E061")
        if text and self._known.themes is not None and text not in self._known.themes:
            guess = self._findings.guess(text, self._known.themes)
            hint = f"did you mean '{guess}'?" if guess else "no file of seeds/ has it"
            self._findings.error(node.entries["seed"].mark, "E061", f"unknown theme '{text[:80]}'; {hint}")
        return text

    def _sources(self, node: Tree) -> SourceFilter:
        value = node.entries.get("sources")
        if value is None:
            return SourceFilter()
        if not isinstance(value, Tree):
            message = "sources is {only: [...], not: [...]}, with feed ids, domains, tiers or tags"
            self._findings.error(value.mark, "E004", message)
            return SourceFilter()
        self._fields.keys(value, ("only", "not"))
        silent = node.entries.get("suppress")
        told = not (isinstance(silent, Tree) and "W118" in silent.keys)
        only, never = (
            tuple(sorted({self._source(each, told=told) for each in self._fields.texts(value.entries.get(key), key)}))
            for key in ("only", "not")
        )
        if only and set(only) <= set(never):
            message = "sources can never be met: all that 'only' names is named by 'not', too"
            self._findings.error(value.mark, "E030", message)
        return SourceFilter(only, never)

    def _source(self, said: Scalar, *, told: bool) -> str:
        """Read one domain, or the id, tier or tag of a feed; a misspelt one would let nothing through."""
        name = said.text.strip().lower().removeprefix("www.")
        if not SOURCE.fullmatch(name):
            message = f"'{short(said.text)}' is no source; write a domain (europa.eu), or a feed's id, tier or tag"
            self._findings.error(said.mark, "E004", message)
        elif told and self._known.sources is not None and "." not in name and name not in self._known.sources:
            guess = self._findings.guess(name, self._known.sources)
            hint = f"; did you mean '{guess}'?" if guess else ""
            self._findings.warning(said.mark, "W118", f"no feed has the id, tier or tag '{name}'{hint}")
        return name

    def _spike(self, node: Tree) -> Spike | None:
        value = node.entries.get("spike")
        if value is None:
            return None
        if not isinstance(value, Tree) or not {"stories", "within"} <= value.keys.keys():
            self._findings.error(value.mark, "E004", "spike is {stories: 5, within: 24h, min_sources: 3}")
            return None
        self._fields.keys(value, SPIKE_KEYS)
        stories = self._fields.number(value.entries["stories"], "stories", least=2)
        sources = value.entries.get("min_sources")
        minimum = self._fields.number(sources, "min_sources", least=1) if sources else 1
        within = DURATION.fullmatch(self._fields.matching(value, "within", DURATION, "a duration like 24h or 7d"))
        if stories is None or minimum is None or within is None:
            return None
        return Spike(stories, timedelta(**{_UNITS[within[2]]: int(within[1])}), minimum)

    def _max_per_day(self, node: Tree) -> int | None:
        value = node.entries.get("max_per_day")
        return None if value is None else self._fields.number(value, "max_per_day", least=1)

    def _suppress(self, node: Tree) -> dict[str, str]:
        value = node.entries.get("suppress")
        if value is None:
            return {}
        if not isinstance(value, Tree):
            self._findings.error(value.mark, "E004", 'suppress is {W103: "the reason"}')
            return {}
        return {code: self._reason(value, code, mark) for code, mark in value.keys.items()}

    def _reason(self, node: Tree, code: str, mark: Mark) -> str:
        reason = self._fields.text(node, code)
        if code not in CODES:
            guess = self._findings.guess(code, CODES)
            hint = f"did you mean '{guess}'?" if guess else "only warnings (W1..) can be suppressed"
            self._findings.error(mark, "E004", f"unknown lint code '{code[:20]}'; {hint}")
        elif not reason and isinstance(node.entries[code], Scalar):
            self._findings.error(mark, "E004", f"say why {code} is suppressed")
        return reason

    def _tags(self, node: Tree) -> tuple[str, ...]:
        found = self._fields.texts(node.entries.get("tags"), "tags")
        for each in found:
            if not TAG.fullmatch(each.text):
                self._findings.error(each.mark, "E004", f"tag '{each.text[:40]}' must be words joined by dots")
        return tuple(each.text for each in found)


def _needless(condition: Expression) -> Mark | None:
    """Find the branch that needs no term, where it is one of several; None when the condition as a whole does not."""
    found, branch = None, condition
    while isinstance(branch, AnyOf | InZone):
        branch = next(entry for entry in branch.entries if not requires_a_term(entry))
        if isinstance(branch, NamedList):
            break
        found = branch.mark or found
    return found
