"""Builds entries from the fields of items, for every kind of source whose items are not XML.

As in XML feeds, links are absolute http(s) addresses, and dates that cannot be read are left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from monitor.core import feeds
from monitor.core.feeds import dates, entries, identity, links, responses
from monitor.core.model import Changed, Entry, Response
from monitor.core.text import clean_line
from monitor.core.text.markup import html_to_line

MAX_FINGERPRINT = 300
"""Characters of a fingerprint, from its end."""


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
    """As of Entry."""


def build_entry(item: Item, base: str, now: datetime) -> Entry | None:
    """Build the entry of an item; links are resolved against `base`. None for an item that says nothing."""
    raw_date = clean_line(item.date, limit=dates.MAX_RAW)
    raw_revision = clean_line(item.revised, limit=dates.MAX_RAW)
    language = entries.language_code(item.language)
    published_at = dates.parse_date(raw_date, now, language) if raw_date else None
    revised_at = dates.parse_date(raw_revision, now, language) if raw_revision else None
    entry = entries.clean_entry(
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
    return entry and identity.with_keys(entry, revised_at if revised_at != published_at else None)


def build_changed(
    found: Iterable[Entry | None],
    response: Response,
    *,
    title: str = "",
    language: str = "",
    malformed: str = "",
    limit: int = feeds.MAX_ENTRIES,
    left_out: int = 0,
    is_whole: bool = True,
    fingerprint: str = "",
    layout_problem: str = "",
) -> Changed:
    """Build the outcome of a response: each entry once, and the newest `limit` of them.

    `left_out` is how many items the kind itself did not take; they are counted with those beyond the limit. A response
    that is not whole gives no validators, so that the next poll asks for all of it again.
    """
    items = list(found)
    sound = [entry for entry in items if entry]
    unique = identity.deduplicate(sound)
    kept = feeds.newest_entries(unique, limit)
    return Changed(
        entries=tuple(kept),
        title=clean_line(html_to_line(title), limit=entries.MAX_TITLE),
        language=language,
        ttl=responses.freshness_lifetime(response.headers),
        etag=response.headers.get("etag") if is_whole else None,
        last_modified=response.headers.get("last-modified") if is_whole else None,
        body_hash=responses.body_hash(response.body) if is_whole else "",
        malformed=malformed,
        truncated=left_out + len(unique) - len(kept),
        empty=len(items) - len(sound),
        duplicates=len(sound) - len(unique),
        items=left_out + len(items),
        fingerprint=fingerprint[-MAX_FINGERPRINT:],
        layout_problem=layout_problem,
    )
