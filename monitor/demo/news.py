"""The invented outlets and articles of the demo, read from monitor/demo/news/*.yaml.

An article with `copy_of` has the text of another outlet's article, like a wire story.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleArticle:
    """One article of an outlet."""

    slug: str
    title: str
    summary: str
    text: str
    author: str
    hours: float
    """Hours between its publication and the start of the demo."""

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The paragraphs of the text."""
        return tuple(part.strip() for part in self.text.split("\n\n") if part.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A publisher with a feed or another source, and how its server behaves."""

    id: str
    title: str
    motto: str
    language: str
    country: str
    tier: str
    tags: tuple[str, ...]
    fulltext: str
    format: str
    """rss, atom or rdf; or page, sitemap, json or imap."""
    source: Mapping[str, str]
    """Further keys of its source in feeds.yaml."""
    content: str
    """summary: the feed has summaries; full: it has whole texts."""
    layout: str
    behaviour: str
    """empty, or one of: moved, slow, malformed, missing, wall."""
    articles: tuple[SampleArticle, ...]


@cache
def outlets() -> tuple[Outlet, ...]:
    """Return every outlet of the demo, by name."""
    folder = resources.files("monitor.demo") / "news"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name)
    documents = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]
    originals = {
        f"{document['id']}/{item['slug']}": _piece(item)
        for document in documents
        for item in document["articles"]
        if "slug" in item
    }
    return tuple(_outlet(document, originals) for document in documents)


def unreadable() -> frozenset[str]:
    """Return the ids of the outlets whose feeds cannot be read."""
    return frozenset(outlet.id for outlet in outlets() if outlet.behaviour in {"missing", "wall"})


def _outlet(document: dict[str, Any], originals: dict[str, SampleArticle]) -> Outlet:
    return Outlet(
        id=document["id"],
        title=document["title"],
        motto=document["motto"],
        language=document["language"],
        country=document["country"],
        tier=document["tier"],
        tags=tuple(document.get("tags", ())),
        fulltext=document.get("fulltext", "auto"),
        format=document["format"],
        source=document.get("source", {}),
        content=document.get("content", "summary"),
        layout=document["layout"],
        behaviour=document.get("behaviour", ""),
        articles=tuple(
            _copy(item, originals[item["copy_of"]]) if "copy_of" in item else _piece(item)
            for item in document["articles"]
        ),
    )


def _piece(item: dict[str, Any]) -> SampleArticle:
    return SampleArticle(
        slug=item["slug"],
        title=item["title"],
        summary=item["summary"],
        text=item["text"],
        author=item.get("author", ""),
        hours=float(item["hours"]),
    )


def _copy(item: dict[str, Any], original: SampleArticle) -> SampleArticle:
    return replace(
        original,
        title=item.get("title", original.title),
        author=item.get("author", original.author),
        hours=float(item["hours"]),
    )
