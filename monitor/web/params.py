"""Query strings, path segments and form targets, parsed into values; a RequestError says what is wrong with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from urllib.parse import quote, urlencode

from starlette.requests import Request

from monitor.core.durations import TimeBound, parse_start, parse_time_bound, resolve_start, resolve_time_bound
from monitor.core.model import PRIORITIES, Feed, Tier
from monitor.core.search.query_parser import QueryError, parse_query
from monitor.core.text import clean_line
from monitor.store import HitQuery, PageCursor

DEFAULT_LIMIT = 50
MAX_LIMIT = 1000
MAX_ARTICLES = 100
"""The largest `limit` where each result brings a whole text."""
HIT_FILTERS = (
    "since", "until", "rule", "topic", "feed", "tier", "country", "tag", "language", "priority", "prominence",
    "backfilled", "words", "label",
)  # fmt: skip
PAGING = ("limit", "before")
_EQUAL = ("rule", "topic", "feed", "language", "priority", "prominence", "label")
"""The filters that a hit fulfils if it has their value."""
_MAX_CHARS, _MAX_DIGITS = 200, 18
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DEFAULT_SINCE = "7d"
CHOICES = {
    "priority": PRIORITIES,
    "label": ("relevant", "irrelevant", "none"),
    "prominence": ("major", "passing"),
    "tier": tuple(Tier),
    "backfilled": ("0", "1"),
}
"""The values of the filters that have few."""
LABELS = {"relevant": True, "irrelevant": False, "none": None}
"""Values of the parameter `label`; none: the hit has no label."""


class RequestError(Exception):
    """A request that is answered with an HTTP error status and a message for its sender."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        self.status, self.message, self.headers = status, message, dict(headers or {})
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterParams:
    """The filters of a list as they were written."""

    filters: Mapping[str, str]
    """Filters by name, only those that are set."""
    limit: int
    default_limit: ClassVar[int] = DEFAULT_LIMIT

    def get(self, name: str) -> str:
        """Return a filter as it was written; empty if it is not set."""
        return self.filters.get(name, "")

    @property
    def has_further_filters(self) -> bool:
        """Return True if a filter is set beyond those that the form always shows."""
        return bool(self.filters.keys() - {"words", "since", "topic"})

    def instant(self, name: str, now: datetime) -> datetime | None:
        """Return the instant of a filter by time, which counts back from `now`; None if it is not set."""
        return parse_instant(self.get(name), name, now) if self.get(name) else None

    def address(self, path: str, **page: str) -> str:
        """Return the address of the same list under `path`, from its top or from the given page on."""
        limit = {} if self.limit == self.default_limit else {"limit": str(self.limit)}
        return f"{path}?{urlencode({**self.filters, **limit, **page})}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListParams(FilterParams):
    """The filters of a list, of which `since` is always set, and which page of the list to show."""

    before: PageCursor | None = None

    def query(self, now: datetime, feeds: Iterable[Feed] = ()) -> HitQuery:
        """Build the store query; `since` counts back from `now`, and `feeds` are those that `tier` and others name."""
        words, backfilled = self.get("words"), self.get("backfilled")
        return HitQuery(
            since=self.instant("since", now),
            until=self.instant("until", now),
            backfilled=bool(int(backfilled)) if backfilled else None,
            feeds=self._feeds(feeds),
            words=parse_query(words) if words else None,
            **{name: self.get(name) for name in _EQUAL},
        )

    def _feeds(self, feeds: Iterable[Feed]) -> tuple[str, ...] | None:
        """Return the feeds that have the tier, the country and the tag; None if none of them is asked for."""
        tier, country, tag = self.get("tier"), self.get("country").casefold(), self.get("tag")
        if not (tier or country or tag):
            return None
        return tuple(
            str(feed.id)
            for feed in feeds
            if tier in {"", feed.tier} and country in {"", feed.country.casefold()} and (not tag or tag in feed.tags)
        )

    def url(self, path: str, before: PageCursor | None = None) -> str:
        """Return the address of the same list under `path`, from its top or from the cursor `before`."""
        return self.address(path, **({"before": format_cursor(before)} if before else {}))


def parse_list_params(query: Mapping[str, str]) -> ListParams:
    """Parse the query string of a list; RequestError 400 for an invalid value."""
    for name, value in query.items():
        if len(clean_line(value[: _MAX_CHARS * 2])) > _MAX_CHARS:
            raise _invalid(name[:20], f"longer than {_MAX_CHARS} characters")
    filters = {"since": DEFAULT_SINCE} | parse_filters(query, HIT_FILTERS, CHOICES)
    if not _is_search(filters.get("words", "")):
        filters.pop("words", None)
    limit = parse_limit(clean_line(query.get("limit", "")), MAX_LIMIT)
    return ListParams(filters=filters, before=parse_cursor(clean_line(query.get("before", ""))), limit=limit)


