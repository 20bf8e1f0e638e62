"""JSON APIs: where the items of a response are, and which of their fields are link, title, date and summary.

A document that lists its items by column is read by row (`json_columns`). Paths are those of `json_paths`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from monitor.core import links
from monitor.core.feeds import responses
from monitor.core.feeds.failures import failed
from monitor.core.feeds.outcomes import MAX_FINGERPRINT_CHARS, MIN_LAYOUT_SAMPLE, build_changed
from monitor.core.model import Feed, FeedState, ItemFields, Response
from monitor.core.sources import json_columns, since
from monitor.core.sources.entries import Item, build_entry
from monitor.core.sources.json_columns import ColumnTable
from monitor.core.sources.json_feed import is_json_feed, load_json, parse_json_feed
from monitor.core.sources.json_paths import MAX_LEVELS, compile_path, evaluate_path, json_text
from monitor.core.sources.protocol import ParsedSource, SourceRequest, conditional_request
from monitor.core.sources.stated_errors import ERROR_NAMES, server_message, stated_failure

_ACCEPT = "application/json, application/feed+json;q=0.9, */*;q=0.5"
MAX_ROWS = 5_000
"""Items that are read of one response; further ones are counted as left out."""
_MAX_SAMPLE = 50
"""Items by which the structure of a response is described."""
_NO_LIST = "no list of items was found: name its path in `items`"
_ROW_LISTS = ("items", "results", "data", "entries", "articles", "documents", "hits", "posts", "packages", "releases")
"""Where lists of items usually are, if no path names them."""
_USUAL = {
    "title": ("title", "title.rendered", "name", "headline", "heading", "subject", "packageId"),
    "link": ("html_url", "link", "url", "web_url", "absolute_url", "permalink", "href", "packageLink"),
    "date": (
        "published_at", "publication_date", "date_published", "published", "pubDate", "date_gmt", "date", "created_at",
        "dateFiled", "lastModified", "updated_at",
    ),
    "summary": ("summary", "abstract", "description", "excerpt.rendered", "excerpt", "content.rendered", "body"),
    "id": ("id", "guid", "uuid", "document_number"),
}  # fmt: skip
"""Names that fields usually have, in order of preference, where the configuration names none."""


class JsonApi:
    """A response in JSON. `Feed.fields` says where its items and their fields are."""

    name = "json"

    def request(self, feed: Feed, state: FeedState, now: datetime) -> SourceRequest:
        """Ask for the address with the validators of the last poll, or for the address with `{since}` filled in.

        The latter changes from poll to poll, so that neither validators nor a redirect hold for the next one.
        """
        if not since.is_template(feed.url):
            return conditional_request(feed, state, _ACCEPT)
        return SourceRequest(url=since.fill(feed.url, since.start_of_window(state, now)), accept=_ACCEPT)

    def parse(self, feed: Feed, response: Response, now: datetime, cache: bytes) -> ParsedSource:  # noqa: ARG002
        """Parse the items; a response in which the path of the items finds nothing is `layout changed`.

        If it states an error, that is the reason.
        """
        if not feed.fields.items and is_json_feed(response.body):
            return ParsedSource(parse_json_feed(feed, response, now))
        try:
            document = load_json(response.body)
        except ValueError as error:
            named = responses.non_feed_failure(response)
            is_other = named.reason.partition(":")[0] != "not a feed"
            outcome = named if is_other else failed("not a feed", f"invalid JSON: {error}", response=response)
            return ParsedSource(outcome)
        read = row_reader(feed.fields)
        rows, table = _find_rows(document, feed.fields.items), None
        if not feed.fields.items and not _are_items(rows, document, feed.fields):
            rows, table = _longer(rows, json_columns.find_table(document))
        if not rows and (failure := stated_failure(feed, response, document)):
            return ParsedSource(failure)
        if rows is None:
            where = f"`{feed.fields.items}` finds no list" if feed.fields.items else _NO_LIST
            said = server_message(feed, response, document)
            detail = f"{where}; the server says: {said}" if said else where
            return ParsedSource(failed("layout changed", detail, response=response))
        sample = _objects(rows)[:_MAX_SAMPLE]
        entries = [build_entry(read(row, feed.language), response.url, now) for row in _objects(rows[:MAX_ROWS])]
        if rows and not any(entries):
            where = f" of the columns {table.describe()}" if table else ""
            reason = f"no item{where} has a title or a link: name their paths in `item_title` and `item_url`"
            return ParsedSource(failed("layout changed", reason, response=response))
        changed = replace(
            build_changed(entries, response, limit=MAX_ROWS, left_out=max(0, len(rows) - MAX_ROWS)),
            fingerprint=_describe_rows(sample, feed.fields)[-MAX_FINGERPRINT_CHARS:],
            layout_problem=_unused_path(sample, feed.fields),
        )
        following = json_text(evaluate_path(feed.fields.next, document)) if feed.fields.next else ""
        follow = (links.resolve_link(response.url, following),) if following else ()
        return ParsedSource(changed, follow=follow, follows_always=since.is_template(feed.url))


def _find_rows(document: Any, path: str, levels: int = MAX_LEVELS) -> list[Any] | None:  # noqa: ANN401 - JSON has no type
    """Return the items of a document: what `path` finds, else its only or best-named list; None if there is no list."""
    if path:
        return _rows(evaluate_path(path, document))
    if isinstance(document, list):
        return document
    if not isinstance(document, dict):
        return None
    named = [document[name] for name in _ROW_LISTS if _is_list_of_objects(document.get(name))]
    others = [value for name, value in document.items() if name not in ERROR_NAMES and _is_list_of_objects(value)]
    inner = [document[name] for name in ("data", "response", "result") if isinstance(document.get(name), dict)]
    deeper = [rows for value in inner if levels and (rows := _find_rows(value, "", levels - 1)) is not None]
    return next(iter([*named, *others, *deeper, *_empty_lists(document)]), None)


def row_reader(fields: ItemFields) -> Callable[[dict[str, Any], str], Item]:
    """Return what reads the item of a row in a language; fields without a path are looked for under usual names."""
    paths = {name: _alternatives(getattr(fields, name), usual) for name, usual in _USUAL.items()}

    def read(row: dict[str, Any], language: str) -> Item:
        values = {name: _first(alternatives, row) for name, alternatives in paths.items()}
        return Item(
            link=values["link"],
            title=values["title"],
            summary=values["summary"],
            date=values["date"],
            guid=values["id"],
            language=language,
        )

    return read


def _alternatives(path: str, usual: tuple[str, ...]) -> list[Callable[[Any], Any]]:
    return [compile_path(each) for each in ((path,) if path else usual)]


def _first(paths: list[Callable[[Any], Any]], row: dict[str, Any]) -> str:
    return next((text for path in paths if (text := json_text(path(row)))), "")


def _describe_rows(rows: list[dict[str, Any]], fields: ItemFields) -> str:
    """Return the names of the fields that most rows have."""
    uses = Counter(name for row in rows for name in row)
    usual = sorted(name for name, count in uses.items() if count > len(rows) / 2)
    return f"{fields.items} = {' '.join(usual)}" if usual else ""


def _unused_path(rows: list[dict[str, Any]], fields: ItemFields) -> str:
    """Return which configured path finds nothing in any row; empty if each finds something, or there are few rows."""
    names = {"item_title": fields.title, "item_url": fields.link, "item_id": fields.id, "date": fields.date}
    for name, path in names.items():
        evaluate = compile_path(path) if path and len(rows) >= MIN_LAYOUT_SAMPLE else None
        if evaluate and not any(json_text(evaluate(row)) for row in rows):
            return f"`{path}` ({name}) finds nothing in any of {len(rows)} items"
    return ""


def _rows(value: Any) -> list[Any] | None:  # noqa: ANN401 - JSON has no type
    if isinstance(value, list):
        return value
    return json_columns.rows_of(value) if json_columns.are_columns(value) else None


def _objects(rows: list[Any] | None) -> list[dict[str, Any]]:
    return [row for row in rows or () if isinstance(row, dict)]


def _are_items(rows: list[Any] | None, document: Any, fields: ItemFields) -> bool:  # noqa: ANN401 - JSON has no type
    """Return True for rows with a link, or with a title if the configuration names it, or the list has a usual name.

    Other rows with mere names may be a detail of what the document describes.
    """
    read = row_reader(fields)
    sample = [read(row, "") for row in _objects(rows)[:_MAX_SAMPLE]]
    has_usual_name = isinstance(document, dict) and any(document.get(name) is rows for name in _ROW_LISTS)
    return any(each.link or (each.title and (fields.title or has_usual_name)) for each in sample)


def _longer(rows: list[Any] | None, table: ColumnTable | None) -> tuple[list[Any] | None, ColumnTable | None]:
    """Return the rows of the table if it has more than the list of items that was found, which may be a detail."""
    if table is None or table.length <= len(rows or ()):
        return rows, None
    return json_columns.rows_of(table.columns), table


def _empty_lists(document: dict[str, Any]) -> list[list[Any]]:
    """Return the empty lists with usual names; none beside an error, which may be why they are empty."""
    if any(document.get(name) for name in ERROR_NAMES):
        return []
    return [document[name] for name in _ROW_LISTS if document.get(name) == []]


def _is_list_of_objects(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)
