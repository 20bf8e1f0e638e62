"""What a visitor asks for: query strings and forms as values, or a Refusal that says in plain words what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from monitor.core.model import PRIORITIES
from monitor.core.text import clean_line
from monitor.store import HitQuery, Position

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from starlette.requests import Request

PAGE = 50
MOST = 1000
MOST_TEXTS = 100
"""The most where each brings a whole text."""
FILTERS = ("since", "rule", "topic", "feed", "language", "priority", "words", "label")
_LONGEST, _MOST_WORDS, _DIGITS = 200, 8, 18
_UNITS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
USUAL = "7d"
LABELS = {"relevant": True, "irrelevant": False, "none": None}
"""What a reader may say of a hit; none: nothing."""


class Refusal(Exception):  # noqa: N818 - an answer, no fault of the program
    """An answer other than the page that was asked for."""

    def __init__(self, status: int, said: str, headers: Mapping[str, str] | None = None) -> None:
        self.status, self.said, self.headers = status, said, dict(headers or {})
        super().__init__(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a list is asked for: its filters as they were written, and from where on."""

    since: str = USUAL
    rule: str = ""
    topic: str = ""
    feed: str = ""
    language: str = ""
    priority: str = ""
    words: str = ""
    label: str = ""
    before: Position | None = None
    limit: int = PAGE

    def query(self, now: datetime) -> HitQuery:
        """Make it a question to the store."""
        return HitQuery(
            since=now - length(self.since), rule=self.rule, topic=self.topic, feed=self.feed,
            language=self.language, priority=self.priority, words=self.words, label=self.label,
        )  # fmt: skip

    @property
    def filters(self) -> dict[str, str]:
        """The filters that are set, by name."""
        return {name: value for name in FILTERS if (value := getattr(self, name))}

    def address(self, path: str, before: Position | None = None) -> str:
        """Return where the same list, or its next piece, is."""
        asked = self.filters
        if self.limit != PAGE:
            asked["limit"] = str(self.limit)
        if before is not None:
            asked["before"] = written(before)
        return f"{path}?{urlencode(asked)}" if asked else path

    def onward(self, before: Position) -> Asked:
        """Ask for what comes after."""
        return replace(self, before=before)


def asked(given: Mapping[str, str], most: int = MOST) -> Asked:
    """Read a query string; `most` is how many may be asked for at once."""
    texts = {name: clean_line(value[: _LONGEST * 2]) for name, value in given.items()}
    for name, value in texts.items():
        if len(value) > _LONGEST:
            raise Refusal(400, f"{name[:20]}: that is longer than {_LONGEST} characters")
    since = texts.get("since") or USUAL
    length(since)
    priority = texts.get("priority", "")
    if priority and priority not in PRIORITIES:
        raise Refusal(400, f"priority: {priority!r} is none; there are {', '.join(PRIORITIES)}")
    label = texts.get("label", "")
    if label and label not in LABELS:
        raise Refusal(400, f"label: {label!r} is none; there are {', '.join(LABELS)}")
    plain = {name: texts.get(name, "") for name in ("rule", "topic", "feed", "language")}
    return Asked(
        since=since, priority=priority, label=label, words=words(texts.get("words", "")),
        before=position(texts.get("before", "")), limit=number(texts.get("limit", ""), most), **plain,
    )  # fmt: skip


def refuse_unknown(given: Iterable[str], known: Sequence[str]) -> None:
    """Refuse what no answer depends on: a slip of the pen would else be answered as if it had not been asked."""
    for name in given:
        if name not in known:
            there_is = f"there are {', '.join(known)}" if known else "nothing can be asked here"
            raise Refusal(400, f"{clean_line(name[:20])}: there is no such parameter; {there_is}")


def length(text: str) -> timedelta:
    """Read a length of time as the command line does."""
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not (number.isascii() and number.isdecimal()) or len(number) > 5:
        raise Refusal(400, f"since: {text!r} is no length of time; write 30m, 6h, 7d or 2w")
    return min(timedelta(seconds=int(number) * _UNITS[unit]), timedelta(days=36_500))


def words(text: str) -> str:
    """Read words to look for."""
    if len(text.split()) > _MOST_WORDS:
        raise Refusal(400, f"words: more than {_MOST_WORDS} words; leave some out")
    return text


def number(text: str, most: int) -> int:
    """Read how many are wanted."""
    if not text:
        return PAGE
    if not (text.isascii() and text.isdecimal()) or len(text) > 9 or not 1 <= int(text) <= most:
        raise Refusal(400, f"limit: {text!r} is no number from 1 to {most}")
    return int(text)


def row(text: str) -> int:
    """Read the number of a row, as a part of an address; 0, which none has, for what is no number."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else 0


def position(text: str) -> Position | None:
    """Read where a list goes on."""
    if not text:
        return None
    micros, _, key = text.partition("-")
    if not all(part.isascii() and part.isdecimal() and len(part) <= _DIGITS for part in (micros, key)):
        raise Refusal(400, "before: that is no place in this list; begin again at its top")
    try:
        return Position(_EPOCH + timedelta(microseconds=int(micros)), int(key))
    except OverflowError:
        raise Refusal(400, "before: that is no place in this list; begin again at its top") from None


def written(place: Position) -> str:
    """Write where a list goes on."""
    return f"{(place.at - _EPOCH) // timedelta(microseconds=1)}-{place.id}"


def path_of(request: Request) -> str:
    """Return the path that is asked for, as routes see it: `request.url` would mix in the name of the host."""
    return str(request.scope["path"])


def address_of(request: Request) -> str:
    """Return the path with what is asked."""
    asked = request.scope["query_string"].decode("latin-1")
    return quote(path_of(request)) + (f"?{asked}" if asked else "")


def inside(address: str) -> str:
    """Lead back to a page of ours only."""
    ours = address.startswith("/") and not address.startswith(("//", "/\\", "/login")) and address.isprintable()
    return address if ours else "/"


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
