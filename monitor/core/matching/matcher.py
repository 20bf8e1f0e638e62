"""A compiled rule set: an article goes in, the matches of the rules that it satisfies come out, with their evidence.

An article is tokenized once and searched for all terms in one pass; only rules of which a required term was found are
evaluated. A Matcher never changes, so a reload replaces it while calls on the old one complete.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from monitor.core.matching.alternatives import InZone
from monitor.core.matching.context import MatchContext
from monitor.core.matching.derivations import Derivation
from monitor.core.matching.evidence import EVIDENCE_PER_OPERAND, collect_evidence
from monitor.core.matching.expressions import operators_of, requires_terms, terms_of
from monitor.core.matching.index import TermIndex, language_matches
from monitor.core.matching.presearch import OperatorIndex, node_of
from monitor.core.matching.rulebook import Rule, SourceFilter, without_overridden
from monitor.core.matching.tokenized_document import EXTRA_ZONES, TokenizedDocument
from monitor.core.model import Article, Match, Source, Tier

INACTIVE_STATUSES = frozenset({"draft", "retired"})
"""Rules of these statuses are not matched."""
MAJOR_SCORE = 3.0
"""The score from which a match is prominent (`prominence: major`): a title, or a lead and a mention, or 3 mentions."""
OFFICIAL_FACTOR = 1.2
"""Factor on the score of a match in an official source; it does not decide whether a rule matches."""


class Matcher:
    """A compiled rule set."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        """Compile the active rules."""
        self.rules = tuple(rule for rule in rules if rule.status not in INACTIVE_STATUSES)
        expressions = [expression for rule in self.rules for expression in rule.expressions]
        self.terms = terms = tuple(terms_of(expressions))
        """The terms of all rules, each key once."""
        named_zones = {each.zone for each in operators_of(expressions) if isinstance(each, InZone)}
        self._extra_zones = named_zones.intersection(EXTRA_ZONES)
        self.needs_language = any(rule.lang for rule in self.rules) or any(
            term.lang or term.spells_a_word for term in terms
        )
        """True if matches depend on the language of an article."""
        self._index = TermIndex(terms)
        self._operators = OperatorIndex(
            (rule.condition for rule in self.rules), (rule.ignore for rule in self.rules if rule.ignore is not None)
        )
        self._rules_by_condition: dict[object, list[int]] = {}
        """Indices of rules, by the node of their condition (`presearch.node_of`)."""
        for index, rule in enumerate(self.rules):
            if not requires_terms(rule.condition):
                raise ValueError(f"rule '{rule.id}' requires no term; the loader refuses such a rule")
            self._rules_by_condition.setdefault(node_of(rule.condition), []).append(index)

    def match(self, article: Article, source: Source, *, limit: int = EVIDENCE_PER_OPERAND) -> tuple[Match, ...]:
        """Return the matches in the order of the rules, with at most `limit` occurrences of each operand."""
        return self.match_context(self.scan(article, source), source, limit=limit)

    def scan(self, article: Article, source: Source) -> MatchContext:
        """Find all terms in an article."""
        document = TokenizedDocument(article, source, self._extra_zones)
        context = MatchContext(document, self._index.scan(document))
        context.may_hold = self._operators.may_hold(context)
        return context

    def match_context(
        self, context: MatchContext, source: Source, *, limit: int = EVIDENCE_PER_OPERAND
    ) -> tuple[Match, ...]:
        """Return the matches in an article that `scan` has searched."""
        return without_overridden(self.evaluate(context, source, limit=limit))

    def evaluate(
        self, context: MatchContext, source: Source, *, limit: int = EVIDENCE_PER_OPERAND
    ) -> list[tuple[Rule, Match]]:
        """Return the rules whose conditions hold, those included that give way to others (`unless_topic`)."""
        if not context.spans:
            return []
        candidates = self.candidates(context)
        return [(rule, match) for rule in candidates if (match := match_rule(rule, context, source, limit)) is not None]

    def candidates(self, context: MatchContext) -> list[Rule]:
        """Return the rules whose conditions may hold, in their order."""
        conditions = self._rules_by_condition.keys()
        nodes = chain(conditions & context.may_hold[context.default_scope].found, conditions & context.spans.keys())
        indices = [index for node in nodes for index in self._rules_by_condition[node]]
        return [self.rules[index] for index in sorted(indices)]


def match_rule(rule: Rule, context: MatchContext, source: Source, limit: int = EVIDENCE_PER_OPERAND) -> Match | None:
    """Evaluate one rule by itself, whatever its status and `unless_topic`.

    `context` must come from a Matcher that has the rule's terms.
    """
    if not rule_matches(rule, context, source):
        return None
    derivation = rule.condition.derive(context, *context.default_scope)
    return _match(rule, context, source, derivation, limit)


def rule_matches(rule: Rule, context: MatchContext, source: Source) -> bool:
    """Return True where `match_rule` finds a match, without looking for its evidence."""
    if rule.lang and not language_matches(context.document.article.language, rule.lang):
        return False
    if not accepts_source(rule.sources, source):
        return False
    mask_ignored(context, rule)
    if not rule.condition.holds(context, *context.default_scope):
        return False
    if rule.prominence != "major":
        return True
    return (rule.condition.derive(context, *context.default_scope).score or 0) >= MAJOR_SCORE


def mask_ignored(context: MatchContext, rule: Rule) -> None:
    """Hide what a rule ignores; this replaces the mask of the rule before it."""
    context.mask(())
    if rule.ignore is not None:
        context.mask(rule.ignore.occurrences(context, *context.everywhere))


def _match(rule: Rule, context: MatchContext, source: Source, derivation: Derivation, limit: int) -> Match:
    official = source.tier is Tier.OFFICIAL or "official" in source.tags
    score = (derivation.score or 0.0) * (OFFICIAL_FACTOR if official else 1.0)
    return Match(
        rule_id=rule.id,
        rule_hash=rule.hash,
        topic=rule.topic,
        status=rule.status,
        priority=rule.priority,
        branch=derivation.branch,
        prominence="major" if score >= MAJOR_SCORE else "passing",
        score=round(score, 2),
        evidence=collect_evidence(context, derivation.operands, limit),
    )


def accepts_source(accepted: SourceFilter, source: Source) -> bool:
    """Return True if a rule with this filter is evaluated for articles of the source."""
    if not (accepted.only or accepted.never):
        return True
    names = set(_names(source))
    return not names.intersection(accepted.never) and (not accepted.only or bool(names.intersection(accepted.only)))


def _names(source: Source) -> Iterator[str]:
    """Yield the names by which a filter can select a source: id, tags, tier, and the domain with its parents."""
    yield source.id.lower()
    yield from (tag.lower() for tag in source.tags)
    if source.tier:
        yield source.tier.value
    labels = source.domain.lower().split(".")
    for at in range(max(len(labels) - 1, 1)):  # without the top-level domain: `eu` is a tag and not every .eu domain
        yield ".".join(labels[at:])
