"""From values to HTML: the templates, with autoescape on, and how times, titles and links are shown.

The last place that a publisher's words pass: text loses controls and marks of direction, titles are cut, and what is no
http or https address is no link.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from monitor.core.text import clean, clean_line
from monitor.core.text.lookalikes import domain_to_show

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from jinja2 import Environment

LONGEST_TITLE = 300
LONGEST_LINK = 4_000
_FOLDER = "templates"


@dataclass(frozen=True, slots=True)
class Times:
    """How instants are told: in one time zone, and as seen from now."""

    zone: ZoneInfo
    now: datetime

    def __call__(self, at: datetime | None) -> str:
        """Give day and minute."""
        if at is None:
            return "never"
        local = at.astimezone(self.zone)
        year = "" if local.year == self.now.astimezone(self.zone).year else f" {local:%Y}"
        return f"{local.day} {local:%b}{year}, {local:%H:%M}"

    def clock(self, at: datetime) -> str:
        """Give the minute alone."""
        return f"{at.astimezone(self.zone):%H:%M}"

    def day(self, at: datetime) -> str:
        """Name the day."""
        local, today = at.astimezone(self.zone), self.now.astimezone(self.zone).date()
        named = f"{local:%A} {local.day} {local:%B}" + ("" if local.year == today.year else f" {local:%Y}")
        words = {0: "Today, ", 1: "Yesterday, "}
        return words.get((today - local.date()).days, "") + named

    def ago(self, at: datetime | None) -> str:
        """Tell how far an instant is from now, in the largest unit that fits."""
        if at is None:
            return "never"
        distance = self.now - at
        told = span(abs(distance))
        return f"{told} ago" if distance >= timedelta(0) else f"in {told}"


def span(length: timedelta | None) -> str:
    """Give a length of time in words."""
    if length is None:
        return "-"
    seconds = length.total_seconds()
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size * 2 or (seconds >= size and unit != "day"):
            number = round(seconds / size)
            return f"{number} {unit}{'s' * (number != 1)}"
    return "a moment" if seconds < 1 else f"{round(seconds)} second{'s' * (round(seconds) != 1)}"


def render(name: str, **values: Any) -> str:  # noqa: ANN401 - whatever its template shows
    """Fill in a template."""
    return _templates().get_template(name).render(**values)


def href(url: str) -> str:
    """Give an address that a reader may follow; empty for anything but http and https."""
    if not url or len(url) > LONGEST_LINK or not url.isprintable() or any(each.isspace() for each in url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.netloc else ""


def title(text: str) -> str:
    """Give a title as one clean line that ends somewhere."""
    return clean_line(text[: LONGEST_TITLE * 4], limit=LONGEST_TITLE) or "(no title)"


@cache
def style() -> bytes:
    """Give the one style sheet."""
    return _read("style.css").encode()


@cache
def _templates() -> Environment:
    from jinja2 import DictLoader, Environment, StrictUndefined

    names = [entry.name for entry in (files("monitor.web") / _FOLDER).iterdir() if entry.name.endswith(".html")]
    environment = Environment(
        loader=DictLoader({name: _read(name) for name in names}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "href": href,
        "title": title,
        "clean": clean,
        "span": span,
        "path": _path,
        "domain_to_show": domain_to_show,
    }
    return environment


def _path(text: object) -> str:
    """Write a name as one step of a path."""
    return quote(str(text), safe="")


def _read(name: str) -> str:
    return (files("monitor.web") / _FOLDER / name).read_text("utf-8")
