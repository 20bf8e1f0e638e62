"""Lint by the archive: warnings that depend on what a rule finds in real news.

The codes are those of `core.rules.lint`, and a rule suppresses them in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from monitor.core import counts
from monitor.core.errors import Problem
from monitor.core.yaml_nodes import Mark

if TYPE_CHECKING:
    from monitor.core.lab.backtests import Backtest, TermCount

BROAD_SHARE = 0.02
"""The share of the archive above which a term or a rule is too broad."""
EXCLUDED_SHARE = 0.2
"""Share of the possible matches that `none` excludes, above which W109 warns."""
OVERLAP_SHARE = 0.9
"""Share of the hits of either rule that both have, from which W112 warns."""
MANY_WORDS = 50
"""Different words that a wildcard stands for, above which W113 warns."""
MIN_LINTED_ARTICLES = 10
"""The least number of articles from which a share is reported."""
_WORDS_SHOWN = 60


def archive_lint(backtest: Backtest) -> list[Problem]:
    """Return the warnings about a rule's record, without the suppressed ones."""
    problems = [
        *_check_hits(backtest),
        *_check_breadth(backtest),
        *_check_exclusions(backtest),
        *_check_overlaps(backtest),
        *_check_wildcards(backtest),
    ]
    return [problem for problem in problems if problem.code not in backtest.rule.suppress]


def _check_hits(backtest: Backtest) -> Iterator[Problem]:
    if backtest.articles and not backtest.hits:
        days = counts.count((backtest.until - backtest.since).days, "day")
        articles = counts.count(backtest.articles, "article")
        message = f"no match in {days} ({articles}); are its terms those that the sources use?"
        yield backtest.rule.mark.warning("W107", f"rule '{backtest.rule.id}' has {message}")


def _check_breadth(backtest: Backtest) -> Iterator[Problem]:
    """Report the terms that make a rule too broad, or the rule itself if no single term does."""
    single = {term.key for term in backtest.rule.condition.standalone_terms()}
    broad = [
        count for count in backtest.terms
        if count.term.key in single and _is_broad(count.articles, backtest.articles)
    ]  # fmt: skip
    for count in broad:
        share = _percent(count.articles, backtest.articles)
        message = f"'{count.term.text}' alone is too broad: it occurs in {share} of the archive"
        yield _mark(count, backtest).warning("W101", message)
    if not broad and _is_broad(backtest.hits, backtest.articles):
        share = _percent(backtest.hits, backtest.articles)
        yield backtest.rule.mark.warning(
            "W101", f"rule '{backtest.rule.id}' is broad: it matches {share} of the archive"
        )


def _is_broad(count: int, articles: int) -> bool:
    return count >= MIN_LINTED_ARTICLES and count > BROAD_SHARE * articles


def _check_exclusions(backtest: Backtest) -> Iterator[Problem]:
    removed = backtest.without_none - backtest.hits
    if removed >= MIN_LINTED_ARTICLES and removed > EXCLUDED_SHARE * backtest.without_none:
        share = _percent(removed, backtest.without_none)
        message = f"none of '{backtest.rule.id}' takes away {share} of what it would find ({removed:,} articles)"
        yield backtest.rule.mark.warning("W109", message)


def _check_overlaps(backtest: Backtest) -> Iterator[Problem]:
    for other in backtest.overlaps:
        either = backtest.hits + other.theirs - other.both
        if other.both >= MIN_LINTED_ARTICLES and other.both >= OVERLAP_SHARE * either:
            message = (
                f"rule '{backtest.rule.id}' finds nearly the same as '{other.rule_id}': {_percent(other.both, either)}"
            )
            yield backtest.rule.mark.warning("W112", f"{message} of what either finds")


def _check_wildcards(backtest: Backtest) -> Iterator[Problem]:
    for count in backtest.terms:
        if len(count.words) > MANY_WORDS:
            shown = ", ".join(count.words[:_WORDS_SHOWN])
            more = ", ..." if len(count.words) > _WORDS_SHOWN else ""
            message = f"'{count.term.text}' stands for {len(count.words)} words of the archive: {shown}{more}"
            yield _mark(count, backtest).warning("W113", message)


def _mark(count: TermCount, backtest: Backtest) -> Mark:
    return count.term.mark or backtest.rule.mark


def _percent(count: int, of: int) -> str:
    return f"{100 * count / of:.1f} %"
