"""A digest as an HTML mail without scripts, images or external resources, small enough that Gmail does not clip it.

Everything filled in is escaped (autoescape). A digest that would be too large is rendered again with fewer stories, and
the others are counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from monitor.core.digests.digest import Digest
from monitor.core.digests.limits import limit_stories
from monitor.core.messages.html_templates import html_environment
from monitor.core.messages.render import _coverage_wording as coverage_wording
from monitor.core.messages.render import _story_wording as story_wording
from monitor.core.messages.render import _wording as wording
from monitor.core.messages.render._layout import arrange
from monitor.core.messages.render._subject import preheader, subject

if TYPE_CHECKING:
    from jinja2 import Template

MAX_MAIL_BYTES = 100_000
"""Gmail clips a mail at about 102 kB."""
MAX_MAIL_STORIES = 250
"""The most stories that fit into a mail, however short they are."""
COLUMN_PIXELS = 15
"""Height of the highest column of a chart."""
NOTE_PLACEHOLDER = "<!--repeat-->"
"""Where `with_html_note` inserts its notes."""


@dataclass(frozen=True, slots=True)
class Bar:
    """The stories of one topic per week."""

    title: str
    stories: int
    """The number of stories of the last week."""
    columns: tuple[int, ...]
    """Heights in pixels, the latest week last."""


def html(digest: Digest) -> str:
    """Render the digest with as many of its stories as fit into MAX_MAIL_BYTES."""
    digest = limit_stories(digest, MAX_MAIL_STORIES)
    page = _render(digest)
    while len(page.encode()) > MAX_MAIL_BYTES and digest.stories:
        shown = len(digest.stories)
        digest = limit_stories(digest, min(shown - 1, shown * MAX_MAIL_BYTES * 9 // (len(page.encode()) * 10)))
        page = _render(digest)
    return page


def with_html_note(page: str, note: str) -> str:
    """Insert a highlighted paragraph above the title."""
    from markupsafe import escape

    style = "margin:0 0 14px;padding:8px 12px;font-size:13px;background-color:#fdf1dc;color:#6d4500"
    paragraph = f'<p class="note" style="{style}">{escape(note)}</p>'
    return page.replace(NOTE_PLACEHOLDER, paragraph + NOTE_PLACEHOLDER, 1)


def bars(digest: Digest) -> list[Bar]:
    """Return the chart of stories per week, if the digest shows one."""
    if not digest.charts:
        return []
    sections = (section for section in digest.sections if section.weeks)
    return [Bar(section.title, section.weeks[-1], _columns(section.weeks)) for section in sections]


def _columns(weeks: tuple[int, ...]) -> tuple[int, ...]:
    """Scale each topic to its own maximum, since readers compare it with its own past; an empty week is one pixel."""
    most = max(weeks, default=0) or 1
    return tuple(1 + round((COLUMN_PIXELS - 1) * week / most) for week in weeks)


def _render(digest: Digest) -> str:
    page = _template().render(digest=digest, layout=arrange(digest), bars=bars(digest), dark=_read("dark.css"))
    inlined: str = _inliner().inline(page)
    return inlined


@cache
def _template() -> Template:
    environment = html_environment("monitor.core.messages.render")
    environment.globals.update(subject=subject, preheader=preheader)
    environment.globals.update(wording=wording, story_wording=story_wording, coverage_wording=coverage_wording)
    return environment.get_template("digest.html")


@cache
def _inliner() -> Any:  # noqa: ANN401 - css_inline ships no types
    import css_inline

    return css_inline.CSSInliner(extra_css=_read("digest.css"), load_remote_stylesheets=False, keep_style_tags=False)


@cache
def _read(name: str) -> str:
    return (files("monitor.core.messages.render") / "templates" / name).read_text("utf-8")
