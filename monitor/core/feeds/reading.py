"""Makes the entries of a feed's document: all of them, or those that are new in it beside what is remembered.

What is remembered never decides what the entries are, only what they cost (`memory`): where anything speaks against it,
the whole document is parsed. The parser is feedparser, which takes what is broken too; nothing is remembered of that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

import feedparser

from monitor.core.feeds import entries, items, memory
from monitor.core.feeds.memory import Memory, Read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from monitor.core.feeds.items import Document
    from monitor.core.model import Entry, Feed

feedparser.api.PREFERRED_XML_PARSERS.clear()  # it would look for one on the disk at each call that nobody has any more
_LONGEST_AUTHOR = 500
"""Characters of an author that feedparser searches for an address, by a pattern that is quadratic in them."""
_BUILT_WITHIN = timedelta(minutes=1)
_HARMLESS = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)


def _bound_author_search() -> None:
    """Make feedparser shorten an author before it searches it for an address.

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


class Reading(NamedTuple):
    """What a document says."""

    parsed: feedparser.FeedParserDict
    """Of the feed itself; its `entries` are those that were parsed now."""
    language: str
    entries: list[Entry]
    memory: Memory | None
    """For the next document of this feed; None when nothing of this one is to be relied on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a document comes from, and when it was read."""

    feed: Feed
    url: str
    headers: Mapping[str, str]
    """What the parser is told of the answer's headers."""
    now: datetime


def read(body: bytes, source: Source, before: Memory | None = None) -> Reading:
    """Read a document; `before` is of an earlier one of the same feed."""
    document = items.split(body)
    if document is None:
        return _whole(body, source, None)
    if before and before.at <= source.now and before.context == _context(document, source):
        reading = _beside(document, source, before)
        if reading is not None:
            return reading
    return _whole(body, source, document)


def fault(parsed: feedparser.FeedParserDict) -> Exception | None:
    """Return what the parser found wrong, unless it is nothing."""
    error: Exception | None = parsed.get("bozo_exception")
    return None if not parsed.bozo or isinstance(error, _HARMLESS) else error


def _whole(body: bytes, source: Source, document: Document | None) -> Reading:
    parsed = _parsed(body, source)
    dicts = _dicts(parsed)
    told = [entries.revised(item, source.now) for item in dicts]
    language, anew = _language(parsed, source), _is_dated_anew(told)
    read_now = _read(dicts, told, source, language, is_dated_anew=anew)
    remembered = None
    if document and not anew and _is_sound(parsed) and len(dicts) == len(document.items):
        lasting = _lasting(document.items, dicts, told, read_now)
        remembered = Memory(_context(document, source), source.now, lasting)
    return Reading(parsed, language, [entry for entry in read_now if entry], remembered)


def _beside(document: Document, source: Source, before: Memory) -> Reading | None:
    """Parse the items that are not remembered; None when that does not give what parsing all of them would."""
    names = [memory.name(item) for item in document.items]
    new = [item for item, name in zip(document.items, names, strict=True) if name not in before.items]
    parsed = _parsed(document.with_only(new), source)
    dicts = _dicts(parsed)
    if not _is_sound(parsed) or len(dicts) != len(new):
        return None
    told = [entries.revised(item, source.now) for item in dicts]
    known = {name: before.items[name] for name in names if name in before.items}
    if _is_dated_anew([*(known[name].revised_at for name in names if name in known), *told]):
        return None
    language = _language(parsed, source)  # what is around the items tells it, and that is as it was
    read_now = _read(dicts, told, source, language, is_dated_anew=False)
    rest = iter(read_now)
    in_order = [known[name].entry if name in known else next(rest) for name in names]
    remembered = before._replace(at=source.now, items=known | _lasting(new, dicts, told, read_now))
    return Reading(parsed, language, [entry for entry in in_order if entry], remembered)


def _read(
    dicts: list[dict[str, Any]],
    told: Sequence[datetime | None],
    source: Source,
    language: str,
    *,
    is_dated_anew: bool,
) -> list[Entry | None]:
    return [
        entries.read(item, source.url, language, source.now, None if is_dated_anew else revised_at)
        for item, revised_at in zip(dicts, told, strict=True)
    ]


def _lasting(
    raw: list[bytes], dicts: list[dict[str, Any]], told: list[datetime | None], read_now: list[Entry | None]
) -> dict[bytes, Read]:
    """Choose what may be remembered: what will be read alike at any later time."""
    return {
        memory.name(raw_item): Read(revised_at, entry)
        for raw_item, item, revised_at, entry in zip(raw, dicts, told, read_now, strict=True)
        if entry and entries.is_lasting(item, entry, revised_at)
    }


def _context(document: Document, source: Source) -> bytes:
    return memory.context(document, (source.url, source.feed.language, *source.headers.values()))


def _parsed(body: bytes, source: Source) -> feedparser.FeedParserDict:
    return feedparser.parse(
        BytesIO(body), response_headers=source.headers, sanitize_html=False, resolve_relative_uris=False
    )


def _dicts(parsed: feedparser.FeedParserDict) -> list[dict[str, Any]]:
    return [dict(item.items()) for item in parsed.entries]  # feedparser's own look up each key under all its names


def _is_sound(parsed: feedparser.FeedParserDict) -> bool:
    return fault(parsed) is None and bool(parsed.get("version"))


def _language(parsed: feedparser.FeedParserDict, source: Source) -> str:
    return source.feed.language or entries.language_code(str(parsed.feed.get("language", "")))


def _is_dated_anew(told: Sequence[datetime | None]) -> bool:
    """Tell whether a feed dates all its items anew whenever it is built: then it says of none when it was changed."""
    moments = [when for when in told if when]
    return len(moments) > 1 and max(moments) - min(moments) < _BUILT_WITHIN
