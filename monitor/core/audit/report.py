"""Reports on the judgements: recall and precision, by week and topic, and of each rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from monitor.core.audit.estimation import JudgedStratum, estimate
from monitor.core.audit.strata import HITS, STRATA
from monitor.core.confidence_intervals import wilson_interval
from monitor.core.grouping import group_by
from monitor.core.model import (
    CHOSEN,
    WANTED_WIDTH,
    AuditSample,
    JudgedHit,
    Judgement,
    RecallEstimate,
    RecallReport,
    percent,
)

ENOUGH = 200
"""Judgements after which an estimate is printed, or all articles if there are fewer; fewer judgements of many articles
leave an interval as wide as half the scale."""
POOLED = timedelta(weeks=16)
"""Samples of so long are pooled for the estimate."""
_POOLED_FOR_WEEK = timedelta(weeks=8)
"""Samples that the estimate of one week of a chart is made of."""
_RELEVANT_OF_TOPIC = 20
"""Relevant articles of a topic that must be judged before its recall is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """All that was judged of a period."""

    samples: Sequence[AuditSample]
    judgements: Sequence[Judgement]
    hits: Sequence[JudgedHit]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekQuality:
    """The estimate as it was at the end of a week, from the samples of eight weeks."""

    end: datetime
    estimate: RecallEstimate


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicQuality:
    """The estimate for one topic; its recall is None if some judged miss has no topic."""

    topic: str
    estimate: RecallEstimate
    lacks_topics: bool
    """Whether some judged miss has no topic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePrecision:
    """How many judged hits of a rule are relevant, with the 95 % interval of its precision."""

    rule_id: str
    relevant: int
    judged: int
    low: float
    high: float

    @property
    def precision(self) -> float:
        """The share of the judged hits that are relevant."""
        return self.relevant / self.judged

    def is_below(self, share: float) -> bool:
        """Return True if the whole interval is below a share."""
        return self.high < share

    @property
    def sentence(self) -> str:
        """`precision 84 % (71-93), 31 judged`."""
        return f"precision {percent(self.precision)} % ({percent(self.low)}-{percent(self.high)}), {self.judged} judged"


def recall_report(judged: Judged) -> RecallReport:
    """Estimate recall and precision from all that was judged."""
    estimate = _estimate(judged)
    return RecallReport(
        estimate=estimate,
        since=min((sample.since for sample in judged.samples), default=None),
        needed=min(ENOUGH, estimate.articles or ENOUGH),
    )


def weeks(judged: Judged, now: datetime, number: int = 16) -> list[WeekQuality]:
    """Return the estimates at the ends of the last weeks, oldest first; without those before the first sample."""
    ends = [now - timedelta(weeks=back) for back in reversed(range(number))]
    return [WeekQuality(end=end, estimate=_estimate(part)) for end in ends if (part := _until(judged, end)).samples]


def topics(judged: Judged) -> list[TopicQuality]:
    """Return the estimates of topics of which enough was judged, by topic."""
    of_hits = _topics_of_hits(judged.hits)
    relevant = Counter(topic for each in judged.judgements if each.relevant for topic in _topics_of(each, of_hits))
    unknown = any(each.relevant and not _topics_of(each, of_hits) for each in judged.judgements)
    qualities = []
    for topic in sorted(topic for topic, number in relevant.items() if number >= _RELEVANT_OF_TOPIC):
        estimated = _estimate(judged, topic=topic, topics_of_hits=of_hits)
        estimated = replace(estimated, recall=None, low=0.0, high=1.0) if unknown else estimated
        qualities.append(TopicQuality(topic=topic, estimate=estimated, lacks_topics=unknown))
    return qualities


def rule_precisions(hits: Iterable[JudgedHit]) -> dict[str, RulePrecision]:
    """Return the precision of each rule of which a hit was judged."""
    judged: Counter[str] = Counter()
    relevant: Counter[str] = Counter()
    for hit in hits:
        judged[hit.rule_id] += 1
        relevant[hit.rule_id] += hit.relevant
    by_rule = {}
    for rule_id, number in judged.items():
        low, high = wilson_interval(relevant[rule_id], number) or (0.0, 1.0)
        by_rule[rule_id] = RulePrecision(rule_id=rule_id, relevant=relevant[rule_id], judged=number, low=low, high=high)
    return by_rule


def judgements_needed(estimated: RecallEstimate) -> int | None:
    """Return about how many more judgements make the interval of recall ten points wide; None if that is unknown."""
    width = estimated.high - estimated.low
    if estimated.recall is None or not estimated.judged:
        return None
    more = ceil(estimated.judged * ((width / WANTED_WIDTH) ** 2 - 1) / 10) * 10
    return min(max(0, more), estimated.articles - estimated.judged)


def _until(judged: Judged, end: datetime) -> Judged:
    return Judged(
        samples=[each for each in judged.samples if end - _POOLED_FOR_WEEK < each.drawn_at <= end],
        judgements=[each for each in judged.judgements if end - _POOLED_FOR_WEEK < each.judged_at <= end],
        hits=[each for each in judged.hits if end - _POOLED_FOR_WEEK < each.found_at <= end],
    )


def _estimate(
    judged: Judged, *, topic: str = "", topics_of_hits: Mapping[int, set[str]] | None = None
) -> RecallEstimate:
    """Estimate from the strata of all samples together, and from what readers chose to judge, which is known."""
    sizes: Counter[str] = Counter()
    for sample in judged.samples:
        sizes.update(sample.sizes)
    known = {sample.id for sample in judged.samples}
    done: Counter[tuple[str, str]] = Counter()
    chosen_of_strata = 0
    for each in [*judged.judgements, *_from_labels(judged)]:
        stratum = each.stratum
        if each.sample_id not in known or stratum == CHOSEN:
            period = _sample_of(each, judged.samples)
            if period is None:
                continue
            stratum = _chosen(matched=each.matched)
            chosen_of_strata += not each.matched and each.judged_at > period.drawn_at
        done[stratum, "judged"] += 1
        counts = each.relevant and (not topic or topic in _topics_of(each, topics_of_hits or {}))
        done[stratum, "found" if each.matched else "missed"] += counts
    _take_out_chosen(sizes, done, chosen_of_strata)
    hits = [_stratum(name, sizes, done) for name in (HITS, _chosen(matched=True))]
    return estimate(hits, [_stratum(name, sizes, done) for name in (*STRATA, _chosen(matched=False))])


def _chosen(*, matched: bool) -> str:
    return f"{CHOSEN} {HITS}" if matched else CHOSEN


def _sample_of(chosen: Judgement, samples: Sequence[AuditSample]) -> AuditSample | None:
    """Return the sample of the period in which a chosen article was stored.

    None if there is none: then the article is not among those whose recall is estimated. The next sample counts it.
    """
    stored_at = chosen.stored_at
    return next((each for each in samples if stored_at and each.since < stored_at <= each.until), None)


def _take_out_chosen(sizes: Counter[str], done: Counter[tuple[str, str]], of_strata: int) -> None:
    """Take chosen articles, whose relevance is known, out of the strata that they are of: hits, and the head first.

    `of_strata`: unmatched ones that were judged after their sample was drawn. Those judged before are in no stratum.
    """
    sizes[HITS] = max(done[HITS, "judged"], sizes[HITS] - done[_chosen(matched=True), "judged"])
    left = of_strata
    for name in STRATA:
        taken = min(left, sizes[name] - done[name, "judged"])
        sizes[name] -= taken
        left -= taken


def _stratum(name: str, sizes: Counter[str], done: Counter[tuple[str, str]]) -> JudgedStratum:
    """Return the counts of a stratum; what readers chose has no other size than what was judged of it."""
    judged = done[name, "judged"]
    return JudgedStratum(
        size=max(sizes[name], judged), judged=judged, found=done[name, "found"], missed=done[name, "missed"]
    )


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


def _topics_of_hits(hits: Iterable[JudgedHit]) -> dict[int, set[str]]:
    topics: dict[int, set[str]] = {}
    for hit in hits:
        if hit.relevant:
            topics.setdefault(hit.article_id, set()).add(hit.topic)
    return topics


def _topics_of(judgement: Judgement, of_hits: Mapping[int, set[str]]) -> set[str]:
    return {judgement.topic} if judgement.topic else of_hits.get(judgement.article_id, set())
