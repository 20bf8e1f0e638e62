"""The date of publication that a page states: for machines, in a `time` element, or in words beside its headline.

The sources are tried in the order of their reliability; a date of the last change is used only if there is no other.
A date without a time zone is taken as UTC. Abbreviations of time zones such as `AEST` are understood.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any

from lxml.html import HtmlElement

from monitor.core.feeds import dates

_PUBLISHED = (
    "article:published_time", "og:published_time", "og:article:published_time", "article:published",
    "article.published", "datepublished", "date", "dc.date", "dc.date.issued", "dcterms.created", "dcterms.date",
    "dcterms.issued",
    "pubdate", "publishdate", "publish-date", "published-date", "date-pub", "published", "publication_date",
    "publication-date", "article_date_original", "cludo:date", "parsely-pub-date", "sailthru.date",
    "citation_publication_date", "citation_date", "rnews:datepublished", "cxenseparse:recs:publishtime",
)  # fmt: skip
_CHANGED = ("article:modified_time", "og:updated_time", "datemodified", "last-modified", "dcterms.modified", "lastmod")
_PUBLISHED_NAME = re.compile(r"publish\w*[-_.:]?(?:date|time|on|at)\b|(?:date|time)[-_.:]?publish", re.IGNORECASE)
"""Further names of the date of publication: `w-published-date`."""
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
"""Dates after this are ignored; the caller, who has the current time, drops dates in the future."""
_YEAR = re.compile(r"(?<!\d)(?:19|20|25)\d\d(?!\d)")  # 25: of Thailand
_DATE_CLASS = re.compile(r"date|publish|posted|time", re.IGNORECASE)
_MAX_ELEMENTS_AFTER_HEADLINE = 120
"""Elements after the headline among which its date is looked for."""
_MAX_HEADLINES = 3
"""Headlines beside which the date is looked for; the first may be the name of the site."""
_MAX_SIBLINGS_BEFORE_HEADLINE = 3
"""Elements before the headline, in the element around it, in which the date is looked for."""
_MAX_DATE_PHRASE_CHARS = 60
"""Length of a date in words, with what precedes it ("Last updated on")."""


def publication_date(
    tree: HtmlElement, metas: Mapping[str, str], json_ld: Sequence[dict[str, Any]], language: str
) -> datetime | None:
    """Return the date of publication in UTC, or None; `metas` and `json_ld` are the page's metadata and JSON-LD.

    `language` is the code of the page's language.
    """
    for raw in _date_strings(tree, metas, json_ld):
        if moment := parse_page_date(raw, language):
            return moment
    return None


def parse_page_date(raw: str, language: str = "") -> datetime | None:
    """Parse a date as pages write it, in UTC; None if it cannot be read or is before 1990."""
    return dates.parse_date(raw, _LATEST, language)


def _date_strings(tree: HtmlElement, metas: Mapping[str, str], json_ld: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield from _json_ld_dates(json_ld, ("datePublished", "dateCreated"))
    yield from (metas[name] for name in _PUBLISHED if name in metas)
    yield from (content for name, content in metas.items() if _PUBLISHED_NAME.search(name))
    yield from _marked_dates(tree)
    times = list(tree.iter("time"))
    attributes = [moment for time in times if (moment := time.get("datetime"))]
    if len(set(attributes)) == 1:
        yield attributes[0]
    headlines = list(islice(tree.iter("h1"), _MAX_HEADLINES))
    yield from _dates_after(headlines[:1])
    if len(times) == 1:
        yield times[0].text_content()
    yield from _dates_after(headlines[1:])
    yield from _dates_before(headlines)
    yield from _json_ld_dates(json_ld, ("dateModified",))
    yield from (metas[name] for name in _CHANGED if name in metas)


def _json_ld_dates(json_ld: Iterable[dict[str, Any]], keys: tuple[str, ...]) -> Iterator[str]:
    yield from (str(item[key]) for key in keys for item in json_ld if item.get(key))


def _marked_dates(tree: HtmlElement) -> Iterator[str]:
    """Yield the dates that are marked as the one of publication."""
    for time in tree.iter("time"):
        marked = time.get("itemprop") == "datePublished" or time.get("pubdate") is not None
        if marked or "publish" in (time.get("class") or ""):
            yield time.get("datetime") or time.text_content()
    for element in tree.iter("span", "div", "p", "abbr"):
        if element.get("itemprop") == "datePublished":
            yield element.get("content") or element.get("datetime") or element.text_content()


def _dates_after(headlines: Iterable[HtmlElement]) -> Iterator[str]:
    """Yield what may be the date after a headline."""
    for headline in headlines:
        after = chain.from_iterable(each.iter() for each in _elements_after(headline))
        yield from _dates_in(islice(after, _MAX_ELEMENTS_AFTER_HEADLINE))


def _dates_before(headlines: Iterable[HtmlElement]) -> Iterator[str]:
    """Yield what may be the date before a headline, in the element around it."""
    for headline in headlines:
        siblings = islice(headline.itersiblings(preceding=True), _MAX_SIBLINGS_BEFORE_HEADLINE)
        before = chain.from_iterable(each.iter() for each in siblings)
        yield from _dates_in(islice(before, _MAX_ELEMENTS_AFTER_HEADLINE))


def _dates_in(elements: Iterable[HtmlElement]) -> Iterator[str]:
    """Yield `time` attributes, short texts with a year, and short elements of a class such as `post-date`."""
    for element in elements:
        if element.tag in {"script", "style", "svg"}:
            continue
        if element.tag == "time" and (stated := element.get("datetime")):
            yield stated
        for text in (element.text, element.tail):
            if text and _may_be_date(text):
                yield text.strip()
        if _DATE_CLASS.search(element.get("class") or "") and _may_be_date(whole := element.text_content()):
            yield " ".join(whole.split())


def _elements_after(headline: HtmlElement) -> Iterator[HtmlElement]:
    """Yield what follows an element: its next siblings, and those of its ancestors."""
    element = headline
    while element is not None:
        yield from element.itersiblings()
        element = element.getparent()


def _may_be_date(text: str) -> bool:
    short = text.strip()
    return 6 <= len(short) <= _MAX_DATE_PHRASE_CHARS and len(set(_YEAR.findall(short))) == 1
