"""Finds the addresses at which a site may have feeds: link elements, links that look like feeds, then guesses.

Returns candidates, best first. Whether one is a feed is decided by fetching and parsing it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

from monitor.core import links
from monitor.core.text.html_trees import parse_html_tree

MAX_FEED_CANDIDATES = 12
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json")
_LOOKS_LIKE_FEED = re.compile(
    r"(^|[/._?=-])(rss|atom|feed|feeds)([/._?=-]|$)|\.(rss|atom|rdf|xml)($|[?#])", re.IGNORECASE
)
_COMMON_SITEMAPS = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_index.xml", "/sitemap.xml")
MAX_SITEMAPS = 6
"""Number of addresses to try; each costs the publisher a request."""
_MAX_ROBOTS_BYTES = 500_000
_WORDPRESS = re.compile(
    r"""<link[^<>]{0,200}?(?:rel=["']https://api\.w\.org/["'][^<>]{0,200}?href=["']([^"'<>]{1,500})["']"""
    r"""|href=["']([^"'<>]{1,500})["'][^<>]{0,200}?rel=["']https://api\.w\.org/["'])"""
)
_COMMON_FEEDS = ("/feed", "/rss", "/feed.xml", "/rss.xml", "/atom.xml", "/index.xml")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCandidate:
    """An address that may be a feed."""

    url: str
    title: str = ""
    origin: str = ""
    """link, anchor or guess."""


def feed_candidates(page: str, url: str) -> tuple[FeedCandidate, ...]:
    """Return at most MAX_FEED_CANDIDATES addresses that may be feeds of this page, each once."""
    by_url: dict[str, FeedCandidate] = {}
    for candidate in _all_candidates(page, url):
        if links.is_web_address(candidate.url):
            by_url.setdefault(candidate.url, candidate)
    return tuple(by_url.values())[:MAX_FEED_CANDIDATES]


def robots_address(url: str) -> str:
    """Return the address of the robots.txt of a site."""
    return _join(url, "/robots.txt")


def named_sitemaps(robots: bytes) -> tuple[str, ...]:
    """Return the sitemaps that a robots.txt names, at most MAX_FEED_CANDIDATES."""
    lines = robots[:_MAX_ROBOTS_BYTES].decode("utf-8", "replace").splitlines()
    named = [line.partition(":")[2].strip() for line in lines if line.strip().lower().startswith("sitemap:")]
    return tuple(dict.fromkeys(filter(links.is_web_address, named)))[:MAX_FEED_CANDIDATES]


def sitemap_addresses(url: str, named: tuple[str, ...]) -> tuple[str, ...]:
    """Return addresses of sitemaps to try: those with "news" in the name, common ones, the others of robots.txt."""
    news = [address for address in named if "news" in address.lower()]
    usual = [_join(url, path) for path in _COMMON_SITEMAPS]
    return tuple(dict.fromkeys([*news, *usual, *named]))[:MAX_SITEMAPS]


def wordpress_posts(page: str, url: str) -> str:
    """Return the address of the REST API's newest posts if the page is of a WordPress site, else an empty text."""
    match = _WORDPRESS.search(page)
    base = _join(url, match[1] or match[2]) if match else ""
    return f"{base.rstrip('/')}/wp/v2/posts?per_page=50" if links.is_web_address(base) and "?" not in base else ""


def _all_candidates(page: str, url: str) -> Iterator[FeedCandidate]:
    if (tree := parse_html_tree(page)) is not None:
        bases = (_join(url, node.get("href", "")) for node in tree.iter("base"))
        base = next(filter(links.is_web_address, bases), url)
        for node in tree.iter("link"):
            kind = (node.get("type") or "").partition(";")[0].strip().lower()
            if "alternate" in (node.get("rel") or "").lower().split() and kind in _FEED_TYPES and node.get("href"):
                yield FeedCandidate(url=_join(base, node.get("href", "")), title=node.get("title") or "", origin="link")
        for node in tree.iter("a"):
            href = node.get("href") or ""
            if _LOOKS_LIKE_FEED.search(href):
                title = " ".join(node.text_content().split())
                yield FeedCandidate(url=_join(base, href), title=title, origin="anchor")
    for path in _COMMON_FEEDS:
        yield FeedCandidate(url=_join(url, path), origin="guess")


def _join(base: str, address: str) -> str:
    try:
        return urljoin(base, address.strip()).partition("#")[0]
    except ValueError:  # an address such as http://[
        return ""
