"""A set of rules, compiled: an article goes in, the rules that match come out, each with what shows why.

Tokenise once, find all terms in one walk, look only at rules of which a necessary term was found. Immutable: a changed
rule set is a new Matcher, and whoever holds the old one finishes with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.matching.context import MatchContext
from monitor.core.matching.evidence import EVIDENCE_PER_OPERAND, evidence
from monitor.core.matching.expressions import InZone, derivation_of, nodes, terms_of
from monitor.core.matching.garbage import undisturbed
from monitor.core.matching.index import TermIndex, language_matches
from monitor.core.matching.presearch import Postings, TermRequirements
from monitor.core.matching.tokenized_document import EXTRA_ZONES, TokenizedDocument
from monitor.core.model import Match, Tier

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from monitor.core.matching.derivations import Derivation
    from monitor.core.matching.rulebook import Rule, SourceFilter
    from monitor.core.model import Article, Source

INACTIVE_STATUSES = frozenset({"draft", "retired"})
MAJOR_PROMINENCE = 3.0
OFFICIAL_FACTOR = 1.2


class Matcher:
    """Rules, ready to be found in articles."""

    def __init__(self, rules: Sequence[Rule], *, frequency: Mapping[str, int] | None = None) -> None:
        with undisturbed():
            self._compile([rule for rule in rules if rule.status not in INACTIVE_STATUSES], frequency or {})

    def _compile(self, rules: Sequence[Rule], frequency: Mapping[str, int]) -> None:
        self.rules = tuple(rules)
        expressions = [each for rule in self.rules for each in rule.expressions]
        self.terms = terms = tuple(terms_of(expressions))
        """All that is looked for, each once."""
        self._zones = frozenset(each.zone for each in nodes(expressions) if isinstance(each, InZone)).intersection(
            EXTRA_ZONES
        )
        self.needs_language = any(rule.lang for rule in self.rules) or any(term.lang for term in terms)
        """Whether the answer depends on the language of an article."""
        self._index = TermIndex(terms)
        self._postings = Postings(TermRequirements(frequency), [rule.condition for rule in self.rules])

    def match(self, article: Article, source: Source, *, limit: int = EVIDENCE_PER_OPERAND) -> tuple[Match, ...]:
        """Give the rules that match, in the order of the rule files; `limit` is how much each operand may show."""
        return self.match_context(self.scan(article, source), source, limit=limit)

    def match_context(
        self, context: MatchContext, source: Source, *, limit: int = EVIDENCE_PER_OPERAND
    ) -> tuple[Match, ...]:
        """Give the rules that match what was found in an article."""
        if not context.spans:
            return ()
        candidates = (self.rules[number] for number in self._postings.candidates(context.spans))
        return tuple(match for rule in candidates if (match := match_rule(rule, context, source, limit)) is not None)

    def scan(self, article: Article, source: Source) -> MatchContext:
        """Find all terms in an article."""
        document = TokenizedDocument(article, source, self._zones)
        return MatchContext(document, self._index.scan(document))


def match_rule(rule: Rule, context: MatchContext, source: Source, limit: int = EVIDENCE_PER_OPERAND) -> Match | None:
    """Evaluate one rule against what was found."""
    if rule.lang and not language_matches(context.document.article.language, rule.lang):
        return None
    if not source_admitted(rule.sources, source):
        return None
    context.mask_ignored(rule.ignore)
    if not rule.condition.holds(context, *context.default_scope):
        return None
    derivation = derivation_of(rule.condition, context, *context.default_scope)
    if rule.prominence == "major" and (derivation.score or 0) < MAJOR_PROMINENCE:
        return None
    return _match(rule, context, source, derivation, limit)


def _match(rule: Rule, context: MatchContext, source: Source, derivation: Derivation, limit: int) -> Match:
    score = (derivation.score or 0.0) * (
        OFFICIAL_FACTOR if source.tier is Tier.OFFICIAL or "official" in source.tags else 1.0
    )
    return Match(
        rule_id=rule.id,
        rule_hash=rule.hash,
        topic=rule.topic,
        status=rule.status,
        priority=rule.priority,
        branch=derivation.label,
        prominence="major" if score >= MAJOR_PROMINENCE else "passing",
        score=round(score, 2),
        evidence=evidence(context, derivation.operands, limit),
    )


def source_admitted(wanted: SourceFilter, source: Source) -> bool:
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
