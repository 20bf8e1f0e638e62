"""The use-case: decides when to train and what to judge next, and reports on the judgements."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from monitor.core.audit.corpus import MIN_HITS_TO_RANK
from monitor.core.audit.pooled_samples import Judged
from monitor.core.audit.report import POOLED, recall_report
from monitor.core.audit.sampling import weight
from monitor.core.durations import MAX_DURATION
from monitor.core.errors import UsageError
from monitor.core.model import CHOSEN, Judgement

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from monitor.audit.training import TrainingRequest, TrainingResult
    from monitor.core.matching.rulebook import Rule, RuleSummary
    from monitor.core.model import Feed, RecallReport, SampledArticle, StoredArticle
    from monitor.core.progress import Progress
    from monitor.store import Store

TRAINED_EVERY = timedelta(days=1)
SAMPLED_EVERY = timedelta(days=7)
_AFTER_EDIT = timedelta(hours=1)
"""How long after an edit of the rules a ranking is renewed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Auditor:
    """Measures what the rules in force miss in the archive."""

    store: Store
    rules: Sequence[RuleSummary]
    read_rules: Callable[[], Sequence[Rule]]
    """Returns the rules with their terms."""
    feeds: Sequence[Feed]
    window: timedelta
    weekly: int
    """Articles to judge each week; 0 turns the audit off."""
    seed: int = 0

    @property
    def rules_hash(self) -> str:
        """A hash of the live rules."""
        live = sorted(f"{rule.id} {rule.hash}" for rule in self.rules if rule.status == "live")
        return sha256("\n".join(live).encode()).hexdigest()

    # ------------------------------------------------------------ ranking and sampling

    def is_due(self, now: datetime) -> bool:
        """Return True once a day, and an hour after an edit of the rules; not before there are hits to learn from."""
        if not self.weekly:
            return False
        last = self.store.audit_ranking()
        if last is None:
            return self.store.count_live_hits(now - self.window, MIN_HITS_TO_RANK) >= MIN_HITS_TO_RANK
        if not timedelta(0) <= now - last.trained_at < TRAINED_EVERY:
            return True
        return last.rules_hash != self.rules_hash and now - last.trained_at >= _AFTER_EDIT

    def request(self, now: datetime, *, sample: bool | None = None) -> TrainingRequest:
        """Return the input of a training; a sample is drawn once a week, or if `sample` is True."""
        from monitor.audit.training import TrainingRequest

        samples = self.store.audit_samples(now - self.window)
        sampled_until = max((each.until for each in samples), default=now - self.window)
        due = now - sampled_until >= SAMPLED_EVERY if sample is None else sample
        rules = self.read_rules()
        return TrainingRequest(
            rules=tuple(replace(rule, tests=(), suppress={}, description="") for rule in rules),
            rules_hash=self.rules_hash,
            feeds={feed.id: replace(feed, headers={}) for feed in self.feeds},
            now=now,
            since=now - self.window,
            seed=self.seed,
            judgements_wanted=self.weekly if due else 0,
            sampled_until=sampled_until,
            rule_tests=tuple(
                (test.article, test.kind == "hit")
                for rule in rules
                if rule.status == "live"
                for test in rule.tests
                if not test.fixture
            ),
        )

    def train(self, now: datetime, progress: Progress, *, sample: bool | None = None) -> TrainingResult:
        """Rank and sample in this process, and store the result."""
        from monitor.audit.training import train

        result = train(self.store, self.request(now, sample=sample), progress)
        self.record(result)
        return result

    def record(self, result: TrainingResult) -> None:
        """Store the result of a training."""
        self.store.record_ranking(result.ranking, result.sample)
        self.store.record_rematched(result.rematched, result.ranking.rules_hash)

    # ------------------------------------------------------------ judging

    def queue(self, most: int) -> list[tuple[SampledArticle, StoredArticle]]:
        """Return the articles to judge next, with their texts."""
        pairs = ((each, self.store.article(each.article_id)) for each in self.store.audit_queue(most))
        return [(each, stored) for each, stored in pairs if stored is not None]

    def judge(
        self,
        article_id: int,
        now: datetime,
        *,
        relevant: bool,
        topic: str | None = None,
        note: str = "",
        person: str = "",
        chosen: bool = False,
    ) -> Judgement:
        """Store a judgement; UsageError for an unknown article or topic, or a topic of an irrelevant article.

        `chosen`: the reader did not take the article from the queue, so it is not part of the random sample.
        An article that was judged before stays in its stratum; topic, note and person stay if the verdict does, except
        a topic that is given; an empty one removes it.
        """
        topics = {rule.topic for rule in self.rules}
        if topic and topic not in topics:
            raise UsageError(f"no rule has the topic '{topic}'; there are {', '.join(sorted(topics))}")
        if topic and not relevant:
            raise UsageError("an article that is not relevant has no topic")
        stored = self.store.article(article_id)
        if stored is None:
            raise UsageError(f"there is no article {article_id}; `monitor audit next` lists what to judge")
        judgement = self._judgement(stored, now, relevant=relevant, chosen=chosen)
        judgement = replace(
            judgement,
            topic=judgement.topic if topic is None else topic,
            note=note or judgement.note,
            person=person or judgement.person,
        )
        self.store.judge(judgement)
        return judgement

    def _judgement(self, stored: StoredArticle, now: datetime, *, relevant: bool, chosen: bool) -> Judgement:
        sampled = None if chosen else self.store.sampled_article(stored.id)
        before = self.store.judgement(stored.id)
        if before is not None:
            kept = before if before.relevant is relevant else replace(before, topic="", note="", person="")
            return replace(kept, relevant=relevant, judged_at=now, text_hash=stored.text_hash)
        drawn = {each.id: each for each in self.store.audit_samples(now - MAX_DURATION)}
        sample = drawn.get(sampled[1]) if sampled else None
        return Judgement(
            article_id=stored.id,
            relevant=relevant,
            judged_at=now,
            matched=self.store.is_hit(stored.id),
            text_hash=stored.text_hash,
            stratum=sampled[0].stratum if sampled else CHOSEN,
            sample_id=sample.id if sample else None,
            weight=weight(sample.sizes, sample.planned, sampled[0].stratum) if sample and sampled else None,
            score=sampled[0].score if sampled else self.store.miss_score(stored.id),
        )

    # ------------------------------------------------------------ reports

    def judged(self, now: datetime, since: datetime | None = None) -> Judged:
        """Return the judgements on samples drawn since then, by default in the last 16 weeks."""
        start = now - POOLED if since is None else since
        return Judged(
            samples=self.store.audit_samples(start),
            judgements=self.store.judgements(start),
            hits=self.store.judged_hits(start),
        )

    def report(self, now: datetime, since: datetime | None = None) -> RecallReport:
        """Return the estimate of recall and precision."""
        return recall_report(self.judged(now, since))
