"""The rules that matched a story, each with its terms as the article spells them, and the one or two terms to name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.core.digests.digest_stories import MAX_STORY_TITLE_CHARS, MatchedRule, StoryContext
from monitor.core.digests.why_terms import choose_why_terms, spelling
from monitor.core.model import PRIORITIES, Evidence, Hit
from monitor.core.text import clean_line

MAX_TERMS_OF_RULE = 8


def matched_rules(hits: Iterable[Hit], lead_id: int, context: StoryContext) -> tuple[MatchedRule, ...]:
    """List the rules with their terms, most urgent first; spellings that differ in case only count once.

    The terms to name are those of the lead article, if the rule matched it.
    """
    by_rule: dict[str, list[Hit]] = {}
    for hit in sorted(hits, key=lambda hit: (-PRIORITIES.index(hit.priority), -hit.score, hit.id)):
        by_rule.setdefault(hit.rule_id, []).append(hit)
    return tuple(_matched_rule(of_rule, lead_id, context) for of_rule in by_rule.values())


def _matched_rule(hits: Sequence[Hit], lead_id: int, context: StoryContext) -> MatchedRule:
    rule_id, topic = hits[0].rule_id, hits[0].topic
    title = clean_line(context.rules.get(rule_id, rule_id), limit=MAX_STORY_TITLE_CHARS)
    terms: dict[str, str] = {}
    for term in filter(None, map(spelling, _evidence(hits))):
        terms.setdefault(term.casefold(), term)
    shown = tuple(terms.values())
    named = _evidence(hit for hit in hits if hit.article_id == lead_id) or _evidence(hits)
    return MatchedRule(
        rule_id=rule_id,
        title=title,
        terms=shown[:MAX_TERMS_OF_RULE],
        more_terms=max(0, len(shown) - MAX_TERMS_OF_RULE),
        main_terms=choose_why_terms(named, f"{title} {context.topic_titles.get(topic, topic)}", context.term_counts),
        is_catch_all=topic in context.catch_all,
    )


def _evidence(hits: Iterable[Hit]) -> list[Evidence]:
    return [each for hit in hits for each in hit.evidence]
