"""Feeds: RSS, Atom and RDF, whose parser is `core.feeds`, and JSON Feed; and sources whose kind is not configured.

The content of a response decides how such a source is parsed. A web page is not taken for a list: a feed whose server
answers with a page of maintenance or consent must fail, not give the links of that page as news. To watch a page, write
`kind: page`.
"""

from __future__ import annotations

from datetime import datetime

from monitor.core import feeds
from monitor.core.feeds import responses
from monitor.core.model import Feed, FeedState, Response
from monitor.core.newsletters import mail_batch
from monitor.core.sources.json_api import JsonApi
from monitor.core.sources.json_feed import is_json_feed, parse_json_feed
from monitor.core.sources.protocol import ParsedSource, SourceKind, SourceRequest, conditional_request
from monitor.core.sources.sitemap import Sitemap, is_sitemap
from monitor.core.sources.stated_errors import json_failure

ACCEPT = (
    "application/rss+xml, application/atom+xml, application/rdf+xml, application/feed+json, application/xml;q=0.9, "
    "*/*;q=0.5"
)

_JSON_START = (b"{", b"[")


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
        if failure := json_failure(feed, response):
            return ParsedSource(failure)
        return ParsedSource(*feeds.parse_cached(feed, response, now, cache))


_FEED = WebFeed()
_KINDS: dict[str, SourceKind] = {"sitemap": Sitemap(), "json": JsonApi()}


class Auto:
    """A source of the kind that its response shows: a feed, a sitemap or JSON."""

    name = "auto"

    def request(self, feed: Feed, state: FeedState, now: datetime) -> SourceRequest:  # noqa: ARG002
        """Ask as for a feed, with the validators of the last poll."""
        return conditional_request(feed, state, ACCEPT)

    def parse(self, feed: Feed, response: Response, now: datetime, cache: bytes) -> ParsedSource:
        """Parse the response by the kind that it shows; a web page is `not a feed`.

        The cache begins with the name of the kind, since none can read that of another.
        """
        kind = _KINDS.get(detect_source_kind(response), _FEED)
        name, _, inner = cache.partition(b"\n")
        parsed = kind.parse(feed, response, now, inner if name == kind.name.encode() else b"")
        return parsed._replace(cache=kind.name.encode() + b"\n" + parsed.cache if parsed.cache else b"")


def detect_source_kind(response: Response) -> str:
    """Return the kind that a response shows: `feed`, `sitemap`, `json`, `imap` for mail, or `page` for a web page."""
    start = response.body[:100].lstrip(b"\xef\xbb\xbf \t\r\n")
    if mail_batch.is_mail(response.body):
        return "imap"
    if is_sitemap(response.body):
        return "sitemap"
    if start.startswith(_JSON_START) or _is_json(response):
        return "feed" if is_json_feed(response.body) else "json"
    return "page" if responses.is_web_page(response) else "feed"


def _is_json(response: Response) -> bool:
    """Return True if a response that begins with blank lines is declared as JSON."""
    return responses.media_type(response).endswith("json") and response.body.lstrip().startswith(_JSON_START)
