"""Stored matches, and the stories that their articles belong to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.core.model.articles import Evidence, RuleId
from monitor.core.model.feeds import FeedId


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A stored match, with the fields of its article that readers see."""

    id: int
    rule_id: RuleId
    rule_hash: str
    topic: str
    status: str
    priority: str
    branch: str
    prominence: str
    score: float
    evidence: tuple[Evidence, ...]
    found_at: datetime
    partial: bool
    backfilled: bool
    updated: bool
    article_id: int
    """The version of the article that matched."""
    entry_id: int
    """Shared by all versions of an article."""
    feed_id: FeedId
    url: str
    title: str
    published_at: datetime | None
    language: str
    story_id: int
    text_hash: str = ""
    text_removed_at: datetime | None = None
    """When retention removed the article's text; the evidence is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryArticle:
    """One article of a story."""

    article_id: int
    feed_id: FeedId
    title: str
    url: str
    found_at: datetime
    published_at: datetime | None
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Articles that report the same news, best source first."""

    id: int
    first_at: datetime
    last_at: datetime
    articles: tuple[StoryArticle, ...]
