"""Hostile sitemaps, pages and APIs: bombs, pages and indexes without end, private addresses, dates that cannot be.

Rows are S for sitemaps, L for lists on pages and J for JSON. No page of an article is fetched here.
"""

from __future__ import annotations

import gzip
import json

from monitor.core.model import ItemFields
from tests.hostile.cases import LAUGHS, Answer, Case, bomb, endless, redirect

METADATA = "http://169.254.169.254/latest/"
BAD_DATES = ("0000-00-00", "9999-12-31T23:59:59-14:00", "31 Jun 2026", "2099-01-01", "1e999", "-1")
XML = {"Content-Type": "application/xml"}
JSON = {"Content-Type": "application/json"}
HTML = {"Content-Type": "text/html"}
OF_API = ItemFields(items="results", next="next")


def sitemap(*addresses: str, dates: tuple[str, ...] = (), doctype: str = "") -> Answer:
    rows = "".join(
        f"<url><loc>{address}</loc><lastmod>{dates[n % len(dates)] if dates else ''}</lastmod></url>"
        for n, address in enumerate(addresses)
    )
    text = f"{doctype}<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{rows}</urlset>"
    return Answer(text.encode(), headers=XML)


def index(*addresses: str) -> Answer:
    rows = "".join(f"<sitemap><loc>{address}</loc></sitemap>" for address in addresses)
    text = f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{rows}</sitemapindex>"
    return Answer(text.encode(), headers=XML)


def news(*numbers: int) -> tuple[str, ...]:
    return tuple(f"/news/{number}" for number in numbers)


def listed(*numbers: int, following: str = "", dates: tuple[str, ...] = ("2026-11-20",)) -> Answer:
    rows = "".join(
        f"<li><i>{dates[n % len(dates)]}</i><a href='/news/{number}'>The committee met for the {number}th time</a></li>"
        for n, number in enumerate(numbers)
    )
    link = f"<a class=next href='{following}'>Older</a>" if following else ""
    return Answer(f"<html><body><main><ul>{rows}</ul></main>{link}</body></html>".encode(), headers=HTML)


def api(*numbers: int, following: str = "", dates: tuple[str, ...] = ("2026-11-20",)) -> Answer:
    rows = [
        {"title": f"The committee met for the {number}th time", "url": f"/news/{number}", "date": dates[n % len(dates)]}
        for n, number in enumerate(numbers)
    ]
    return Answer(json.dumps({"results": rows, "next": following}).encode(), headers=JSON)


def endless_pages(answer) -> dict[str, object]:
    """Nine further pages of three items; each links the next one, the last the second."""
    return {f"/{n}": answer(3 * n, 3 * n + 1, 3 * n + 2, following=f"/{n + 1 if n < 10 else 2}") for n in range(2, 11)}


def case(row: str, name: str, answer: object, **more) -> Case:
    kind = {"S": "sitemap", "L": "page", "J": "json"}[row]
    return Case(
        row=row, name=name, answer=answer, source={"kind": kind, "fulltext": "never", **more.pop("source", {})}, **more
    )


PAGED = {"fields": ItemFields(next="a.next")}
SOURCE_CASES = [
    case(
        "S",
        "gzip-bomb",
        Answer(gzip.compress(b"<urlset>" + b" " * 60_000_000, 1)),
        reason="not a feed: a sitemap that cannot be read: ",
    ),
    case("S", "bomb-of-the-transport", bomb(), reason="too large: "),
    case(
        "S", "billion-laughs", sitemap("/a&l9;", doctype=f'<!DOCTYPE u [<!ENTITY l0 "x">{LAUGHS}]>'), note="malformed: "
    ),
    case(
        "S",
        "external-entity",
        sitemap("/news/1", "/&x;", doctype='<!DOCTYPE u [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
        entries=2,
    ),
    case("S", "dates-that-cannot-be", sitemap(*news(*range(6)), dates=BAD_DATES), entries=6),
    case(
        "S",
        "an-index-of-itself",
        index("/feed", "/i"),
        pages={"/i": index("/feed", "/i")},
        reason="no entries: an index without documents",
    ),
    case(
        "S",
        "an-index-that-leads-inside",
        index(METADATA, "/inside", "/s"),
        pages={"/inside": redirect(METADATA), "/s": sitemap(*news(1, 2, 3))},
        note="malformed: address refused: 169.254.169.254",
        entries=3,
    ),
    case("L", "bomb", bomb(), reason="too large: "),
    case("L", "endless", endless, reason="too large: "),
    case("L", "redirect-inside", redirect(METADATA), reason="address refused: 169.254.169.254"),
    case(
        "L",
        "deep",
        Answer(b"<html><body>" + b"<div>" * 100_000 + b"<a href=/a>A link to it", headers=HTML),
        reason="no entries: ",
    ),
    case(
        "L",
        "pages-without-end",
        listed(0, 1, 2, following="/2"),
        pages=endless_pages(listed),
        note="truncated: 1 older",
        entries=15,
        source=PAGED,
    ),
    case(
        "L",
        "a-next-page-inside",
        listed(0, 1, 2, following=METADATA),
        note="malformed: address refused: 169.254.169.254",
        entries=3,
        source=PAGED,
    ),
    case(
        "L",
        "a-next-page-that-bombs",
        listed(0, 1, 2, following="/2"),
        pages={"/2": bomb()},
        note="malformed: too large",
        entries=3,
        source=PAGED,
    ),
    case("L", "dates-that-cannot-be", listed(*range(6), dates=BAD_DATES), entries=6),
    case("J", "bomb", bomb(), reason="too large: "),
    case("J", "deep", Answer(b"[" * 1_000_000, headers=JSON), reason="not a feed: invalid JSON"),
    case("J", "redirect-inside", redirect(METADATA), reason="address refused: 169.254.169.254"),
    case(
        "J",
        "pages-without-end",
        api(0, 1, 2, following="/2"),
        pages=endless_pages(api),
        note="truncated: 1 older",
        entries=15,
        source={"fields": OF_API},
    ),
    case(
        "J",
        "a-next-page-inside",
        api(0, 1, 2, following=METADATA),
        note="malformed: address refused: 169.254.169.254",
        entries=3,
        source={"fields": OF_API},
    ),
    case("J", "dates-that-cannot-be", api(*range(6), dates=BAD_DATES), entries=6),
    case(
        "J",
        "values-of-other-kinds",
        Answer(
            b'[1, null, {"title": {"a": []}, "url": 7}, '
            b'{"title": "The committee met", "url": "javascript:alert(1)", "date": 1e999}]',
            headers=JSON,
        ),
        entries=2,
    ),
]
