"""Title, author, date and language of a page, from its head and its JSON-LD.

Reads what publishers provide for machines, in order of reliability; `page_dates` reads dates beside the headline, too.
htmldate searches the whole text, at the cost of a whole extraction. The name of the site is removed from a title only
where the page itself shows which part is the headline.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from monitor.core import links
from monitor.core.text import tags
from monitor.core.text.languages import language_code

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_TITLES = ("og:title", "twitter:title", "dc.title", "headline", "parsely-title")
_AUTHORS = ("author", "article:author", "dc.creator", "parsely-author", "sailthru.author", "byl")
_MARKS = "|·•»«:\u2013\u2014-"
_SEPARATORS = re.compile(rf" [{_MARKS}] | ?\| ?")
_MAX_JSON_CHARS = 300_000
"""Longer JSON-LD is ignored."""
_MAX_NODES = 50
"""Nodes that are read of a list in JSON-LD."""
_ARTICLE_TYPE = re.compile(r"Article|Posting|Report|WebPage")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """What a page declares about its article; empty or None where it declares nothing."""

    title: str = ""
    author: str = ""
    published_at: datetime | None = None
    language: str = ""
    body: str = ""
    """The text of the article from JSON-LD (`articleBody`)."""
    paywalled: bool = False
    """The page is declared to be for subscribers; many such pages still contain the whole text."""
    asks_password: bool = False
    """True if the page has a password field; many pages have one beside their text."""


def read_page_facts(tree: HtmlElement) -> PageFacts:
    """Return the facts that a page declares in its head, JSON-LD and forms."""
    from monitor.core.articles.page_dates import publication_date  # loads feedparser, which is slow

    metas = _metas(tree)
    json_ld = list(_json_ld(tree))
    language = _language(tree, metas)
    return PageFacts(
        title=_title(tree, metas, json_ld),
        author=_first(metas, _AUTHORS) or _name(next((item["author"] for item in json_ld if item.get("author")), "")),
        published_at=publication_date(tree, metas, json_ld, language_code(language)),
        language=language,
        paywalled=any("false" in str(item.get("isAccessibleForFree")).lower() for item in json_ld),
        asks_password=any((field.get("type") or "").lower() == "password" for field in tree.iter("input")),
        body=max((_text(item.get("articleBody")) for item in json_ld), key=len, default=""),
    )


def first_heading(tree: HtmlElement) -> str:
    """Return the first h1 of more than 8 characters, or ""."""
    tops = [" ".join(h1.text_content().split()) for h1 in tree.iter("h1")]
    tops = [top for top in tops if len(top) > 8]
    return tops[0] if tops else ""


def _language(tree: HtmlElement, metas: dict[str, str]) -> str:
    own = tree.get("lang") or tree.get("xml:lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang")
    return own or metas.get("og:locale") or metas.get("content-language") or ""


def _metas(tree: HtmlElement) -> dict[str, str]:
    metas: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or meta.get("http-equiv")
        content = meta.get("content")
        if name and content and content.strip():
            metas.setdefault(name.strip().lower(), content.strip())
    return metas


def _first(metas: dict[str, str], names: tuple[str, ...]) -> str:
    value = next((metas[name] for name in names if name in metas), "")
    return "" if links.is_web_address(value) else value


def _json_ld(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    """Yield the articles of JSON-LD: in lists and graphs too, and the only one of a page or blog."""
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "") or not script.text or len(script.text) > _MAX_JSON_CHARS:
            continue
        try:
            yield from _articles(json.loads(script.text, strict=False))
        except (ValueError, RecursionError):
            continue


def _articles(node: object) -> Iterator[dict[str, Any]]:
    nodes = node if isinstance(node, list) else [node]
    for item in (item for item in nodes[:_MAX_NODES] if isinstance(item, dict)):
        yield from _articles(item.get("@graph"))
        yield from _articles(_single_value(item.get("mainEntity")))
        yield from _articles(_single_value(item.get("blogPost")))
        if _ARTICLE_TYPE.search(str(item.get("@type", ""))):
            yield item


def _single_value(value: object) -> object:
    """Return a value that is not a list, or the only item of a list; None for several, as on a page of posts."""
    if not isinstance(value, list):
        return value
    return value[0] if len(value) == 1 else None


def _text(body: object) -> str:
    """Return the text of a value that may contain markup, escaped or not."""
    if not isinstance(body, str):
        return ""
    text = tags.unescape(body)
    return tags.strip_tags(text) if "</" in text or "<br" in text else text.strip()


def _name(author: object) -> str:
    if isinstance(author, list):
        return ", ".join(filter(None, map(_name, author[:5])))
    if isinstance(author, dict):
        return _name(author.get("name", ""))
    return author if isinstance(author, str) and not author.startswith("http") else ""


def _title(tree: HtmlElement, metas: dict[str, str], json_ld: list[dict[str, Any]]) -> str:
    named = _first(metas, _TITLES) or next((str(item["headline"]) for item in json_ld if item.get("headline")), "")
    element = next(tree.iter("title"), None)
    whole = named or (" ".join(element.text_content().split()) if element is not None else "")
    top = first_heading(tree)
    return _without_site(whole, top, metas.get("og:site_name", "")) if whole else top


def _without_site(title: str, top: str, site: str) -> str:
    """Remove the name of the site from a title, if the h1 or og:site_name shows which part it is."""
    title = " ".join(title.split())
    parts = _SEPARATORS.split(title)
    if len(parts) < 2:
        return title
    if top and title.casefold().startswith(top.casefold()):
        return top
    site = top if top and top.casefold() == parts[-1].casefold() else site  # some themes head each page with their name
    if site and parts[-1].casefold() == site.casefold():
        return title[: title.rindex(parts[-1])].rstrip(" " + _MARKS)
    return title
