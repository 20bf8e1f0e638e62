"""Parses the document of a feed into entries: all items, or only the new ones if the others are in the cache.

The cache (`feed_cache`) changes only what parsing costs, never its result: where that is in doubt, the whole document
is parsed. The parser is feedparser, which reads broken documents too; their entries are not cached.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any, NamedTuple

import feedparser

from monitor.core.counts import count
from monitor.core.feeds import entries, feed_cache, feedparser_patches, items
from monitor.core.feeds.feed_cache import CachedItem, FeedCache
from monitor.core.feeds.items import FeedDocument
from monitor.core.model import Entry, Feed
from monitor.core.text.languages import language_code

_BUILT_WITHIN = timedelta(minutes=1)
_TEXT_INPUT = re.compile(rb"<textinput(?=[\s>])[^<]*(?:<(?!/?textinput)[^<]*)*+</textinput\s*>", re.IGNORECASE)
_PARSER_ERRORS = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""What feedparser raises on a document that it does not expect."""
_HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)

feedparser_patches.apply()


class ParsedFeed(NamedTuple):
    """The content of a document."""

    parsed: feedparser.FeedParserDict
    """feedparser's result; its `entries` are only those that were not cached."""
    language: str
    entries: list[Entry | None]
    """An entry for each item; None for an item without link, title and summary."""
    cache: FeedCache | None
    """The cache for the next document of this feed; None if nothing of this one may be cached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseContext:
    """Where a document comes from, and when it is read."""

    feed: Feed
    url: str
    headers: Mapping[str, str]
    """The headers of the response that the parser may use."""
    now: datetime


def parse_feed_document(body: bytes, context: ParseContext, cached: FeedCache | None = None) -> ParsedFeed:
    """Parse a document; `cached` comes from an earlier document of the same feed."""
    document = items.split_document(body)
    if document is None:
        return _parse_whole(body, context, None)
    if cached and cached.at <= context.now and cached.context == _context_hash(document, context):
        parsed = _parse_new_items(document, context, cached)
        if parsed is not None:
            return parsed
    return _parse_whole(body, context, document)


def parser_error(parsed: feedparser.FeedParserDict) -> Exception | None:
    """Return the error that the parser found; None if there is none, or only a harmless one."""
    error: Exception | None = parsed.get("bozo_exception")
    return None if not parsed.bozo or isinstance(error, _HARMLESS) else error


def _parse_whole(body: bytes, context: ParseContext, document: FeedDocument | None) -> ParsedFeed:
    try:
        parsed = _call_feedparser(body, context)
    except _PARSER_ERRORS:
        if document is None:
            raise
        return _parse_sound_items(document, context)
    dicts = _plain_dicts(parsed)
    revisions = [entries.revision_date(item, context.now) for item in dicts]
    language, redated = _feed_language(parsed, context), _is_redated(revisions)
    parsed_entries = _parse_entries(dicts, revisions, context, language, is_redated=redated)
    cache = None
    if document and not redated and _is_sound(parsed) and len(dicts) == len(document.items):
        lasting = _cacheable(document.items, dicts, revisions, parsed_entries)
        cache = FeedCache(_context_hash(document, context), context.now, lasting)
    return ParsedFeed(parsed, language, parsed_entries, cache)


def _parse_sound_items(document: FeedDocument, context: ParseContext) -> ParsedFeed:
    """Parse a document on which the parser fails: all items except those on which it fails by themselves.

    A `textInput` of RSS 0.9x is such a reason, so it is removed; it belongs to the channel, not to an item.
    """
    sound = _sound_items(document, [_TEXT_INPUT.sub(b"", item) for item in document.items], context)
    sound_part = _parse_whole(document.with_only(sound), context, None)
    if len(sound) < len(document.items):
        failing = len(document.items) - len(sound)
        sound_part.parsed.update(
            bozo=True, bozo_exception=ValueError(f"{count(failing, 'item')} on which the parser fails")
        )
    return sound_part._replace(entries=[*sound_part.entries, *[None] * (len(document.items) - len(sound_part.entries))])


def _sound_items(document: FeedDocument, raw: list[bytes], context: ParseContext) -> list[bytes]:
    """Return the items on which the parser does not fail, by halving those on which it does."""
    try:
        _call_feedparser(document.with_only(raw), context)
    except _PARSER_ERRORS:
        middle = len(raw) // 2
        return [
            item for half in (raw[:middle], raw[middle:]) if middle for item in _sound_items(document, half, context)
        ]
    return raw


def _parse_new_items(document: FeedDocument, context: ParseContext, cached: FeedCache) -> ParsedFeed | None:
    """Parse the items that are not cached; None if the result could differ from parsing all items."""
    hashes = [feed_cache.short_hash(item) for item in document.items]
    new = [item for item, name in zip(document.items, hashes, strict=True) if name not in cached.items]
    try:
        parsed = _call_feedparser(document.with_only(new), context)
    except _PARSER_ERRORS:
        return None
    dicts = _plain_dicts(parsed)
    if not _is_sound(parsed) or len(dicts) != len(new):
        return None
    revisions = [entries.revision_date(item, context.now) for item in dicts]
    cached_items = {name: cached.items[name] for name in hashes if name in cached.items}
    if _is_redated([*(cached_items[name].revised_at for name in hashes if name in cached_items), *revisions]):
        return None
    language = _feed_language(parsed, context)  # the same as before: the context hash covers what surrounds the items
    parsed_entries = _parse_entries(dicts, revisions, context, language, is_redated=False)
    rest = iter(parsed_entries)
    in_order = [cached_items[name].entry if name in cached_items else next(rest) for name in hashes]
    cache = cached._replace(at=context.now, items=cached_items | _cacheable(new, dicts, revisions, parsed_entries))
    return ParsedFeed(parsed, language, in_order, cache)


def _parse_entries(
    dicts: list[dict[str, Any]],
    revisions: Sequence[datetime | None],
    context: ParseContext,
    language: str,
    *,
    is_redated: bool,
) -> list[Entry | None]:
    return [
        entries.parse_item(item, context.url, language, context.now, None if is_redated else revised_at)
        for item, revised_at in zip(dicts, revisions, strict=True)
    ]


def _cacheable(
    raw: list[bytes], dicts: list[dict[str, Any]], revisions: list[datetime | None], parsed_entries: list[Entry | None]
) -> dict[bytes, CachedItem]:
    """Choose the items that may be cached: those whose result does not depend on the time of parsing."""
    return {
        feed_cache.short_hash(raw_item): CachedItem(revised_at, entry)
        for raw_item, item, revised_at, entry in zip(raw, dicts, revisions, parsed_entries, strict=True)
        if entry and entries.is_cacheable(item, entry, revised_at)
    }


def _context_hash(document: FeedDocument, context: ParseContext) -> bytes:
    return feed_cache.context_hash(document, (context.url, context.feed.language, *context.headers.values()))


def _call_feedparser(body: bytes, context: ParseContext) -> feedparser.FeedParserDict:
    return feedparser.parse(
        BytesIO(body), response_headers=context.headers, sanitize_html=False, resolve_relative_uris=False
    )


def _plain_dicts(parsed: feedparser.FeedParserDict) -> list[dict[str, Any]]:
    return [dict(item.items()) for item in parsed.entries]  # a FeedParserDict tries several keys at each lookup


def _is_sound(parsed: feedparser.FeedParserDict) -> bool:
    return parser_error(parsed) is None and bool(parsed.get("version"))


def _feed_language(parsed: feedparser.FeedParserDict, context: ParseContext) -> str:
    return context.feed.language or language_code(str(parsed.feed.get("language", "")))


def _is_redated(revisions: Sequence[datetime | None]) -> bool:
    """Return True if a feed dates all its items anew at each build, so that these dates do not show revisions."""
    moments = [when for when in revisions if when]
    return len(moments) > 1 and max(moments) - min(moments) < _BUILT_WITHIN
