"""What a rule, its earlier self and its neighbours find in a batch of archived articles: counts, and what to show.

A `Trial` is handed to each process once and compiled there; a `Scan` is what comes back of a batch, small enough to be
sent by the thousand. Its one surprise: the rule is run whatever its status, since drafts are what one tries out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from monitor.core.feeds.sources import archived_source
from monitor.core.matching.expressions import terms_of
from monitor.core.matching.logic import AllOf
from monitor.core.matching.matcher import INACTIVE_STATUSES, Matcher
from monitor.core.model import RuleId
from monitor.core.stories import StoryFingerprint, hash_shingles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from monitor.core.matching.context import MatchContext
    from monitor.core.matching.rulebook import Rule
    from monitor.core.model import Feed, FeedId, Match, StoredArticle

MOST_SAMPLES = 20
"""Articles shown of each kind."""
MOST_WORDS = 500
"""Words remembered that one wildcard stands for."""
_NOW, _BEFORE, _WITHOUT_NONE = RuleId("=now"), RuleId("=before"), RuleId("=without none")
"""Names that no rule can have."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A rule that is tried on the archive, and what it is compared with."""

    rule: Rule
    others: tuple[Rule, ...] = ()
    before: Rule | None = None
    """Its earlier self; None where there is none."""
    feeds: Mapping[FeedId, Feed] = field(default_factory=dict)

    def compile(self) -> Trying:
        """Make it ready to be run."""
        return Trying(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An article that the rule, or its earlier self, has found."""

    article_id: int
    stored_at: datetime
    now: bool
    before: bool
    fingerprint: StoryFingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """An article to show, and why it matched."""

    article_id: int
    stored_at: datetime
    feed_id: FeedId
    url: str
    title: str
    match: Match


@dataclass(slots=True)
class Scan:
    """What was found in one batch."""

    articles: Counter[date] = field(default_factory=Counter)
    """By the Monday of their week."""
    found: list[Found] = field(default_factory=list)
    gained: list[Sample] = field(default_factory=list)
    lost: list[Sample] = field(default_factory=list)
    kept: list[Sample] = field(default_factory=list)
    terms: Counter[str] = field(default_factory=Counter)
    """In how many articles each of the rule's terms stands, by key."""
    terms_of_hits: Counter[str] = field(default_factory=Counter)
    """In how many of the articles that the rule has found."""
    words: dict[str, set[str]] = field(default_factory=dict)
    """What each wildcard stands for."""
    without_none: int = 0
    """Hits that the rule would have if it excluded nothing."""
    theirs: Counter[RuleId] = field(default_factory=Counter)
    """Hits of other rules."""
    both: Counter[RuleId] = field(default_factory=Counter)
    """Those of them that are hits of this rule, too."""


class Trying:
    """A trial, compiled: a batch of articles goes in, a Scan comes out."""

    def __init__(self, trial: Trial) -> None:
        self._trial = trial
        self._terms = {term.key: term for term in terms_of([trial.rule.condition])}
        self._wild = [key for key, term in self._terms.items() if term.wildcard]
        self._inclusive = including(trial.rule)
        versions = [(_NOW, trial.rule), (_BEFORE, trial.before), (_WITHOUT_NONE, self._inclusive)]
        tried = [replace(rule, id=name, status="test") for name, rule in versions if rule is not None]
        others = [rule for rule in trial.others if rule.status not in INACTIVE_STATUSES and rule.id != trial.rule.id]
        self._matcher = Matcher([*tried, *others])

    def __call__(self, batch: Sequence[StoredArticle]) -> Scan:
        """Run the rules over a batch."""
        scan = Scan()
        for stored in batch:
            self._look(stored, scan)
        return scan

    def _look(self, stored: StoredArticle, scan: Scan) -> None:
        scan.articles[week_of(stored.stored_at)] += 1
        source = archived_source(self._trial.feeds, stored.feed_id, stored.article.url)
        context = self._matcher.scan(stored.article, source)
        matches = {match.rule_id: match for match in self._matcher.match_context(context, source)}
        now, before = matches.pop(_NOW, None), matches.pop(_BEFORE, None)
        inclusive = matches.pop(_WITHOUT_NONE, now)
        scan.without_none += inclusive is not None
        scan.theirs.update(matches.keys())
        self._count(context, scan, hit=now is not None)
        if now is not None:
            scan.both.update(matches.keys())
        if (match := now or before) is not None:
            scan.found.append(_found(stored, context, now=now is not None, before=before is not None))
            samples = scan.lost if now is None else scan.gained if self._gains(before) else scan.kept
            samples.append(self._sample(stored, match))
            del samples[:-MOST_SAMPLES]

    def _gains(self, before: Match | None) -> bool:
        return before is None and self._trial.before is not None

    def _count(self, context: MatchContext, scan: Scan, *, hit: bool) -> None:
        mine = self._terms.keys() & context.spans.keys()
        scan.terms.update(mine)
        if hit:
            scan.terms_of_hits.update(mine)
        for key in self._wild:
            words = scan.words.setdefault(key, set())
            if len(words) < MOST_WORDS:
                words.update(context.document.words[after - 1] for _, after in context.spans.get(key, ()))

    def _sample(self, stored: StoredArticle, match: Match) -> Sample:
        return Sample(
            article_id=stored.id,
            stored_at=stored.stored_at,
            feed_id=stored.feed_id,
            url=stored.article.url,
            title=stored.article.title,
            match=replace(match, rule_id=self._trial.rule.id, status=self._trial.rule.status),
        )


def _found(stored: StoredArticle, context: MatchContext, *, now: bool, before: bool) -> Found:
    article = stored.article
    fingerprint = StoryFingerprint(
        title=article.title,
        language=article.language,
        shingle_hashes=hash_shingles(context.document.text_words, article.language) if now else (),
        feed_id=stored.feed_id,
    )
    return Found(article_id=stored.id, stored_at=stored.stored_at, now=now, before=before, fingerprint=fingerprint)


@dataclass(frozen=True, slots=True)
class Search:
    """A rule that is run over the archive for its matches alone."""

    rule: Rule
    feeds: Mapping[FeedId, Feed] = field(default_factory=dict)

    def compile(self) -> Searching:
        """Make it ready to be run."""
        return Searching(self)


class Searching:
    """A search, compiled: a batch of articles goes in, (article, match) come out, and how many were looked at."""

    def __init__(self, search: Search) -> None:
        self._feeds = search.feeds
        self._matcher = Matcher([search.rule])

    def __call__(self, batch: Sequence[StoredArticle]) -> list[tuple[int, Match]]:
        """Run the rule over a batch."""
        return [
            (stored.id, match)
            for stored in batch
            for match in self._matcher.match(
                stored.article, archived_source(self._feeds, stored.feed_id, stored.article.url)
            )
        ]


def including(rule: Rule) -> Rule | None:
    """Give the rule without what it excludes; None for one that excludes nothing."""
    condition = rule.condition
    if not isinstance(condition, AllOf) or not condition.exclusions:
        return None
    return replace(rule, condition=condition.without_exclusions())


def week_of(at: datetime) -> date:
    """Give the Monday of an instant's week, in UTC."""
    day = at.date()
    return day.fromordinal(day.toordinal() - day.weekday())
