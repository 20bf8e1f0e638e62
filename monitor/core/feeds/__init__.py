"""Parses feeds: `Changed` for a response that contains a feed, `Failed` for one that contains anything else.

Call it in a worker process that can be killed: a hostile feed can keep any parser busy. From a broken feed it
takes the entries that can be read, and records the error. A truncated feed gets no validators, so that the next poll
requests the whole feed again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import feedparser

from monitor.core.feeds import ampersands, document_parser, feed_cache, items, prolog, responses
from monitor.core.feeds.document_parser import ParseContext
from monitor.core.feeds.outcomes import MAX_ENTRIES, build_changed
from monitor.core.model import Changed, Failed, Feed, Response
from monitor.core.text import clean_line

_END = re.compile(
    rb"</(?:[\w.-]{1,20}:)?(?:(?:rss|feed|rdf)\s*>(?!.*<(?:[\w.-]{1,20}:)?(?:item|entry)[\s>])|channel\s*>[\s\0]*\Z)",
    re.IGNORECASE | re.DOTALL,
)
_MAX_APPENDED_BYTES = 4_000
"""Bytes that hosts may append after the end of a feed: scripts, warnings, comments."""
_PERIODS = {"hourly": 1, "daily": 24, "weekly": 7 * 24, "monthly": 30 * 24, "yearly": 365 * 24}


def parse(feed: Feed, response: Response, now: datetime) -> Changed | Failed:
    """Parse the feed in a response; `now` bounds the dates of its entries."""
    return _parse(feed, response, now, None)[0]


def parse_cached(feed: Feed, response: Response, now: datetime, cache: bytes) -> tuple[Changed | Failed, bytes]:
    """Parse like `parse`, but faster with the cache that the previous call for this feed returned; return the new one.

    An empty `cache` means none. It is unpickled, so it must come from this program.
    """
    outcome, after = _parse(feed, response, now, feed_cache.load_cache(cache) if cache else None)
    return outcome, after.to_bytes() if after else b""


def _parse(
    feed: Feed, response: Response, now: datetime, before: feed_cache.FeedCache | None
) -> tuple[Changed | Failed, feed_cache.FeedCache | None]:
    transcoded = prolog.transcode_to_utf8(response.body, response.headers.get("content-type", ""))
    whole = transcoded or response.body
    body, left_out = items.keep_newest_items(
        prolog.strip_entities(ampersands.join_surrogates(whole.lstrip())), MAX_ENTRIES
    )
    is_whole = _is_whole(whole)
    escaped = ampersands.escape_ampersands(body if is_whole else items.without_broken_item(body))
    headers = {} if transcoded else _headers(response)
    document = document_parser.parse_feed_document(
        escaped, ParseContext(feed=feed, url=response.url, headers=headers, now=now), before
    )
    if not document.parsed.get("version"):  # feedparser reports none for a document without content
        return responses.non_feed_failure(response), None
    malformed = _parsing_problem(document.parsed, is_whole=is_whole)
    changed = build_changed(
        document.entries,
        response,
        title=str(document.parsed.feed.get("title", "")),
        language=document.language,
        hint=_own_hint(document.parsed.feed),
        malformed=malformed or (ampersands.NOTE if escaped != body else _encoding_problem(transcoded)),
        left_out=left_out,
        is_whole=is_whole,
    )
    return changed, document.cache


def _is_whole(body: bytes) -> bool:
    """Return True if a document has its closing tag, outside of CDATA sections and comments."""
    section = max(body.rfind(b"<![CDATA["), 0)
    closed = body.find(b"]]>", section) if section else 0
    comment = body.rfind(b"<!--", closed)
    is_open = closed < 0 or (comment >= 0 and body.find(b"-->", comment) < 0)
    return not is_open and bool(_END.search(body[-_MAX_APPENDED_BYTES:].rstrip()))


def _headers(response: Response) -> dict[str, str]:
    """Return the header that states the encoding.

    The address is left out: feedparser would resolve guids against it, and they would change whenever the feed moves.
    """
    kind = response.headers.get("content-type")
    return {"content-type": kind} if kind else {}


def _own_hint(channel: Mapping[str, Any]) -> timedelta | None:
    """Return the polling interval that the feed states: `ttl` in minutes, or the syndication module's period."""
    minutes = _number(channel.get("ttl"))
    if minutes:
        return min(timedelta(minutes=minutes), responses.MAX_POLL_HINT)
    hours = _PERIODS.get(str(channel.get("sy_updateperiod", "")).strip().lower())
    if hours is None:
        return None
    return min(timedelta(hours=hours) / (_number(channel.get("sy_updatefrequency")) or 1), responses.MAX_POLL_HINT)


def _number(value: object) -> int:
    text = str(value or "").strip()[:6]
    return int(text) if text.isascii() and text.isdigit() else 0


def _encoding_problem(transcoded: bytes | None) -> str:
    return "characters that are in no encoding" if transcoded and "\ufffd".encode() in transcoded else ""


def _parsing_problem(parsed: feedparser.FeedParserDict, *, is_whole: bool) -> str:
    if not is_whole:
        return "cut short: the document has no end"
    error = document_parser.parser_error(parsed)
    return clean_line(f"{type(error).__name__}: {error}", limit=200) if error else ""
