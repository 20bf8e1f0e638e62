"""An archive of invented articles, and rules for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.core import links
from monitor.core.feeds.article_source import archived_source
from monitor.core.matching.matcher import Matcher
from monitor.core.model import (
    Article,
    Changed,
    Entry,
    Feed,
    FeedId,
    FeedState,
    FoundArticle,
    Poll,
    Tier,
)
from monitor.core.rules import SourceFile, load
from monitor.lab import RuleLab

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.core.matching.rulebook import RuleBook
    from monitor.core.model import Hit
    from monitor.store import Store

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
FEEDS = (
    Feed(id=FeedId("harbour-post"), url="https://harbour.example/feed", tags=("trade",)),
    Feed(id=FeedId("meridian-wire"), url="https://meridian.example/feed", tier=Tier.AGENCY),
    Feed(id=FeedId("ministry"), url="https://ministry.example/feed", tier=Tier.OFFICIAL),
)
RULES = """\
version: 1
topics: {chips: {title: Chips, order: 1}}
lists:
  controls: [export control, export ban]
rules:
  - id: chip-controls
    title: Export controls on chips
    topic: chips
    status: live
    priority: urgent
    near: 10
    of: [$controls, {any: [AI chip, GPU]}]
    none: [horoscope]
    tests: [{hit: New export controls on AI chips}, {miss: Timber}]
  - id: gpus
    title: GPUs
    topic: chips
    status: test
    any: [GPU, H20]
    tests: [{hit: GPU}, {miss: Timber}]
"""


@dataclass(frozen=True)
class SampleArticle:
    """One article of the archive, and its time."""

    title: str
    text: str = ""
    feed: str = "harbour-post"
    days_ago: float = 1.0
    language: str = "en"
    partial: bool = False
    link: str = ""

    @property
    def at(self) -> datetime:
        return NOW - self.days_ago * DAY

    @property
    def url(self) -> str:
        return self.link or f"https://{self.feed}.example/{sha256(self.title.encode()).hexdigest()[:8]}"

    def article(self) -> Article:
        return Article(
            title=self.title, text=self.text, url=self.url, language=self.language, partial=self.partial,
            partial_reason="http: 403" if self.partial else "", quality="feed" if self.partial else "full",
        )  # fmt: skip

    def found(self, matcher: Matcher | None) -> FoundArticle:
        feeds = {feed.id: feed for feed in FEEDS}
        article = self.article()
        entry = Entry(
            key=sha256(f"{self.feed} {self.title}".encode()).hexdigest(), link=self.url, title=self.title,
            canonical_link=links.canonical(self.url),
        )  # fmt: skip
        matches = matcher.match(article, archived_source(feeds, FeedId(self.feed), self.url)) if matcher else ()
        return FoundArticle(entry=entry, article=article, matches=matches)


def store_samples(store: Store, samples: Sequence[SampleArticle], matcher: Matcher | None = None) -> list[Hit]:
    """Store articles, a poll for each moment and feed, oldest first; with a matcher, its hits too."""
    hits: list[Hit] = []
    moments = sorted({(each.at, each.feed) for each in samples})
    for at, feed in moments:
        found = tuple(each.found(matcher) for each in samples if (each.at, each.feed) == (at, feed))
        poll = Poll(
            feed_id=FeedId(feed), started_at=at - timedelta(seconds=1), finished_at=at, found=found,
            outcome=Changed(entries=tuple(each.entry for each in found)), state=FeedState(feed_id=FeedId(feed)),
        )  # fmt: skip
        hits += store.record(poll)
    return hits


def book(text: str = RULES, path: str = "rules/chips.yaml") -> RuleBook:
    """Load rules, and refuse those with errors."""
    found, problems = load([SourceFile(path, text)])
    assert not [problem for problem in problems if problem.level == "error"], problems
    return found


def lab(store: Store, rules: RuleBook | None = None, *, folder: Path = Path("rules"), workers: int = 1) -> RuleLab:
    """Return the lab for these rules."""
    return RuleLab(store=store, rules=rules or book(), folder=folder, feeds=FEEDS, workers=workers)
