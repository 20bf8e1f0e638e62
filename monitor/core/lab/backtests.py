"""The result of a back-test: hits and stories by week, and what an edit of the rule gains and loses.

`BacktestTally` adds up the results of batches in the order of time. It keeps counts, the stories of a week and the
newest samples, so that its size does not grow with the archive. A story counts in the week in which it begins.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from monitor.core.digests.spikes import Peak, SpikeDetector
from monitor.core.errors import Problem
from monitor.core.lab.batch_matches import (
    MAX_SAMPLES,
    BatchResult,
    MatchedArticle,
    SampleHit,
    week_of,
)
from monitor.core.matching.expressions import terms_of
from monitor.core.matching.rulebook import Rule
from monitor.core.matching.terms import Term
from monitor.core.model import RuleId
from monitor.core.stories.clusterer import StoryClusterer

MAX_PEAKS = 100
"""Peaks of a spike that are reported, the newest."""
SHOWN_HITS = 5
"""The newest hits that are listed, of those that the rule had before or has without a comparison."""


@dataclass(frozen=True, slots=True)
class Week:
    """One week of the archive, from its Monday."""

    start: date
    articles: int
    hits: int
    stories: int
    hits_before: int


@dataclass(frozen=True, slots=True)
class TermCount:
    """In how many articles one term occurs."""

    term: Term
    articles: int
    hits: int
    """How many of these articles the rule matches."""
    words: tuple[str, ...] = ()
    """The words that a wildcard matched, at most MAX_WILDCARD_WORDS."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """The articles that both this rule and another one match."""

    rule_id: RuleId
    both: int
    theirs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The matches of another version of the rule, compared with this one."""

    name: str
    """The revision or the file."""
    state: str
    """`changed`, `same` (it matches the same articles) or `new` (the rule does not exist there)."""
    hits: int
    gained: int
    lost: int
    gained_samples: tuple[SampleHit, ...]
    """The newest of them."""
    lost_samples: tuple[SampleHit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """The result of a back-test."""

    rule: Rule
    since: datetime
    until: datetime
    articles: int
    hits: int
    stories: int
    without_none: int
    """Number of hits if the rule excluded nothing."""
    weeks: tuple[Week, ...]
    terms: tuple[TermCount, ...]
    overlaps: tuple[Overlap, ...]
    """Other rules that matched some of the same articles, those with most first."""
    peaks: tuple[Peak, ...]
    """When its `spike` would have alerted; the newest MAX_PEAKS."""
    peaks_left_out: int
    samples: tuple[SampleHit, ...]
    """The newest hits, without those gained."""
    against: Comparison | None = None
    warnings: tuple[Problem, ...] = ()

    @property
    def share(self) -> float:
        """The share of the archive's articles that the rule matches, 0 to 1."""
        return self.hits / self.articles if self.articles else 0.0


class BacktestTally:
    """Adds up the results of batches."""

    def __init__(self, rule: Rule, since: datetime, until: datetime) -> None:
        self._rule, self._since, self._until = rule, since, until
        self._clusterer = StoryClusterer()
        self._spike_detector = SpikeDetector(rule.spike) if rule.spike else None
        self._peaks: list[Peak] = []
        self._total = BatchResult()
        """The counts of all batches; samples and matched articles are kept apart."""
        self._hits: Counter[date] = Counter()
        self._before: Counter[date] = Counter()
        self._stories: Counter[date] = Counter()
        self._gained = self._lost = 0
        self._samples: dict[str, deque[SampleHit]] = {
            "kept": deque(maxlen=MAX_SAMPLES), "gained": deque(maxlen=MAX_SAMPLES), "lost": deque(maxlen=MAX_SAMPLES),
        }  # fmt: skip

    def add(self, result: BatchResult) -> None:
        """Add the result of the next batch; batches are in the order of time."""
        self._total.add_counts(result)
        for kind, samples in self._samples.items():
            samples.extend(getattr(result, kind))
        for article in result.found:
            self._count(article)

    def _count(self, article: MatchedArticle) -> None:
        week = week_of(article.stored_at)
        self._before[week] += article.before
        self._gained += article.now and not article.before
        self._lost += article.before and not article.now
        if not article.now:
            return
        self._hits[week] += 1
        stories_before = self._clusterer.stories
        story = self._clusterer.add(article.stored_at, article.fingerprint, article.terms)
        self._stories[week] += story == stories_before
        if self._spike_detector and (
            peak := self._spike_detector.add(article.stored_at, story, article.fingerprint.feed_id)
        ):
            self._peaks.append(peak)

    def backtest(self, *, name: str = "", state: str = "", warnings: Iterable[Problem] = ()) -> Backtest:
        """Return the result; `name` and `state` describe the version compared with, if any."""
        hits = sum(self._hits.values())
        return Backtest(
            rule=self._rule,
            since=self._since,
            until=self._until,
            articles=sum(self._total.articles.values()),
            hits=hits,
            stories=self._clusterer.stories,
            without_none=self._total.without_none,
            weeks=self._weeks(same=state == "same"),
            terms=self._term_counts(),
            overlaps=tuple(
                Overlap(rule_id, both, self._total.theirs[rule_id]) for rule_id, both in self._total.both.most_common()
            ),
            peaks=tuple(self._peaks[-MAX_PEAKS:]),
            peaks_left_out=max(0, len(self._peaks) - MAX_PEAKS),
            samples=self._newest("kept")[:SHOWN_HITS],
            against=self._comparison(name, state, hits) if name else None,
            warnings=tuple(warnings),
        )

    def _comparison(self, name: str, state: str, hits: int) -> Comparison:
        if state == "same":
            return Comparison(name=name, state=state, hits=hits, gained=0, lost=0, gained_samples=(), lost_samples=())
        gained = "kept" if state == "new" else "gained"
        return Comparison(
            name=name,
            state=state,
            hits=sum(self._before.values()),
            gained=self._gained,
            lost=self._lost,
            gained_samples=self._newest(gained),
            lost_samples=self._newest("lost"),
        )

    def _newest(self, kind: str) -> tuple[SampleHit, ...]:
        return tuple(reversed(self._samples[kind]))

    def _weeks(self, *, same: bool) -> tuple[Week, ...]:
        """Return all weeks from the first to the last, empty ones included."""
        if not self._total.articles:
            return ()
        before = self._hits if same else self._before
        first, last = min(self._total.articles), max(self._total.articles)
        starts = (first + timedelta(weeks=week) for week in range((last - first).days // 7 + 1))
        return tuple(
            Week(start, self._total.articles[start], self._hits[start], self._stories[start], before[start])
            for start in starts
        )

    def _term_counts(self) -> tuple[TermCount, ...]:
        counts = [
            TermCount(
                term,
                self._total.terms[term.key],
                self._total.terms_of_hits[term.key],
                tuple(sorted(self._total.words.get(term.key, ()))),
            )
            for term in terms_of([self._rule.condition])
        ]
        return tuple(sorted(counts, key=lambda count: -count.articles))
