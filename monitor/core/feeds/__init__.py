"""Makes `Changed` of a response that holds a feed, or `Failed` of one that holds something else.

Pure, and meant to run where it can be killed: a hostile feed can keep any parser busy. Takes what can be had of a
broken feed and says what was wrong with it; but a cut one gives no validators, so that the next poll asks for the
whole again.
"""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import feedparser

from monitor.core.feeds import ampersands, entries, identity, prolog, responses, windows
from monitor.core.model import Changed
from monitor.core.text import clean_line
from monitor.core.text.markup import plain_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from monitor.core.model import Entry, Failed, Feed, Response

MAX_ENTRIES = 1_000
MAX_HINT = timedelta(days=1)
_BUILT_WITHIN = timedelta(minutes=1)
_END = re.compile(
    rb"</(?:[\w.-]{1,20}:)?(?:(?:rss|feed|rdf)\s*>(?!.*<(?:[\w.-]{1,20}:)?(?:item|entry)[\s>])|channel\s*>[\s\0]*\Z)",
    re.IGNORECASE | re.DOTALL,
)
_APPENDED = 4_000
"""Bytes that hosts may put behind the end of a feed: scripts, warnings, comments."""
_PERIODS = {"hourly": 1, "daily": 24, "weekly": 7 * 24, "monthly": 30 * 24, "yearly": 365 * 24}
_HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)


def parse(feed: Feed, response: Response, now: datetime) -> Changed | Failed:
    """Read the feed in a response."""
    transcoded = prolog.in_utf8(response.body, response.headers.get("content-type", ""))
    whole = transcoded or response.body
    body, left_out = windows.shorten(prolog.without_entities(ampersands.joined(whole.lstrip())), MAX_ENTRIES)
    headers = {} if transcoded else _headers(response)
    mended = ampersands.escaped(body)
    parsed = _parsed(mended, headers)
    if not parsed.get("version"):  # feedparser forgets it where nothing is left to read
        return responses.not_a_feed(response)
    found = _entries(parsed, feed, response.url, now)
    kept = newest(found)
    is_whole = _is_whole(whole)
    return Changed(
        entries=tuple(kept),
        title=clean_line(plain_line(str(parsed.feed.get("title", ""))), limit=entries.MAX_TITLE),
        language=_language(parsed, feed),
        ttl=_longest(_own_hint(parsed.feed), responses.freshness(response.headers)),
        etag=response.headers.get("etag") if is_whole else None,
        last_modified=response.headers.get("last-modified") if is_whole else None,
        body_hash=responses.body_hash(response.body) if is_whole else "",
        malformed=_malformed(parsed, is_whole=is_whole)
        or (ampersands.NOTE if mended != body else _garbled(transcoded)),
        truncated=left_out + len(found) - len(kept),
    )


def _is_whole(body: bytes) -> bool:
    """Tell whether a document has its end; one that stands in an open section is text."""
    section = max(body.rfind(b"<![CDATA["), 0)
    closed = body.find(b"]]>", section) if section else 0
    comment = body.rfind(b"<!--", closed)
    is_open = closed < 0 or (comment >= 0 and body.find(b"-->", comment) < 0)
    return not is_open and bool(_END.search(body[-_APPENDED:].rstrip()))


def _parsed(body: bytes, headers: Mapping[str, str]) -> feedparser.FeedParserDict:
    return feedparser.parse(BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False)


def _headers(response: Response) -> dict[str, str]:
    """Give the parser what tells the encoding; not the address, since it would write it into guids, which then move."""
    kind = response.headers.get("content-type")
    return {"content-type": kind} if kind else {}


def _entries(parsed: feedparser.FeedParserDict, feed: Feed, base: str, now: datetime) -> list[Entry]:
    items = [dict(item.items()) for item in parsed.entries]  # feedparser's own look up each key under all its names
    language, revisions = _language(parsed, feed), _revisions(items, now)
    read = map(lambda item, revised: entries.read(item, base, language, now, revised), items, revisions)
    return identity.settled(entry for entry in read if entry)


def _revisions(items: Sequence[Mapping[str, Any]], now: datetime) -> Sequence[datetime | None]:
    """Tell when each item was last changed; of a feed that dates all anew whenever it is built, nothing."""
    told = [entries.revised(item, now) for item in items]
    moments = [when for when in told if when]
    built = len(moments) > 1 and max(moments) - min(moments) < _BUILT_WITHIN
    return [None] * len(items) if built else told


def newest(found: list[Entry], limit: int = MAX_ENTRIES) -> list[Entry]:
    """Keep the newest entries, in the order of the feed; those without a date count as new as their neighbours."""
    if len(found) <= limit:
        return found
    dated = [entry.published_at for entry in found]
    if None in dated:
        return found[:limit]
    order = sorted(range(len(found)), key=lambda index: found[index].published_at, reverse=True)  # type: ignore[arg-type,return-value]  # none is None
    return [found[index] for index in sorted(order[:limit])]


def _language(parsed: feedparser.FeedParserDict, feed: Feed) -> str:
    return feed.language or entries.language_code(str(parsed.feed.get("language", "")))


def _own_hint(channel: Mapping[str, Any]) -> timedelta | None:
    """Read how often the feed itself asks to be polled: `ttl` in minutes, or the syndication module's period."""
    minutes = _number(channel.get("ttl"))
    if minutes:
        return min(timedelta(minutes=minutes), MAX_HINT)
    hours = _PERIODS.get(str(channel.get("sy_updateperiod", "")).strip().lower())
    if hours is None:
        return None
    return min(timedelta(hours=hours) / (_number(channel.get("sy_updatefrequency")) or 1), MAX_HINT)


def _number(value: object) -> int:
    text = str(value or "").strip()[:6]
    return int(text) if text.isascii() and text.isdigit() else 0


def _longest(*hints: timedelta | None) -> timedelta | None:
    return max((hint for hint in hints if hint), default=None)


def _garbled(transcoded: bytes | None) -> str:
    return "characters that are in no encoding" if transcoded and "\ufffd".encode() in transcoded else ""


def _malformed(parsed: feedparser.FeedParserDict, *, is_whole: bool) -> str:
    if not is_whole:
        return "cut short: the document has no end"
    error = parsed.get("bozo_exception")
    if not parsed.bozo or error is None or isinstance(error, _HARMLESS):
        return ""
    return clean_line(f"{type(error).__name__}: {error}", limit=200)
