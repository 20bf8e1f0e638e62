"""JSON Feed 1.0 and 1.1 (jsonfeed.org): the second format of the kind `feed`.

`next_url` is not followed, as RSS paging is not either. An item needs no field: a link, a title or a text is enough.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

from monitor.core import links
from monitor.core.counts import count
from monitor.core.feeds.failures import failed
from monitor.core.feeds.outcomes import build_changed
from monitor.core.model import Changed, Failed, Feed, Response
from monitor.core.sources.entries import Item, build_entry
from monitor.core.text.encodings import decode
from monitor.core.text.languages import language_code

_VERSION = re.compile(rb"https?:\\?/\\?/(?:www\.)?jsonfeed\.org\\?/version")
_EXAMINED_BYTES = 8_000
MAX_FEED_ITEMS = 20_000
"""Items that are read; a longer document is cut, and the outcome says so."""


def is_json_feed(body: bytes) -> bool:
    """Return whether a response is a JSON Feed: an object that names a version of the format near its start or end."""
    start = body[:_EXAMINED_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n")
    return start.startswith(b"{") and bool(_VERSION.search(start) or _VERSION.search(body[-_EXAMINED_BYTES:]))


def parse_json_feed(feed: Feed, response: Response, now: datetime) -> Changed | Failed:
    """Parse a JSON Feed; Failed with `not a feed` if it is not valid JSON or has no list of items."""
    try:
        document = load_json(response.body)
    except ValueError as error:
        return failed("not a feed", f"invalid JSON: {error}", response=response)
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list):
        return failed("not a feed", "JSON without a list of items", response=response)
    base = links.resolve_link(response.url, _text(document.get("home_page_url"))) or response.url
    language = feed.language or language_code(_text(document.get("language")))
    parsed = [
        build_entry(_item(item, document, language), base, now) for item in items[:MAX_FEED_ITEMS] if _is_object(item)
    ]
    wrong = len(items) - sum(map(_is_object, items))
    return build_changed(
        parsed,
        response,
        title=_text(document.get("title")),
        language=language,
        malformed=count(wrong, "item is not an object", "items are not objects") if wrong else "",
    )


def load_json(body: bytes) -> Any:  # noqa: ANN401 - JSON has no type
    """Parse JSON in the encoding that its bytes show. Raises ValueError if it is invalid or nests too deep."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = decode(body)
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deep") from None


def _item(item: dict[str, Any], document: dict[str, Any], language: str) -> Item:
    identifier = _text(item.get("id"))
    bodies = (_text(item.get("content_html")), _text(item.get("content_text")), _text(item.get("summary")))
    attached = next((_text(each.get("url")) for each in _list(item.get("attachments")) if _is_object(each)), "")
    return Item(
        link=_text(item.get("url"))
        or _text(item.get("external_url"))
        or (identifier if links.is_web_address(identifier) else "")
        or attached,
        title=_text(item.get("title")),
        summary=max(bodies, key=len),
        date=_text(item.get("date_published")) or _text(item.get("date_modified")),
        revised=_text(item.get("date_modified")),
        guid=identifier,
        author=_author(item) or _author(document),
        language=_text(item.get("language")) or language,
        tags=tuple(_text(tag) for tag in _list(item.get("tags"))),
    )


def _author(holder: dict[str, Any]) -> str:
    """Return the names of the authors: `authors` of version 1.1, or `author` of version 1.0."""
    people = [person for person in (*_list(holder.get("authors")), holder.get("author")) if _is_object(person)]
    return ", ".join(dict.fromkeys(name for person in people if (name := _text(person.get("name")))))


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    """Return a string or a number as text; empty for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
