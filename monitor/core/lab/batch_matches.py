"""Matches of a rule, its earlier version and the other rules in a batch of archived articles.

A job is pickled to each worker process and compiled there once; the result of a batch is small enough to be returned by
the thousand. A back-test evaluates its rule whatever the rule's status, since drafts are what users want to test.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from monitor.core.feeds.article_source import archived_source
from monitor.core.matching.context import MatchContext
from monitor.core.matching.expressions import terms_of
from monitor.core.matching.logic import AllOf
from monitor.core.matching.matcher import INACTIVE_STATUSES, Matcher
from monitor.core.matching.rulebook import Rule, find_overriding
from monitor.core.model import NO_TERMS, Feed, FeedId, Match, RuleId, Source, StoredArticle, StoryTerms
from monitor.core.stories.fingerprints import StoryFingerprint, event_time, hash_shingles
from monitor.core.stories.weighted_terms import terms_of_article

MAX_SAMPLES = 20
"""Samples of each kind."""
MAX_WILDCARD_WORDS = 500
"""Words listed for one wildcard."""
_NOW, _BEFORE, _WITHOUT_NONE = RuleId("=now"), RuleId("=before"), RuleId("=without none")
"""Ids that no rule of a file can have."""


@dataclass(frozen=True, slots=True)
class BacktestJob:
    """A rule to back-test, and the rules that it is compared with."""

    rule: Rule
    others: tuple[Rule, ...] = ()
    before: Rule | None = None
    """The earlier version of the rule, if any."""
    feeds: Mapping[FeedId, Feed] = field(default_factory=dict)

    def compile(self) -> CompiledBacktest:
        """Compile the rules."""
        return CompiledBacktest(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedArticle:
    """An article that the rule or its earlier version matches."""

    article_id: int
    stored_at: datetime
    now: bool
    before: bool
    fingerprint: StoryFingerprint
    terms: StoryTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleHit:
    """An article to show, with its match."""

    article_id: int
    stored_at: datetime
    feed_id: FeedId
    url: str
    title: str
    match: Match


@dataclass(slots=True)
class BatchResult:
    """The result of one batch."""

    articles: Counter[date] = field(default_factory=Counter)
    """Numbers of articles by the Monday of their week."""
    found: list[MatchedArticle] = field(default_factory=list)
    gained: list[SampleHit] = field(default_factory=list)
    lost: list[SampleHit] = field(default_factory=list)
    kept: list[SampleHit] = field(default_factory=list)
    terms: Counter[str] = field(default_factory=Counter)
    """The number of articles with each of the rule's terms, by key."""
    terms_of_hits: Counter[str] = field(default_factory=Counter)
    """The number of articles that the rule matches, with each of its terms, by key."""
    words: dict[str, set[str]] = field(default_factory=dict)
    """The words that each wildcard matched, by key."""
    without_none: int = 0
    """Number of hits if the rule excluded nothing."""
    theirs: Counter[RuleId] = field(default_factory=Counter)
    """Hits of other rules, by rule."""
    both: Counter[RuleId] = field(default_factory=Counter)
    """Hits of other rules that are hits of this rule too, by rule."""

    def add_counts(self, other: BatchResult) -> None:
        """Add the counts of another batch, but neither its articles nor its samples."""
        self.articles += other.articles
        self.terms += other.terms
        self.terms_of_hits += other.terms_of_hits
        self.theirs += other.theirs
        self.both += other.both
        self.without_none += other.without_none
        for key, words in other.words.items():
            seen_words = self.words.setdefault(key, set())
            seen_words.update(sorted(words)[: MAX_WILDCARD_WORDS - len(seen_words)])


