"""Hostile sites: one case for each thing that publishers and attackers do, each on its own address.

A case defines the responses of its site and what is recorded: the feed's reason, a note of its poll, or the reason of a
partial article. Numbers are those of the threat table: N for the network, P for what comes over it.
"""

from __future__ import annotations

import asyncio
import gzip
import socket
import struct
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from tests.poll.polled_feeds import PROSE, START
from tests.siteserver import Answer, feed_xml, page, rss

if TYPE_CHECKING:
    from datetime import datetime

ARTICLE = PROSE * 12 + "<p>It then turned to the AI Act.</p>"


@dataclass(frozen=True, kw_only=True)
class Case:
    row: str
    name: str
    answer: object
    """What /feed answers; see Site.routes."""
    reason: str = ""
    """How the feed's recorded reason starts; empty: the feed is well."""
    note: str = ""
    """How a note of the poll starts."""
    partial: str = ""
    """How the reason of its partial article starts."""
    entries: int | None = None
    """How many entries are stored of it."""
    url: str = ""
    """Another address than the site's own."""
    pages: dict[str, object] = field(default_factory=dict)
    tls: bool = False
    source: dict[str, object] = field(default_factory=dict)
    """Further fields of its Feed."""

    @property
    def id(self) -> str:
        return f"{self.row.lower()}-{self.name}"


def items(count: int = 1, **more: str) -> list[dict[str, str]]:
    return [
        {"title": f"The committee met for the {n}th time", "guid": f"tag:{n}", "description": "Short.", **more}
        for n in range(count)
    ]


def good(count: int = 1, **more: str) -> Answer:
    return rss(feed_xml(items(count, **more)))


def redirect(to: str, status: int = 302, body: bytes = b"") -> Answer:
    return Answer(body, status, {"Location": to} if to else {})


def linking(to: str) -> Answer:
    return good(link=to)


def raw(*pieces: bytes):
    async def script(asked, writer):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return script


async def drip_body(asked, writer):
    writer.write(b"HTTP/1.1 200 X\r\nContent-Type: text/xml\r\n\r\n<rss>")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


