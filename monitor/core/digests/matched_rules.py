"""The rules that matched a story, each with its terms as the article spells them, and the one or two terms to name."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from monitor.core.digests.digest_stories import MAX_TITLE, MatchedRule
from monitor.core.model import PRIORITIES
from monitor.core.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from monitor.core.model import Evidence, Hit

MAX_TERMS = 8
MAX_WHY_TERMS = 2
_ZONE_WEIGHTS = {"title": 4, "lead": 2}
"""How much an occurrence weighs when the terms to name are chosen; 1 elsewhere. It does not decide on any order."""


def matched_rules(hits: Iterable[Hit], rules: Mapping[str, str], catch_all: Collection[str]) -> tuple[MatchedRule, ...]:
    """List the rules with their terms, most urgent first; spellings that differ in case only count once."""
    evidence_by_rule: dict[str, list[Evidence]] = {}
    topics: dict[str, str] = {}
    for hit in sorted(hits, key=lambda hit: (-PRIORITIES.index(hit.priority), -hit.score, hit.id)):
        evidence_by_rule.setdefault(hit.rule_id, []).extend(hit.evidence)
        topics.setdefault(hit.rule_id, hit.topic)
    return tuple(
        _matched_rule(rule_id, rules.get(rule_id, rule_id), evidence, is_catch_all=topics[rule_id] in catch_all)
        for rule_id, evidence in evidence_by_rule.items()
    )


def _matched_rule(rule_id: str, title: str, evidence: Sequence[Evidence], *, is_catch_all: bool) -> MatchedRule:
    terms: dict[str, str] = {}
    weights: Counter[str] = Counter()
    for each in evidence:
        term = clean_line(each.as_written or each.term, limit=60)
        if term:
            terms.setdefault(term.casefold(), term)
            weights[term.casefold()] += _ZONE_WEIGHTS.get(each.zone, 1)
    main = _main_terms(weights)
    shown = tuple(terms.values())
    return MatchedRule(
        rule_id=rule_id,
        title=clean_line(title, limit=MAX_TITLE),
        terms=shown[:MAX_TERMS],
        more_terms=max(0, len(shown) - MAX_TERMS),
        main_terms=tuple(terms[key] for key in main),
        is_catch_all=is_catch_all,
    )


def _main_terms(weights: Mapping[str, int]) -> list[str]:
    """Choose the terms to name: those of the most prominent places, and no term that is a part of another one."""
    specific = [term for term in weights if not any(term != other and term in other for other in weights)]
    return sorted(specific, key=lambda term: -weights[term])[:MAX_WHY_TERMS]
