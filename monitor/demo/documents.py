"""Renders the sources of the demo (RSS, Atom, RDF, a list page, a news sitemap, JSON, letters) and its articles' pages.

The HTML has what surrounds an article on a real page. Navigation, cookie notice and teasers of other articles contain
terms of the rules on purpose: an extraction that took them for text would cause false hits.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

import jinja2

from monitor.demo.mailbox_server import Letter
from monitor.demo.news import SampleArticle, SampleOutlet

_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("monitor.demo"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["rfc822"] = format_datetime
_TEMPLATES.filters["rfc3339"] = datetime.isoformat


def feed(outlet: SampleOutlet, base: str, now: datetime) -> bytes:
    """Return what an outlet whose server answers at `base` gives for a feed."""
    if outlet.format == "json":
        return _api_response(outlet, base, now)
    template = _TEMPLATES.get_template("list.html.j2" if outlet.format == "page" else f"{outlet.format}.xml.j2")
    text = template.render(outlet=outlet, base=base, now=now, items=_items(outlet, now))
    return _damage(text) if outlet.behaviour == "malformed" else text.encode()


def page(outlet: SampleOutlet, article: SampleArticle, now: datetime) -> bytes:
    """Return the page of one article."""
    template = _TEMPLATES.get_template(f"{outlet.layout}.html.j2")
    others = [other for other in outlet.articles if other.slug != article.slug]
    at = _published_at(article, now)
    return template.render(outlet=outlet, article=article, at=at, others=others).encode()


def letters(outlet: SampleOutlet, base: str, now: datetime) -> list[Letter]:
    """Return the articles of a newsletter as messages, the oldest first; they can also be read at `base`."""
    template = _TEMPLATES.get_template("letter.html.j2")
    return [
        Letter(
            raw=_message(outlet, article, at, template.render(outlet=outlet, article=article, base=base)), received=at
        )
        for article, at in reversed(_items(outlet, now))
    ]


def _message(outlet: SampleOutlet, article: SampleArticle, at: datetime, html: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = f"{outlet.title} <letter@{outlet.id}.example>"
    message["Subject"] = article.title
    message["Date"] = at
    message["Message-ID"] = f"<{article.slug}@{outlet.id}.example>"
    message.set_content(article.text)
    message.add_alternative(html, subtype="html")
    return message.as_bytes()


def _api_response(outlet: SampleOutlet, base: str, now: datetime) -> bytes:
    """Return the articles as JSON; the `source` of the outlet has the paths to these fields."""
    rows = [
        {
            "number": f"D-{article.slug}",
            "heading": article.title,
            "abstract": article.summary,
            "tabled": at.isoformat(),
            "links": {"web": f"{base}/{article.slug}"},
        }
        for article, at in _items(outlet, now)
    ]
    return json.dumps({"count": len(rows), "results": rows}, ensure_ascii=False).encode()


def _items(outlet: SampleOutlet, now: datetime) -> list[tuple[SampleArticle, datetime]]:
    articles = sorted(outlet.articles, key=lambda article: article.hours)
    return [(article, _published_at(article, now)) for article in articles]


def _published_at(article: SampleArticle, now: datetime) -> datetime:
    return (now - timedelta(hours=article.hours)).replace(microsecond=0)


def _damage(text: str) -> bytes:
    """Return the document with an unescaped ampersand and without its end, as a broken template or connection would."""
    return text.replace("&amp;", "&").partition("</channel>")[0].encode()
