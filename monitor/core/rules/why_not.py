"""Why a rule does not match an article: the causes, nearest miss first, in the words of the rule file.

Operators and terms explain themselves (`explain_miss`). This module adds the causes outside of the condition: status,
language, sources, prominence, boilerplate and pages that could not be fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property

from monitor.core.matching.context import MatchContext
from monitor.core.matching.expressions import terms_of
from monitor.core.matching.index import TermIndex, language_matches
from monitor.core.matching.matcher import INACTIVE_STATUSES, MAJOR_SCORE, Matcher, accepts_source, mask_ignored
from monitor.core.matching.misses import ABSENT, Cause, MissExplainer, relaxed_index
from monitor.core.matching.rulebook import Rule, SourceFilter, overrides
from monitor.core.model import Article, Source
from monitor.core.text.languages import language_code

_FILTERED = 0.5
"""The distance (`Cause`) of a miss for which the condition was not to blame."""
_TEXT_ZONES = frozenset({"lead", "body"})


def explain_override(rule: Rule, rules: Iterable[Rule], article: Article, source: Source) -> Cause | None:
    """Return why a rule that matches an article has no hit there: one of `rules` comes first; None if none does."""
    first = [other for other in rules if overrides(other, rule)]
    for match in Matcher(first).match(article, source):
        reason = f"rule '{match.rule_id}' of topic {match.topic} matches, so this rule has no hit"
        return Cause(0, f"unless_topic: {reason}")
    return None


def why_not(rule: Rule, article: Article, source: Source) -> tuple[Cause, ...]:
    """Return the causes in the rule itself, nearest first; none if its condition holds."""
    context = Matcher([replace(rule, status="test")]).scan(article, source)
    return RuleMisses(rule).causes(article, source, context)


class RuleMisses:
    """Explains the misses of one rule, whose terms are indexed once for all of them."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule

    def causes(self, article: Article, source: Source, context: MatchContext) -> tuple[Cause, ...]:
        """Return the causes as `why_not` does; `context`: the article, in which the terms of the rule were found."""
        rule = self._rule
        causes = {*_filter_causes(rule, article, source), *self._unmet_condition(context)}
        if causes and article.boilerplate:
            causes.update(_only_in_boilerplate(rule, article, source))
        if causes and article.partial:
            reason = article.partial_reason or "the page could not be fetched"
            causes.add(Cause(2 * ABSENT, f"only the feed's own text was there ({reason})"))
        return tuple(sorted(causes))

    @cached_property
    def _relaxed(self) -> TermIndex:
        return relaxed_index(terms_of([self._rule.condition]))

    def _unmet_condition(self, context: MatchContext) -> list[Cause]:
        rule = self._rule
        explainer = MissExplainer(context, self._relaxed)
        mask_ignored(context, rule)
        if not rule.condition.holds(context, *context.default_scope):
            return rule.condition.explain_miss(explainer, *context.default_scope)
        derivation = rule.condition.derive(context, *context.default_scope)
        if rule.prominence == "major" and (derivation.score or 0) < MAJOR_SCORE:
            branch, score = derivation.branch or "its term", derivation.score or 0
            match = f"it matches by {branch}, but in passing only ({score:g} of {MAJOR_SCORE:g})"
            return [Cause(1, f"prominence: major needs the title, the lead or 3 mentions; {match}")]
        return []


def _filter_causes(rule: Rule, article: Article, source: Source) -> Iterator[Cause]:
    """Yield the reasons for which the condition is not evaluated at all."""
    if rule.status in INACTIVE_STATUSES:
        yield Cause(0, f"the rule is {rule.status}, so it is not run")
    if rule.lang and not language_matches(article.language, rule.lang):
        language = language_code(article.language)
        yield Cause(_FILTERED, f"lang: the article is in '{language}', and the rule is for {', '.join(rule.lang)}")
    if not accepts_source(rule.sources, source):
        name = source.id or source.domain or "unknown"
        only, never = ", ".join(rule.sources.only), ", ".join(rule.sources.never)
        accepted = f"only {only}" if only else f"not {never}"
        yield Cause(_FILTERED, f"sources: the article is from '{name}', and the rule is for {accepted}")


def _only_in_boilerplate(rule: Rule, article: Article, source: Source) -> Iterator[Cause]:
    """Yield the evidence that the rule would have in what the source prints under every article."""
    unfiltered = Matcher([replace(rule, status="test", lang=(), sources=SourceFilter())])
    if unfiltered.match(article, source):
        return
    for match in unfiltered.match(replace(article, boilerplate=()), source):
        for each in match.evidence:
            inside = any(start <= each.start < end for start, end in article.boilerplate)
            if inside and each.zone in _TEXT_ZONES:
                quoted = f"'{each.as_written}' at body:{each.start}"
                where = "is in a paragraph that the source prints under many articles"
                yield Cause(_FILTERED, f"only in boilerplate: {quoted} {where}")