async def drip_headers(asked, writer):
    writer.write(b"HTTP/1.1 200 X\r\n")
    while True:
        writer.write(b"X: y\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)


async def endless(asked, writer):
    writer.write(b"HTTP/1.1 200 X\r\nContent-Type: text/xml\r\n\r\n<rss>")
    while True:
        writer.write(b"\0" * 65536)
        await writer.drain()


async def reset(asked, writer):
    writer.write(b"HTTP/1.1 200 X\r\nContent-Length: 1000\r\n\r\n<rss>")
    await writer.drain()
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


ZEROS = gzip.compress(b"\0" * 60_000_000, 1)


def bomb(status: int = 200, **headers: str) -> Answer:
    return Answer(ZEROS, status, {"Content-Encoding": "gzip", "Content-Type": "text/xml", **headers})


def chunked(rest: bytes):
    return raw(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\n" + rest)


CHALLENGE = Answer(
    b"<!DOCTYPE html><html><head><title>Just a moment...</title></head></html>", 403, {"cf-mitigated": "challenge"}
)
LOGIN = Answer(b"<html><form><input type=password></form></html>", headers={"Content-Type": "text/html"})
WEB_PAGE = page("<p>We have a new site.</p>")
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
HANGING = Answer(
    b"<html><body><p>" + b"<span>word " * 80_000 + b"</p></body></html>", headers={"Content-Type": "text/html"}
)
DEEP = Answer(b"<html><body>" + b"<div>" * 100_000 + PROSE.encode() * 30, headers={"Content-Type": "text/html"})
SPREAD_DATES = ["0000-01-01", "9999-12-31T23:59:59-14:00", "31 Jun 2026", "Tue, 24 Nov 2099 10:00:00 GMT", ""]


def with_doctype(doctype: str, title: str) -> Answer:
    body = feed_xml([{"title": "TITLE", "guid": "1"}]).replace(b"<rss", f"<!DOCTYPE rss [{doctype}]><rss".encode(), 1)
    return rss(body.replace(b"TITLE", title.encode()))


def huge() -> Answer:
    item = "<item><title>The committee met for the {n}th time</title><guid>tag:{n}</guid>{text}</item>"
    text = f"<description>{'Words. ' * 18}</description>"
    body = "".join(item.format(n=n, text=text) for n in range(30_000))
    return rss(f"<rss version='2.0'><channel><title>t</title>{body}</channel></rss>".encode())


def flood(of: bytes, size: int = 9_000_000) -> Answer:
    body = feed_xml([{"title": "The committee met", "description": "FLOOD"}, {"title": "It met again"}])
    return rss(body.replace(b"FLOOD", of * (size // len(of))))


def reguided(when: datetime) -> list[Answer]:
    """A feed of two hundred entries that comes back with new guids, links and dates for all of them."""
    dates = [format_datetime(each) for each in (when, when + timedelta(hours=1))]
    before = [{"title": f"Title of number {n}", "guid": f"a{n}", "pubDate": dates[0]} for n in range(200)]
    after = [{"title": f"Title of number {n}", "guid": f"b{n}", "pubDate": dates[1]} for n in range(200)]
    return [rss(feed_xml(before)), rss(feed_xml(after))]


CUT_WHOLE = feed_xml(items(20))
CASES = [
    Case(row="N1", name="slow-body", answer=drip_body, reason="timeout: "),
    Case(row="N1", name="slow-headers", answer=drip_headers, reason="timeout: "),
    Case(row="N1", name="slow-page", answer=linking("/a"), pages={"/a": drip_body}, partial="timeout: ", entries=1),
    Case(row="N2", name="gzip-bomb", answer=bomb(), reason="too large: "),
    Case(
        row="N2",
        name="gzip-bomb-of-a-page",
        answer=linking("/a"),
        pages={"/a": bomb()},
        partial="too large: ",
        entries=1,
    ),
    Case(row="N2", name="bomb-behind-a-redirect", answer=bomb(302, Location="/ok"), pages={"/ok": good()}, entries=1),
    Case(
        row="N2", name="brotli", answer=Answer(b"x", headers={"Content-Encoding": "br"}), reason="unknown encoding: br"
    ),
    Case(row="N3", name="endless", answer=endless, reason="too large: "),
    Case(row="N3", name="endless-page", answer=linking("/a"), pages={"/a": endless}, partial="too large: ", entries=1),
    Case(
        row="N3",
        name="lying-length",
        answer=raw(b"HTTP/1.1 200 X\r\nContent-Length: 999999\r\n\r\n<rss>"),
        reason="cut short: ",
    ),
    Case(
        row="N4",
        name="cut-gzip",
        answer=Answer(gzip.compress(CUT_WHOLE)[:-30], headers={"Content-Encoding": "gzip"}),
        reason="cut short: ",
    ),
    Case(
        row="N4",
        name="cut-xml",
        answer=[Answer(CUT_WHOLE[:-700], headers={"ETag": '"1"'}), rss(CUT_WHOLE, ETag='"1"')],
        note="malformed: cut short",
        entries=20,
    ),
    Case(row="N5", name="reset", answer=reset, reason="connection failed"),
    Case(row="N5", name="cut-chunk", answer=chunked(b"9\r\nhal"), reason="cut short: "),
    Case(row="N5", name="bad-chunk", answer=chunked(b"zz\r\n"), reason="protocol: "),
    Case(row="N5", name="garbage", answer=raw(b"\x16\x03\x01\r\n\r\n"), reason="protocol: "),
    Case(row="N5", name="nothing", answer=raw(b""), reason="protocol: "),
    Case(
        row="N5",
        name="huge-header",
        answer=raw(b"HTTP/1.1 200 X\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n"),
        reason="protocol: ",
    ),
    Case(row="N6", name="redirect-loop", answer=redirect("/feed"), reason="redirects: more than 5"),
    Case(
        row="N6",
        name="page-that-redirects-for-ever",
        answer=linking("/a"),
        pages={"/a": redirect("/a")},
        partial="redirects: more than 5",
        entries=1,
    ),
    Case(row="N6", name="redirect-to-a-file", answer=redirect("file:///etc/passwd"), reason="redirect refused: file"),
    Case(
        row="N6",
        name="redirect-to-no-port",
        answer=redirect("http://127.0.0.1:99999/"),
        reason="bad redirect: http://127.0.0.1:99999/",
    ),
    Case(row="N6", name="redirect-to-nowhere", answer=redirect("", 301), reason="bad redirect: "),
    Case(
        row="N7",
        name="private-address",
        answer=good(),
        url="http://10.255.255.1/feed",
        reason="address refused: 10.255.255.1",
    ),
    Case(
        row="N7",
        name="redirect-to-metadata",
        answer=redirect("http://169.254.169.254/latest/"),
        reason="address refused: 169.254.169.254",
    ),
    Case(
        row="N8",
        name="rebinding",
        answer=good(),
        url="http://rebinding.example:{port}/feed",
        reason="address refused: rebinding.example is 10.0.0.1",
    ),
    Case(
        row="N9",
        name="hexadecimal",
        answer=good(),
        url="http://0x0a.1/feed",
        reason="address refused: 0x0a.1 is 10.0.0.1",
    ),
    Case(
        row="N9",
        name="mapped",
        answer=good(),
        url="http://[::ffff:127.0.0.1]:{port}/feed",
        reason="address refused: ::ffff:127.0.0.1",
    ),
    Case(
        row="N9",
        name="nat64",
        answer=good(),
        url="http://[64:ff9b::7f00:1]/feed",
        reason="address refused: 64:ff9b::7f00:1",
    ),
    Case(
        row="N10",
        name="article-at-a-private-address",
        answer=linking("http://192.168.1.1/admin"),
        partial="address refused: 192.168.1.1",
        entries=1,
    ),
    Case(
        row="N10",
        name="article-redirected-inside",
        answer=linking("/a"),
        pages={"/a": redirect("http://[fd00::1]/")},
        partial="address refused: fd00::1",
        entries=1,
    ),
    Case(row="N11", name="proxy-in-the-environment", answer=good(), entries=1),
    Case(row="N12", name="unknown-certificate", answer=good(), tls=True, reason="certificate: "),
    Case(row="N13", name="not-modified-at-first", answer=Answer(status=304), reason="unasked not modified"),
    Case(row="N13", name="not-modified-once", answer=[Answer(status=304), good()], entries=1),
    Case(
        row="N14",
        name="too-many-requests",
        answer=Answer(b"", 429, {"Retry-After": "316800"}),
        reason="too many requests: http 429",
    ),
    Case(
        row="N14",
        name="unavailable-until",
        answer=Answer(b"", 503, {"Retry-After": "Wed, 25 Nov 2026 00:00:00 GMT"}),
        reason="http: 503",
    ),
    Case(row="N14", name="odd-retry-after", answer=Answer(b"", 503, {"Retry-After": "--5"}), reason="http: 503"),
    Case(row="N15", name="moved", answer=redirect("/new", 301), pages={"/new": good()}, entries=1),
    Case(row="N15", name="gone", answer=Answer(b"", 410), reason="gone: http 410"),
    Case(row="N15", name="not-found", answer=Answer(b"", 404), reason="http: 404"),
    Case(row="N16", name="web-page", answer=WEB_PAGE, reason="not a feed: a web page"),
    Case(
        row="N16",
        name="json-feed-that-breaks-off",
        answer=Answer(b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"title": '),
        reason="not a feed: invalid JSON",
    ),
    Case(row="N16", name="bot-wall", answer=CHALLENGE, reason="bot wall: "),
    Case(row="N16", name="login-wall", answer=LOGIN, reason="login wall: "),
    Case(row="N16", name="empty-202", answer=Answer(b"", 202), reason="empty answer: http 202"),
    Case(row="N16", name="empty-200", answer=Answer(b""), reason="empty answer: http 200"),
    Case(
        row="N16",
        name="page-to-log-in-at",
        answer=linking("/a"),
        pages={"/a": redirect("/login?next=a"), "/login": page(ARTICLE)},
        partial="login wall: redirected",
        entries=1,
    ),
    Case(
        row="N16", name="bot-wall-page", answer=linking("/a"), pages={"/a": CHALLENGE}, partial="bot wall: ", entries=1
    ),
    Case(
        row="N16",
        name="empty-page",
        answer=linking("/a"),
        pages={"/a": Answer(b"", 202)},
        partial="empty answer: http 202",
        entries=1,
    ),
    Case(
        row="N16",
        name="forbidden-page",
        answer=linking("/a"),
        pages={"/a": page(ARTICLE), "/robots.txt": Answer(b"User-agent: *\nDisallow: /")},
        partial="robots: ",
        entries=1,
    ),
    Case(
        row="N16",
        name="film",
        answer=linking("/a"),
        pages={"/a": Answer(b"x", headers={"Content-Type": "video/mp4"})},
        partial="not an article: video/mp4",
        entries=1,
    ),
    Case(row="N16", name="no-entries", answer=rss(feed_xml([])), reason="empty: the feed holds no entry", entries=0),
    Case(
        row="N16",
        name="frozen",
        answer=good(pubDate="Tue, 24 Nov 2015 10:00:00 GMT"),
        reason="frozen: the newest entry is of 2015-11-24",
        entries=1,
    ),
    Case(
        row="P1",
        name="billion-laughs",
        answer=with_doctype(f'<!ENTITY l0 "ha">{LAUGHS}', "The committee &l9;"),
        note="malformed: ",
        entries=1,
    ),
    Case(
        row="P1",
        name="external-entity",
        answer=with_doctype('<!ENTITY x SYSTEM "file:///etc/passwd">', "The committee &x;"),
        note="malformed: ",
        entries=1,
    ),
    Case(row="P2", name="name-of-a-file", answer=rss(b"/etc/passwd"), reason="not a feed: "),
    Case(
        row="P3",
        name="thirty-thousand-entries",
        answer=huge(),
        note="truncated: 29,000 older entries left out",
        entries=1000,
    ),
    Case(
        row="P3",
        name="nothing-but-ampersands",
        answer=flood(b"& ", 2_000_000),
        note="malformed: ampersands that are not escaped",
        entries=2,
    ),
    Case(row="P4", name="deep-feed", answer=flood(b"<b>"), reason="parse timeout: "),
    Case(row="P4", name="deep-page", answer=linking("/a"), pages={"/a": DEEP}, entries=1),
    Case(row="P5", name="hanging-page", answer=linking("/a"), pages={"/a": HANGING}, entries=1),
    Case(
        row="P6",
        name="control-characters",
        answer=rss(feed_xml(items())[:-6].replace(b"committee", b"com\x00mit\x1ftee") + b"</rss>"),
        entries=1,
    ),
    Case(
        row="P6",
        name="wrong-charset",
        answer=rss(feed_xml(items()).replace(b"committee", "commission à".encode("latin-1"))),
        entries=1,
    ),
    Case(
        row="P6",
        name="character-cut-in-two",
        answer=rss(feed_xml(items(3)).replace(b"committee", "commission à".encode()).replace(b"0th", b"\xe2\x80")),
        note="malformed: characters that are in no encoding",
        entries=3,
    ),
    Case(
        row="P7",
        name="absurd-dates",
        answer=rss(
            feed_xml(
                [
                    {"title": f"The committee met, case {n}", "guid": str(n), "pubDate": date}
                    for n, date in enumerate(SPREAD_DATES)
                ]
            )
        ),
        entries=5,
    ),
    Case(
        row="P8",
        name="nothing-but-titles",
        answer=rss(feed_xml([{"title": f"The committee met, case {n}"} for n in range(3)])),
        entries=3,
    ),
    Case(
        row="P8",
        name="one-guid-for-all",
        answer=rss(
            feed_xml([{"title": f"The committee met, case {n}", "guid": "same", "link": f"/a/{n}"} for n in range(3)])
        ),
        entries=3,
    ),
    Case(
        row="P8",
        name="one-link-for-all",
        answer=rss(feed_xml([{"title": f"The committee met, case {n}", "link": "/"} for n in range(3)])),
        entries=3,
    ),
    Case(row="P8", name="guid-twice", answer=rss(feed_xml(items() + items())), entries=1),
    Case(
        row="P8",
        name="long-guids",
        answer=rss(
            feed_xml([{"title": f"The committee met, case {n}", "guid": "g" * 9000 + str(n)} for n in range(2)])
        ),
        entries=2,
    ),
    Case(
        row="P9",
        name="redesign",
        answer=reguided(START - timedelta(days=3)),
        note="flood: 200 new entries and none known, 200 of them back-filled",
        entries=400,
    ),
    Case(row="P10", name="script-links", answer=linking("javascript:alert(1)"), partial="no link", entries=1),
]


def healthy(number: int) -> Case:
    answer = rss(feed_xml(items(5, link=f"/a/{number}")))
    return Case(row="OK", name=str(number), answer=answer, pages={f"/a/{number}": page(ARTICLE)}, entries=5)
