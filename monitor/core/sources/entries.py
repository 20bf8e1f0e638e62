"""Builds entries from the fields of items, for every kind of source whose items are not XML.

As in XML feeds, links are absolute http(s) addresses, and dates that cannot be read are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.core import links
from monitor.core.feeds import dates, entries, identity
from monitor.core.model import Entry
from monitor.core.text import clean_line
from monitor.core.text.languages import language_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """The fields of one item as its publisher wrote them; HTML is allowed in `title`, `summary` and `author`."""

    link: str = ""
    title: str = ""
    summary: str = ""
    date: str = ""
    revised: str = ""
    """When the publisher says that the item was last changed."""
    guid: str = ""
    author: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    no_page: str | None = None
    """Why the item has no page to fetch; see Entry."""


def build_entry(item: Item, base: str, now: datetime) -> Entry | None:
    """Build the entry of an item; links are resolved against `base`. None if it has no link, title or summary."""
    raw_date = clean_line(item.date, limit=dates.MAX_DATE_CHARS)
    raw_revision = clean_line(item.revised, limit=dates.MAX_DATE_CHARS)
    language = language_code(item.language)
    published_at = dates.parse_date(raw_date, now, language) if raw_date else None
    revised_at = dates.parse_date(raw_revision, now, language) if raw_revision else None
    written = Entry(
        key="",
        link=links.resolve_link(base, item.link),
        guid=item.guid,
        title=item.title,
        author=item.author,
        summary=item.summary,
        published_at=published_at,
        published_raw=raw_date,
        language=language,
        tags=item.tags,
        no_page=item.no_page,
    )
    entry = entries.clean_entry(written)
    return entry and identity.with_keys(entry, revised_at if revised_at != published_at else None)
