"""Prints the demo's feeds and pages: RSS, Atom, RDF, and HTML with all that surrounds an article on a real page.

The navigation, the cookie notice and the teasers of other articles are there on purpose: they hold words that rules
look for, and an extraction that took them for text would show false hits.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import jinja2

if TYPE_CHECKING:
    from monitor.demo.news import Outlet, Piece

_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("monitor.demo"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["rfc822"] = format_datetime
_TEMPLATES.filters["rfc3339"] = datetime.isoformat


def feed(outlet: Outlet, base: str, now: datetime) -> bytes:
    """Return the feed document of an outlet whose server answers at `base`."""
    template = _TEMPLATES.get_template(f"{outlet.format}.xml.j2")
    text = template.render(outlet=outlet, base=base, now=now, items=_items(outlet, now))
    return _damaged(text) if outlet.behaviour == "malformed" else text.encode()


def page(outlet: Outlet, piece: Piece, now: datetime) -> bytes:
    """Return the page of one article."""
    template = _TEMPLATES.get_template(f"{outlet.layout}.html.j2")
    others = [other for other in outlet.pieces if other.slug != piece.slug]
    at = _published(piece, now)
    return template.render(outlet=outlet, piece=piece, at=at, others=others).encode()


def _items(outlet: Outlet, now: datetime) -> list[tuple[Piece, datetime]]:
    pieces = sorted(outlet.pieces, key=lambda piece: piece.hours)
    return [(piece, _published(piece, now)) for piece in pieces]


def _published(piece: Piece, now: datetime) -> datetime:
    return (now - timedelta(hours=piece.hours)).replace(microsecond=0)


def _damaged(text: str) -> bytes:
    """Leave a bare ampersand and no end, as a publisher's broken template and a cut connection do."""
    return text.replace("&amp;", "&").partition("</channel>")[0].encode()