class CompiledBacktest:
    """A compiled back-test: maps a batch of articles to a BatchResult."""

    def __init__(self, job: BacktestJob) -> None:
        self._job = job
        self._terms = {term.key: term for term in terms_of([job.rule.condition])}
        self._wild = frozenset(key for key, term in self._terms.items() if term.wildcard)
        self._inclusive = without_exclusions(job.rule)
        versions = [(_NOW, job.rule), (_BEFORE, job.before), (_WITHOUT_NONE, self._inclusive)]
        status = "live" if job.rule.status == "live" else "test"
        tried = [replace(rule, id=name, status=status) for name, rule in versions if rule is not None]
        self._tried = {rule.id for rule in tried}
        other_rules = [rule for rule in job.others if rule.status not in INACTIVE_STATUSES and rule.id != job.rule.id]
        self._matcher = Matcher([*tried, *other_rules])

    def __call__(self, batch: Sequence[StoredArticle]) -> BatchResult:
        """Match the rules against a batch."""
        result = BatchResult()
        for stored in batch:
            self._scan_article(stored, result)
        return result

    def _scan_article(self, stored: StoredArticle, result: BatchResult) -> None:
        result.articles[week_of(stored.stored_at)] += 1
        source = archived_source(self._job.feeds, stored.feed_id, stored.article.url)
        context = self._matcher.scan(stored.article, source)
        matches = self._hits(context, source)
        now, before = matches.pop(_NOW, None), matches.pop(_BEFORE, None)
        inclusive = matches.pop(_WITHOUT_NONE, now)
        result.without_none += inclusive is not None
        result.theirs.update(matches.keys())
        self._count(context, result, hit=now is not None)
        if now is not None:
            result.both.update(matches.keys())
        if (match := now or before) is not None:
            result.found.append(_found(stored, context, now=now is not None, before=before is not None))
            samples = result.lost if now is None else result.gained if self._job.before and not before else result.kept
            samples.append(self._sample(stored, match))
            del samples[:-MAX_SAMPLES]

    def _hits(self, context: MatchContext, source: Source) -> dict[RuleId, Match]:
        """Return the hits by rule. Versions of the rule give way to other rules, not to each other."""
        matches = self._matcher.evaluate(context, source)
        other_rules = [rule for rule, _ in matches if rule.id not in self._tried]
        all_rules = [*other_rules, *(rule for rule, _ in matches if rule.id == _NOW)]
        return {
            rule.id: match
            for rule, match in matches
            if find_overriding(rule, other_rules if rule.id in self._tried else all_rules) is None
        }

    def _count(self, context: MatchContext, result: BatchResult, *, hit: bool) -> None:
        mine = self._terms.keys() & context.spans.keys()
        result.terms.update(mine)
        if hit:
            result.terms_of_hits.update(mine)
        for key in mine & self._wild:
            words = result.words.setdefault(key, set())
            if len(words) < MAX_WILDCARD_WORDS:
                words.update(context.document.words[after - 1] for _, after in context.spans[key])

    def _sample(self, stored: StoredArticle, match: Match) -> SampleHit:
        return SampleHit(
            article_id=stored.id,
            stored_at=stored.stored_at,
            feed_id=stored.feed_id,
            url=stored.article.url,
            title=stored.article.title,
            match=replace(match, rule_id=self._job.rule.id, status=self._job.rule.status),
        )


def _found(stored: StoredArticle, context: MatchContext, *, now: bool, before: bool) -> MatchedArticle:
    article = stored.article
    fingerprint = StoryFingerprint(
        title=article.title,
        language=article.language,
        shingle_hashes=hash_shingles(context.document.text_words, article.language) if now else (),
        feed_id=stored.feed_id,
        url=article.url,
        at=event_time(article.published_at, stored.stored_at),
    )
    return MatchedArticle(
        article_id=stored.id,
        stored_at=stored.stored_at,
        now=now,
        before=before,
        fingerprint=fingerprint,
        terms=terms_of_article(article) if now else NO_TERMS,
    )


@dataclass(frozen=True, slots=True)
class BackfillJob:
    """A rule whose matches in the archive are to be stored."""

    rule: Rule
    first: tuple[Rule, ...] = ()
    """The rules with precedence over it (`unless_topic`)."""
    feeds: Mapping[FeedId, Feed] = field(default_factory=dict)

    def compile(self) -> CompiledBackfill:
        """Compile the rules."""
        return CompiledBackfill(self)


class CompiledBackfill:
    """A compiled backfill: maps a batch of articles to the ids of those that the rule matches, with their matches."""

    def __init__(self, job: BackfillJob) -> None:
        self._feeds = job.feeds
        self._rule = job.rule.id
        self._matcher = Matcher([job.rule, *job.first])

    def __call__(self, batch: Sequence[StoredArticle]) -> list[tuple[int, Match]]:
        """Run the rule over a batch."""
        return [
            (stored.id, match)
            for stored in batch
            for match in self._matcher.match(
                stored.article, archived_source(self._feeds, stored.feed_id, stored.article.url)
            )
            if match.rule_id == self._rule
        ]


def without_exclusions(rule: Rule) -> Rule | None:
    """Return the rule without its exclusions; None if it has none."""
    condition = rule.condition
    if not isinstance(condition, AllOf) or not condition.exclusions:
        return None
    return replace(rule, condition=condition.without_exclusions())


def week_of(at: datetime) -> date:
    """Return the Monday of the week of an instant; both in UTC."""
    day = at.date()
    return day.fromordinal(day.toordinal() - day.weekday())
