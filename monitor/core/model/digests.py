"""How digests and alerts are configured, which runs they had, and which feeds a period covered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from email.utils import parseaddr
from functools import lru_cache
from typing import Literal

from monitor.core.model.feeds import FeedId, Health, Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslateConfig:
    """The program that translates headlines; without a command, the installed packages of Argos Translate."""

    command: tuple[str, ...] = ()
    """`{source}` and `{target}` stand for the languages."""
    timeout: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestConfig:
    """One digest of digests.yaml. An empty tuple filters nothing."""

    id: str
    title: str
    schedule: str
    """Five-field cron."""
    timezone: str
    was: str = ""
    """The id that it had before, whose record it continues; empty if it had no other."""
    topics: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    tiers: tuple[Tier, ...] = ()
    languages: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """Tags of feeds; a feed with one of them passes."""
    countries: tuple[str, ...] = ()
    """Countries of feeds."""
    min_priority: str = "low"
    channels: tuple[str, ...] = ()
    recipient: str = ""
    """The one address that receives it through its channel: a subscription. Empty: the recipients of its channels."""
    when_empty: Literal["skip", "send"] = "skip"
    quiet_hours: tuple[time, time] | None = None
    """Begin and end of a time of day, in `timezone`, in which a run that falls due waits."""
    max_stories: int = 40
    top: int = 5
    """Stories that are listed first, across topics."""
    order: Literal["score", "time"] = "score"
    """The order of the stories of a topic."""
    language: str = "en"
    """The language of its readers: a story in another one says so."""
    translate: TranslateConfig | None = None
    """Translates the headlines in other languages."""
    charts: bool = False
    review: bool = False
    """Adds the review of a week (core.digests.review)."""
    attachments: tuple[str, ...] = ()
    """Formats of `core.messages.render` that are attached to mails: `ics`."""
    possibly_missed: int = 5
    """Articles that no rule matched and that resemble the hits, at most."""
    see_more: Literal["command", "web", "none"] = "none"
    """How readers reach what is counted and not shown."""


@lru_cache(maxsize=10_000)  # compared with the address of each reader for each delivery
def bare_address(address: str) -> str:
    """Return a mail address without the name beside it, in lower case: what identifies a reader."""
    return parseaddr(address)[1].casefold()


def repeated_address(addresses: Iterable[str]) -> str | None:
    """Return the first reader who is named more than once; None if there is none."""
    counts = Counter(map(bare_address, addresses))
    return next((each for each, times in counts.items() if times > 1), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertReader:
    """A reader of the alerts, by mail, with quiet hours of their own."""

    address: str
    via: str
    """The channel."""
    timezone: str
    quiet_hours: tuple[time, time] | None = None
    """Begin and end of a time of day, in `timezone`, in which alerts for this reader are held."""

    @property
    def name(self) -> str:
        """Return the name among those who receive alerts; no channel's name contains a colon."""
        return f"{self.via}:{bare_address(self.address)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertConfig:
    """`alerts` of digests.yaml: hits are collected for `window`, and each story is sent once within `cooldown`."""

    min_priority: str = "urgent"
    channels: tuple[str, ...] = ()
    readers: tuple[AlertReader, ...] = ()
    window: timedelta = timedelta(minutes=10)
    cooldown: timedelta = timedelta(hours=12)
    max_per_day: int | None = None
    """Alerts per day, not counting spikes; hits over the limit are left to the digest. None: no limit."""
    quiet_hours: tuple[time, time] | None = None
    """Begin and end of a time of day, in `timezone`, in which all alerts are held."""
    timezone: str = ""
    """The time zone for the times in alerts and the beginning of a day; if empty, that of the first digest."""

    @property
    def targets(self) -> tuple[str, ...]:
        """Return the names of all that receive every alert: channels and readers."""
        return (*self.channels, *(reader.name for reader in self.readers))


MIN_WRONG_TEXTS, MIN_WRONG_SHARE = 3, 0.2
"""Articles of a feed in a period, and their share, whose text looks wrong; fewer are short notices and videos."""
MIN_UNREAD_PAGES, MIN_UNREAD_SHARE = 3, 0.5
"""Articles of a feed in a period, and their share, whose page could not be read; fewer are passing failures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCoverage:
    """The polls and articles of one feed in a period."""

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
    """When the feed is polled next; None if it is due now, or for a period in the past."""
    title_only: int = 0
    """Entries over the feed's daily budget (`max_per_day`), stored with their title only."""
    unmatched: int = 0
    """Articles of which at most the title and the beginning were matched, since the whole text took too long."""
    wrong_texts: int = 0
    """Articles whose text looks wrong: a few words, navigation, or not what the feed announces."""

    unread_pages: int = 0
    """Articles whose page could not be read, so that only what the feed says of them was matched."""
    unread_reason: str = ""
    """Why one of these pages could not be read."""

    @property
    def has_unread_pages(self) -> bool:
        """True if most pages could not be read: the site may refuse programs, or have moved its pages."""
        return self.unread_pages >= MIN_UNREAD_PAGES and self.unread_pages >= MIN_UNREAD_SHARE * self.articles

    @property
    def has_wrong_texts(self) -> bool:
        """True if many texts look wrong, so that the pages of this feed need `fulltext_select`."""
        return self.wrong_texts >= MIN_WRONG_TEXTS and self.wrong_texts >= MIN_WRONG_SHARE * self.articles


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The coverage of each feed in (since, until]."""

    since: datetime
    until: datetime
    feeds: tuple[FeedCoverage, ...]


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
