"""The values that flow through the house, all frozen.

    Feed --fetch--> Response --parse--> Changed | Unchanged | Failed
    Entry --fetch, extract--> Article --find--> Match --record--> Hit
    Hits --group, compose--> Digest --render--> Message --send--> Delivery

Every datetime is aware and in UTC. Text is cleaned (see core.text.clean) before it gets into one of these.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, NewType

if TYPE_CHECKING:
    from collections.abc import Mapping

FeedId = NewType("FeedId", str)
RuleId = NewType("RuleId", str)
Places = tuple[tuple[int, int], ...]
"""Pieces of a text: start and end, in characters."""


# ---------------------------------------------------------------- what is watched


class Tier(StrEnum):
    """How close a source stands to the decision it reports, best first."""

    OFFICIAL = "official"
    AGENCY = "agency"
    PRESS = "press"
    THINK_TANK = "think_tank"
    CIVIL_SOCIETY = "civil_society"
    NEWSLETTER = "newsletter"

    @property
    def rank(self) -> int:
        """0 for the best source."""
        return list(Tier).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed as the user configured it."""

    id: FeedId
    url: str
    title: str = ""
    language: str = ""
    """ISO 639-1, empty when not said."""
    country: str = ""
    tier: Tier = Tier.PRESS
    tags: tuple[str, ...] = ()
    fulltext: Literal["auto", "always", "never"] = "auto"
    interval: timedelta | None = None
    """None: adaptive."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """For requests to this publisher; may hold a password, hence never shown."""
    robots: Literal["respect", "ignore"] = "respect"


class Health(StrEnum):
    """The state of a feed, as `feeds health` prints it."""

    NEW = "new"
    OK = "ok"
    FAILING = "failing"
    SILENT = "silent"
    FROZEN = "frozen"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What is remembered of a feed between two polls; one row a feed."""

    feed_id: FeedId
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    next_poll_at: datetime | None = None
    """None: never polled, due at once."""
    interval: timedelta | None = None
    """The adaptive interval in force."""
    interval_reason: str = ""
    failures: float = 0.0
    """Weighted: hard 1, soft 1/2, temporary 1/4 (as Media Cloud's rss-fetcher counts); 0 after a success."""
    health: Health = Health.NEW
    reason: str = ""
    """Why the last poll failed, or why the state is what it is; empty when all is well."""
    last_poll_at: datetime | None = None
    last_success_at: datetime | None = None
    last_full_fetch_at: datetime | None = None
    last_entry_at: datetime | None = None
    """When a new entry was last stored (ingest time)."""
    expected_silence: timedelta | None = None
    """How long this feed is usually quiet at most, from its own rhythm; None while unknown."""
    moved_to: str | None = None
    """Where 301/308 answers point, while they are being counted."""
    moved_count: int = 0
    url: str | None = None
    """The address in use when a permanent move was accepted; None: the configured one."""
    configured_url: str | None = None
    """The configured address that validators and a move belong to: another one in the configuration voids them."""


# ---------------------------------------------------------------- one poll


class Severity(StrEnum):
    """How much a failure weighs in the back-off."""

    HARD = "hard"
    SOFT = "soft"
    TEMPORARY = "temporary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A whole HTTP answer; a cut one is a Failed, never a Response."""

    url: str
    """After redirects."""
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: bytes = b""
    redirects: tuple[tuple[int, str], ...] = ()
    """(status, target) of each hop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An item as the feed tells it, cleaned. `key` is what it is known by within its feed."""

    key: str
    """sha256 hex of guid, else canonical link, else title and date."""
    guid: str = ""
    link: str = ""
    """http(s) and absolute, or empty."""
    canonical_link: str = ""
    """For comparing, not for fetching."""
    title: str = ""
    author: str = ""
    summary: str = ""
    """Plain text; the longest of content and summary that the feed carries."""
    published_at: datetime | None = None
    """None when missing or absurd; shown, never used to decide."""
    published_raw: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    """Other keys by which the same entry may already be known (guid without scheme and host, canonical link, title)."""
    content_hash: str = ""
    """Of title, link and summary: a different one under a known key is an edited entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A feed that was read."""

    entries: tuple[Entry, ...]
    title: str = ""
    language: str = ""
    ttl: timedelta | None = None
    """The feed's own hint (ttl, sy:, Cache-Control, Expires), whichever is longest."""
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str = ""
    malformed: str = ""
    """What was wrong with a feed that could be read all the same."""
    truncated: int = 0
    """Entries beyond the cap that were left out."""
    response: Response | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """304, or a body with the hash of the last one."""

    because: Literal["not modified", "same body"] = "not modified"
    etag: str | None = None
    last_modified: str | None = None
    ttl: timedelta | None = None
    response: Response | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """An expected failure: a value, not an exception."""

    reason: str
    """A fixed word first (`timeout`, `not a feed`, `http 404`), then a colon and the particulars."""
    severity: Severity = Severity.SOFT
    status: int | None = None
    retry_after: timedelta | None = None
    gone: bool = False
    """410: the publisher says it will not come back."""
    response: Response | None = None


