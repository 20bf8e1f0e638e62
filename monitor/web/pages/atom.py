"""Hits as an Atom feed (RFC 4287), with the filters of the hits page and one entry for each article.

Content is escaped twice, as HTML and then as XML, which is what `type="html"` means.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from html import escape
from xml.etree import ElementTree as ET

from starlette.requests import Request
from starlette.responses import Response

from monitor.core.matching.passages import marked_html
from monitor.web.cards import HitCard, hit_cards
from monitor.web.context import WebContext
from monitor.web.params import parse_list_params
from monitor.web.templating import clean_title, safe_url

ATOM = "http://www.w3.org/2005/Atom"


def atom(request: Request, context: WebContext) -> Response:
    """Return the newest hits that match the filters."""
    params = parse_list_params(request.query_params)
    hits = context.store.find_hits(params.query(context.clock(), context.settings.feeds), None, params.limit).items
    feed = ET.Element("feed", {"xmlns": ATOM})
    filters = ", ".join(value for name, value in params.filters.items() if name != "since")
    _add(feed, "title", f"Policy monitor: {filters}" if filters else "Policy monitor")
    _add(feed, "id", f"urn:policy-monitor:hits:{params.url('')}")
    _add(feed, "updated", _format_time(hits[0].found_at if hits else context.clock()))
    _add(ET.SubElement(feed, "author"), "name", "Policy monitor")
    for card in hit_cards(hits, context):
        feed.append(_entry(card))
    return Response(ET.tostring(feed, "utf-8", xml_declaration=True), 200, None, "application/atom+xml")


def _entry(card: HitCard) -> ET.Element:
    hit = card.first
    entry = ET.Element("entry")
    _add(entry, "title", clean_title(hit.title))
    _add(entry, "id", f"urn:policy-monitor:hit:{hit.id}")
    _add(entry, "updated", _format_time(hit.found_at))
    if hit.published_at:
        _add(entry, "published", _format_time(hit.published_at))
    if link := safe_url(hit.url):
        ET.SubElement(entry, "link", {"href": link})
    _add(ET.SubElement(entry, "author"), "name", clean_title(card.source))
    for each in card.rule_hits:
        ET.SubElement(entry, "category", {"term": each.hit.topic, "label": each.topic})
    _add(entry, "content", "".join(_content(card)), type="html")
    return entry


def _content(card: HitCard) -> Iterator[str]:
    for each in card.rule_hits:
        marks = ", ".join(name for name in ("partial", "backfilled", "updated") if getattr(each.hit, name))
        yield f"<p><b>{escape(each.rule)}</b> in {escape(each.topic)}{f' ({marks})' if marks else ''}</p>"
        for sentence in each.evidence.sentences or ((each.evidence.title,) if each.evidence.title else ()):
            yield f"<blockquote>{marked_html(sentence)}</blockquote>"


def _add(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    """Add an element; characters that XML cannot represent are removed."""
    ET.SubElement(parent, name, attributes).text = "".join(filter(_is_xml, text))


def _is_xml(character: str) -> bool:
    return character.isprintable() or character in "\n\t "


def _format_time(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
