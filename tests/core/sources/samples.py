"""Parses invented responses as sources of each kind."""

from datetime import UTC, datetime

from monitor.core import sources
from monitor.core.model import Feed, FeedId, ItemFields, Response

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
URL = "https://ministry.example/news/"


def parse(body, *, kind="auto", url=URL, headers=None, cache=b"", **keys):
    """Parse an answer as a source of this kind; keys other than those of a feed are paths to items."""
    paths = {key: keys.pop(key) for key in ("items", "title", "link", "date", "summary", "id", "next") if key in keys}
    feed = Feed(id=FeedId("x"), url=url, kind=kind, fields=ItemFields(**paths), **keys)
    content = body if isinstance(body, bytes) else body.encode()
    response = Response(url=url, status=200, headers=headers or {}, body=content)
    parsed = sources.kind_of(feed).parse(feed, response, NOW, cache)
    return parsed._replace(outcome=sources.keep_matching(feed, parsed.outcome))


def rows(parsed):
    """Return link, title and day of each entry."""
    return [
        (entry.link, entry.title, entry.published_at.date().isoformat() if entry.published_at else "")
        for entry in parsed.outcome.entries
    ]
