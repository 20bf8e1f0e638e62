"""The source of an article, by which rules can filter; taken from the current configuration of its feed."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.core import links
from monitor.core.model import Feed, FeedId, Source


def source_of_feed(feed: Feed, url: str) -> Source:
    """Return the source of an article; an empty `url` means the domain of the feed."""
    return Source(id=feed.id, domain=links.host(url or feed.url), tier=feed.tier, tags=feed.tags)


def archived_source(feeds: Mapping[FeedId, Feed], feed_id: FeedId, url: str) -> Source:
    """Return the source of an archived article; without tier and tags if its feed is no longer configured."""
    feed = feeds.get(feed_id)
    return source_of_feed(feed, url) if feed else Source(id=feed_id, domain=links.host(url))
