"""A set of rules, compiled: an article goes in, the rules that match come out, each with what shows why.

Tokenise once, find all terms in one walk, look only at rules of which a necessary term was found. Immutable: a changed
rule set is a new Matcher, and whoever holds the old one finishes with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.matching.evidence import EVIDENCE_PER_OPERAND, evidence
from monitor.core.matching.expressions import In, nodes, terms_of, trace_of
from monitor.core.matching.garbage import undisturbed
from monitor.core.matching.index import TermIndex, speaks
from monitor.core.matching.presearch import Needs, Postings
from monitor.core.matching.reading import EXTRA_ZONES, Reading
from monitor.core.matching.sight import Sight
from monitor.core.model import Match, Tier

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from monitor.core.matching.traces import Trace
    from monitor.core.model import Article, Source
    from monitor.core.rules.rulebook import Rule, SourceFilter

NOT_RUN = frozenset({"draft", "retired"})
MAJOR = 3.0
OFFICIAL = 1.2


class Matcher:
    """Rules, ready to be found in articles."""

    def __init__(self, rules: Sequence[Rule], *, frequency: Mapping[str, int] | None = None) -> None:
        with undisturbed():
            self._compile([rule for rule in rules if rule.status not in NOT_RUN], frequency or {})

    def _compile(self, rules: Sequence[Rule], frequency: Mapping[str, int]) -> None:
        self.rules = tuple(rules)
        expressions = [each for rule in self.rules for each in rule.expressions]
        self.terms = terms = tuple(terms_of(expressions))
        """All that is looked for, each once."""
        self._zones = frozenset(each.zone for each in nodes(expressions) if isinstance(each, In)).intersection(
            EXTRA_ZONES
        )
        self.asks_language = any(rule.lang for rule in self.rules) or any(term.lang for term in terms)
        """Whether the answer depends on the language of an article."""
        self._index = TermIndex(terms)
        self._postings = Postings(Needs(frequency), [rule.condition for rule in self.rules])

    def find(self, article: Article, source: Source, *, limit: int = EVIDENCE_PER_OPERAND) -> tuple[Match, ...]:
        """Give the rules that match, in the order of the rule files; `limit` is how much each operand may show."""
        return self.matches(self.look(article, source), source, limit=limit)

    def matches(self, sight: Sight, source: Source, *, limit: int = EVIDENCE_PER_OPERAND) -> tuple[Match, ...]:
        """Give the rules that match what was found in an article."""
        if not sight.found:
            return ()
        candidates = (self.rules[number] for number in self._postings.candidates(sight.found))
        return tuple(match for rule in candidates if (match := match_of(rule, sight, source, limit)) is not None)

    def look(self, article: Article, source: Source) -> Sight:
        """Find all terms in an article."""
        reading = Reading(article, source, self._zones)
        return Sight(reading, self._index.scan(reading))


def match_of(rule: Rule, sight: Sight, source: Source, limit: int = EVIDENCE_PER_OPERAND) -> Match | None:
    """Evaluate one rule against what was found."""
    if rule.lang and not speaks(sight.reading.article.language, rule.lang):
        return None
    if not admits(rule.sources, source):
        return None
    sight.look_away(rule.ignore)
    if not rule.condition.holds(sight, *sight.whole):
        return None
    trace = trace_of(rule.condition, sight, *sight.whole)
    if rule.prominence == "major" and (trace.score or 0) < MAJOR:
        return None
    return _match(rule, sight, source, trace, limit)


def _match(rule: Rule, sight: Sight, source: Source, trace: Trace, limit: int) -> Match:
    score = (trace.score or 0.0) * (OFFICIAL if source.tier is Tier.OFFICIAL or "official" in source.tags else 1.0)
    return Match(
        rule_id=rule.id,
        rule_hash=rule.hash,
        topic=rule.topic,
        status=rule.status,
        priority=rule.priority,
        branch=trace.label,
        prominence="major" if score >= MAJOR else "passing",
        score=round(score, 2),
        evidence=evidence(sight, trace.operands, limit),
    )


def admits(wanted: SourceFilter, source: Source) -> bool:
    """Say whether a rule is for this source."""
    if not (wanted.only or wanted.never):
        return True
    names = set(_names(source))
    return not names.intersection(wanted.never) and (not wanted.only or bool(names.intersection(wanted.only)))


def _names(source: Source) -> Iterator[str]:
    yield source.id.lower()
    yield from (tag.lower() for tag in source.tags)
    if source.tier:
        yield source.tier.value
    labels = source.domain.lower().split(".")
    for at in range(max(len(labels) - 1, 1)):  # not the last alone: `eu` is a tag, and no word about .eu
        yield ".".join(labels[at:])
