"""Web pages that list articles: the main list, or what CSS selectors name.

A page without a list, or on which a selector finds nothing, is `layout changed`: a source that gives nothing any more
must not look like one without news.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from lxml.html import HtmlElement

from monitor.core import links
from monitor.core.feeds import responses
from monitor.core.feeds.failures import failed
from monitor.core.feeds.outcomes import MAX_FINGERPRINT_CHARS, build_changed
from monitor.core.model import Feed, FeedState, ItemFields, Response
from monitor.core.sources import page_list, page_text
from monitor.core.sources.embedded_json import find_embedded_list
from monitor.core.sources.entries import Item, build_entry
from monitor.core.sources.gzip_data import unpack
from monitor.core.sources.link_groups import MIN_LIST_ITEMS
from monitor.core.sources.list_items import ListItem
from monitor.core.sources.protocol import ParsedSource, SourceRequest, conditional_request
from monitor.core.text.encodings import decode
from monitor.core.text.html_trees import parse_html_tree
from monitor.core.text.languages import language_code
from monitor.core.text.selectors import compile_selector

_ACCEPT = "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.5"
_MAX_SELECTED_SUMMARY_CHARS = 5_000
_MAX_PAGE_BYTES = 20_000_000
"""Bytes that are read of a page that is gzip without saying so."""
NO_ADDRESS = "the list gives it no address of its own"
NO_LIST = "no list of articles was found on the page; if it has one, name its items in `select`"
ONLY_AT = "only "
"""Prefix of the fingerprint of a list: if nothing is found there, no other list of the page is taken."""


class PageList(NamedTuple):
    """The items of a page."""

    items: list[Item]
    fingerprint: str = ""
    problem: str = ""
    """Why there is no item, or which selector finds nothing in any."""
    left_out: int = 0
    """Items beyond the limit."""
    note: str = ""
    """What of the page was not read."""


class WebPage:
    """A web page with a list of articles."""

    name = "page"

    def request(self, feed: Feed, state: FeedState, now: datetime) -> SourceRequest:  # noqa: ARG002
        """Ask for the page, with the validators of the last poll."""
        return conditional_request(feed, state, _ACCEPT)

    def parse(self, feed: Feed, response: Response, now: datetime, cache: bytes) -> ParsedSource:
        """Parse the items of the page; `cache` is where they were at the last poll, or ONLY_AT and their only place."""
        if responses.is_challenge(response):
            return ParsedSource(failed("bot wall", "a challenge page instead of a list", response=response))
        tree = parse_page(unpack(response.body, _MAX_PAGE_BYTES), response.headers.get("content-type", ""))
        if tree is None:
            return ParsedSource(failed("not a feed", "a page that cannot be parsed", response=response))
        base = _base_address(tree, response.url)
        listed = _select_list(tree, feed, base) if feed.fields.items else detect_list(tree, feed, base, cache.decode())
        parsed = [build_entry(item, base, now) for item in listed.items]
        if not any(parsed):
            return ParsedSource(failed("layout changed", listed.problem or "no item has a text", response=response))
        title = tree.find(".//title")
        language = feed.language or language_code(tree.get("lang") or "")
        following = _next_page(tree, feed.fields, base)
        changed = build_changed(
            parsed,
            response,
            title=page_text.visible_text(title) if title is not None else "",
            language=language,
            left_out=listed.left_out,
            malformed=listed.note,
        )
        fingerprint = listed.fingerprint[-MAX_FINGERPRINT_CHARS:]
        changed = replace(changed, fingerprint=fingerprint, layout_problem=listed.problem)
        return ParsedSource(changed, fingerprint.encode(), follow=following)


def parse_page(body: bytes, content_type: str) -> HtmlElement | None:
    """Parse a page in the encoding that it is really in; None for what holds no element."""
    return parse_html_tree(decode(body, content_type), keep_comments=True)


def _base_address(tree: HtmlElement, url: str) -> str:
    """Return the address against which links of a page are resolved: that of its `base` element, else its own."""
    hrefs = (links.resolve_link(url, node.get("href") or "") for node in tree.iter("base"))
    return next((href for href in hrefs if href), url)


def _select_list(tree: HtmlElement, feed: Feed, base: str) -> PageList:
    """Return an item for each element that the selector of the items finds."""
    selector = feed.fields.items
    elements = compile_selector(selector)(tree)
    nodes, left_out = elements[: page_list.MAX_PAGE_ITEMS], max(0, len(elements) - page_list.MAX_PAGE_ITEMS)
    if not nodes:
        return PageList([], problem=f"selector finds nothing: `{selector}`")
    items = [_select_item(node, feed.fields, base, feed.language) for node in nodes]
    fingerprint = f"{selector} = {page_list.list_fingerprint(nodes)}"
    return PageList(items, fingerprint, _unused_selector(nodes, feed.fields), left_out)


def detect_list(tree: HtmlElement, feed: Feed, base: str, earlier: str = "") -> PageList:
    """Return the items of the main list of a page; none if no elements repeat.

    `earlier` is where the list was before: there it may have few items, fewer than the menu. After ONLY_AT it is there
    or nowhere, since a further page of the same list is not built differently.
    """
    if embedded := find_embedded_list(tree, base, feed.language):
        return PageList(embedded.items, f"script{embedded.path}")
    fingerprint = earlier.removeprefix(ONLY_AT)
    main = page_list.find_list(tree, base)
    if fingerprint and (main is None or main.fingerprint != fingerprint):
        main = page_list.items_at(tree, base, fingerprint) or (None if earlier != fingerprint else main)
    if main is None:
        return PageList([], problem=NO_LIST)
    items = [_item_of_list(each, feed.language) for each in main.items]
    return PageList(items, main.fingerprint, left_out=main.left_out, note=main.note)


def _item_of_list(item: ListItem, language: str) -> Item:
    """Return the fields of an item; one without an address of its own is known by title and date, and has no page."""
    guid = f"{item.title} {item.date}" if item.is_position else ""
    return Item(
        link=item.link,
        title=item.title,
        date=item.date,
        summary=item.summary,
        guid=guid,
        language=language,
        no_page=NO_ADDRESS if guid else None,
    )


def _unused_selector(nodes: list[HtmlElement], fields: ItemFields) -> str:
    """Return which selector of a field finds nothing in any of the items; empty if each finds something."""
    names = {"item_title": fields.title, "item_url": fields.link, "date": fields.date, "summary": fields.summary}
    for name, selector in names.items():
        if selector and len(nodes) >= MIN_LIST_ITEMS and not any(compile_selector(selector)(node) for node in nodes):
            return f"selector finds nothing: `{selector}` ({name}) in any of {len(nodes)} items"
    return ""


def _select_item(node: HtmlElement, fields: ItemFields, base: str, language: str) -> Item:
    link_node = _first(node, fields.link)
    written = (link_node.get("href") or link_node.get("data-href") or "") if link_node is not None else ""
    titled = _first(node, fields.title)
    best = page_list.main_item(node, base)
    dated = _first(node, fields.date)
    summary = _first(node, fields.summary)
    title = (
        page_text.visible_text(titled) if titled is not None else (best.title if best else page_text.visible_text(node))
    )
    return Item(
        link=written or (best.link if best else "") or base,
        title=title,
        date=page_text.find_date(dated, whole=True) if dated is not None else page_text.find_date(node),
        summary=page_text.visible_text(summary)[:_MAX_SELECTED_SUMMARY_CHARS] if summary is not None else "",
        language=language,
    )


def _first(node: HtmlElement, selector: str) -> HtmlElement | None:
    elements = compile_selector(selector)(node) if selector else []
    return elements[0] if elements else None


def _next_page(tree: HtmlElement, fields: ItemFields, base: str) -> tuple[str, ...]:
    node = _first(tree, fields.next)
    url = links.resolve_link(base, node.get("href") or "") if node is not None else ""
    return (url,) if url else ()
