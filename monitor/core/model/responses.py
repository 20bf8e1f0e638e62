"""Responses of publishers, and the entries in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal


class Severity(StrEnum):
    """How much a failure weighs in the back-off."""

    HARD = "hard"
    SOFT = "soft"
    TEMPORARY = "temporary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A complete HTTP response; an incomplete one is a Failed, never a Response."""

    url: str
    """The address after redirects."""
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """The headers, with names in lower case."""
    body: bytes = b""
    redirects: tuple[tuple[int, str], ...] = ()
    """(status, target) of each hop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """ETag and Last-Modified for conditional requests (RFC 9110, 8.8); of whole responses only."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An item of a feed, cleaned. `key` identifies it within its feed."""

    key: str
    """sha256 hex of guid, else canonical link, else title and date."""
    guid: str = ""
    link: str = ""
    """http(s) and absolute, or empty."""
    canonical_link: str = ""
    """The link in a form for comparing, not for fetching."""
    title: str = ""
    author: str = ""
    summary: str = ""
    """Plain text; the longest of content and summary that the feed carries."""
    published_at: datetime | None = None
    """The date of publication, for display and order; None if it is missing or impossible."""
    published_raw: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    """Other keys by which the same entry may already be known (guid without scheme and host, canonical link, title)."""
    content_hash: str = ""
    """Hash of title, link, summary and the date of the last change; it differs if a known entry was edited."""
    no_page: str | None = None
    """Why the page at `link` must not be fetched; empty: the summary is the whole text. None: it may be. Not stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A feed that was read, with its entries."""

    entries: tuple[Entry, ...]
    title: str = ""
    language: str = ""
    ttl: timedelta | None = None
    """The longest of the publisher's hints (ttl, sy:, Cache-Control, Expires)."""
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str = ""
    position: str = ""
    """Where the next poll reads on, for sources that keep what they had, such as a mailbox."""
    follows_last: bool = False
    """True if the response lists all that came after the last poll, so that none is missing without a known entry."""
    has_more: bool = False
    """True if there are more entries, which the next poll reads."""
    malformed: str = ""
    """What is wrong with a feed that could be read nevertheless."""
    truncated: int = 0
    """Number of entries left out because the feed has too many."""
    excluded: int = 0
    """Entries that `include` and `exclude` of the feed left out."""
    empty: int = 0
    """Items without link, title and summary, which are not entries."""
    duplicates: int = 0
    """Items that repeat another one of the document."""
    items: int | None = None
    """Items of the document, counted before any was left out; None: as many as are here or counted as left out."""
    fingerprint: str = ""
    """Where the items are in a page or an API; another one may mean a redesign. Empty for kinds of a fixed format."""
    layout_problem: str = ""
    """What the configuration names and no item has, such as the selector of the titles."""
    response: Response | None = None

    @property
    def seen(self) -> int:
        """Number of items of the document."""
        counted = len(self.entries) + self.truncated + self.empty + self.duplicates + self.excluded
        return counted if self.items is None else self.items

    @property
    def why_no_entries(self) -> str:
        """Why there is no entry, in words; empty if there is one."""
        if self.entries:
            return ""
        if self.excluded:
            entries = "the one entry" if self.excluded == 1 else f"all {self.excluded:,} entries"
            return f"`include` and `exclude` in feeds.yaml leave out {entries}"
        return "the feed holds no entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """304, or a body with the hash of the last one."""

    reason: Literal["not modified", "same body"] = "not modified"
    etag: str | None = None
    last_modified: str | None = None
    position: str = ""
    """The position of the mailbox as in Changed; empty if it is as before."""
    ttl: timedelta | None = None
    response: Response | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """An expected failure: a value, not an exception."""

    reason: str
    """A fixed phrase (`timeout`, `not a feed`, `http`), then a colon and the details."""
    severity: Severity = Severity.SOFT
    status: int | None = None
    retry_after: timedelta | None = None
    gone: bool = False
    """True for status 410: the source was removed for good."""
    response: Response | None = None


Outcome = Changed | Unchanged | Failed
