"""Classifies HTTP responses before a feed or an article is parsed: unchanged, failed, or to be parsed.

The status is not sufficient: login pages, bot challenges and empty responses have status 200 too.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal
from urllib.parse import urlsplit

from monitor.core.feeds.failures import failed
from monitor.core.model import Failed, FeedState, Response, Severity, Unchanged

MAX_POLL_HINT = timedelta(days=1)
"""Upper limit of the interval that a response or a feed suggests for its polls."""
_EXAMINED_BYTES = 8_000
"""Bytes at the start of a body in which its type and bot challenges are searched."""
_EXAMINED_LOGIN_BYTES = 100_000
_CHALLENGE = (
    re.compile(rb"cf[-_]chl[-_]"),
    re.compile(
        rb"<title>\s*(?:just a moment|attention required!|ddos-guard|access denied|"
        rb"are you (?:a )?(?:human|robot)|robot check|security check|sec\.gov \| your request)"
    ),
)
"""Signs of a challenge in lower-case text. They are separate, as a pattern with a fixed prefix is six times as fast."""
_CHALLENGE_IF_SHORT = re.compile(rb"_incapsula_|px-captcha|g-recaptcha|h-captcha|captcha-delivery\.com")
"""Signs that ordinary pages with a contact form have too, so they count on short pages only."""
_SHORT_PAGE_BYTES = 10_000
_LOGIN = re.compile(rb"<input[^<>]+type\s*=\s*[\"']?password", re.IGNORECASE)
_LOGIN_PATH = re.compile(r"/(?:log-?in|sign-?in|sso|auth|account/login|subscribe)(?:[/?.]|$)", re.IGNORECASE)
_TEMPORARY_STATUSES = frozenset({404, 408, 425})
_SECONDS = re.compile(r"-?[0-9]+")
_GZIP = b"\x1f\x8b"
_JSON_FEED = re.compile(rb"\s*\{.*https?://(?:www\.)?jsonfeed\.org/version/", re.DOTALL)
_HTML = re.compile(rb"<!doctype\s+html|<html[\s>]|<body[\s>]|<head[\s>]", re.IGNORECASE)


def body_hash(body: bytes) -> str:
    """Return the digest by which an unchanged feed is recognized if its server sends no 304."""
    return hashlib.sha256(body).hexdigest()


def classify_response(response: Response, state: FeedState, now: datetime) -> Unchanged | Failed | None:
    """Classify the response for a feed without parsing it; None if it must be parsed."""
    if response.status == 304:
        # Keep the validators that were sent: those of the 304 may be of a body that was never received.
        return _build_unchanged(response, state.etag, state.last_modified, "not modified")
    if failure := _status_failure(response, now):
        return failure
    if not response.body.strip():
        return failed("empty answer", f"http {response.status} with nothing in it", response=response)
    if body_hash(response.body) == state.body_hash:
        etag, last_modified = response.headers.get("etag"), response.headers.get("last-modified")
        return _build_unchanged(response, etag or state.etag, last_modified or state.last_modified, "same body")
    return None


def _build_unchanged(
    response: Response, etag: str | None, last_modified: str | None, reason: Literal["not modified", "same body"]
) -> Unchanged:
    return Unchanged(
        reason=reason,
        etag=etag,
        last_modified=last_modified,
        ttl=freshness_lifetime(response.headers),
        response=response,
    )


def _status_failure(response: Response, now: datetime) -> Failed | None:
    """Return the failure for a status outside of 200-299, else None."""
    status = response.status
    if 200 <= status < 300:
        return None
    if status == 410:
        return failed("gone", "http 410", response=response)
    if is_challenge(response):
        return failed("bot wall", f"http {status} with a challenge", response=response)
    if status in {401, 407}:
        return failed("login wall", f"http {status}", response=response)
    if status == 429:
        wait = retry_after(response.headers, now)
        return failed("too many requests", "http 429", response=response, retry_after=wait)
    wait = retry_after(response.headers, now) if status == 503 else None
    refused = 400 <= status < 500 and status not in _TEMPORARY_STATUSES
    severity = Severity.HARD if refused else Severity.SOFT
    return failed("http", str(status), response=response, retry_after=wait, severity=severity)


def non_feed_failure(response: Response) -> Failed:
    """Return the failure for a body that is not a feed, with what it is instead."""
    if is_challenge(response):
        return failed("bot wall", "a challenge page instead of a feed", response=response)
    if _is_login(response):
        return failed("login wall", "a page that asks for a password instead of a feed", response=response)
    if _HTML.search(response.body[:_EXAMINED_BYTES]):
        return failed("not a feed", "a web page", response=response)
    if _JSON_FEED.match(response.body[:_EXAMINED_BYTES]):
        return failed("not a feed", "a JSON Feed, which the kind `feed` reads", response=response)
    if response.body.startswith(_GZIP):
        return failed("not a feed", "gzip data that the answer does not name as such", response=response)
    return failed("not a feed", media_type(response)[:60] or "unknown content", response=response)


def media_type(response: Response) -> str:
    """Return the type that the response states, in lower case and without parameters; empty if it states none."""
    return response.headers.get("content-type", "").partition(";")[0].strip().lower()


def is_web_page(response: Response) -> bool:
    """Return True for a web page of the publisher's, which may link to a feed."""
    is_html = media_type(response) == "text/html" or _HTML.search(response.body[:_EXAMINED_BYTES]) is not None
    return 200 <= response.status < 300 and is_html and not is_challenge(response)


