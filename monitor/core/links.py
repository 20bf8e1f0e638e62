"""Addresses of the web: whether a text is one, which one a feed means, and canonical ones.

Canonical links are for comparing entries, never for fetching. In doubt a parameter is kept: a tracking parameter left
in causes one duplicate, but removing one too many loses an article. So a parameter whose value is a number
(`?cid=20394`, `?12345`) is kept even if its name is that of a tracker.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from courlan.clean import clean_query, normalize_url

MAX_LINK_CHARS = 2_000
_SCHEMES = frozenset({"http", "https"})
_MARKUP_HREF = re.compile(r"""href\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
_EDGES = " \t\r\n\0\x0b\x0c<>"
_USUAL_PORT = re.compile(r":(?:80|443)?$")
_NUMBER = re.compile(r"\d{2,}")


def is_web_address(text: str) -> bool:
    """Return True for a text that begins as an address of the web does: with http:// or https://."""
    return text[:8].lower().startswith(("http://", "https://"))


def resolve_link(base: str, link: str) -> str:
    """Resolve a link as a feed wrote it; empty if the result is not an http(s) address."""
    if not link:
        return ""
    if "<" in link and (inner := _MARKUP_HREF.search(link)):
        link = inner[1]
    link = "".join(link.strip(_EDGES).splitlines())
    try:
        joined = link if link.startswith(("https://", "http://")) else urljoin(base, link) if link else ""
        parts = urlsplit(joined)
        usable = parts.scheme.lower() in _SCHEMES and bool(parts.hostname) and len(joined) <= MAX_LINK_CHARS
        _ = parts.port
    except ValueError:
        return ""
    return joined.replace(" ", "%20") if usable else ""


def canonical(link: str) -> str:
    """Return a link with scheme https, and without www, trackers, fragment and trailing slash."""
    return with_fragment(link.partition("#")[0])


@lru_cache(maxsize=4096)
def with_fragment(link: str) -> str:
    """Return the canonical link with its fragment, for feeds that list the sections of one page."""
    if not link:
        return ""
    bare, _, fragment = link.partition("#")
    try:
        parts = urlsplit(bare)
        path = normalize_url(f"https://{_USUAL_PORT.sub('', parts.netloc)}{parts.path}", trailing_slash=False)
    except (ValueError, AttributeError):
        return link
    _, _, rest = path.partition("://")
    rest = rest.removeprefix("www.").rstrip("/")
    query = _query(parts.query)
    return "https://" + rest + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")


def _query(query: str) -> str:
    if not query or "=" not in query:
        return query
    pairs = parse_qsl(query, keep_blank_values=True)
    return urlencode(sorted((name, value) for name, value in pairs if not is_tracking_parameter(name, value)))


def is_tracking_parameter(name: str, value: str) -> bool:
    """Return True if a parameter has the name of a tracker, and no number as its value: it may identify the article."""
    return _names_tracker(name) and ("_" in name or not _NUMBER.fullmatch(value))


@lru_cache(maxsize=4096)
def _names_tracker(name: str) -> bool:
    return not clean_query(urlencode({name: "1"}))


def host(link: str) -> str:
    """Return the host of a link, in lower case and without `www.`; empty when there is none."""
    try:
        return (urlsplit(link).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
