"""The subject of a digest, and the line that mail programs show beside it; plain text, not escaped."""

from __future__ import annotations

from monitor.core.counts import count
from monitor.core.digests.digest import Digest
from monitor.core.digests.digest_stories import DigestStory
from monitor.core.messages.render._layout import Layout
from monitor.core.messages.render._wording import MAX_SUBJECT_COLUMNS, day, numbers, title
from monitor.core.text.shortening import shorten

MAX_HEADLINE_COLUMNS = 96
"""Characters of the top story's headline in a subject, which phones cut anyway."""
MAX_PREHEADER_COLUMNS = 140


def subject(digest: Digest) -> str:
    """Return the subject line: the headline of the first story and the number of the others."""
    if digest.kind == "digest":
        return f"{_subject_warning(digest)}{_digest_subject(digest)}"
    if digest.headline:
        return f"Spike: {shorten(digest.headline, MAX_SUBJECT_COLUMNS)}"
    first = next(iter((*digest.top_stories, *digest.backfilled)), None)
    others = digest.all_stories + digest.archived_stories - 1
    return f"Alert: {_headline_and_others(first, others) if first else 'no stories'}"


def preheader(digest: Digest, layout: Layout) -> str:
    """Return the line that mail programs show beside the subject: the next two headlines."""
    return " · ".join(shorten(each, MAX_PREHEADER_COLUMNS) for each in layout.next_titles) or numbers(digest)


def _subject_warning(digest: Digest) -> str:
    if digest.coverage is None or not digest.has_low_coverage:
        return ""
    return "Low coverage: " if digest.coverage.polls else "No polls yet: "


def _digest_subject(digest: Digest) -> str:
    first = next(iter(digest.top_stories or digest.stories), None)
    if digest.all_stories and first:
        return _headline_and_others(first, digest.all_stories - 1)
    older = f"{count(digest.archived_stories, 'story', 'stories')} from the archive" if digest.archived_stories else ""
    return f"{title(digest)}: {older or 'no new stories'}, {day(digest)}"


def _headline_and_others(story: DigestStory, more: int) -> str:
    headline = shorten(story.title, MAX_HEADLINE_COLUMNS)
    return f"{headline}, and {count(more, 'more story', 'more stories')}" if more > 0 else headline