def is_challenge(response: Response) -> bool:
    """Return True if the response is a bot challenge instead of the publisher's content."""
    if response.headers.get("cf-mitigated", "").strip().lower() == "challenge":
        return True
    start = response.body[:_EXAMINED_BYTES].lower()
    if not _HTML.search(start):
        return False
    says_so = any(pattern.search(start) for pattern in _CHALLENGE)
    return says_so or (len(response.body) < _SHORT_PAGE_BYTES and _CHALLENGE_IF_SHORT.search(start) is not None)


def _is_login(response: Response) -> bool:
    """Return True if the response is a login page."""
    return _leads_to_login(response) or bool(_LOGIN.search(response.body[:_EXAMINED_LOGIN_BYTES]))


def _leads_to_login(response: Response) -> bool:
    return bool(response.redirects and _LOGIN_PATH.search(urlsplit(response.url).path))


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> timedelta | None:
    """Parse Retry-After as seconds or as a date (RFC 9110, 10.2.3); None if absent or invalid.

    A date is compared with the server's own clock in `Date`, else with `now`; without either it is ignored.
    """
    raw = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(raw):
        return timedelta(seconds=max(0, min(int(raw[:12]), 10**9)))
    until, sent_at = http_date(raw), http_date(headers.get("date", "")) or now
    if until is None or sent_at is None:
        return None
    return max(timedelta(0), until - sent_at)


def freshness_lifetime(headers: Mapping[str, str]) -> timedelta | None:
    """Return how long the response is fresh (RFC 9111, 5.2.2 and 5.3), at most a day; None if it does not state it."""
    control = headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return None
    if max_age := re.search(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,12})", control):
        return _hint(timedelta(seconds=min(int(max_age[1]), 10**9)))
    expires, date = http_date(headers.get("expires", "")), http_date(headers.get("date", ""))
    return _hint(expires - date) if expires and date else None


def _hint(wait: timedelta) -> timedelta | None:
    return min(wait, MAX_POLL_HINT) if wait > timedelta(0) else None


def http_date(raw: str) -> datetime | None:
    """Parse a date of a header of HTTP or of mail; None if it is invalid."""
    try:
        date = parsedate_to_datetime(raw)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def page_failure(response: Response, now: datetime, link: str) -> Failed | None:
    """Return why the response cannot contain the article at `link`; None if it may."""
    if failure := _status_failure(response, now):
        return failure
    if not response.body.strip():
        return failed("empty answer", f"http {response.status} with nothing in it", response=response)
    if is_challenge(response):
        return failed("bot wall", "a challenge page instead of an article", response=response)
    if _leads_to_login(response) and not _LOGIN_PATH.search(urlsplit(link).path):
        return failed("login wall", "redirected to a page to log in at", response=response)
    if _leads_to_front_page(response, link):
        detail = "redirected to the front page"
        return failed("not an article", detail, response=response, severity=Severity.SOFT)  # may be published later
    return None


def _leads_to_front_page(response: Response, link: str) -> bool:
    """Return True for a redirect to the front page, which publishers use for pages that do not exist."""
    return bool(response.redirects) and not _path(response.url) and bool(_path(link))


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path.strip("/") or parts.query