def parse_filters(
    query: Mapping[str, str], names: Iterable[str], choices: Mapping[str, Iterable[str]], most: int = _MAX_CHARS
) -> dict[str, str]:
    """Return the filters of these names that are set; RequestError 400 for an invalid time or choice.

    `choices`: the values of the filters that have few. Of each value twice `most` characters are read.
    """
    filters = {name: text for name in names if (text := clean_line(query.get(name, "")[: most * 2]))}
    for name in filters.keys() & {"since", "until"}:
        _parse_bound(filters[name], name)
    for name in filters.keys() & choices.keys():
        if filters[name] not in choices[name]:
            raise _invalid(name, f"{filters[name][:20]!r} is not one of {', '.join(choices[name])}")
    return filters


def reject_unknown(names: Iterable[str], allowed: Sequence[str]) -> None:
    """Raise RequestError 400 for a parameter that is not known: a typo must not return an unfiltered list."""
    for name in names:
        if name not in allowed:
            hint = f"; this address takes {', '.join(allowed)}" if allowed else "; this address takes none"
            raise RequestError(400, f"Unknown parameter {clean_line(name[:20])!r}{hint}")


def reject_repeated(names: Iterable[str]) -> None:
    """Raise RequestError 400 for a parameter that is given twice: only one of its values would be used."""
    name, times = next(iter(Counter(names).most_common(1)), ("", 0))
    if times > 1:
        raise RequestError(400, f"Parameter {clean_line(name[:20])!r} is given {times} times: give it once")


def _parse_bound(text: str, name: str) -> TimeBound:
    """Parse a time: a duration before now, or a day, as on the command line; `name` is that of the parameter."""
    try:
        return parse_time_bound(text) if name == "until" else parse_start(text)
    except ValueError as error:
        raise _invalid(name, f"{text!r} {error}") from None


def parse_instant(text: str, name: str, now: datetime) -> datetime:
    """Parse the parameter `since` or `until` into an instant; RequestError 400 also for a start after `now`."""
    bound = _parse_bound(text, name)
    try:
        return resolve_start(bound, now) if name == "since" else resolve_time_bound(bound, now)
    except ValueError as error:
        raise _invalid(name, f"{text!r} {error}") from None


def parse_id(text: str) -> int:
    """Parse a row id in a path; 0, which no row has, for anything else."""
    return int(text) if is_number(text) else 0


def is_number(text: str) -> bool:
    """Return True for a number of at most 18 digits, which fits every column of a database."""
    return text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS


def parse_limit(text: str, max_limit: int, default: int = DEFAULT_LIMIT) -> int:
    """Parse the parameter `limit`; RequestError 400 if it is not a number from 1 to `max_limit`."""
    if not text:
        return default
    if not is_number(text) or not 1 <= int(text) <= max_limit:
        raise RequestError(400, f"Invalid limit: {text!r} is not a number from 1 to {max_limit}")
    return int(text)


def parse_cursor(text: str) -> PageCursor | None:
    """Parse the cursor in `before`; None when there is none."""
    if not text:
        return None
    micros, _, key = text.partition("-")
    if not (is_number(micros) and is_number(key)):
        raise _invalid("before", "not a cursor of this list; start again from its first page")
    try:
        return PageCursor(_EPOCH + timedelta(microseconds=int(micros)), int(key))
    except OverflowError:
        raise _invalid("before", "not a cursor of this list; start again from its first page") from None


def format_cursor(cursor: PageCursor) -> str:
    """Format a cursor for `before`: microseconds since 1970 and a row id."""
    return f"{(cursor.at - _EPOCH) // timedelta(microseconds=1)}-{cursor.id}"


def request_path(request: Request) -> str:
    """Return the path that routing uses; `request.url` would mix in the Host header."""
    return str(request.scope["path"])


def request_target(request: Request) -> str:
    """Return the path and the query string."""
    query = request.scope["query_string"].decode("latin-1")
    return quote(request_path(request)) + (f"?{query}" if query else "")


def local_target(target: str) -> str:
    """Return the target of a redirect if it is a page of this site, else `/`: no form may redirect elsewhere."""
    local = target.startswith("/") and not target.startswith(("//", "/\\", "/login")) and target.isprintable()
    return target if local else "/"


def _invalid(name: str, problem: str) -> RequestError:
    return RequestError(400, f"Invalid filter {name}: {problem}")


def _is_search(text: str) -> bool:
    """Return True for words that can be searched for; RequestError 400 if they are wrong."""
    try:
        return bool(text and parse_query(text))
    except QueryError as error:
        raise _invalid("words", str(error)) from None
