"""Creates `Failed` values: the fixed list of reasons for which a feed or a page can fail, with the severity of each.

`feeds health`, the log and the tests rely on these texts. Severities follow Media Cloud's rss-fetcher: feeds that
answer 404 often return, so a failure is hard only if the publisher intends it or waiting cannot help.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

from monitor.core.model import Failed, Response, Severity

_REASONS_BY_SEVERITY = {
    Severity.HARD: (
        "address refused",  # not globally reachable, and not allowed by name
        "bad address",  # not an http(s) URL
        "bot wall",  # a challenge page (Cloudflare and its like)
        "certificate",  # expired, self-signed, or of another host
        "gone",  # 410
        "not an article",  # a video, an archive or other content without text; the front page instead of the page
        "login wall",  # 401, 407, or a page that asks for a password
        "not a feed",  # a web page, or anything else that cannot be read as a feed
        "redirect refused",  # to something that is not http(s)
        "robots",  # robots.txt disallows the page
        "too large",  # more bytes than the limit, compressed or decompressed
        "unknown encoding",  # a compression that was not requested
    ),
    Severity.SOFT: (
        "bad compression",
        "bad redirect",  # no Location, or an invalid one
        "connection failed",
        "cut short",  # the response ended early
        "empty answer",  # 202 or 200 with nothing in it
        "http",  # any other status, by number
        "internal error",  # a bug of this program; the traceback is in the log
        "no entries",  # a page or an API in which no item was found so far
        "layout changed",  # a page or an API in which no item is found where items were
        "parse",  # the parser did not end in time, or crashed
        "protocol",  # invalid HTTP
        "redirects",  # more than five
        "timeout",
        "unasked not modified",  # 304 to an unconditional request
        "unknown host",
    ),
    Severity.TEMPORARY: (
        "descriptors",  # this machine had no file descriptors or memory left; nothing was requested
        "dns",  # the resolver reports a temporary failure
        "too many requests",  # 429
    ),
}
REASONS: Mapping[str, Severity] = MappingProxyType(
    {reason: severity for severity, reasons in _REASONS_BY_SEVERITY.items() for reason in reasons}
)

_NOT_OF_READABLE_PAGES = {"descriptors", "layout changed", "no entries", "not a feed", "not an article"}
PAGE_FAILURES = tuple(reason for reason in REASONS if reason not in _NOT_OF_READABLE_PAGES)
"""The reasons for which a page that probably holds an article could not be read."""


def before_first_success(failure: Failed) -> Failed:
    """Return the failure of a source that was never read with these settings: its layout cannot have changed."""
    reason, _, detail = failure.reason.partition(": ")
    if reason != "layout changed":
        return failure
    return replace(failure, reason=f"no entries: {detail}; these settings have never found anything")


def describe_with_advice(failure: Failed) -> str:
    """Return the reason for a person who asked for this address, with the setting that would allow it."""
    if not failure.reason.startswith("address refused"):
        return failure.reason
    return (
        f"{failure.reason} (not a public address: if its network is yours, add it to `allow_networks` of the feed in"
        " feeds.yaml, or to `fetch.allow_networks` in monitor.yaml)"
    )


def failed(
    reason: str,
    detail: str = "",
    *,
    response: Response | None = None,
    retry_after: timedelta | None = None,
    severity: Severity | None = None,
) -> Failed:
    """Create a failure with one of the REASONS, a colon and the detail; `severity` overrides that of the reason."""
    return Failed(
        reason=f"{reason}: {detail}" if detail else reason,
        severity=severity or REASONS[reason],
        status=response.status if response else None,
        retry_after=retry_after,
        gone=reason == "gone",
        response=response,
    )