Outcome = Changed | Unchanged | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """The readable text behind an entry."""

    title: str
    text: str
    """Paragraphs parted by a blank line; offsets of evidence point into this."""
    url: str = ""
    language: str = ""
    author: str = ""
    published_at: datetime | None = None
    quality: str = ""
    """Which method gave the text: `full`, `plain`, `pdf`, `feed`, `title`."""
    partial: bool = False
    """The page could not be had: text is what the feed itself carried."""
    partial_reason: str = ""
    truncated: bool = False
    """The text was cut at core.text.MAX_TEXT characters."""
    boilerplate: Places = ()
    """Where in the text stands what this source prints under everything (core.articles.boilerplate):
    no rule looks there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a rule may ask about where an article comes from."""

    id: str = ""
    domain: str = ""
    tier: Tier | None = None
    tags: tuple[str, ...] = ()


Zone = Literal["title", "lead", "body", "url", "source", "author"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where a rule's term stands in an article."""

    term: str
    """As the rule file writes it."""
    as_written: str
    """As the article writes it."""
    zone: str
    start: int
    """Character offsets into the zone's text (`lead` and `body` both count from the start of Article.text)."""
    end: int
    sentence: str
    sentence_start: int = 0
    """Offset of `sentence` in the same text, so that start - sentence_start marks the term in it."""
    list_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A rule found in an article; pure, not stored."""

    rule_id: RuleId
    rule_hash: str
    topic: str
    status: str
    priority: str
    branch: str
    """Which way the rule matched, for example `any[0] near`."""
    prominence: Literal["major", "passing"]
    score: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundArticle:
    """An entry with its article and what matched: what a poll stores of one new or changed entry."""

    entry: Entry
    article: Article
    matches: tuple[Match, ...] = ()
    backfilled: bool = False
    """Old on arrival (a feed's first poll, a redesign): kept out of alerts."""
    updated: bool = False
    """A new version of an entry that was known."""
    entry_id: int | None = None
    """The stored entry, where it is known already."""
    sketch: tuple[int, ...] = ()
    """Shingle hashes (core.stories); empty when nothing matched."""
    retry_at: datetime | None = None
    """When to try for the full text again; None when there is nothing to try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One look at one feed and all that follows from it; stored whole or not at all."""

    feed_id: FeedId
    started_at: datetime
    finished_at: datetime
    outcome: Outcome
    state: FeedState
    """The feed's state after this poll."""
    found: tuple[FoundArticle, ...] = ()
    seen: tuple[str, ...] = ()
    """Keys of known entries that the feed still shows."""
    possible_gap: bool = False
    """No entry of the last poll was in this one: some may have come and gone between."""
    notes: tuple[str, ...] = ()
    """Fixed words with particulars, for the log and `feeds health`."""


# ---------------------------------------------------------------- what the store remembers


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntry:
    """An entry that the store has already, found by its key or by one of its aliases."""

    entry_id: int
    key: str
    """As stored; another one than was asked for when an alias led here."""
    content_hash: str
    partial: bool
    """Its current article still lacks the page's own text."""
    versions: int
    """Articles stored of it so far, edits included."""
    article_id: int | None
    """The current version; None once retention has removed it."""
    first_seen_at: datetime | None = None
    """When the entry was stored first: the same title counts as the same entry for a week only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """An article of the archive, with what says where it comes from. Tier and tags are configuration, not history."""

    id: int
    entry_id: int
    feed_id: FeedId
    version: int
    """1 for the first text of an entry, more after edits."""
    article: Article
    stored_at: datetime
    story_id: int | None = None
    """None while no rule has found it."""
    text_hash: str = ""
    """sha256 of title, line feed and text: tells whether a hit's evidence still points into this text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialArticle:
    """An article whose page could not be had, and whose time to be tried again has come."""

    article_id: int
    entry_id: int
    feed_id: FeedId
    entry: Entry
    article: Article
    attempts: int
    """Tries for the page after the first one."""
    stored_at: datetime


# ---------------------------------------------------------------- what is kept and told


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
    last_success_at: datetime | None = None
    last_entry_at: datetime | None = None


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


PRIORITIES = ("low", "normal", "high", "urgent")
STATUSES = ("draft", "test", "live", "retired")
