"""Simulates the estimate on documents whose relevance is known: how often the interval holds the true recall.

Each run draws new judgements. The number of relevant ones in a random sample of a stratum has the hypergeometric
distribution, so that no documents need to be drawn. The ranking is learned a few times, each time from other hits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.audit.ranker import rank
from monitor.core.audit.corpus import shuffled
from monitor.core.audit.estimation import JudgedStratum, estimate
from monitor.core.audit.strata import plan_judgements
from monitor.core.errors import UsageError
from monitor.core.progress import Progress, no_progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.random import Generator

    from monitor.audit.ranker_models import Texts
    from monitor.core.audit.corpus import AuditDocument
    from monitor.core.audit.strata import SamplingPlan
    from monitor.core.matching.rulebook import Rule
    from monitor.core.model import RecallEstimate

MAX_RANKINGS = 5
"""Rankings that are learned, at most; each takes seconds, and a run takes milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """How the estimates of many runs compare with the truth."""

    true_recall: float
    mean_estimate: float
    coverage: float
    """Share of the runs whose interval holds the true recall."""
    mean_width: float
    true_precision: float | None
    precision_coverage: float
    labels: int
    runs: int
    seed: int
    documents: int
    relevant: int
    hits: int


def simulate(
    documents: Sequence[AuditDocument],
    texts: Texts,
    *,
    labels: int,
    runs: int,
    seed: int,
    rules: Sequence[Rule] = (),
    progress: Progress = no_progress,
) -> Simulation:
    """Estimate recall `runs` times from `labels` judgements; each document must be judged, UsageError otherwise."""
    found = sum(each.matched and bool(each.judged) for each in documents)
    relevant = sum(bool(each.judged) for each in documents)
    hits = sum(each.matched for each in documents)
    if not relevant:
        raise UsageError("no document is relevant, so there is no recall to estimate")
    rankings = [_ranking(documents, texts, rules, labels, seed + number) for number in range(min(runs, MAX_RANKINGS))]
    estimates = list(_simulated_estimates(rankings, labels, (hits, found), runs=runs, seed=seed, progress=progress))
    known = [each.recall for each in estimates if each.recall is not None]
    precision = found / hits if hits else None
    recall = found / relevant
    return Simulation(
        true_recall=recall,
        mean_estimate=sum(known) / len(known) if known else 0.0,
        coverage=sum(_within(each.low, recall, each.high) for each in estimates) / runs,
        mean_width=sum(each.high - each.low for each in estimates) / runs,
        true_precision=precision,
        precision_coverage=sum(_within(e.precision_low, precision, e.precision_high) for e in estimates) / runs,
        labels=labels,
        runs=runs,
        seed=seed,
        documents=len(documents),
        relevant=relevant,
        hits=hits,
    )


def _ranking(
    documents: Sequence[AuditDocument], texts: Texts, rules: Sequence[Rule], labels: int, seed: int
) -> list[bool]:
    """Learn from the hits that are judged first, and return whether each ranked article is relevant, best first."""
    known = {each.id: bool(each.judged) for each in documents}
    hits = [each for each in documents if each.matched]
    pool = len(documents) - len(hits)
    judged = {each.id for each in shuffled(hits, seed)[: plan_judgements(len(hits), pool, labels).hits]}
    blind = [each if each.id in judged else replace(each, judged=None) for each in documents]
    return [known[each.id] for each in rank(blind, texts, seed, rules=rules)]


def _simulated_estimates(
    rankings: Sequence[Sequence[bool]], labels: int, hits: tuple[int, int], *, runs: int, seed: int, progress: Progress
) -> Iterator[RecallEstimate]:
    """Estimate recall `runs` times; `hits` are the number of hits and of relevant ones among them."""
    import numpy as np

    generator = np.random.default_rng(seed)
    for number in range(runs):
        ranking = rankings[number % len(rankings)]
        yield _run(ranking, plan_judgements(hits[0], len(ranking), labels), hits, generator)
        progress(number + 1, runs)


def _run(ranking: Sequence[bool], drawn: SamplingPlan, hits: tuple[int, int], generator: Generator) -> RecallEstimate:
    total, right = hits
    found = int(generator.hypergeometric(right, total - right, drawn.hits)) if drawn.hits else 0
    strata = []
    for each in drawn.strata:
        relevant = sum(ranking[each.start : each.end])
        missed = int(generator.hypergeometric(relevant, each.size - relevant, each.drawn)) if each.drawn else 0
        strata.append(JudgedStratum(size=each.size, judged=each.drawn, missed=missed))
    return estimate([JudgedStratum(size=total, judged=drawn.hits, found=found)], strata)


def _within(low: float, value: float | None, high: float) -> bool:
    return value is None or low - 1e-9 <= value <= high + 1e-9
