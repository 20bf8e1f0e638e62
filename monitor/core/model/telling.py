"""What is kept and told: hits, stories, digests, messages and their deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from monitor.core.model.articles import Evidence, RuleId
from monitor.core.model.feeds import FeedId, Health, Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A stored match, with what a reader needs to see of its article and feed."""

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
    """The version of the article in which it was found."""
    entry_id: int
    """The same for all versions of an article."""
    feed_id: FeedId
    url: str
    title: str
    published_at: datetime | None
    language: str
    story_id: int
    text_hash: str = ""


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
    """Articles that tell the same news, best source first."""

    id: int
    first_at: datetime
    last_at: datetime
    articles: tuple[StoryArticle, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestConfig:
    """A digest as the user configured it. Empty tuples mean all."""

    id: str
    title: str
    schedule: str
    """Five-field cron."""
    timezone: str
    topics: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    tiers: tuple[Tier, ...] = ()
    languages: tuple[str, ...] = ()
    min_priority: str = "low"
    channels: tuple[str, ...] = ()
    when_empty: Literal["skip", "send"] = "skip"
    max_stories: int = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertConfig:
    """Urgent hits, sent at once: gathered for `window`, then one message; one a story within `cooldown`."""

    min_priority: str = "urgent"
    channels: tuple[str, ...] = ()
    window: timedelta = timedelta(minutes=10)
    cooldown: timedelta = timedelta(hours=12)
    max_per_day: int | None = None
    """Alerts a day, spikes not counted; what is beyond is told by the digest. None: no limit."""
    timezone: str = ""
    """Of the times that alerts show, and of their days; that of the first digest when empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCoverage:
    """How one feed stood in a window of time."""

    feed_id: FeedId
    title: str
    polls: int
    failed: int
    articles: int
    partial: int
    possible_gaps: int
    health: Health
    reason: str = ""
    last_poll_at: datetime | None = None
    last_success_at: datetime | None = None
    last_entry_at: datetime | None = None
    next_poll_at: datetime | None = None
    """None: due at once, or not known of a time in the past."""
    title_only: int = 0
    """Entries beyond the feed's daily budget (`max_per_day`), of which only the title was kept."""
    unmatched: int = 0
    """Articles of which at most the title and the beginning were matched: the whole text took too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Which feeds were heard between two instants."""

    since: datetime
    until: datetime
    feeds: tuple[FeedCoverage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A rendered message, as stored in the outbox: nothing is composed again when it is sent."""

    key: str
    """Stable and unique: kind, digest, slot and channel. The Message-ID is made of it."""
    kind: Literal["digest", "alert", "notice", "test"]
    channel: str
    subject: str
    text: str
    html: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    """Structured form: Slack blocks, webhook JSON."""
    recipients: tuple[str, ...] = ()
    """One delivery each; a channel without addresses has one, named after the channel."""


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message for one recipient, with the record of its attempts."""

    id: int
    message_key: str
    kind: str
    channel: str
    recipient: str
    subject: str
    state: DeliveryState
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    sent_at: datetime | None
    last_error: str = ""
    maybe_repeat: bool = False
    """It was on the wire when the process died: the other side may have it already."""
    answer: str = ""
    """What the other side said when it took the message."""
    retry_since: datetime | None = None
    """Since when it is tried, for one that was queued again by hand or after a pause; None: since it was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """How a channel stands that has failed for good at least once."""

    name: str
    failures: int = 0
    """Messages in a row that failed for good."""
    failing_since: datetime | None = None
    last_message: str = ""
    """Key of the message that failed last."""
    reason: str = ""
    paused_at: datetime | None = None
    probe_at: datetime | None = None
    """When the next single message is tried, while it is paused."""
    probes: int = 0
    unreported: int = 0
    """Deliveries given up since the operator was told of this channel."""
    noticed_at: datetime | None = None
    config: str = ""
    """Fingerprint of the configuration with which it was paused; empty when it is not known."""
    waiting: int = 0
    """Deliveries that wait for it while it is paused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestRun:
    """One run of a digest; unique by digest and slot."""

    id: int
    digest_id: str
    slot: datetime
    since: datetime
    until: datetime
    hits: int
    messages: int
    created_at: datetime
