"""The archive: stories, the search, and one article with its evidence, its versions and what each edit did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.core.articles import edits
from monitor.store import words_of
from monitor.web.answers import page
from monitor.web.asked import MOST_TEXTS, Refusal, asked, row
from monitor.web.pages.hits import SPANS, tellings
from monitor.web.why import excerpt, paragraphs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from monitor.core.articles.edits import Edit
    from monitor.core.model import StoredArticle
    from monitor.web.desk import Desk

OUTLETS = 6
"""Articles of a story that are named at once; the others are folded away."""
VERSIONS = 10
LONGEST = 2_000
"""Paragraphs of a text that is compared with another; to compare takes their product."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version, with what was edited since the one before."""

    stored: StoredArticle
    edits: tuple[Edit, ...]
    compared: bool
    """False for the first one, and for texts too long to compare."""


def stories(request: Request, desk: Desk) -> Response:
    """List stories, each with its best source first."""
    wanted = asked(request.query_params)
    found = desk.library.find_stories(wanted.query(desk.clock()).since, wanted.before, wanted.limit)
    return page(
        request,
        desk,
        "stories.html",
        asked=wanted,
        spans=SPANS if wanted.since in SPANS else {wanted.since: wanted.since, **SPANS},
        stories=desk.app.sort_sources(found.found),
        feeds=desk.feeds(),
        outlets=OUTLETS,
        onward=wanted.address("/stories", found.next) if found.next else "",
    )


def search(request: Request, desk: Desk) -> Response:
    """Look for words in the archive, a stretch of it at a time."""
    wanted = asked(request.query_params, MOST_TEXTS)
    found, words = desk.library.find_articles(wanted.words, wanted.before, wanted.limit), words_of(wanted.words)
    return page(
        request,
        desk,
        "search.html",
        asked=wanted,
        articles=[
            (stored, excerpt(stored.article.title, words), excerpt(stored.article.text, words))
            for stored in found.found
        ],
        reached=found.reached,
        feeds=desk.feeds(),
        onward=wanted.address("/search", found.next) if found.next else "",
    )


def article(request: Request, desk: Desk) -> Response:
    """Show one article as it was stored."""
    stored = desk.library.article(row(request.path_params["article"]))
    if stored is None:
        raise Refusal(404, "The archive has no such article; what is older than the retention keeps is removed.")
    hits = desk.library.hits_of_entry(stored.id)
    versions = desk.library.last_versions(stored.id, VERSIONS + 1)
    source = next((feed for feed in desk.settings.feeds if feed.id == stored.feed_id), None)
    return page(
        request,
        desk,
        "article.html",
        stored=stored,
        source=(source.title if source else "") or stored.feed_id,
        tier=str(source.tier).replace("_", " ") if source else "",
        told=tellings(sorted(hits, key=lambda hit: hit.article_id), desk),
        paragraphs=paragraphs(stored, hits),
        elsewhere=any(hit.text_hash != stored.text_hash for hit in hits),
        versions=_versions(versions)[:VERSIONS],
        more=len(versions) > VERSIONS,
    )


def _versions(versions: Sequence[StoredArticle]) -> list[Version]:
    """Compare versions, each with the one before; the newest comes first."""
    told = []
    for before, after in zip([None, *versions], versions, strict=False):
        longest = max(each.article.text.count("\n\n") for each in (before or after, after))
        told.append((before, after, before is not None and longest < LONGEST))
    return [
        Version(after, edits.between(before.article, after.article) if before and short else (), short)
        for before, after, short in reversed(told)
    ]
