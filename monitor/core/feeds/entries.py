"""Converts an item as parsed by feedparser into an Entry: cleaned plain text, an absolute link and a plausible date.

No field is required; an item is dropped only if it has no link, no title and no summary.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from monitor.core import links
from monitor.core.feeds import dates, identity
from monitor.core.model import Entry
from monitor.core.text import MAX_TEXT_CHARS, clean, clean_line
from monitor.core.text.languages import language_code
from monitor.core.text.markup import html_to_line, html_to_text

MAX_GUID_CHARS = 2_000
MAX_TITLE_CHARS = 500
_MAX_AUTHOR_CHARS = 200
_MAX_TAGS, _MAX_TAG_CHARS = 30, 100
_TITLE_FROM_SUMMARY = 120
"""Characters of the summary that stand in for a missing title."""
_DATES = ("published", "updated", "created", "dc_date", "date")


def parse_item(
    item: Mapping[str, Any], base: str, language: str, now: datetime, revised_at: datetime | None
) -> Entry | None:
    """Convert one item of a feed; None if it is empty."""
    published_at, published_raw = _date(item, now)
    written = Entry(
        key="",
        link=_link(item, base),
        guid=_text(item.get("id")),
        title=_text(item.get("title")),
        author=_text(item.get("author")),
        summary=_summary(item),
        published_at=published_at,
        published_raw=published_raw,
        language=_language(item) or language,
        tags=tuple(islice(_tags(item), _MAX_TAGS)),
    )
    entry = clean_entry(written)
    is_revised = revised_at != published_at or "published" not in item
    return entry and identity.with_keys(entry, revised_at if is_revised else None)


def clean_entry(written: Entry) -> Entry | None:
    """Clean the texts of an entry, of which title, author and summary may be HTML. None if it is empty."""
    title = clean_line(html_to_line(written.title), limit=MAX_TITLE_CHARS)
    summary = clean(html_to_text(written.summary[: 2 * MAX_TEXT_CHARS]))[:MAX_TEXT_CHARS]
    if not (written.link or title or summary):
        return None
    tags = (clean_line(tag, limit=_MAX_TAG_CHARS) for tag in written.tags[:_MAX_TAGS])
    return replace(
        written,
        guid=_shorten_guid(clean_line(written.guid)),
        title=title or clean_line(summary, limit=_TITLE_FROM_SUMMARY),
        author=clean_line(html_to_line(written.author), limit=_MAX_AUTHOR_CHARS),
        summary=summary,
        tags=tuple(dict.fromkeys(filter(None, tags))),
    )


def revision_date(item: Mapping[str, Any], now: datetime) -> datetime | None:
    """Return when the item was last changed according to its feed."""
    raw = _written_date(item, "updated")
    return dates.parse_date(raw, now) if raw else None


def is_cacheable(item: Mapping[str, Any], entry: Entry, revised_at: datetime | None) -> bool:
    """Return True if parsing the item later gives the same entry.

    It need not, if a date was rejected as too far ahead: it becomes plausible as time passes.
    """
    first = next((raw for name in _DATES if (raw := _written_date(item, name))), "")
    is_dated = entry.published_raw == first and (entry.published_at is not None or not first)
    return is_dated and (revised_at is not None or not _written_date(item, "updated"))


def _shorten_guid(guid: str) -> str:
    """Return a guid of bounded length; a longer one keeps its beginning and gets a hash of the whole."""
    return (
        guid if len(guid) <= MAX_GUID_CHARS else f"{guid[:MAX_GUID_CHARS]} {hashlib.sha256(guid.encode()).hexdigest()}"
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _link(item: Mapping[str, Any], base: str) -> str:
    """Return the publisher's own link rather than a feed service's; a guid only if it is a web address."""
    guid = _text(item.get("id"))
    guid_link = guid if links.is_web_address(guid) else ""
    link = _text(item.get("link"))
    if item.get("guidislink") and link == guid:  # feedparser's guess, where there is no link
        link = guid_link
    written = [_text(item.get("feedburner_origlink")), link, *map(_text, _links(item, "alternate")), guid_link]
    written += map(_text, _links(item, "enclosure"))  # some gazettes link only the document itself
    return next((resolved for text in written if (resolved := links.resolve_link(base, text))), "")


def _links(item: Mapping[str, Any], relation: str) -> Iterator[object]:
    for link in item.get("links") or ():
        if link.get("rel", "alternate") == relation:
            yield link.get("href")


def _summary(item: Mapping[str, Any]) -> str:
    """Return the longest of the summary and the contents."""
    contents = [_text(content.get("value")) for content in item.get("content") or ()]
    return max((_text(item.get("summary")), *contents), key=len)


def _date(item: Mapping[str, Any], now: datetime) -> tuple[datetime | None, str]:
    """Return the first date that can be parsed, with its text; if none can, None and the first text."""
    first = ""
    for name in _DATES:
        if raw := _written_date(item, name):
            first = first or raw
            if when := dates.parse_date(raw, now):
                return when, raw
    return None, first


def _written_date(item: Mapping[str, Any], name: str) -> str:
    """Return a date field as written; checked with `in`, because feedparser's `get` derives `updated` and warns."""
    return clean_line(_text(item[name]), limit=dates.MAX_DATE_CHARS) if name in item else ""


def _language(item: Mapping[str, Any]) -> str:
    detail = item.get("title_detail") or {}
    return language_code(_text(detail.get("language")))


def _tags(item: Mapping[str, Any]) -> Iterator[str]:
    return (html_to_line(_text(tag.get("label")) or _text(tag.get("term"))) for tag in item.get("tags") or ())
