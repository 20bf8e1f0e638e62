"""A digest as an HTML mail: no script, no image, nothing from the network; below the size at which Gmail clips.

Autoescape is on for all that is filled in. The surprise: a digest that would grow too large is rendered again with
fewer stories, and says how many it leaves out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from monitor.core.digests.limits import limit_stories
from monitor.core.messages.render import _words as words

if TYPE_CHECKING:
    from jinja2 import Template

    from monitor.core.digests import Digest

LARGEST = 100_000
"""Bytes; Gmail clips a mail at about 102 kB."""
MOST_STORIES = 250
"""No more than that could fit, however short."""
TALLEST = 15
"""Pixels of a column."""
REPEAT = "<!--repeat-->"
"""Where a mark goes when the message may be a repeat."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One topic's hits: as a bar against the busiest topic, or as a column a week where the weeks are known."""

    title: str
    hits: int
    percent: int
    columns: tuple[int, ...]
    """Heights in pixels, the latest week last."""


def html(digest: Digest) -> str:
    """Render the digest, with as many of its stories as fit."""
    digest = limit_stories(digest, MOST_STORIES)
    page = _render(digest)
    while len(page.encode()) > LARGEST and digest.stories:
        shown = len(digest.stories)
        digest = limit_stories(digest, min(shown - 1, shown * LARGEST * 9 // (len(page.encode()) * 10)))
        page = _render(digest)
    return page


def bars(digest: Digest) -> list[Bar]:
    """Draw the hits of each topic, by week or against the busiest; none for an alert or one topic without a past."""
    if digest.kind == "alert" or not (len(digest.sections) > 1 or any(section.weeks for section in digest.sections)):
        return []
    most = max(section.hits for section in digest.sections)
    return [
        Bar(section.title, section.hits, max(3, 100 * section.hits // max(1, most)), _columns(section.weeks))
        for section in digest.sections
    ]


def _columns(weeks: tuple[int, ...]) -> tuple[int, ...]:
    """Scale each topic by itself, since its own usual is what it is compared with; a week without hits is a line."""
    most = max(weeks, default=0) or 1
    return tuple(1 + round((TALLEST - 1) * week / most) for week in weeks)


def _render(digest: Digest) -> str:
    page = _template().render(digest=digest, words=words, bars=bars(digest), dark=_read("dark.css"))
    inlined: str = _inliner().inline(page)
    return inlined


@cache
def _template() -> Template:
    from jinja2 import DictLoader, Environment, StrictUndefined

    environment = Environment(
        loader=DictLoader({"digest.html": _read("digest.html")}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["capitalize_first"] = lambda line: line[:1].upper() + line[1:]
    return environment.get_template("digest.html")


@cache
def _inliner() -> Any:  # noqa: ANN401 - css_inline ships no types
    import css_inline

    return css_inline.CSSInliner(extra_css=_read("digest.css"), load_remote_stylesheets=False, keep_style_tags=False)


@cache
def _read(name: str) -> str:
    return (files("monitor.core.messages.render") / "templates" / name).read_text("utf-8")
