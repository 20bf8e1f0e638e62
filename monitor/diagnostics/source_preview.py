"""Parses a saved response of a source into entries, without network and database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from monitor.core import sources
from monitor.core.model import Changed, Failed, Response

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.model import Entry, Feed
    from monitor.extraction import ExtractionPool


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePreview:
    """The entries of a response."""

    kind: str
    """How the response was read: a name in core.sources.KINDS, never `auto`."""
    entries: tuple[Entry, ...] = ()
    follow: tuple[str, ...] = ()
    """Addresses that a poll would fetch too, such as the sitemaps of an index."""
    excluded: int = 0
    truncated: int = 0
    malformed: str = ""
    error: str = ""
    """Why the response gives no entries; empty if it was read."""


async def preview_response(pool: ExtractionPool, feed: Feed, body: bytes, now: datetime) -> SourcePreview:
    """Parse a saved response of a feed; a feed of the kind `auto` reads web pages as `page` too."""
    response = Response(url=feed.url, status=200, headers={}, body=body)
    kind = sources.detect_source_kind(response) if feed.kind == "auto" else feed.kind
    parsed = await pool.parse_source(replace(feed, kind=kind), response, now)
    outcome = parsed.outcome
    if isinstance(outcome, Failed):
        return SourcePreview(kind=kind, error=outcome.reason)
    if not isinstance(outcome, Changed):
        return SourcePreview(kind=kind)
    return SourcePreview(
        kind=kind,
        entries=outcome.entries,
        follow=parsed.follow,
        excluded=outcome.excluded,
        truncated=outcome.truncated,
        malformed=outcome.malformed,
    )


def serialize_preview(name: str, preview: SourcePreview) -> dict[str, Any]:
    """Build the JSON object of a preview, as `monitor feeds parse` prints it."""
    row: dict[str, Any] = {"id": name, "kind": preview.kind, "entries": list(map(entry_row, preview.entries))}
    counts = {"follow": list(preview.follow), "excluded": preview.excluded, "truncated": preview.truncated}
    row |= {key: value for key, value in counts.items() if value}
    row |= {"note": preview.malformed} if preview.malformed else {}
    return row | ({"error": preview.error} if preview.error else {})


def entry_row(entry: Entry) -> dict[str, Any]:
    """Build the JSON object of an entry."""
    return {
        "id": entry.guid or entry.link or entry.key,
        "url": entry.link,
        "title": entry.title,
        "published_at": entry.published_at,
        "summary": entry.summary,
    }
