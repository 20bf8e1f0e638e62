"""Jinja templates with autoescape, and how pages format times, durations, titles and links.

A publisher's text is cleaned here once more before it is shown: titles lose control and bidirectional characters and
are cut, and only http and https addresses become links.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo

from monitor.core.counts import count
from monitor.core.durations import describe_duration
from monitor.core.messages.html_templates import html_environment
from monitor.core.model import has_time_of_day
from monitor.core.text import clean, clean_line
from monitor.core.text.lookalikes import domain_to_show

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

MAX_SHOWN_TITLE_CHARS = 300
MAX_SHOWN_URL_CHARS = 4_000


@dataclass(frozen=True, slots=True)
class TimeFormatter:
    """Formats instants in one time zone, and relative to now."""

    zone: ZoneInfo
    now: datetime

    def __call__(self, at: datetime | None) -> str:
        """Format day and minute; the year only if it is not this one."""
        if at is None:
            return "never"
        local = at.astimezone(self.zone)
        return f"{self._day_and_month(local)}, {local:%H:%M}"

    def publication(self, at: datetime) -> str:
        """Format day and minute; of a publisher who states no time of day, only the day, as it was stated."""
        return self(at) if has_time_of_day(at) else self._day_and_month(at)

    def is_same_day(self, published: datetime, at: datetime) -> bool:
        """Return whether an article was published on the day of an instant, as `publication` shows its day."""
        day = published.astimezone(self.zone) if has_time_of_day(published) else published
        return day.date() == at.astimezone(self.zone).date()

    def _day_and_month(self, local: datetime) -> str:
        year = "" if local.year == self.now.astimezone(self.zone).year else f" {local:%Y}"
        return f"{local.day} {local:%b}{year}"

    def day(self, at: datetime) -> str:
        """Format the day: `Today, Tuesday 24 November`."""
        local, today = at.astimezone(self.zone), self.now.astimezone(self.zone).date()
        day = f"{local:%A} {local.day} {local:%B}" + ("" if local.year == today.year else f" {local:%Y}")
        prefix = {0: "Today, ", 1: "Yesterday, "}
        return prefix.get((today - local.date()).days, "") + day

    def ago(self, at: datetime | None) -> str:
        """Format the distance from now in its largest unit: `3 hours ago`, `in 2 days`, `now`."""
        if at is None:
            return "never"
        distance = self.now - at
        if abs(distance) < timedelta(seconds=1):
            return "now"
        length = format_rounded_duration(abs(distance))
        return f"{length} ago" if distance >= timedelta(0) else f"in {length}"


def format_rounded_duration(length: timedelta | None) -> str:
    """Format a duration as `describe_duration` does; `-` if there is none."""
    return "-" if length is None else describe_duration(length)


def render(name: str, **values: Any) -> str:  # noqa: ANN401 - whatever its template shows
    """Render a template."""
    return _environment().get_template(name).render(**values)


def safe_url(url: str) -> str:
    """Return an address that may become a link; empty for anything but http and https."""
    if not url or len(url) > MAX_SHOWN_URL_CHARS or not url.isprintable() or any(each.isspace() for each in url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.netloc else ""


def clean_title(text: str) -> str:
    """Return a title as one clean line of at most MAX_SHOWN_TITLE_CHARS."""
    return clean_line(text[: MAX_SHOWN_TITLE_CHARS * 4], limit=MAX_SHOWN_TITLE_CHARS) or "(no title)"


@cache
def read_asset(name: str) -> bytes:
    """Return a file that pages load, such as style.css."""
    return (files("monitor.web") / "templates" / name).read_bytes()


@cache
def _environment() -> Environment:
    environment = html_environment("monitor.web")
    environment.filters |= {
        "safe_url": safe_url,
        "clean_title": clean_title,
        "clean": clean,
        "counted": count,
        "duration": format_rounded_duration,
        "path_segment": _path_segment,
        "domain_to_show": domain_to_show,
        "with_code": _with_code,
    }
    return environment


def _with_code(text: str) -> Markup:
    """Return cleaned text with what stands between backticks as code."""
    from markupsafe import Markup, escape

    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(clean(text)))))  # noqa: S704 - is escaped


def _path_segment(text: object) -> str:
    return quote(str(text), safe="")
