"""The invented outlets and articles of the demo, read from monitor/demo/news/*.yaml.

An article with `copy_of` has the text of another outlet's article, like a wire story. `{day 30}` in a text is the date
thirty days after the start of the demo.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any

import yaml

_DAY_AHEAD = re.compile(r"\{day (\d+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleArticle:
    """One article of an outlet."""

    slug: str
    title: str
    summary: str
    text: str
    author: str = ""
    hours: float
    """Hours between its publication and the start of the demo."""

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The paragraphs of the text."""
        return tuple(part.strip() for part in self.text.split("\n\n") if part.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleOutlet:
    """A publisher with a feed or another source, and how its server behaves."""

    id: str
    title: str
    motto: str
    language: str
    country: str
    tier: str
    tags: Sequence[str] = ()
    fulltext: str = "auto"
    format: str
    """rss, atom or rdf; or page, sitemap, json or imap."""
    source: Mapping[str, str] = field(default_factory=dict)
    """Further keys of its source in feeds.yaml."""
    content: str = "summary"
    """summary: the feed has summaries; full: it has whole texts."""
    layout: str
    behaviour: str = ""
    """empty, or one of: moved, slow, malformed, missing, wall."""
    articles: tuple[SampleArticle, ...]


@cache
def outlets() -> tuple[SampleOutlet, ...]:
    """Return every outlet of the demo, by name."""
    folder = resources.files("monitor.demo") / "news"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    documents = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]
    originals = {
        f"{document['id']}/{item['slug']}": SampleArticle(**item)
        for document in documents
        for item in document["articles"]
        if "slug" in item
    }
    return tuple(
        SampleOutlet(**{**document, "articles": tuple(_article(item, originals) for item in document["articles"])})
        for document in documents
    )


def unreadable() -> frozenset[str]:
    """Return the ids of the outlets whose feeds cannot be read."""
    return frozenset(outlet.id for outlet in outlets() if outlet.behaviour in {"missing", "wall"})


def with_dates(outlet: SampleOutlet, now: datetime) -> SampleOutlet:
    """Write the dates that the articles of an outlet announce, counted from `now`."""

    def day(match: re.Match[str]) -> str:
        return f"{now + timedelta(days=int(match[1])):%d %B %Y}".lstrip("0")

    articles = [replace(article, text=_DAY_AHEAD.sub(day, article.text)) for article in outlet.articles]
    return replace(outlet, articles=tuple(articles))


def _article(item: Mapping[str, Any], originals: Mapping[str, SampleArticle]) -> SampleArticle:
    if "copy_of" not in item:
        return SampleArticle(**item)
    changes = {name: value for name, value in item.items() if name != "copy_of"}
    return replace(originals[item["copy_of"]], **changes)
