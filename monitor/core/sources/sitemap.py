"""Sitemaps (sitemaps.org 0.9) and news sitemaps (Google's extension), also as gzip; and indexes of them.

The dates of a plain sitemap are ignored: `lastmod` is often the same for all addresses, or the day of the last build.
An address that was not seen before is new. Titles of plain sitemaps come from the pages. An index is not a list of
articles: its outcome names the sitemaps to fetch next in `follow`.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from lxml import etree

from monitor.core import links
from monitor.core.feeds import dates, responses
from monitor.core.feeds.failures import failed
from monitor.core.feeds.outcomes import build_changed
from monitor.core.feeds.prolog import transcode_to_utf8
from monitor.core.model import Changed, Failed, Feed, FeedState, Response
from monitor.core.sources.entries import Item, build_entry
from monitor.core.sources.gzip_data import unpack
from monitor.core.sources.protocol import ParsedSource, SourceRequest, conditional_request

_ACCEPT = "application/xml, text/xml;q=0.9, application/gzip;q=0.9, */*;q=0.5"
MAX_ADDRESSES = 50_000
"""Addresses that one document may list (sitemaps.org); further ones are counted as left out."""
MAX_SITEMAP_ENTRIES = 5_000
"""Entries that are taken from one document: those with the newest dates, else from both ends of the list."""
MAX_CHILD_SITEMAPS = 20
"""Sitemaps of one index that are fetched in a poll: those that are new or have another date, the newest first."""
MAX_SITEMAP_BYTES = 50_000_000
"""Bytes that a gzip document may unpack to, the limit of sitemaps.org."""
_KNOWN = b"\0known\0"
"""The beginning of a cache with the hashes of all addresses of the last document; that of an index is JSON."""
_HASH_SIZE = 8
_EXAMINED_BYTES = 4_000
_ROOT = re.compile(rb"<(?:[\w.-]{1,20}:)?(?:urlset|sitemapindex)[\s>]", re.IGNORECASE)
_CONTROL_CHARACTERS = bytes(set(range(32)) - set(b"\t\n\r"))
"""Bytes that XML does not allow; a parser would stop at the first."""
_BARE_AMPERSAND = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-fA-F]{1,6});)")
_FIELDS = frozenset({"loc", "lastmod", "title", "publication_date", "language", "keywords"})
_HOLDERS = frozenset({"url", "sitemap", "news", "publication"})
"""Elements of which the fields are read; those of `image:image` are not."""
_ISO_DATE = re.compile(r"\d{4}-\d\d")
_NEWS = re.compile(r"news|post|article|press|actu|noticia|nachricht", re.IGNORECASE)


class SitemapAddress(NamedTuple):
    """One address of a sitemap, as written; `fields` has the others of `_FIELDS`."""

    loc: str
    fields: dict[str, str]

    @property
    def date(self) -> str:
        """Return when the address says that it was published, else changed."""
        return self.fields.get("publication_date") or self.fields.get("lastmod") or ""


class ParsedSitemap(NamedTuple):
    """What a document lists."""

    is_index: bool
    addresses: list[SitemapAddress]
    left_out: int
    malformed: str
    is_whole: bool


class Sitemap:
    """A sitemap, or an index whose newest sitemaps are fetched too."""

    name = "sitemap"

    def request(self, feed: Feed, state: FeedState, now: datetime) -> SourceRequest:  # noqa: ARG002
        """Ask for the sitemap, with the validators of the last poll."""
        return conditional_request(feed, state, _ACCEPT)

    def parse(self, feed: Feed, response: Response, now: datetime, cache: bytes) -> ParsedSource:
        """Parse the document; an index gives the addresses of its sitemaps in `follow`, and no entry."""
        document = _read_sitemap(response.body)
        if document is None:
            return ParsedSource(responses.non_feed_failure(response), cache)
        if not document.addresses and not document.is_whole:
            why = f"a sitemap that cannot be read: {document.malformed}"
            return ParsedSource(failed("not a feed", why, response=response), cache)
        if not document.is_index:
            is_long = len(document.addresses) > MAX_SITEMAP_ENTRIES
            known = _known_hashes(cache) if is_long else frozenset()
            hashes = _KNOWN + b"".join(map(_address_hash, document.addresses)) if is_long else b""
            return ParsedSource(_build_changed(document, feed, response, now, known), hashes)
        outcome = _index(document, feed, response, now)
        known = json.loads(cache) if cache.startswith(b"{") else {}
        changed = [each for each in document.addresses if not each.date or known.get(each.loc) != each.date]
        follow = _newest_children(changed, response.url, now)
        later = {each.loc for each in changed}.difference(follow) if known else ()
        fetched = {each.loc: each.date for each in document.addresses if each.loc not in later}
        return ParsedSource(outcome, json.dumps(fetched).encode(), follow, is_index=True)


def is_sitemap(body: bytes) -> bool:
    """Return whether a response is a sitemap or an index of sitemaps."""
    start = unpack(body, _EXAMINED_BYTES).replace(b"\0", b"")  # of UTF-16
    return _ROOT.search(start) is not None


def _read_sitemap(body: bytes) -> ParsedSitemap | None:
    """Read the addresses of a sitemap or an index, at most MAX_ADDRESSES; None for what is neither.

    A document that ends too early, or has a bare `&`, gives what can be read of it, and `malformed` says so.
    """
    unpacked = unpack(body, MAX_SITEMAP_BYTES)
    plain = transcode_to_utf8(unpacked, "") or unpacked
    root = _ROOT.search(plain[:_EXAMINED_BYTES])
    if root is None:
        return None
    declaration = plain.find(b"<?xml", 0, root.start())
    start = declaration if declaration >= 0 else root.start()  # programs print blank lines and warnings before it
    document = plain[start:].translate(None, _CONTROL_CHARACTERS)
    escaped = _BARE_AMPERSAND.sub(b"&amp;", document)
    addresses: list[SitemapAddress] = []
    left_out, malformed = 0, "unescaped ampersands" if escaped != document else ""
    try:
        for address in _read(escaped):
            if len(addresses) < MAX_ADDRESSES:
                addresses.append(address)
            else:
                left_out += 1
        is_whole = True
    except etree.XMLSyntaxError as error:
        is_whole, malformed = False, f"broken off: {error.msg}"
    return ParsedSitemap(_root_name(plain) == "sitemapindex", addresses, left_out, malformed, is_whole)


def _newest_children(children: Iterable[SitemapAddress], base: str, now: datetime) -> tuple[str, ...]:
    """Return the sitemaps of an index to fetch: first those named after news; of these and of the others the newest."""

    def rank(child: SitemapAddress) -> tuple[bool, float]:
        changed_at = dates.parse_date(child.date, now)
        return bool(_NEWS.search(child.loc)), changed_at.timestamp() // 86_400 if changed_at else float("inf")

    found = (links.resolve_link(base, child.loc) for child in sorted(children, key=rank, reverse=True))
    return tuple(dict.fromkeys(filter(None, found)))[:MAX_CHILD_SITEMAPS]


def _build_changed(
    document: ParsedSitemap, feed: Feed, response: Response, now: datetime, known: frozenset[bytes] = frozenset()
) -> Changed:
    chosen, more = _choose_addresses(document.addresses, known)
    entries = [build_entry(_item(each, feed.language), response.url, now) for each in chosen]
    return build_changed(
        entries,
        response,
        malformed=document.malformed,
        limit=MAX_SITEMAP_ENTRIES,
        left_out=more + document.left_out,
        is_whole=document.is_whole,
    )


def _index(document: ParsedSitemap, feed: Feed, response: Response, now: datetime) -> Changed | Failed:
    if not document.addresses:
        return failed("not a feed", "an index without sitemaps", response=response)
    is_dated = all(each.date for each in document.addresses)  # else a sitemap may change and its index does not
    return _build_changed(document._replace(is_whole=document.is_whole and is_dated), feed, response, now)


def _choose_addresses(addresses: list[SitemapAddress], known: frozenset[bytes]) -> tuple[list[SitemapAddress], int]:
    """Return the addresses to take, at most MAX_SITEMAP_ENTRIES in the order of the list, and how many are left out.

    Those that the last document did not list, wherever they are; `known` has the hashes of the others, if there was
    a last one. Then the newest where the dates differ, else those at both ends, as new addresses are added there.
    """
    if len(addresses) <= MAX_SITEMAP_ENTRIES:
        return addresses, 0
    added = [index for index, each in enumerate(addresses) if known and _address_hash(each) not in known]
    ranked = dict.fromkeys([*added[:MAX_SITEMAP_ENTRIES], *_newest_first(addresses)])
    chosen = [addresses[index] for index in sorted(list(ranked)[:MAX_SITEMAP_ENTRIES])]
    return chosen, len(addresses) - len(chosen)


def _newest_first(addresses: list[SitemapAddress]) -> list[int]:
    """Return the positions in the list by date if the dates differ, else from both ends to the middle."""
    dates = [each.date for each in addresses]
    if len(set(dates)) > len(dates) // 10 and all(map(_ISO_DATE.match, dates)):
        return sorted(range(len(addresses)), key=dates.__getitem__, reverse=True)
    return sorted(range(len(addresses)), key=lambda index: min(index, len(addresses) - 1 - index))


def _address_hash(address: SitemapAddress) -> bytes:
    return hashlib.blake2b(address.loc.encode("utf-8", "replace"), digest_size=_HASH_SIZE).digest()


def _known_hashes(cache: bytes) -> frozenset[bytes]:
    if not cache.startswith(_KNOWN):
        return frozenset()
    return frozenset(cache[at : at + _HASH_SIZE] for at in range(len(_KNOWN), len(cache), _HASH_SIZE))


def _item(address: SitemapAddress, language: str) -> Item:
    fields = address.fields
    return Item(
        link=address.loc,
        title=fields.get("title", ""),
        date=address.date,
        revised=fields.get("lastmod", "") if "publication_date" in fields else "",
        language=fields.get("language", "") or language,
        tags=tuple(fields.get("keywords", "").split(",")),
    )


def _read(document: bytes) -> Iterator[SitemapAddress]:
    """Yield each address. Raises XMLSyntaxError where the document breaks off."""
    loc = ""
    fields: dict[str, str] = {}
    events = etree.iterparse(io.BytesIO(document), resolve_entities=False, no_network=True, remove_comments=True)
    for _, node in events:
        if not isinstance(node.tag, str):
            continue
        name = _local(node.tag)
        parent = node.getparent()
        if name in _FIELDS and parent is not None and _local(parent.tag) in _HOLDERS:
            text = " ".join((node.text or "").split())
            if name == "loc":
                loc = loc or text
            elif text:
                fields.setdefault(name, text)
        elif name in {"url", "sitemap"}:
            if loc:
                yield SitemapAddress(loc, fields)
            loc, fields = "", {}
            node.clear(keep_tail=False)
            while node.getprevious() is not None:
                del parent[0]


@lru_cache(maxsize=1_000)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2].rpartition(":")[2].lower()


def _root_name(plain: bytes) -> str:
    match = _ROOT.search(plain[:_EXAMINED_BYTES])
    return _local(match[0].decode("ascii", "replace").strip("<> \t\r\n")) if match else ""
