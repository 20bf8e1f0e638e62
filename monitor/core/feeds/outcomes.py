"""Builds the outcome of a parsed response: each entry once, the newest of them, and counts of what is left out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from monitor.core.feeds import entries, identity, responses
from monitor.core.model import Changed, Entry, Response
from monitor.core.text import clean_line
from monitor.core.text.markup import html_to_line

MAX_ENTRIES = 1_000
MAX_FINGERPRINT_CHARS = 300
"""Characters of a fingerprint, from its end."""
MIN_LAYOUT_SAMPLE = 3
"""Fewest items of a response that show that a selector or path finds nothing."""


def build_changed(
    parsed: Sequence[Entry | None],
    response: Response,
    *,
    title: str = "",
    language: str = "",
    hint: timedelta | None = None,
    malformed: str = "",
    limit: int = MAX_ENTRIES,
    left_out: int = 0,
    is_whole: bool = True,
) -> Changed:
    """Build the outcome of a response: each entry once, and the newest `limit` of them.

    None in `parsed` stands for an item without link, title and summary. `hint` is the polling interval that the
    document itself states. `left_out` is how many items were not parsed; they are counted with those beyond the
    limit. A response that is not whole gives no validators, so that the next poll asks for all of it again.
    """
    sound = [entry for entry in parsed if entry]
    unique = identity.deduplicate(sound)
    kept = newest_entries(unique, limit)
    return Changed(
        entries=tuple(kept),
        title=clean_line(html_to_line(title), limit=entries.MAX_TITLE_CHARS),
        language=language,
        ttl=max(filter(None, (hint, responses.freshness_lifetime(response.headers))), default=None),
        etag=response.headers.get("etag") if is_whole else None,
        last_modified=response.headers.get("last-modified") if is_whole else None,
        body_hash=responses.body_hash(response.body) if is_whole else "",
        malformed=malformed,
        truncated=left_out + len(unique) - len(kept),
        empty=len(parsed) - len(sound),
        duplicates=len(sound) - len(unique),
        items=left_out + len(parsed),
    )


def newest_entries(entries: list[Entry], limit: int) -> list[Entry]:
    """Return the newest entries, in the order of the document; the first ones if any entry has no date."""
    if len(entries) <= limit:
        return entries
    dated = [entry.published_at for entry in entries]
    if None in dated:
        return entries[:limit]
    order = sorted(range(len(entries)), key=lambda index: entries[index].published_at, reverse=True)  # type: ignore[arg-type,return-value]  # none is None
    return [entries[index] for index in sorted(order[:limit])]
