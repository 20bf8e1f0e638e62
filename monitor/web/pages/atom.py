"""Hits as an Atom feed (RFC 4287), for feed readers: the same filters, an entry an article with the sentences found.

Its surprise: content is escaped twice, as HTML and then as XML, which is what `type="html"` means.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from starlette.responses import Response

from monitor.web.asked import asked
from monitor.web.pages.hits import tellings
from monitor.web.screen import href, title

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from starlette.requests import Request

    from monitor.core.matching.passages import Passage
    from monitor.web.desk import Desk
    from monitor.web.pages.hits import Telling

ATOM = "http://www.w3.org/2005/Atom"


def atom(request: Request, desk: Desk) -> Response:
    """Give the newest hits that a query wants."""
    wanted = asked(request.query_params)
    found = desk.library.find_hits(wanted.query(desk.clock()), None, wanted.limit)
    feed = ET.Element("feed", {"xmlns": ATOM})
    narrowed = ", ".join(value for name, value in wanted.filters.items() if name != "since")
    _put(feed, "title", f"Policy monitor: {narrowed}" if narrowed else "Policy monitor")
    _put(feed, "id", f"urn:policy-monitor:hits:{wanted.address('')}")
    _put(feed, "updated", _time(found.found[0].found_at if found.found else desk.clock()))
    author = ET.SubElement(feed, "author")
    _put(author, "name", "Policy monitor")
    for told in tellings(found.found, desk):
        feed.append(_entry(told))
    return Response(ET.tostring(feed, "utf-8", xml_declaration=True), 200, None, "application/atom+xml")


def _entry(told: Telling) -> ET.Element:
    hit = told.first
    entry = ET.Element("entry")
    _put(entry, "title", title(hit.title))
    _put(entry, "id", f"urn:policy-monitor:hit:{hit.id}")
    _put(entry, "updated", _time(hit.found_at))
    if hit.published_at:
        _put(entry, "published", _time(hit.published_at))
    if link := href(hit.url):
        ET.SubElement(entry, "link", {"href": link})
    _put(ET.SubElement(entry, "author"), "name", title(told.source))
    for each in told.found:
        ET.SubElement(entry, "category", {"term": each.hit.topic, "label": each.topic})
    _put(entry, "content", "".join(_content(told)), type="html")
    return entry


def _content(told: Telling) -> Iterator[str]:
    for each in told.found:
        marks = ", ".join(name for name in ("partial", "backfilled", "updated") if getattr(each.hit, name))
        yield f"<p><b>{escape(each.rule)}</b> in {escape(each.topic)}{f' ({marks})' if marks else ''}</p>"
        for sentence in each.why.sentences or ((each.why.title,) if each.why.title else ()):
            yield f"<blockquote>{_marked(sentence)}</blockquote>"


def _marked(passage: Passage) -> str:
    return "".join(f"<mark>{escape(piece.text)}</mark>" if piece.marked else escape(piece.text) for piece in passage)


def _put(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    """Add an element; what XML has no way to write is left out."""
    ET.SubElement(parent, name, attributes).text = "".join(filter(_writable, text))


def _writable(character: str) -> bool:
    return character.isprintable() or character in "\n\t "


def _time(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
