"""Feeds in XML: RSS, Atom and RDF. The parser is `core.feeds`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core import feeds
from monitor.core.sources.protocol import ParsedSource, SourceRequest, conditional_request

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.model import Feed, FeedState, Response

_ACCEPT = "application/rss+xml, application/atom+xml, application/rdf+xml, application/xml;q=0.9, */*;q=0.5"


class XmlFeed:
    """A feed in XML. Its cache holds the entries of the last document, so that only new items are parsed."""

    name = "feed"

    def request(self, feed: Feed, state: FeedState) -> SourceRequest:
        """Ask for the feed, with the validators of the last poll."""
        return conditional_request(feed, state, _ACCEPT)

    def parse(self, feed: Feed, response: Response, now: datetime, cache: bytes) -> ParsedSource:
        """Parse the document, and its new items only where `cache` has the others."""
        return ParsedSource(*feeds.parse_cached(feed, response, now, cache))
