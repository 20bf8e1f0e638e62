"""Builds entries from the fields of items, for every kind of source whose items are not XML.

The rules are those of XML feeds: text is cleaned once, links are absolute http(s) addresses, dates that cannot be read
are left out, and an item without link, title and summary is no entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.core import feeds
from monitor.core.feeds import dates, entries, identity, links, responses
from monitor.core.model import Changed, Entry
from monitor.core.text import MAX_TEXT, clean, clean_line
from monitor.core.text.markup import html_to_line, html_to_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from monitor.core.model import Response

_MAX_AUTHOR = 200
_MAX_TAGS = 30
MAX_FINGERPRINT = 300
"""Characters of a fingerprint, from its end."""
_TITLE_FROM_SUMMARY = 120
"""Characters of the summary that stand in for a missing title."""


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
    link = links.resolve_link(base, item.link)
    title = clean_line(html_to_line(item.title), limit=entries.MAX_TITLE)
    summary = clean(html_to_text(item.summary[: 2 * MAX_TEXT]))[:MAX_TEXT]
    if not (link or title or summary):
        return None
    raw_date = clean_line(item.date, limit=dates.MAX_RAW)
    language = entries.language_code(item.language)
    published_at = dates.parse_date(raw_date, now, language) if raw_date else None
    raw_revision = clean_line(item.revised, limit=dates.MAX_RAW)
    revised_at = dates.parse_date(raw_revision, now, language) if raw_revision else None
    entry = Entry(
        key="",
        guid=entries.shorten_guid(clean_line(item.guid)),
        link=link,
        title=title or clean_line(summary, limit=_TITLE_FROM_SUMMARY),
        author=clean_line(html_to_line(item.author), limit=_MAX_AUTHOR),
        summary=summary,
        published_at=published_at,
        published_raw=raw_date,
        language=language,
        tags=tuple(dict.fromkeys(tag for raw in item.tags[:_MAX_TAGS] if (tag := clean_line(raw, limit=100)))),
        no_page=item.no_page,
    )
    return identity.with_keys(entry, revised_at if revised_at != published_at else None)


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
