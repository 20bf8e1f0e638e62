"""What was judged of a period, and the estimate from its samples together.

An article that a reader chose to judge is not a random one of its stratum. Chosen articles are therefore two strata of
their own, the hits and the others, of which all are judged; they no longer count in the strata that they come from.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.core.audit.estimation import JudgedStratum, estimate
from monitor.core.audit.strata import HITS, STRATA
from monitor.core.grouping import group_by
from monitor.core.model import CHOSEN, AuditSample, JudgedHit, Judgement, RecallEstimate

_CHOSEN_HITS = f"{CHOSEN} {HITS}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """All that was judged of a period."""

    samples: Sequence[AuditSample]
    judgements: Sequence[Judgement]
    hits: Sequence[JudgedHit]


@dataclass(slots=True)
class _Counts:
    """The judged articles of a stratum."""

    judged: int = 0
    found: int = 0
    missed: int = 0

    def add(self, *, relevant: bool, matched: bool) -> None:
        self.judged += 1
        self.found += relevant and matched
        self.missed += relevant and not matched

    def of_size(self, size: int) -> JudgedStratum:
        return JudgedStratum(size=max(size, self.judged), judged=self.judged, found=self.found, missed=self.missed)


def pooled_estimate(judged: Judged, *, topic: str = "") -> RecallEstimate:
    """Estimate recall and precision, of one topic if it is named."""
    sizes: Counter[str] = Counter()
    for sample in judged.samples:
        sizes.update(sample.sizes)
    sampled = {sample.id for sample in judged.samples}
    of_hits = topics_of_hits(judged.hits)
    counts: defaultdict[str, _Counts] = defaultdict(_Counts)
    chosen_from_strata = 0
    for each in [*judged.judgements, *_from_labels(judged)]:
        stratum = each.stratum
        if each.sample_id not in sampled or stratum == CHOSEN:
            sample_of_period = _sample_of(each, judged.samples)
            if sample_of_period is None:
                continue
            stratum = _CHOSEN_HITS if each.matched else CHOSEN
            chosen_from_strata += not each.matched and each.judged_at > sample_of_period.drawn_at
        is_of_topic = not topic or topic in topics_of(each, of_hits)
        counts[stratum].add(relevant=each.relevant and is_of_topic, matched=each.matched)
    sizes = _without_chosen(sizes, counts, chosen_from_strata)
    hits = [counts[name].of_size(sizes[name]) for name in (HITS, _CHOSEN_HITS)]
    return estimate(hits, [counts[name].of_size(sizes[name]) for name in (*STRATA, CHOSEN)])


def topics_of_hits(hits: Iterable[JudgedHit]) -> dict[int, set[str]]:
    """Return the topics of the relevant hits of each article."""
    topics: dict[int, set[str]] = {}
    for hit in hits:
        if hit.relevant:
            topics.setdefault(hit.article_id, set()).add(hit.topic)
    return topics


def topics_of(judgement: Judgement, of_hits: Mapping[int, set[str]]) -> set[str]:
    """Return the topic that the reader named, else those of the article's hits."""
    return {judgement.topic} if judgement.topic else of_hits.get(judgement.article_id, set())


def _sample_of(chosen: Judgement, samples: Sequence[AuditSample]) -> AuditSample | None:
    """Return the sample of the period in which a chosen article was stored.

    None if there is none: then the article is not among those whose recall is estimated. The next sample counts it.
    """
    stored_at = chosen.stored_at
    return next((each for each in samples if stored_at and each.since < stored_at <= each.until), None)


def _without_chosen(sizes: Counter[str], counts: Mapping[str, _Counts], from_strata: int) -> Counter[str]:
    """Return the sizes of the strata without the chosen articles.

    Of the chosen articles that no rule found, `from_strata` were judged after their sample was drawn, and are in one of
    its strata. Which one is not stored: those of the highest scores are reduced first.
    """
    others = Counter(sizes)
    others[HITS] = max(counts[HITS].judged, sizes[HITS] - counts[_CHOSEN_HITS].judged)
    left = from_strata
    for name in STRATA:
        taken = min(left, sizes[name] - counts[name].judged)
        others[name] -= taken
        left -= taken
    return others


def _from_labels(judged: Judged) -> list[Judgement]:
    """Make a judgement of each article whose hits were labelled, unless it was judged itself."""
    known = {each.article_id for each in judged.judgements}
    labelled = (hit for hit in judged.hits if hit.labelled and hit.article_id not in known)
    return [
        Judgement(
            article_id=article_id,
            relevant=any(hit.relevant for hit in hits),
            judged_at=hits[0].found_at,
            stored_at=hits[0].stored_at,
            matched=True,
        )
        for article_id, hits in group_by(labelled, lambda hit: hit.article_id).items()
    ]
