"""The part of a digest that lists articles which no rule matched, but which resemble the hits; and its recall line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from monitor.core.digests.digest import Digest, ExtraPart, PartLine
from monitor.core.digests.digest_stories import MAX_STORY_TITLE_CHARS
from monitor.core.model import Feed, FeedId, PossibleMiss, RecallReport
from monitor.core.text import clean_line
from monitor.core.text.languages import language_code

TITLE = "Possibly missed"
_NOTE = "No rule matched these articles, but they resemble the hits."
_NOT_RANKED = "Possibly missed articles are not listed yet: there are too few hits to learn from."
_SHOWN_TERMS = 4


def with_possibly_missed(
    digest: Digest,
    misses: Sequence[PossibleMiss],
    report: RecallReport | None,
    feeds: Mapping[FeedId, Feed],
    *,
    is_ranked: bool,
) -> Digest:
    """Add the part, if there is an article for it, and the estimate of recall, if something was sampled.

    If nothing could be ranked, the coverage says so, since an absent part would read as if nothing was missed.
    """
    part = ExtraPart(title=TITLE, note=_NOTE, lines=tuple(_line(each, digest, feeds) for each in misses))
    notes = () if report is None else (f"{report.headline}.",)
    if not is_ranked:
        notes = (*notes, _NOT_RANKED)
    return replace(
        digest,
        extra_parts=(*digest.extra_parts, part) if misses else digest.extra_parts,
        coverage_notes=(*digest.coverage_notes, *notes),
        has_recall=report is not None,
    )


def _line(miss: PossibleMiss, digest: Digest, feeds: Mapping[FeedId, Feed]) -> PartLine:
    feed = feeds.get(miss.feed_id)
    source = clean_line((feed.title if feed else "") or miss.feed_id, limit=MAX_STORY_TITLE_CHARS)
    language = language_code(miss.language)
    where = f"{source}, {language}" if language and language != language_code(digest.language) else source
    terms = ", ".join(clean_line(term, limit=40) for term in miss.terms[:_SHOWN_TERMS])
    title = clean_line(miss.title, limit=MAX_STORY_TITLE_CHARS) or "(without a title)"
    details = "; ".join(filter(None, (where, f"article {miss.article_id}", terms)))
    return PartLine(f"{title} ({details})", miss.url, miss.article_id, names=(title, source))
