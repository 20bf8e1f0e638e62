"""The kinds of sources that can be polled, and the registry that `kind` of feeds.yaml is looked up in.

A kind is a module of this package with a class that implements `SourceKind`; it is polled once it is listed in KINDS.
Fetching, deduplication, scheduling and storing are the same for all kinds and know none of them by name.
"""

from __future__ import annotations

from monitor.core.model import Feed
from monitor.core.sources.feed import Auto, WebFeed, detect_source_kind
from monitor.core.sources.json_api import JsonApi
from monitor.core.sources.mailbox import Mailbox
from monitor.core.sources.page import WebPage
from monitor.core.sources.patterns import keep_matching
from monitor.core.sources.protocol import ParsedSource, SourceKind, SourceRequest, conditional_request
from monitor.core.sources.sitemap import Sitemap

__all__ = [
    "KINDS",
    "ParsedSource",
    "SourceKind",
    "SourceRequest",
    "conditional_request",
    "detect_source_kind",
    "keep_matching",
    "kind_of",
]

KINDS: dict[str, SourceKind] = {
    kind.name: kind
    for kind in (
        Auto(),
        WebFeed(),
        Sitemap(),
        WebPage(),
        JsonApi(),
        Mailbox(),
    )
}


def kind_of(feed: Feed) -> SourceKind:
    """Return the kind of a feed."""
    return KINDS[feed.kind]
