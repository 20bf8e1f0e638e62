"""A rule's record over the archive: what it would have found, week by week, and what an edit of it gains and loses.

`Tally` takes the scans of batches in the order of time and keeps counts, a week of stories and the newest samples, so
that it stays small however long the archive is. Stories are counted in the week in which they begin.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.core.digests.spikes import Peak, SpikeDetector
from monitor.core.lab.scans import MOST_SAMPLES, MOST_WORDS, week_of
from monitor.core.matching.expressions import terms_of
from monitor.core.stories.clusterer import StoryClusterer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from monitor.core.errors import Problem
    from monitor.core.lab.scans import Found, Sample, Scan
    from monitor.core.matching.rulebook import Rule
    from monitor.core.matching.terms import Term
    from monitor.core.model import RuleId

MOST_PEAKS = 100
SHOWN_HITS = 5


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
    """How often one term stands in the archive."""

    term: Term
    articles: int
    hits: int
    """Of these articles, how many the rule has found."""
    words: tuple[str, ...] = ()
    """What a wildcard stands for, at most MOST_WORDS."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """What a rule has in common with another one."""

    rule_id: RuleId
    both: int
    theirs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What another version of the rule finds."""

    name: str
    """The revision or the file."""
    state: str
    """`changed`, `same` (it finds the same, whatever else changed) or `new` (the rule is not there)."""
    hits: int
    gained: int
    lost: int
    gained_samples: tuple[Sample, ...]
    """The newest of them."""
    lost_samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """A rule's record."""

    rule: Rule
    since: datetime
    until: datetime
    articles: int
    hits: int
    stories: int
    without_none: int
    """Hits that the rule would have if it excluded nothing."""
    weeks: tuple[Week, ...]
    terms: tuple[TermCount, ...]
    overlaps: tuple[Overlap, ...]
    """Other rules that found some of the same articles, those with most first."""
    peaks: tuple[Peak, ...]
    """When its `spike` would have been told; the newest of them."""
    peaks_left_out: int
    samples: tuple[Sample, ...]
    """The newest hits (but for those gained)."""
    against: Comparison | None = None
    warnings: tuple[Problem, ...] = ()

    @property
    def share(self) -> float:
        """The share of the archive that it finds, 0 to 1."""
        return self.hits / self.articles if self.articles else 0.0


class Tally:
    """Sums up scans, batch by batch."""

    def __init__(self, rule: Rule, since: datetime, until: datetime) -> None:
        self._rule, self._since, self._until = rule, since, until
        self._gathering = StoryClusterer()
        self._watch = SpikeDetector(rule.spike) if rule.spike else None
        self._peaks: list[Peak] = []
        self._articles: Counter[date] = Counter()
        self._hits: Counter[date] = Counter()
        self._before: Counter[date] = Counter()
        self._stories: Counter[date] = Counter()
        self._terms: Counter[str] = Counter()
        self._terms_of_hits: Counter[str] = Counter()
        self._words: dict[str, set[str]] = {}
        self._theirs: Counter[RuleId] = Counter()
        self._both: Counter[RuleId] = Counter()
        self._gained = self._lost = self._without_none = 0
        self._samples: dict[str, deque[Sample]] = {
            "kept": deque(maxlen=SHOWN_HITS), "gained": deque(maxlen=MOST_SAMPLES), "lost": deque(maxlen=MOST_SAMPLES),
        }  # fmt: skip

    def add(self, scan: Scan) -> None:
        """Take the scan of the next batch."""
        self._articles.update(scan.articles)
        self._terms.update(scan.terms)
        self._terms_of_hits.update(scan.terms_of_hits)
        self._theirs.update(scan.theirs)
        self._both.update(scan.both)
        self._without_none += scan.without_none
        for key, words in scan.words.items():
            known = self._words.setdefault(key, set())
            known.update(sorted(words)[: MOST_WORDS - len(known)])
        for kind, samples in self._samples.items():
            samples.extend(getattr(scan, kind))
        for found in scan.found:
            self._count(found)

    def _count(self, found: Found) -> None:
        week = week_of(found.stored_at)
        self._before[week] += found.before
        self._gained += found.now and not found.before
        self._lost += found.before and not found.now
        if not found.now:
            return
        self._hits[week] += 1
        known = self._gathering.stories
        story = self._gathering.add(found.stored_at, found.fingerprint)
        self._stories[week] += story == known
        if self._watch and (peak := self._watch.add(found.stored_at, story, found.fingerprint.feed_id)):
            self._peaks.append(peak)

    def backtest(self, *, name: str = "", state: str = "", warnings: Iterable[Problem] = ()) -> Backtest:
        """Give the record; `name` and `state` are those of the version it was compared with, if any."""
        hits = sum(self._hits.values())
        return Backtest(
            rule=self._rule,
            since=self._since,
            until=self._until,
            articles=sum(self._articles.values()),
            hits=hits,
            stories=self._gathering.stories,
            without_none=self._without_none,
            weeks=self._weeks(same=state == "same"),
            terms=self._term_counts(),
            overlaps=tuple(Overlap(rule_id, both, self._theirs[rule_id]) for rule_id, both in self._both.most_common()),
            peaks=tuple(self._peaks[-MOST_PEAKS:]),
            peaks_left_out=max(0, len(self._peaks) - MOST_PEAKS),
            samples=self._newest("kept"),
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

    def _newest(self, kind: str) -> tuple[Sample, ...]:
        return tuple(reversed(self._samples[kind]))

    def _weeks(self, *, same: bool) -> tuple[Week, ...]:
        """Leave no week out between the first and the last: an empty one is news."""
        if not self._articles:
            return ()
        before = self._hits if same else self._before
        first, last = min(self._articles), max(self._articles)
        starts = (first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1))
        return tuple(
            Week(start, self._articles[start], self._hits[start], self._stories[start], before[start])
            for start in starts
        )

    def _term_counts(self) -> tuple[TermCount, ...]:
        counts = [
            TermCount(
                term,
                self._terms[term.key],
                self._terms_of_hits[term.key],
                tuple(sorted(self._words.get(term.key, ()))),
            )
            for term in terms_of([self._rule.condition])
        ]
        return tuple(sorted(counts, key=lambda count: -count.articles))
