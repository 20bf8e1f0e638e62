"""Orders unmatched articles by how much they look relevant; it hides and drops nothing.

`ranker_models` trains and scores. Here the scores of languages are made comparable, and the articles sorted.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING

from monitor.audit.ranker_models import UNREADABLE_SCORE, Models, RankedArticle
from monitor.core.audit.corpus import MIN_RELEVANT, training_set, unjudged_unmatched
from monitor.core.errors import MonitorError
from monitor.core.progress import Progress, no_progress
from monitor.core.text.languages import language_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from monitor.audit.ranker_models import Texts
    from monitor.core.audit.corpus import AuditDocument
    from monitor.core.matching.rulebook import Rule

RANKER_VERSION = 6
"""Grows with each change that gives other scores for the same examples."""
_PRIOR_ARTICLES = 5
"""Articles of the overall mean score that are added to each language's own mean."""
_BATCH_SIZE = 500
"""Articles that are scored at once, which bounds memory."""


def ranker_versions() -> str:
    """Return the versions that decide a ranking, beside its examples and its seed."""
    libraries = (f"{name} {version(name)}" for name in ("scikit-learn", "scipy", "numpy"))
    return ", ".join((f"ranker {RANKER_VERSION}", *libraries))


class TooFewExamplesError(MonitorError):
    """There are too few relevant examples to learn from."""

    def __init__(self, relevant: int) -> None:
        self.relevant = relevant
        super().__init__(
            f"nothing is ranked yet: {relevant} of the {MIN_RELEVANT} relevant examples that are needed (hits in "
            "which a rule's terms are prominent, or articles judged relevant)"
        )


def rank(
    documents: Sequence[AuditDocument],
    texts: Texts,
    seed: int = 0,
    *,
    rules: Sequence[Rule] = (),
    assume_hits_relevant: bool = True,
    progress: Progress = no_progress,
) -> list[RankedArticle]:
    """Rank the unmatched, unjudged articles, best first.

    `texts` returns the beginnings of articles (`core.audit.features.beginning`) by their ids; the named lists of
    `rules` say which words belong together. TooFewExamplesError below MIN_RELEVANT relevant examples.
    """
    examples = training_set(documents, seed, assume_hits_relevant=assume_hits_relevant)
    pool = unjudged_unmatched(documents)
    if len(examples.relevant) < MIN_RELEVANT:
        raise TooFewExamplesError(len(examples.relevant))
    if not pool:
        return []
    models = Models(examples, texts, seed, rules)
    ranked: list[RankedArticle] = []
    for start in range(0, len(pool), _BATCH_SIZE):
        ranked += models.score(pool[start : start + _BATCH_SIZE])
        progress(len(ranked), len(pool))
    return sorted(_center_languages(ranked, pool), key=lambda each: (-each.score, each.id))


def _center_languages(ranked: Sequence[RankedArticle], pool: Sequence[AuditDocument]) -> Iterator[RankedArticle]:
    """Give all languages the same mean score, since one with few examples gets lower or higher scores.

    In a language with few articles, scores are drawn towards the mean.
    """
    scores: dict[str, list[float]] = {}
    for each, document in zip(ranked, pool, strict=True):
        if each.score != UNREADABLE_SCORE:
            scores.setdefault(language_code(document.language), []).append(each.score)
    totals = {language: (sum(of_language), len(of_language)) for language, of_language in scores.items()}
    overall = sum(total for total, _ in totals.values()) / max(1, sum(number for _, number in totals.values()))
    for each, document in zip(ranked, pool, strict=True):
        if each.score == UNREADABLE_SCORE:
            yield each
            continue
        total, number = totals[language_code(document.language)]
        mean = (total + _PRIOR_ARTICLES * overall) / (number + _PRIOR_ARTICLES)
        reliability = number / (number + _PRIOR_ARTICLES)
        yield replace(each, score=round((each.score - mean) * reliability + overall, 6))
