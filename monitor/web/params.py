"""Query strings, path segments and form targets, parsed into values; a RequestError says what is wrong with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from starlette.requests import Request

from monitor.core.durations import TimeBound, parse_time_bound, resolve_time_bound
from monitor.core.model import PRIORITIES, Feed, Tier
from monitor.core.search.query import QueryError, parse_query
from monitor.core.text import clean_line
from monitor.store import HitQuery, PageCursor

DEFAULT_LIMIT = 50
MAX_LIMIT = 1000
MAX_ARTICLES = 100
"""The largest `limit` where each result brings a whole text."""
FILTERS = (
    "since", "until", "rule", "topic", "feed", "tier", "country", "tag", "language", "priority", "prominence",
    "backfilled", "words", "label",
)  # fmt: skip
PAGING = ("limit", "before")
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
class ListParams:
    """The filters of a list, as they were written, and which page of the list to show."""

    since: str = DEFAULT_SINCE
    until: str = ""
    rule: str = ""
    topic: str = ""
    feed: str = ""
    tier: str = ""
    country: str = ""
    tag: str = ""
    language: str = ""
    priority: str = ""
    prominence: str = ""
    backfilled: str = ""
    words: str = ""
    label: str = ""
    before: PageCursor | None = None
    limit: int = DEFAULT_LIMIT

    def query(self, now: datetime, feeds: Iterable[Feed] = ()) -> HitQuery:
        """Build the store query; `since` counts back from `now`, and `feeds` are those that `tier` and others name."""
        return HitQuery(
            since=resolve_time_bound(parse_time_bound(self.since), now),
            until=resolve_time_bound(parse_time_bound(self.until), now) if self.until else None,
            rule=self.rule, topic=self.topic, feed=self.feed, language=self.language, priority=self.priority,
            prominence=self.prominence, backfilled=bool(int(self.backfilled)) if self.backfilled else None,
            feeds=self._feeds(feeds), words=parse_query(self.words) if self.words else None, label=self.label,
        )  # fmt: skip

    def _feeds(self, feeds: Iterable[Feed]) -> tuple[str, ...] | None:
        """Return the feeds that have the tier, the country and the tag; None if none of them is asked for."""
        if not (self.tier or self.country or self.tag):
            return None
        return tuple(
            str(feed.id)
            for feed in feeds
            if self.tier in {"", feed.tier}
            and self.country.casefold() in {"", feed.country.casefold()}
            and (not self.tag or self.tag in feed.tags)
        )

    @property
    def filters(self) -> dict[str, str]:
        """The filters that are set, by name."""
        return {name: value for name in FILTERS if (value := getattr(self, name))}

    def url(self, path: str, before: PageCursor | None = None) -> str:
        """Return the URL of the same list under `path`, from its top or from the cursor `before`."""
        query = self.filters
        if self.limit != DEFAULT_LIMIT:
            query["limit"] = str(self.limit)
        if before is not None:
            query["before"] = format_cursor(before)
        return f"{path}?{urlencode(query)}" if query else path


def parse_list_params(query: Mapping[str, str], max_limit: int = MAX_LIMIT) -> ListParams:
    """Parse the query string of a list; RequestError 400 for an invalid value."""
    texts = {name: clean_line(value[: _MAX_CHARS * 2]) for name, value in query.items()}
    for name, value in texts.items():
        if len(value) > _MAX_CHARS:
            raise _invalid(name[:20], f"longer than {_MAX_CHARS} characters")
    since = texts.get("since") or DEFAULT_SINCE
    parse_since(since)
    if until := texts.get("until", ""):
        parse_since(until, "until")
    for name, choices in CHOICES.items():
        if (value := texts.get(name, "")) and value not in choices:
            raise _invalid(name, f"{value!r} is not one of {', '.join(choices)}")
    names = {name: texts.get(name, "") for name in FILTERS if name not in {"since", "words"}}
    return ListParams(
        since=since, words=_check_words(texts.get("words", "")),
        before=parse_cursor(texts.get("before", "")), limit=parse_limit(texts.get("limit", ""), max_limit), **names,
    )  # fmt: skip


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


def parse_since(text: str, name: str = "since") -> TimeBound:
    """Parse a time: a duration before now, or a day, as on the command line; `name` is that of the parameter."""
    try:
        return parse_time_bound(text)
    except ValueError as error:
        raise _invalid(name, f"{text!r} {error}") from None


def parse_id(text: str) -> int:
    """Parse a row id in a path; 0, which no row has, for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS else 0


def parse_limit(text: str, max_limit: int, default: int = DEFAULT_LIMIT) -> int:
    """Parse the parameter `limit`; RequestError 400 if it is not a number from 1 to `max_limit`."""
    if not text:
        return default
    if not (text.isascii() and text.isdecimal()) or len(text) > 9 or not 1 <= int(text) <= max_limit:
        raise RequestError(400, f"Invalid limit: {text!r} is not a number from 1 to {max_limit}")
    return int(text)


def parse_cursor(text: str) -> PageCursor | None:
    """Parse the cursor in `before`; None when there is none."""
    if not text:
        return None
    micros, _, key = text.partition("-")
    if not all(part.isascii() and part.isdecimal() and len(part) <= _MAX_DIGITS for part in (micros, key)):
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


def _check_words(text: str) -> str:
    try:
        return text if not text or parse_query(text) else ""
    except QueryError as error:
        raise _invalid("words", str(error)) from None
