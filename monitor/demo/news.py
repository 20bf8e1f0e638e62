"""The demo's news: outlets and articles that were written for it, read from monitor/demo/news/*.yaml.

Nothing here happened. An article marked `copy_of` is the same text under another outlet's name, as wire stories are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

import yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One article as its newsroom wrote it."""

    slug: str
    title: str
    summary: str
    text: str
    author: str
    hours: float
    """How long ago it was published, counted from the start of the demo."""

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The text, paragraph by paragraph."""
        return tuple(part.strip() for part in self.text.split("\n\n") if part.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A publisher with a feed, and how its server behaves."""

    id: str
    title: str
    motto: str
    language: str
    country: str
    tier: str
    tags: tuple[str, ...]
    fulltext: str
    format: str
    """rss, atom or rdf."""
    content: str
    """summary: the feed carries summaries; full: it carries whole texts."""
    layout: str
    behaviour: str
    """empty, or one of: moved, slow, malformed, missing, wall."""
    pieces: tuple[Piece, ...]


@cache
def outlets() -> tuple[Outlet, ...]:
    """Every outlet of the demo, in the order of their names."""
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


def _outlet(document: dict[str, Any], originals: dict[str, Piece]) -> Outlet:
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
        content=document.get("content", "summary"),
        layout=document["layout"],
        behaviour=document.get("behaviour", ""),
        pieces=tuple(
            _copy(item, originals[item["copy_of"]]) if "copy_of" in item else _piece(item)
            for item in document["articles"]
        ),
    )


def _piece(item: dict[str, Any]) -> Piece:
    return Piece(
        slug=item["slug"],
        title=item["title"],
        summary=item["summary"],
        text=item["text"],
        author=item.get("author", ""),
        hours=float(item["hours"]),
    )


def _copy(item: dict[str, Any], original: Piece) -> Piece:
    return replace(
        original,
        title=item.get("title", original.title),
        author=item.get("author", original.author),
        hours=float(item["hours"]),
    )
