"""One stored article with its evidence and its versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from monitor.core.articles import paragraph_edits
from monitor.core.articles.paragraph_edits import Edit
from monitor.core.articles.removal import removal_note
from monitor.core.model import StoredArticle
from monitor.web.cards import hit_cards
from monitor.web.context import WebContext
from monitor.web.evidence import mark_paragraphs
from monitor.web.params import RequestError, parse_id
from monitor.web.responses import render_page

MAX_LISTED_VERSIONS = 10
MAX_COMPARED_PARAGRAPHS = 2_000
"""Paragraphs of a text that is compared with another one; the comparison takes their product."""


@dataclass(frozen=True, slots=True)
class VersionDiff:
    """One version of an article, with its edits since the version before."""

    stored: StoredArticle
    edits: tuple[Edit, ...]
    note: str
    """Why there are no edits to show; empty where there are some."""


def article(request: Request, context: WebContext) -> Response:
    """Show one stored version of an article."""
    stored = article_or_404(parse_id(request.path_params["article"]), context)
    hits = context.store.hits_of_entry(stored.id)
    versions = context.store.versions(stored.id, MAX_LISTED_VERSIONS + 1)
    source = next((feed for feed in context.settings.feeds if feed.id == stored.feed_id), None)
    return render_page(
        request,
        context,
        "article.html",
        stored=stored,
        source=(source.title if source else "") or stored.feed_id,
        tier=str(source.tier).replace("_", " ") if source else "",
        cards=hit_cards(sorted(hits, key=lambda hit: hit.article_id), context),
        paragraphs=mark_paragraphs(stored, hits),
        hits_elsewhere=any(hit.text_hash != stored.text_hash for hit in hits),
        versions=_diff_versions(versions)[:MAX_LISTED_VERSIONS],
        more_versions=len(versions) > MAX_LISTED_VERSIONS,
        removed=removal_note(stored.days_until_removal),
    )


def article_or_404(article_id: int, context: WebContext) -> StoredArticle:
    """Return a stored article; RequestError 404 if there is none with this id."""
    stored = context.store.article(article_id)
    if stored is None:
        raise RequestError(404, "There is no article with this number. It may have been removed after its retention.")
    return stored


def _diff_versions(versions: Sequence[StoredArticle]) -> list[VersionDiff]:
    """Compare each version with the one before; returns the newest first."""
    diffs = [_diff(before, after) for before, after in zip([None, *versions], versions, strict=False)]
    return diffs[::-1]


def _diff(before: StoredArticle | None, after: StoredArticle) -> VersionDiff:
    if before is None:
        note = "The first version." if after.version == 1 else "Not compared with the version before."
        return VersionDiff(after, (), note)
    if before.text_removed_at or after.text_removed_at:
        return VersionDiff(after, (), "Not compared: the text of one of the versions was removed.")
    if max(each.article.text.count("\n\n") for each in (before, after)) >= MAX_COMPARED_PARAGRAPHS:
        return VersionDiff(after, (), "Too long to compare.")
    return VersionDiff(after, paragraph_edits.compare_versions(before.article, after.article), "No visible change.")
