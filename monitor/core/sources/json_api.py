"""JSON APIs: where the items of a response are, and which of their fields are link, title, date and summary.

Paths are JMESPath expressions (jmespath.org) with two more functions, `replace(text, old, new)` and
`substring(text, start, end)`. A field may also be a template: an address with expressions in braces, such as
`https://example.org/doc/{number}`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import jmespath
from jmespath import functions
from jmespath.exceptions import JMESPathError

from monitor.core import links
from monitor.core.feeds import responses
from monitor.core.feeds.failures import failed
from monitor.core.feeds.outcomes import MAX_FINGERPRINT_CHARS, MIN_LAYOUT_SAMPLE, build_changed
from monitor.core.model import Feed, FeedState, ItemFields, Response
from monitor.core.sources import json_columns, since
from monitor.core.sources.entries import Item, build_entry
from monitor.core.sources.json_columns import ColumnTable
from monitor.core.sources.json_feed import is_json_feed, load_json, parse_json_feed
from monitor.core.sources.protocol import ParsedSource, SourceRequest, conditional_request

_ACCEPT = "application/json, application/feed+json;q=0.9, */*;q=0.5"
MAX_ROWS = 5_000
"""Items that are read of one response; further ones are counted as left out."""
MAX_PATH_CHARS = 500
"""Characters of a path."""
_MAX_LEVELS = 10
"""Levels within a value, or around the items, that are searched."""
_MAX_SAMPLE = 50
"""Items by which the structure of a response is described."""
_NO_LIST = "no list of items was found: name its path in `items`"
_TEMPLATE = re.compile(r"(?:https?:/)?/")
_PLACEHOLDER = re.compile(r"\{([^{}]{1,500})\}")
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


class _JmespathFunctions(functions.Functions):  # type: ignore[misc] # jmespath has no types
    """The functions of JMESPath, and two that addresses of items are often made with."""

    @functions.signature({"types": ["string"]}, {"types": ["string"]}, {"types": ["string"]})  # type: ignore[untyped-decorator]
    def _func_replace(self, text: str, old: str, new: str) -> str:
        return text.replace(old, new) if old else text

    @functions.signature({"types": ["string"]}, {"types": ["number"]}, {"types": ["number"]})  # type: ignore[untyped-decorator]
    def _func_substring(self, text: str, start: float, end: float) -> str:
        return text[int(start) : int(end)]


_OPTIONS = jmespath.Options(custom_functions=_JmespathFunctions())


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
        """Parse the items; a response in which the path of the items finds nothing is `layout changed`."""
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
        rows, table = find_rows(document, feed.fields.items), None
        if not feed.fields.items and not any(read(row, "").link for row in _objects(rows)[:_MAX_SAMPLE]):
            rows, table = _longer(rows, json_columns.find_table(document))
        if rows is None:
            where = f"`{feed.fields.items}` finds no list" if feed.fields.items else _NO_LIST
            return ParsedSource(failed("layout changed", where, response=response))
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


def compile_path(path: str) -> Callable[[Any], Any]:
    """Return what evaluates a path or a template on a row. Raises ValueError that says what is wrong with it."""
    if len(path) > MAX_PATH_CHARS:
        raise ValueError(f"longer than {MAX_PATH_CHARS} characters")
    if _TEMPLATE.match(path):
        parts = {inner: _compile_path(inner) for inner in _PLACEHOLDER.findall(path)}

        def fill(row: Any) -> str:  # noqa: ANN401 - JSON has no type
            values = {inner: json_text(_search(parts[inner], row)) for inner in parts}
            return _PLACEHOLDER.sub(lambda match: values[match[1]], path) if all(values.values()) else ""

        return fill
    compiled = _compile_path(path)
    return lambda row: _search(compiled, row)


def evaluate_path(path: str, document: Any) -> Any:  # noqa: ANN401 - JSON has no type
    """Evaluate a path that was checked before; None where it finds nothing."""
    return compile_path(path)(document)


def find_rows(document: Any, path: str, levels: int = _MAX_LEVELS) -> list[Any] | None:  # noqa: ANN401 - JSON has no type
    """Return the items of a document: what `path` finds, else its only or best-named list; None if there is no list."""
    if path:
        return _rows(evaluate_path(path, document))
    if isinstance(document, list):
        return document
    if not isinstance(document, dict):
        return None
    named = [document[name] for name in _ROW_LISTS if _is_list_of_objects(document.get(name))]
    others = [value for value in document.values() if _is_list_of_objects(value)]
    inner = [document[name] for name in ("data", "response", "result") if isinstance(document.get(name), dict)]
    deeper = [rows for value in inner if levels and (rows := find_rows(value, "", levels - 1)) is not None]
    return next(iter([*named, *others, *deeper]), None)


def json_text(value: Any, levels: int = _MAX_LEVELS) -> str:  # noqa: ANN401 - JSON has no type
    """Return a value as text: strings and numbers, the first of a list, the `rendered` or `name` of an object."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or value is None or not levels:
        return ""
    if isinstance(value, int | float):
        return str(int(value)) if value % 1 == 0 else str(value)
    inner = value[:10] if isinstance(value, list) else map(value.get, ("rendered", "name", "value", "#text"))
    return next((text for each in inner if (text := json_text(each, levels - 1))), "")


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


def _longer(rows: list[Any] | None, table: ColumnTable | None) -> tuple[list[Any] | None, ColumnTable | None]:
    """Return the rows of the table if it has more than the list of items that was found, which may be a detail."""
    if table is None or table.length <= len(rows or ()):
        return rows, None
    return json_columns.rows_of(table.columns), table


def _is_list_of_objects(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _compile_path(path: str) -> Any:  # noqa: ANN401 - jmespath has no types
    try:
        return jmespath.compile(path)
    except JMESPathError as error:
        raise ValueError(str(error).splitlines()[0]) from None
    except RecursionError:
        raise ValueError("nested too deep") from None


def _search(compiled: Any, value: Any) -> Any:  # noqa: ANN401 - jmespath has no types
    """Evaluate a path; a function that does not take this value finds nothing in it."""
    try:
        return compiled.search(value, options=_OPTIONS)
    except (JMESPathError, RecursionError, TypeError, ValueError):
        return None
