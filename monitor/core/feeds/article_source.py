"""Where an article comes from, as rules may ask about it: from the feed's configuration as it is today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.feeds import links
from monitor.core.model import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.core.model import Feed, FeedId


def source_of(feed: Feed, url: str) -> Source:
    """Say where an article at this address comes from; the feed's own address where it has none."""
    return Source(id=feed.id, domain=links.host(url or feed.url), tier=feed.tier, tags=feed.tags)


def archived_source(feeds: Mapping[FeedId, Feed], feed_id: FeedId, url: str) -> Source:
    """Say where an archived article comes from; of a feed that is no longer configured, only what is still known."""
    feed = feeds.get(feed_id)
    return source_of(feed, url) if feed else Source(id=feed_id, domain=links.host(url))
