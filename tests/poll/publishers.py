"""Simulated publishers of every kind of source, whose answers change from poll to poll as real ones do.

All that happens is drawn from a random number generator with a seed, so that a replay is the same each time. A
publisher records which of its items could be read in an answer: these must be stored, and each announced once.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING

from monitor.core import sources
from monitor.core.feeds.failures import failed
from monitor.core.model import Failed, Feed, FeedId, FeedState, ItemFields, Response
from tests.poll.polled_feeds import START

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

SUBJECTS = ("chips", "biometrics", "labelling", "copyright", "liability", "elections", "schools", "hospitals", "courts")
VERBS = ("consults on", "adopts", "postpones", "withdraws", "publishes", "corrects", "defends", "explains")
LEFT_OVER = ("menu", "about", "contact", "press", "search", "imprint", "jobs", "data", "help")


@dataclass(frozen=True)
class Item:
    """One thing that is published. `number` is in its address whatever else changes."""

    number: int
    title: str
    summary: str
    published: datetime
    revised: datetime
    path: str

    @property
    def token(self) -> str:
        return f"n{self.number}x"


@dataclass
class Publisher:
    """One source. `step` lets time pass, `answer` is what a request then gets."""

    name: str
    shape: str
    """A key of SHAPES."""
    rng: Random
    window: int = 12
    """Items that one answer shows."""
    now: datetime = START
    items: list[Item] = field(default_factory=list)
    """All that it has not deleted, newest first."""
    deleted: list[Item] = field(default_factory=list)
    made: int = 0
    design: int = 0
    """Another number is another template, or other names of fields."""
    folder: str = "news"
    order: list[int] = field(default_factory=list)
    """Numbers of the items in the order of a shuffled answer; empty: newest first."""
    trouble: str = ""
    """What goes wrong with the next answer."""
    happened: set[str] = field(default_factory=set)
    configured_design: int = 0
    """The design for which its selectors or paths are written."""
    read_design: int | None = None
    """That of the last answer that could be read."""
    is_moved: bool = False
    """All addresses have changed since then."""
    page_fails: bool = False
    """A further page cannot be read this time."""
    page_failed: bool = False
    """One that was asked for could not be read at the last poll."""

    def __post_init__(self) -> None:
        self.base = f"http://{self.name}.example"
        self._publish(self.window, "new items")

    # ------------------------------------------------------------ configuration

    def feed(self) -> Feed:
        """Return what feeds.yaml says of it."""
        kind, address, fields = SHAPES[self.shape].configuration(self)
        return Feed(
            id=FeedId(self.name), url=self.base + address, kind=kind, fields=fields, fulltext="never", revisit="never"
        )

    def reconfigure(self) -> Feed:
        """Return the feed after its operator has adapted the selectors or paths to the design."""
        self.configured_design = self.design
        return self.feed()

    # ------------------------------------------------------------ time

    def step(self, hours: float, *, is_well: bool) -> None:
        """Let hours pass, with whatever happens to a publisher meanwhile; `is_well`: nothing goes wrong."""
        self.now += timedelta(hours=hours)
        failed_before = self.page_failed
        self.order, self.trouble, self.page_failed = [], "", False
        self._change()
        self.page_fails = SHAPES[self.shape].has_pages and self.rng.random() < 0.3 and not (is_well or failed_before)
        if self.rng.random() < 0.12 and not is_well:
            self.trouble = self.rng.choice(TROUBLES if self.read_design is not None else TROUBLES_OF_FIRST)
            self.happened.add(self.trouble)
        if self.rng.random() < 0.05 and SHAPES[self.shape].designs > 1 and not is_well:
            self._redesign()

    def _change(self) -> None:
        share = self.rng.random()
        if share < 0.50:
            self._publish(self.rng.randint(1, 3), "new items")
        elif share < 0.60:
            self._publish(self.rng.randint(self.window // 2, self.window - 2), "burst")
        elif share < 0.66 and SHAPES[self.shape].has_pages:
            self._publish(self.rng.randint(self.window + 1, 3 * self.window), "more than a page")
        elif share < 0.72:
            self._delete()
        elif share < 0.76 and self.deleted:
            self.items.insert(0, self.deleted.pop())
            self.happened.add("again")
        elif share < 0.82:
            visible = [item.number for item in self.items[: self.window]]
            self.order = self.rng.sample(visible, len(visible))
            self.happened.add("reordered")
        elif share < 0.90:
            self._edit()

    def _publish(self, count: int, what: str) -> None:
        self.happened.add(what)
        for _ in range(count):
            self.made += 1
            subject, verb = self.rng.choice(SUBJECTS), self.rng.choice(VERBS)
            age = timedelta(minutes=self.rng.randint(0, 600))
            title = f"Ministry {verb} {subject} under the AI Act, document {self.made}"
            path = f"n{self.made}x-{subject}"
            self.items.insert(0, Item(self.made, title, f"About {subject}.", self.now - age, self.now - age, path))

    def _delete(self) -> None:
        visible = self.items[: self.window]
        if len(visible) > 4:
            gone = self.rng.choice(visible)
            self.items.remove(gone)
            self.deleted.append(gone)
            self.happened.add("deleted")

    def _edit(self) -> None:
        self.happened.add("edited")
        place = self.rng.randrange(min(len(self.items), self.window))
        old = self.items[place]
        self.items[place] = replace(
            old, title=old.title + ", corrected", summary=old.summary + " It was corrected.", revised=self.now
        )

    def _redesign(self) -> None:
        self.happened.add("redesigned")
        self.design = (self.design + 1) % SHAPES[self.shape].designs
        if self.rng.random() < 0.6:
            self.folder = f"{self.rng.choice(LEFT_OVER)}{self.made}"
            self.is_moved = True
            self.deleted = []  # under their new addresses they would be other items

    def note_read(self) -> None:
        """Record that an answer could be read."""
        self.read_design, self.is_moved = self.design, False

    @property
    def is_misconfigured(self) -> bool:
        """Return True if the configured selectors or paths are those of another design."""
        shape = SHAPES[self.shape]
        return shape.has_selectors and self.configured_design != self.design

    @property
    def is_unrecognisable(self) -> bool:
        """Return True if the structure and all addresses have changed since the last answer that could be read."""
        is_other = self.read_design not in {None, self.design}
        return SHAPES[self.shape].has_list and is_other and self.is_moved

    # ------------------------------------------------------------ answers

    def shown(self, page: int = 1) -> list[Item]:
        """Return the items of a page of the list, or all of those that have no pages."""
        if SHAPES[self.shape].is_whole:
            return self.items
        if self.order and page == 1:
            by_number = {item.number: item for item in self.items}
            return [by_number[number] for number in self.order if number in by_number]
        return self.items[(page - 1) * self.window : page * self.window]

    def link(self, item: Item) -> str:
        return f"{self.base}/{self.folder}/{item.path}"

    def answer(self, feed: Feed, state: FeedState) -> Response | Failed:
        """Answer the request of a poll."""
        request = sources.kind_of(feed).request(feed, state, self.now)
        validators = request.validators
        page, rest = SHAPES[self.shape].render(self, request.url), self.trouble
        etag = f'"{hash_of(page)}"'
        if rest == "304" and validators.etag:
            return Response(url=request.url, status=304)
        if rest == "304":
            self.trouble = rest = ""
        if rest == "timeout":
            return failed("timeout", "no whole answer within 30 s")
        if rest in _TROUBLES:
            return _TROUBLES[rest](request.url)
        if validators.etag == etag:
            return Response(url=request.url, status=304, headers={"etag": etag})
        if rest == "cut":
            return Response(url=request.url, status=200, headers={}, body=page[: len(page) * 2 // 3])
        return Response(url=request.url, status=200, headers={"etag": etag}, body=page)

    def linked(self, url: str) -> Response | Failed:
        """Answer a request for a further document."""
        if self.page_fails:
            self.page_failed = True
            self.happened.add("page failed")
            return failed("timeout", "no whole answer within 30 s")
        return Response(url=url, status=200, headers={}, body=SHAPES[self.shape].render(self, url))


def hash_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]


def _web_page(url: str, text: str, status: int = 200) -> Response:
    body = f"<!doctype html><html><head><title>{text}</title></head><body>{text}</body></html>".encode()
    return Response(url=url, status=status, headers={"content-type": "text/html"}, body=body)


TROUBLES = ("500", "timeout", "429", "empty", "cut", "maintenance", "login", "304", "wall")
TROUBLES_OF_FIRST = tuple(trouble for trouble in TROUBLES if trouble != "cut")  # the rest would be taken for news
_TROUBLES: dict[str, Callable[[str], Response]] = {
    "500": lambda url: Response(url=url, status=500, body=b"out of order"),
    "429": lambda url: Response(url=url, status=429, headers={"retry-after": "600"}),
    "empty": lambda url: Response(url=url, status=200, body=b" \n"),
    "maintenance": lambda url: _web_page(url, "We will be back soon."),
    "login": lambda url: _web_page(url, "<form><input type=password></form>"),
    "wall": lambda url: _web_page(url, "Just a moment..."),
}


# ---------------------------------------------------------------- feeds


def _rss(publisher: Publisher, url: str) -> bytes:
    def item(each: Item) -> str:
        link = publisher.link(each)
        guid = link if publisher.design == 0 else f"{publisher.base}/?p={each.number}"
        return (
            f"<item><title>{escape(each.title)}</title><link>{link}</link><guid>{guid}</guid>"
            f"<description>{escape(each.summary)}</description><pubDate>{format_datetime(each.published)}</pubDate></item>"
        )

    return _xml(f"<rss version='2.0'><channel><title>T</title>{''.join(map(item, publisher.shown()))}</channel></rss>")


def _rss_without_guids(publisher: Publisher, url: str) -> bytes:
    items = "".join(
        f"<item><title>{escape(each.title)}</title><link>{publisher.link(each)}?utm_source=rss{publisher.made}</link></item>"
        for each in publisher.shown()
    )
    return _xml(
        f"<rss version='2.0'><channel><title>T</title><lastBuildDate>{publisher.now}</lastBuildDate>{items}"
        "</channel></rss>"
    )


def _atom(publisher: Publisher, url: str) -> bytes:
    items = "".join(
        f"<entry><id>tag:{publisher.name},2026:{each.number}</id><title>{escape(each.title)}</title>"
        f"<link href='{publisher.link(each)}'/>"
        f"<summary>{escape(each.summary)}</summary><published>{each.published.isoformat()}</published>"
        f"<updated>{each.revised.isoformat()}</updated></entry>"
        for each in publisher.shown()
    )
    return _xml(f"<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title>{items}</feed>")


def _json_feed(publisher: Publisher, url: str) -> bytes:
    items = [
        {
            "id": str(each.number), "url": publisher.link(each), "title": each.title, "content_text": each.summary,
            "date_published": each.published.isoformat(),
        }
        for each in publisher.shown()
    ]  # fmt: skip
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": items}).encode()


def _xml(text: str) -> bytes:
    return b"<?xml version='1.0' encoding='utf-8'?>" + text.encode()


# ---------------------------------------------------------------- sitemaps

_NEWS = "xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'"


def _news_sitemap(publisher: Publisher, url: str) -> bytes:
    return _xml(
        f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' {_NEWS}>"
        + "".join(
            f"<url><loc>{publisher.link(each)}</loc><news:news><news:publication><news:name>T</news:name><news:language>en</news:language></news:publication>"
            f"<news:publication_date>{each.published.isoformat()}</news:publication_date><news:title>{escape(each.title)}</news:title></news:news></url>"
            for each in publisher.shown()
        )
        + "</urlset>"
    )


def _urlset(publisher: Publisher, items: list[Item]) -> bytes:
    built = publisher.now.date()
    rows = "".join(f"<url><loc>{publisher.link(each)}</loc><lastmod>{built}</lastmod></url>" for each in items)
    return _xml(f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{rows}</urlset>")


def _sitemap(publisher: Publisher, url: str) -> bytes:
    return gzip.compress(_urlset(publisher, publisher.items[::-1]), mtime=0)


def _index(publisher: Publisher, url: str) -> bytes:
    """Write an index of sitemaps of ten addresses each, with the date of the newest change, or of one of them."""
    oldest_first = publisher.items[::-1]
    parts = [oldest_first[at : at + 10] for at in range(0, len(oldest_first), 10)]
    if "/part-" in url:
        number = int(url.rpartition("-")[2].removesuffix(".xml"))
        return _urlset(publisher, parts[number] if number < len(parts) else [])
    dated = publisher.shape == "dated-index"
    rows = "".join(
        f"<sitemap><loc>{publisher.base}/part-{number}.xml</loc>"
        + (f"<lastmod>{hash_time(part, publisher.folder)}</lastmod>" if dated else "")
        + "</sitemap>"
        for number, part in enumerate(parts)
    )
    return _xml(f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{rows}</sitemapindex>")


def hash_time(items: list[Item], folder: str) -> str:
    """Return a time that changes with the addresses of a sitemap."""
    number = int(hash_of(repr(([item.path for item in items], folder)).encode())[:7], 16)
    return (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number % 20_000_000)).isoformat()


# ---------------------------------------------------------------- pages


def _menu(publisher: Publisher) -> str:
    return (
        "<nav><ul>"
        + "".join(f"<li><a href='/{name}'>{name} of the ministry</a></li>" for name in LEFT_OVER)
        + "</ul></nav>"
    )


def _item_of_page(publisher: Publisher, item: Item) -> str:
    link, day = publisher.link(item), item.published.date().isoformat()
    match publisher.design % 3:
        case 0:
            return (
                f"<li class='item'><time datetime='{day}'>{day}</time> <a href='{link}'>{escape(item.title)}</a></li>"
            )
        case 1:
            return (
                f"<article class='card'><a href='{link}'><img src='/i{item.number}.png'></a><h3><a href='{link}'>"
                f"{escape(item.title)}</a></h3><p>{day}</p><a href='{link}'>Read more</a></article>"
            )
        case _:
            return f"<tr><td>{item.published:%d/%m/%Y}</td><td><a href='{link}'>{escape(item.title)}</a></td></tr>"


_AROUND = (("<ul class='list'>", "</ul>"), ("<div class='cards'>", "</div>"), ("<table class='rows'>", "</table>"))
_SELECTORS = (
    {"items": "ul.list > li", "title": "a", "date": "time"},
    {"items": "article.card", "title": "h3", "date": "p"},
    {"items": "table.rows tr", "title": "td + td", "date": "td"},
)


def _page(publisher: Publisher, url: str) -> bytes:
    number = int(url.rpartition("page=")[2] or 1) if "page=" in url else 1
    before, after = _AROUND[publisher.design % 3]
    items = "".join(_item_of_page(publisher, item) for item in publisher.shown(number))
    following = (
        f"<a rel='next' href='?page={number + 1}'>Older</a>" if publisher.items[number * publisher.window :] else ""
    )
    clock = f"<p>It is {publisher.now:%H:%M}.</p>"
    footer = "<footer><a href='/imprint'>Imprint</a></footer>"
    return (
        f"<!doctype html><html lang='en'><head><title>News</title></head><body>{_menu(publisher)}<main>"
        f"{clock}{before}{items}{after}</main>{following}{footer}</body></html>"
    ).encode()


def _page_configuration(publisher: Publisher) -> tuple[str, str, ItemFields]:
    following = "a[rel=next]" if publisher.shape.startswith("paged") else ""
    if publisher.shape.endswith("list"):
        return "page", "/news", ItemFields(next=following)
    return "page", "/news", ItemFields(**_SELECTORS[publisher.configured_design % 3], next=following)


# ---------------------------------------------------------------- APIs

_NAMES = (
    {"items": "results", "title": "heading", "link": "web", "date": "day"},
    {"items": "data.list", "title": "attributes.name", "link": "attributes.address", "date": "attributes.on"},
)


def _row(publisher: Publisher, item: Item) -> dict[str, object]:
    link, day = publisher.link(item), item.published.date().isoformat()
    if publisher.design % 2 == 0:
        return {"heading": item.title, "web": link, "day": day}
    return {"attributes": {"name": item.title, "address": link, "on": day}}


def _api(publisher: Publisher, url: str) -> bytes:
    number = int(url.rpartition("page=")[2]) if "page=" in url else 1
    rows = [_row(publisher, item) for item in publisher.shown(number)]
    following = f"{publisher.base}/api?page={number + 1}" if publisher.items[number * publisher.window :] else None
    if publisher.design % 2 == 0:
        return json.dumps({"generated": str(publisher.now), "next": following, "results": rows}).encode()
    return json.dumps({"data": {"list": rows}, "next": following}).encode()


def _api_configuration(publisher: Publisher) -> tuple[str, str, ItemFields]:
    return "json", "/api", ItemFields(**_NAMES[publisher.configured_design % 2], next="next")


def _posts(publisher: Publisher, url: str) -> bytes:
    return json.dumps(
        [
            {
                "id": each.number, "date_gmt": f"{each.published:%Y-%m-%dT%H:%M:%S}", "link": publisher.link(each),
                "title": {"rendered": escape(each.title)}, "excerpt": {"rendered": f"<p>{each.summary}</p>"},
            }
            for each in publisher.shown()
        ]
    ).encode()  # fmt: skip


# ---------------------------------------------------------------- shapes


def _simple(kind: str, address: str) -> Callable[[Publisher], tuple[str, str, ItemFields]]:
    return lambda publisher: (kind, address, ItemFields())


@dataclass(frozen=True)
class Shape:
    """How the source of a publisher is written and configured."""

    render: Callable[[Publisher, str], bytes]
    configuration: Callable[[Publisher], tuple[str, str, ItemFields]]
    designs: int = 1
    has_pages: bool = False
    is_whole: bool = False
    """All items are shown, not only the newest."""
    has_titles: bool = True
    has_list: bool = False
    """The list is found by itself on a page."""
    has_selectors: bool = False


SHAPES = {
    "rss": Shape(_rss, _simple("auto", "/feed"), designs=2),
    "rss-without-guids": Shape(_rss_without_guids, _simple("feed", "/feed")),
    "atom": Shape(_atom, _simple("auto", "/atom.xml"), designs=2),
    "json-feed": Shape(_json_feed, _simple("auto", "/feed.json"), designs=2),
    "news-sitemap": Shape(_news_sitemap, _simple("auto", "/news.xml"), designs=2),
    "sitemap": Shape(_sitemap, _simple("sitemap", "/sitemap.xml.gz"), is_whole=True, has_titles=False),
    "index": Shape(_index, _simple("auto", "/index.xml"), is_whole=True, has_titles=False),
    "dated-index": Shape(_index, _simple("sitemap", "/index.xml"), is_whole=True, has_titles=False),
    "list": Shape(_page, _page_configuration, designs=3, has_list=True),
    "paged-list": Shape(_page, _page_configuration, designs=3, has_pages=True, has_list=True),
    "selected": Shape(_page, _page_configuration, designs=3, has_selectors=True),
    "paged-selected": Shape(_page, _page_configuration, designs=3, has_pages=True, has_selectors=True),
    "api": Shape(_api, _api_configuration, designs=2, has_pages=True, has_selectors=True),
    "wordpress": Shape(_posts, _simple("json", "/wp-json/wp/v2/posts"), designs=2),
}
