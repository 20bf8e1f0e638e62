"""Feeds: RSS, Atom and RDF, whose parser is `core.feeds`, and JSON Feed."""

from __future__ import annotations

from datetime import datetime

from monitor.core import feeds
from monitor.core.model import Feed, FeedState, Response
from monitor.core.sources.json_feed import is_json_feed, parse_json_feed
from monitor.core.sources.protocol import ParsedSource, SourceRequest, conditional_request

ACCEPT = (
    "application/rss+xml, application/atom+xml, application/rdf+xml, application/feed+json, application/xml;q=0.9, "
    "*/*;q=0.5"
)


class WebFeed:
    """A feed in XML or JSON. The cache holds the entries of the last XML document: only new items are parsed."""

    name = "feed"

    def request(self, feed: Feed, state: FeedState, now: datetime) -> SourceRequest:  # noqa: ARG002
        """Ask for the feed, with the validators of the last poll."""
        return conditional_request(feed, state, ACCEPT)

    def parse(self, feed: Feed, response: Response, now: datetime, cache: bytes) -> ParsedSource:
        """Parse the document; of XML only the new items, where `cache` has the others."""
        if is_json_feed(response.body):
            return ParsedSource(parse_json_feed(feed, response, now))
        return ParsedSource(*feeds.parse_cached(feed, response, now, cache))
