"""Functions that parse the answers of sources."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from protego import Protego

from benchmarks.text_functions.sample_values import FEED, NOW, utf8
from monitor.core import feeds, links
from monitor.core.errors import UsageError
from monitor.core.feeds import ampersands, dates, discovery, items, opml, prolog, responses
from monitor.core.model import FeedState, Response
from monitor.core.newsletters import tracking
from monitor.core.newsletters.items import read_newsletter
from monitor.core.newsletters.mail_batch import StoredMail
from monitor.core.sources import page
from monitor.core.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable


def functions() -> dict[str, Callable[[str], object]]:
    return {
        "feeds.parse, raw": lambda text: _parsed(utf8(text)),
        "feeds.parse, raw in a channel": lambda text: _parsed(b"<rss version='2.0'><channel>" + utf8(text)),
        "feeds.parse, description": lambda text: _parsed(_feed(description=escape(text))),
        "feeds.parse, section": lambda text: _parsed(_feed(description=f"<![CDATA[{text}]]>")),
        "feeds.parse, title": lambda text: _parsed(_feed(title=escape(text))),
        "feeds.parse, others": lambda text: _parsed(
            _feed(
                link=escape(text), guid=escape(text), author=escape(text), pubDate=escape(text), category=escape(text)
            )
        ),
        "feeds.dates": lambda text: dates.parse_date(text, NOW),
        "feeds.ampersands": lambda text: ampersands.escape_ampersands(ampersands.join_surrogates(utf8(text))),
        "feeds.prolog.transcode_to_utf8": lambda text: prolog.transcode_to_utf8(
            utf8(text), "text/xml; charset=iso-8859-1"
        ),
        "feeds.prolog.strip_entities": lambda text: prolog.strip_entities(utf8(text)),
        "feeds.prolog, in a doctype": lambda text: prolog.strip_entities(b"<!DOCTYPE rss [" + utf8(text)),
        "feeds.item_limit": lambda text: items.keep_newest_items(utf8(text), 10),
        "feeds.item_limit, many items": lambda text: items.keep_newest_items(
            b"<item>" * 400 + utf8(text) + b"<item>" * 20, 10
        ),
        "feeds.items": lambda text: items.split_document(utf8(text)),
        "feeds.opml": _opml,
        "feeds.opml.slugify": opml.slugify,
        "feeds.discovery": lambda text: discovery.feed_candidates(text, "https://news.example/"),
        "feeds.discovery, links": lambda text: discovery.feed_candidates(
            f"<a href={json.dumps(text)}>{text}</a>", "https://news.example/"
        ),
        "sources.page_list, raw": _page_items,
        "sources.page_list, links": lambda text: _page_items(
            "".join(f"<li><a href='/{n}'>{part}</a>" for n, part in enumerate(text.split()))
        ),
        "sources.page_list, one link": lambda text: _page_items(
            f"<ul><li><a href='/a'>{text}</a><li><a href='/b'>b</a>"
        ),
        "newsletters, plain": lambda text: _letter_items(utf8(text)),
        "newsletters, headers": lambda text: _letter_items(b"Subject: " + utf8(text)),
        "newsletters, type": lambda text: _letter_items(b"Content-Type: multipart/mixed; boundary=" + utf8(text)),
        "newsletters, html": lambda text: _letter_items(b"Content-Type: text/html\n\n" + utf8(text)),
        "newsletters, links": lambda text: _letter_items(
            b"Content-Type: text/html\n\n"
            + "".join(f"<p><a href='/{n}'>{part}</a>" for n, part in enumerate(text.split())).encode("utf-8", "replace")
        ),
        "newsletters, one link": lambda text: _letter_items(
            b"Content-Type: text/html\n\n<p>x <a href='https://a.example/b'>here</a> " + utf8(text)
        ),
        "newsletters.tracking": lambda text: tracking.resolve("https://click.a.example/" + text[:8_000]),
        "links": lambda text: [links.resolve_link("https://a.b/", text), links.canonical(f"https://a.b/?{text}")],
        "feeds.responses": _responses,
        "feeds.responses, headers": lambda text: [
            responses.freshness_lifetime({"cache-control": text, "expires": text, "date": text}),
            responses.retry_after({"retry-after": text}, NOW),
        ],
        "robots": lambda text: Protego.parse(utf8(text).decode()).can_fetch("https://news.example/aaaa", "monitor"),
        "robots, one rule": _robots,
    }


def _page_items(text: str) -> object:
    tree = page.parse_page(utf8(text), "text/html; charset=utf-8")
    return None if tree is None else page.detect_list(tree, FEED, "https://news.example/")


def _letter_items(raw: bytes) -> object:
    return read_newsletter(StoredMail(raw), split_links=True)


def _parsed(body: bytes) -> object:
    response = Response(url=FEED.url, status=200, headers={"content-type": "text/xml"}, body=body)
    return feeds.parse(FEED, response, NOW)


def _feed(**fields: str) -> bytes:
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return utf8(f"<rss version='2.0'><channel><title>F</title><item>{inner}</item></channel></rss>")


def _opml(text: str) -> object:
    with suppress(UsageError):
        opml.parse_opml(utf8(text))
    title = escape(clean(text), {'"': "&quot;"})
    with suppress(UsageError):
        return opml.parse_opml(
            utf8(f'<opml><body><outline text="{title}" xmlUrl="{title}" category="{title}"/></body></opml>')
        )
    return None


def _responses(text: str) -> object:
    response = Response(url="https://news.example/", status=200, body=utf8(text))
    page = replace(response, body=b"<html>" + response.body, redirects=((302, "https://news.example/"),))
    judged = [responses.non_feed_failure(each) for each in (response, page)]
    return [
        *judged,
        responses.classify_response(page, FeedState(feed_id=FEED.id), NOW),
        responses.page_failure(page, NOW, "https://news.example/a"),
    ]


def _robots(text: str) -> object:
    text = utf8(text).decode()
    rule = text.replace("\n", "")
    return Protego.parse(f"User-agent: *\nDisallow: /{rule}").can_fetch(
        f"https://news.example/{text[:2000]}", "monitor"
    )
