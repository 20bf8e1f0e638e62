"""Parses a saved response of a source into entries, without network and database."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from monitor.core import sources
from monitor.core.model import Changed, Entry, Failed, Feed, Response
from monitor.extraction import ExtractionPool


async def preview_response(pool: ExtractionPool, feed: Feed, body: bytes, now: datetime) -> dict[str, Any]:
    """Return what a poll would read in a saved response of a feed, as `monitor feeds parse` prints it.

    `kind` is a name in core.sources.KINDS, never `auto`: a feed of that kind reads web pages as `page` too. `error`
    says why there are no entries; `follow` has the addresses that a poll would fetch too, such as those of sitemaps.
    """
    response = Response(url=feed.url, status=200, headers={}, body=body)
    kind = sources.detect_source_kind(response) if feed.kind == "auto" else feed.kind
    parsed = await pool.parse_source(replace(feed, kind=kind), response, now)
    row: dict[str, Any] = {"kind": kind, "entries": []}
    match parsed.outcome:
        case Failed() as failed:
            row["error"] = failed.reason
        case Changed() as changed:
            row["entries"] = list(map(entry_row, changed.entries))
            others = {"follow": list(parsed.follow), "excluded": changed.excluded, "truncated": changed.truncated}
            row |= {key: value for key, value in {**others, "note": changed.malformed}.items() if value}
    return row


def entry_row(entry: Entry) -> dict[str, Any]:
    """Build the JSON object of an entry."""
    return {
        "id": entry.guid or entry.link or entry.key,
        "url": entry.link,
        "title": entry.title,
        "published_at": entry.published_at,
        "summary": entry.summary,
    }
