"""Reports on the judgements: recall and precision, by week and topic, and of each rule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil

from monitor.core.audit.pooled_samples import Judged, pooled_estimate, topics_of, topics_of_hits
from monitor.core.confidence_intervals import wilson_interval
from monitor.core.model import WANTED_WIDTH, JudgedHit, RecallEstimate, RecallReport, percent

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
    estimate = pooled_estimate(judged)
    return RecallReport(
        estimate=estimate,
        since=min((sample.since for sample in judged.samples), default=None),
        needed=min(ENOUGH, estimate.articles or ENOUGH),
    )


def weeks(judged: Judged, now: datetime, number: int = 16) -> list[WeekQuality]:
    """Return the estimates at the ends of the last weeks, oldest first; without those before the first sample."""
    ends = [now - timedelta(weeks=back) for back in reversed(range(number))]
    return [
        WeekQuality(end=end, estimate=pooled_estimate(part)) for end in ends if (part := _until(judged, end)).samples
    ]


def topics(judged: Judged) -> list[TopicQuality]:
    """Return the estimates of topics of which enough was judged, by topic."""
    of_hits = topics_of_hits(judged.hits)
    relevant = Counter(topic for each in judged.judgements if each.relevant for topic in topics_of(each, of_hits))
    unknown = any(each.relevant and not topics_of(each, of_hits) for each in judged.judgements)
    qualities = []
    for topic in sorted(topic for topic, number in relevant.items() if number >= _RELEVANT_OF_TOPIC):
        estimated = pooled_estimate(judged, topic=topic)
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
