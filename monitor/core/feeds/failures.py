"""Makes `Failed` values: every reason a feed or a page can fail for, by its fixed word, with what it weighs.

The words are what `feeds health`, the log and the tests rely on. Weights follow Media Cloud's rss-fetcher: feeds do
answer 404 and come back to life, so only what a publisher means, or what no waiting mends, is hard.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from monitor.core.model import Failed, Response, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

_WORDS = {
    Severity.HARD: (
        "address refused",  # not globally reachable, and not allowed by name
        "bad address",  # not an http(s) URL
        "bot wall",  # a challenge page (Cloudflare and its like)
        "certificate",  # expired, self-signed, or of another host
        "gone",  # 410
        "not an article",  # a film, an archive, whatever holds no text to read; the front page in its place
        "login wall",  # 401, 407, or a page that asks for a password
        "not a feed",  # a web page, or anything else that cannot be read as a feed
        "redirect refused",  # to something that is not http(s)
        "robots",  # robots.txt does not want this page to be read
        "too large",  # more bytes than the cap, packed or unpacked
        "unknown encoding",  # a compression that was not asked for
    ),
    Severity.SOFT: (
        "bad compression",
        "bad redirect",  # no Location, or one that is no address
        "connection failed",
        "cut short",  # the answer ended before its end
        "empty answer",  # 202 or 200 with nothing in it
        "http",  # any other status, by number
        "internal error",  # ours; the traceback is in the log
        "layout changed",  # a page or an API in which no item is found where items were
        "parse",  # the feed kept its parser busy for too long, or brought it down
        "protocol",  # not HTTP as we know it
        "redirects",  # more than five
        "timeout",
        "unasked not modified",  # 304 to a request without conditions
        "unknown host",
    ),
    Severity.TEMPORARY: (
        "descriptors",  # this machine had none left, or no memory; the publisher was not asked
        "dns",  # the resolver asks for another try
        "too many requests",  # 429
    ),
}
REASONS: Mapping[str, Severity] = MappingProxyType({word: level for level, words in _WORDS.items() for word in words})


def failed(
    word: str,
    particulars: str = "",
    *,
    response: Response | None = None,
    retry_after: timedelta | None = None,
    severity: Severity | None = None,
) -> Failed:
    """Make a failure of one of the REASONS, with its particulars behind a colon."""
    return Failed(
        reason=f"{word}: {particulars}" if particulars else word,
        severity=severity or REASONS[word],
        status=response.status if response else None,
        retry_after=retry_after,
        gone=word == "gone",
        response=response,
    )
