"""Reads and writes OPML, the format in which feed readers exchange subscriptions.

A file with a DOCTYPE is refused, because its entities could expand without limit. On import, folders and categories
become tags; on export, the first tag becomes the folder and all tags become categories. Addresses that are not http(s)
are reported and left out.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from monitor.core.errors import UsageError
from monitor.core.feeds import ampersands, prolog
from monitor.core.model import Feed
from monitor.core.text import clean_line
from monitor.core.text.languages import language_code

MAX_OPML_BYTES = 10_000_000
_MAX_OPML_TITLE_CHARS, _MAX_SLUG_CHARS = 200, 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One feed of an OPML file."""

    url: str
    title: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriptions:
    """The feeds of a file, each address once, in the order of the file."""

    feeds: tuple[Subscription, ...]
    skipped: tuple[str, ...] = ()
    """Outlines that were not taken, each with the reason: no address, or a repeated one."""
    refused: tuple[str, ...] = ()
    """Feeds that cannot be watched, since their address is not http(s), each with the reason."""


def parse_opml(data: bytes) -> Subscriptions:
    """Parse a file; raises UsageError with one line on what is wrong with it."""
    root = _root(data)
    feeds: dict[str, Subscription] = {}
    skipped: list[str] = []
    refused: list[str] = []
    for outline, folders in _outlines(root, ()):
        url = _attribute(outline, "xmlurl")
        web = _web_address(url)
        if reason := _reason_to_skip(outline, url, web, feeds):
            name = _title(outline) or clean_line(url, limit=_MAX_OPML_TITLE_CHARS) or "an outline without a title"
            (skipped if web or not url else refused).append(f"{name}: {reason}")
        if web:
            feeds[web] = _subscription(outline, web, folders, feeds.get(web))
    return Subscriptions(feeds=tuple(feeds.values()), skipped=tuple(skipped), refused=tuple(refused))


def _reason_to_skip(outline: etree._Element, url: str, web: str, feeds: Mapping[str, Subscription]) -> str:
    """Return why an outline gives no feed of its own; empty if it does, or is a folder."""
    if web in feeds:
        return "the same address is listed above; its folders were added as tags"
    if web or (not url and any(_name(child) == "outline" for child in outline)):
        return ""
    return "no http address" if url else "no address of a feed (xmlUrl)"


def format_opml(feeds: Sequence[Feed]) -> bytes:
    """Format feeds as OPML 2.0, without mailboxes, and without request headers, since they may contain passwords."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "policy-monitor"
    body = etree.SubElement(root, "body")
    folders: dict[str, etree._Element] = {"": body}
    for feed in feeds:
        if not is_exported(feed):
            continue
        folder = feed.tags[0] if feed.tags else ""
        if folder not in folders:
            folders[folder] = etree.SubElement(body, "outline", text=clean_line(folder))
        etree.SubElement(folders[folder], "outline", _attributes(feed))
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True))


def is_exported(feed: Feed) -> bool:
    """Return False for a mailbox, to which no reader of feeds can subscribe."""
    return bool(_web_address(feed.url))


def slugify(text: str) -> str:
    """Convert a name into a tag or an id: lower-case ASCII letters, digits and hyphens; empty if nothing is left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_MAX_SLUG_CHARS].strip("-")


def _web_address(url: str) -> str:
    """Return an http(s) address, with `feed:`, which some readers write, replaced; empty for other schemes."""
    url = re.sub(r"\Afeed:(?://)?(?=https?:)", "", url, flags=re.IGNORECASE)
    scheme, separator, rest = url.partition("://")
    url = ("http" if scheme.lower() == "feed" else scheme.lower()) + separator + rest
    return url if re.fullmatch(r"https?://[^/\s]\S*", url) else ""


def _root(data: bytes) -> etree._Element:
    if len(data) > MAX_OPML_BYTES:
        raise UsageError(f"this OPML file is larger than {MAX_OPML_BYTES // 1_000_000} MB")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(_repair_document(data), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        words = getattr(error, "msg", None) or str(error)  # without the name of a file, which lxml makes up
        detail = clean_line(words, limit=_MAX_OPML_TITLE_CHARS) or "there is nothing in it"
        raise UsageError(f"this is not an OPML file: {detail}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise UsageError("this OPML file has a document type (<!DOCTYPE ...>), which is refused; take that line out")
    if _name(root) != "opml":
        raise UsageError("this is not an OPML file: its outermost element is not <opml>")
    return root


def _repair_document(data: bytes) -> bytes:
    """Repair common errors of exports: a wrong encoding declaration and unescaped ampersands."""
    data = data.removeprefix(codecs.BOM_UTF8).lstrip()
    return ampersands.escape_ampersands(ampersands.join_surrogates(prolog.transcode_to_utf8(data, "") or data))


def _name(element: etree._Element) -> str:
    """Return the local name of an element in lower case; empty for a comment."""
    return etree.QName(element).localname.lower() if isinstance(element.tag, str) else ""


def _outlines(parent: etree._Element, folders: tuple[str, ...]) -> Iterator[tuple[etree._Element, tuple[str, ...]]]:
    for child in parent:
        name = _name(child)
        if name == "outline":
            yield child, folders
        if name in {"body", "outline"}:
            inner = slugify(_title(child)) if name == "outline" else ""
            yield from _outlines(child, (*folders, inner) if inner else folders)


def _subscription(
    outline: etree._Element, url: str, folders: tuple[str, ...], earlier: Subscription | None
) -> Subscription:
    categories = re.split(r"[,/]", _attribute(outline, "category"))
    tags = [*(earlier.tags if earlier else ()), *folders, *filter(None, map(slugify, categories))]
    title = _title(outline) if earlier is None else earlier.title
    language = language_code(_attribute(outline, "language"))
    return Subscription(
        url=url,
        title="" if title == url else title,
        language=language if len(language) == 2 else earlier.language if earlier else "",
        tags=tuple(dict.fromkeys(tags)),
    )


def _title(outline: etree._Element) -> str:
    return clean_line(_attribute(outline, "title") or _attribute(outline, "text"), limit=_MAX_OPML_TITLE_CHARS)


def _attribute(outline: etree._Element, name: str) -> str:
    """Return an attribute, ignoring the case of its name: feed readers write xmlUrl, xmlurl and xmlURL."""
    return next((str(value).strip() for key, value in outline.attrib.items() if key.lower() == name), "")


def _attributes(feed: Feed) -> dict[str, str]:
    title = clean_line(feed.title) or str(feed.id)
    attributes = {"type": "rss", "text": title, "title": title, "xmlUrl": feed.url}
    if feed.language:
        attributes["language"] = feed.language
    if feed.tags:
        attributes["category"] = ",".join(f"/{tag}" for tag in feed.tags)
    return attributes
