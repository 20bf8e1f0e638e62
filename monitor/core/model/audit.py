"""Measured recall: what readers judged, and how much the rules are estimated to find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor.core.counts import count
from monitor.core.model.feeds import FeedId

CHOSEN = "chosen"
"""The stratum of a judged article that was not drawn at random: a reader opened it."""
WANTED_WIDTH = 0.10
"""Width of the interval of recall up to which it is quoted, however few articles were judged: 5 points on each side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallEstimate:
    """Recall and precision of the rules, each with its 95 % interval.

    A share is None if no estimate is possible yet; its limits are valid nevertheless, and are 0 and 1 at worst.
    """

    recall: float | None
    low: float
    high: float
    precision: float | None
    precision_low: float
    precision_high: float
    judged: int
    """Articles that the estimate rests on, hits and others."""
    relevant: int
    """Articles that were judged relevant."""
    articles: int
    """Articles that the estimate is about, judged or not."""

    @property
    def is_exact(self) -> bool:
        """Whether every article was judged, so that nothing is left to chance."""
        return self.judged == self.articles > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditArticle:
    """A current article of the archive whose text is whole, as the audit reads it."""

    id: int
    entry_id: int
    title: str
    beginning: str
    """The first characters of its text."""
    language: str
    story_id: int | None
    matched: bool
    """Whether a live rule hit it."""
    prominent: bool
    """Whether the terms of a live rule are prominent in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A reader's verdict on an article, independent of the rules that matched it then."""

    article_id: int
    relevant: bool
    judged_at: datetime
    entry_id: int = 0
    """The id of the entry; the store sets it."""
    stored_at: datetime | None = None
    """When the article was stored; set by the store."""
    matched: bool = False
    """Whether the rules with `rules_hash` match it; without that, whether it had a live hit when it was judged."""
    rules_hash: str = ""
    text_hash: str = ""
    stratum: str = CHOSEN
    sample_id: int | None = None
    weight: float | None = None
    """The number of articles of its stratum that it represents in the sample; None if it was not drawn."""
    score: float | None = None
    """The ranker's score at the time; None for hits."""
    topic: str = ""
    """The topic that it belongs to, if the reader said so."""
    note: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledArticle:
    """An article that is to be judged."""

    article_id: int
    stratum: str
    position: int
    """The article's place in the order of judging, which is random within its stratum."""
    score: float | None = None
    terms: tuple[str, ...] = ()
    listed_at: datetime | None = None
    """When the command line first listed it for judging."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSample:
    """A random sample of hits and unmatched articles of a period, each stored in (since, until]."""

    id: int = 0
    drawn_at: datetime
    since: datetime
    until: datetime
    rules_hash: str
    sizes: Mapping[str, int]
    """Articles by stratum, drawn or not."""
    planned: int
    """Judgements that are asked for; more articles are drawn, for readers who judge more."""
    articles: tuple[SampledArticle, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedArticle:
    """An unmatched article that looks like a miss."""

    article_id: int
    score: float
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRanking:
    """What a training learned from, and the articles that look most like misses, best first."""

    id: int = 0
    trained_at: datetime
    since: datetime
    training_hash: str
    rules_hash: str
    seed: int
    versions: str = ""
    """Versions of the ranker and its libraries: they, the seed and the same examples give the same ranking."""
    relevant: int
    judged: int = 0
    """The number of relevant examples that a reader judged."""
    from_tests: int = 0
    """The number of relevant examples from tests of rules; the others are hits."""
    irrelevant: int
    assumed: int
    """Unmatched articles that were assumed to be irrelevant."""
    ranked: int
    hits: int
    articles: tuple[ListedArticle, ...] = ()

    @property
    def learned_from(self) -> str:
        """`33 relevant examples: 20 hits, 3 judged articles, 10 tests of rules`."""
        kinds = (
            (self.relevant - self.judged - self.from_tests, "hit", "hits"),
            (self.judged, "judged article", "judged articles"),
            (self.from_tests, "test of a rule", "tests of rules"),
        )
        listed = ", ".join(count(number, one, many) for number, one, many in kinds if number)
        return count(self.relevant, "relevant example") + (f": {listed}" if listed else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class PossibleMiss:
    """An unmatched article that looks like a miss, with what a reader sees of it."""

    article_id: int
    feed_id: FeedId
    title: str
    url: str
    language: str
    published_at: datetime | None
    stored_at: datetime
    score: float
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedHit:
    """Readers' verdict on one hit: a label of the hit, else a judgement of its article."""

    rule_id: str
    topic: str
    article_id: int
    found_at: datetime
    stored_at: datetime
    """When the article was stored."""
    relevant: bool
    labelled: bool
    """Whether the hit itself was labelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallReport:
    """The estimate as a digest prints it."""

    estimate: RecallEstimate
    since: datetime | None
    """The first day of the sampled period; None before the first sample."""
    needed: int
    """Judgements after which an estimate is printed."""

    @property
    def sufficient(self) -> bool:
        """Whether the estimate can be quoted."""
        result = self.estimate
        return result.recall is not None and (result.judged >= self.needed or result.high - result.low <= WANTED_WIDTH)

    @property
    def sentence(self) -> str:
        """Recall with its interval; before it can be quoted, why not."""
        estimate = self.estimate
        if not self.sufficient:
            return self._why_insufficient()
        since = f" since {self.since.day} {self.since:%b}" if self.since else ""
        if estimate.is_exact:
            return f"Recall {percent(estimate.recall)} % (every article was judged{since}: {estimate.judged:,})"
        return (
            f"Recall {percent(estimate.recall)} % (95 % interval {percent(estimate.low)}-{percent(estimate.high)} %; "
            f"{estimate.judged:,} judged{since})"
        )

    @property
    def headline(self) -> str:
        """The sentence as digests and pages print it: it always says that it is about recall."""
        return self.sentence if self.sufficient else f"Recall: {self.sentence}"

    def _why_insufficient(self) -> str:
        estimate = self.estimate
        if estimate.judged < self.needed:
            return f"not enough judged yet: {estimate.judged} of about {self.needed}"
        if not estimate.relevant:
            return f"not known: none of {estimate.judged} judged articles is relevant"
        judged = count(estimate.judged, "article was", "articles were")
        return f"not known: {judged} judged, but none of one stratum; Review lists what to judge"


def percent(share: float | None) -> str:
    """Return a share as a whole percentage, without the sign; `-` for None. 100 only for all, and 0 only for none."""
    if share is None:
        return "-"
    rounded = round(100 * share)
    return str(min(99, rounded) if share < 1 else 100) if rounded else ("1" if share > 0 else "0")
