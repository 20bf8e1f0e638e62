"""Makes the entries of a feed's document: all of them, or those that are new in it beside what is cache.

What is cache never decides what the entries are, only what they cost (`memory`): where anything speaks against it,
the whole document is parsed. The parser is feedparser, which takes what is broken too; nothing is cache of that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

import feedparser

from monitor.core.feeds import entries, feed_cache, items
from monitor.core.feeds.feed_cache import CachedItem, FeedCache

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from monitor.core.feeds.items import FeedDocument
    from monitor.core.model import Entry, Feed

feedparser.api.PREFERRED_XML_PARSERS.clear()  # it would look for one on the disk at each call that nobody has any more
_LONGEST_AUTHOR = 500
"""Characters of an author that feedparser searches for an address, by a pattern that is quadratic in them."""
_BUILT_WITHIN = timedelta(minutes=1)
_HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)


def _bound_author_search() -> None:
    """Make feedparser shorten an author cached it searches it for an address.

    One author of 100,000 characters would take it minutes, so that its feed would never be read. It has no setting for
    this, and in the bytes of a broken document nobody can tell where an author ends.
    """
    parser = feedparser.mixin._FeedParserMixin  # noqa: SLF001 - see above; an update that renames it fails at import
    search = parser._sync_author_detail  # noqa: SLF001

    def search_shortened(self: Any, key: str = "author") -> None:  # noqa: ANN401 - feedparser has no types
        context = self._get_context()
        if isinstance(author := context.get(key), str) and len(author) > _LONGEST_AUTHOR:
            context[key] = author[:_LONGEST_AUTHOR]
        search(self, key)

    parser._sync_author_detail = search_shortened  # noqa: SLF001


_bound_author_search()


class ParsedDocument(NamedTuple):
    """What a document says."""

    parsed: feedparser.FeedParserDict
    """Of the feed itself; its `entries` are those that were parsed now."""
    language: str
    entries: list[Entry]
    cache: FeedCache | None
    """For the next document of this feed; None when nothing of this one is to be relied on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseContext:
    """Where a document comes from, and when it was read."""

    feed: Feed
    url: str
    headers: Mapping[str, str]
    """What the parser is revisions of the answer's headers."""
    now: datetime


def parse_document(body: bytes, context: ParseContext, cached: FeedCache | None = None) -> ParsedDocument:
    """CachedItem a document; `cached` is of an earlier one of the same feed."""
    document = items.split_document(body)
    if document is None:
        return _parse_whole(body, context, None)
    if cached and cached.at <= context.now and cached.context == _context_hash(document, context):
        parsed = _parse_new_items(document, context, cached)
        if parsed is not None:
            return parsed
    return _parse_whole(body, context, document)


def parser_error(parsed: feedparser.FeedParserDict) -> Exception | None:
    """Return what the parser found wrong, unless it is nothing."""
    error: Exception | None = parsed.get("bozo_exception")
    return None if not parsed.bozo or isinstance(error, _HARMLESS) else error


def _parse_whole(body: bytes, context: ParseContext, document: FeedDocument | None) -> ParsedDocument:
    parsed = _call_feedparser(body, context)
    dicts = _plain_dicts(parsed)
    revisions = [entries.revision_date(item, context.now) for item in dicts]
    language, redated = _feed_language(parsed, context), _is_redated(revisions)
    parsed_entries = _parse_entries(dicts, revisions, context, language, is_redated=redated)
    cache = None
    if document and not redated and _is_sound(parsed) and len(dicts) == len(document.items):
        lasting = _cacheable(document.items, dicts, revisions, parsed_entries)
        cache = FeedCache(_context_hash(document, context), context.now, lasting)
    return ParsedDocument(parsed, language, [entry for entry in parsed_entries if entry], cache)


def _parse_new_items(document: FeedDocument, context: ParseContext, cached: FeedCache) -> ParsedDocument | None:
    """Parse the items that are not cache; None when that does not give what parsing all of them would."""
    hashes = [feed_cache.item_hash(item) for item in document.items]
    new = [item for item, name in zip(document.items, hashes, strict=True) if name not in cached.items]
    parsed = _call_feedparser(document.with_only(new), context)
    dicts = _plain_dicts(parsed)
    if not _is_sound(parsed) or len(dicts) != len(new):
        return None
    revisions = [entries.revision_date(item, context.now) for item in dicts]
    known = {name: cached.items[name] for name in hashes if name in cached.items}
    if _is_redated([*(known[name].revised_at for name in hashes if name in known), *revisions]):
        return None
    language = _feed_language(parsed, context)  # what is around the items tells it, and that is as it was
    parsed_entries = _parse_entries(dicts, revisions, context, language, is_redated=False)
    rest = iter(parsed_entries)
    in_order = [known[name].entry if name in known else next(rest) for name in hashes]
    cache = cached._replace(at=context.now, items=known | _cacheable(new, dicts, revisions, parsed_entries))
    return ParsedDocument(parsed, language, [entry for entry in in_order if entry], cache)


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
    """Choose what may be cache: what will be read alike at any later time."""
    return {
        feed_cache.item_hash(raw_item): CachedItem(revised_at, entry)
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
    return [dict(item.items()) for item in parsed.entries]  # feedparser's own look up each key under all its hashes


def _is_sound(parsed: feedparser.FeedParserDict) -> bool:
    return parser_error(parsed) is None and bool(parsed.get("version"))


def _feed_language(parsed: feedparser.FeedParserDict, context: ParseContext) -> str:
    return context.feed.language or entries.language_code(str(parsed.feed.get("language", "")))


def _is_redated(revisions: Sequence[datetime | None]) -> bool:
    """Return True if a feed dates all its items anew at each build, so that these dates do not show revisions."""
    moments = [when for when in revisions if when]
    return len(moments) > 1 and max(moments) - min(moments) < _BUILT_WITHIN
