"""Feeds: their configuration and their state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, NewType

FeedId = NewType("FeedId", str)


class Tier(StrEnum):
    """How close a source is to the decisions that it reports, closest first."""

    OFFICIAL = "official"
    AGENCY = "agency"
    PRESS = "press"
    THINK_TANK = "think_tank"
    CIVIL_SOCIETY = "civil_society"
    NEWSLETTER = "newsletter"

    @property
    def rank(self) -> int:
        """0 for the closest."""
        return list(Tier).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFields:
    """Where the items of a source are, and their fields: CSS selectors for the kind `page`, JMESPath for `json`.

    The kind finds the fields whose paths are empty. Paths other than `items` and `next` start at an item.
    """

    items: str = ""
    title: str = ""
    link: str = ""
    date: str = ""
    summary: str = ""
    id: str = ""
    next: str = ""
    """The address of the next page, which is read at the first poll only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed as the user configured it."""

    id: FeedId
    url: str
    kind: str = "auto"
    """How the source is read: a name in core.sources.KINDS, or `auto`."""
    title: str = ""
    language: str = ""
    """ISO 639-1; empty if not configured."""
    country: str = ""
    tier: Tier = Tier.PRESS
    tags: tuple[str, ...] = ()
    fulltext: Literal["auto", "always", "never"] = "auto"
    fulltext_select: str = ""
    """A CSS selector of the text of an article on its page; empty: the text is detected."""
    interval: timedelta | None = None
    """The configured interval; None: it is adaptive."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Headers for requests to this publisher; they may contain a password, hence they are never shown."""
    password: str = field(default="", repr=False)
    """The password of the user in the address of a mailbox; never shown."""
    split: Literal["none", "links"] = "none"
    """Whether each link of a newsletter is an article of its own, instead of the message."""
    robots: Literal["respect", "ignore"] = "respect"
    revisit: Literal["auto", "always", "never"] = "auto"
    """Which pages are rechecked; `auto`: those of official sources and agencies, and those with a hit."""
    allow_networks: tuple[str, ...] = ()
    """Private networks (CIDR) that this feed and its pages may be fetched from, beside those allowed for all feeds."""
    proxy: str = field(default="", repr=False)
    """The proxy for its requests, which may hold a password; `off`: none; empty: the one for all sources."""
    max_per_day: int = 1_000
    """Articles stored with their text in a day of UTC; of more, only the title and the link (core.polls.budget)."""
    fields: ItemFields = ItemFields()
    include: tuple[str, ...] = ()
    """Patterns (core.sources.patterns) of which an address must match one, if there are any."""
    exclude: tuple[str, ...] = ()
    """Patterns of addresses that are left out."""


class Health(StrEnum):
    """The state of a feed, as `feeds health` prints it."""

    NEW = "new"
    OK = "ok"
    FAILING = "failing"
    LAYOUT_CHANGED = "layout changed"
    """A page or an API whose items are not found any more, or are built differently and none was known before."""
    SILENT = "silent"
    FROZEN = "frozen"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """The state of a feed between two polls; one row for each feed."""

    feed_id: FeedId
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    next_poll_at: datetime | None = None
    """When to poll next; None: never polled, due at once."""
    interval: timedelta | None = None
    """The adaptive interval in force."""
    interval_reason: str = ""
    failures: float = 0.0
    """Weighted: hard 1, soft 1/2, temporary 1/4 (as Media Cloud's rss-fetcher counts); 0 after a success."""
    health: Health = Health.NEW
    reason: str = ""
    """Why the last poll failed, or of this state; empty if the feed is healthy."""
    last_poll_at: datetime | None = None
    last_success_at: datetime | None = None
    last_full_fetch_at: datetime | None = None
    last_entry_at: datetime | None = None
    """When a new entry was last stored (ingest time)."""
    expected_silence: timedelta | None = None
    """The time without a new entry after which the feed is unusually quiet; None while its rhythm is unknown."""
    usual_gap: timedelta | None = None
    """The feed's rhythm: nine of ten new entries came within this time of the one before; None while unknown."""
    fingerprint: str | None = None
    """Where the items were in the last response of a page or an API; None for other kinds."""
    layout_changed_at: datetime | None = None
    """When the items were found in another structure and none was known; None once new ones came beside known ones."""
    fields_found: str | None = None
    """The selectors or paths of fields with which items were last found that have each field; empty: never; None: not
    recorded, as by earlier programs."""
    moved_to: str | None = None
    """The target of permanent redirects (301, 308), while they are counted."""
    moved_count: int = 0
    url: str | None = None
    """The address in use after a permanent redirect was accepted; None: the configured one."""
    position: str | None = None
    """Where the next poll reads on: UIDVALIDITY and last UID of a mailbox. None: never read, or no such source."""
    configured_url: str | None = None
    """The configured address to which validators and redirects belong; a new one resets them."""
