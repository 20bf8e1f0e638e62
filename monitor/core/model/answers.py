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
    """After redirects."""
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
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
    """Of title, link, summary, and when the publisher says it was changed: another under a known key is an edit."""


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
