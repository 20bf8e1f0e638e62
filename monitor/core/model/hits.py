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
    topic: str
    status: str
    priority: str
    feed_id: FeedId
    url: str
    title: str
    published_at: datetime | None
    found_at: datetime
    language: str
    prominence: str
    score: float
    partial: bool
    backfilled: bool
    updated: bool
    article_id: int
    """The version of the article that matched."""
    entry_id: int
    """The id of the entry, which all versions of an article share."""
    story_id: int
    rule_hash: str
    text_hash: str = ""
    text_removed_at: datetime | None = None
    """When retention removed the article's text; the evidence is kept."""
    branch: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class LabelCounts:
    """How many hits readers found relevant, and how many not."""

    relevant: int = 0
    irrelevant: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryArticle:
    """One article of a story."""

    article_id: int
    feed_id: FeedId
    title: str
    url: str
    language: str
    published_at: datetime | None
    found_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Articles that report the same news, best source first."""

    id: int
    first_at: datetime
    last_at: datetime
    articles: tuple[StoryArticle, ...]
