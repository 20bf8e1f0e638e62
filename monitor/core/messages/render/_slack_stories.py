"""A story of a digest as one section of a Slack message: in full, or in two or three lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from monitor.core.counts import count
from monitor.core.digests.digest import Digest
from monitor.core.digests.digest_stories import DigestStory
from monitor.core.matching.passages import Passage, marked_text
from monitor.core.messages.render import _story_wording as story_wording
from monitor.core.messages.render._slack_blocks import MAX_SECTION_CHARS, escape, link

_ZERO_WIDTH_SPACE = "\u200b"
_MARK, _MARK_END = "\x02", "\x03"
"""Placeholders around a marked term; text is cleaned of control characters, so it contains none of them."""
_GLUED = re.compile(rf"(?<=[^\W_]){_MARK}|{_MARK_END}(?=[^\W_])")
_NO_PLACEHOLDERS = str.maketrans("", "", _MARK + _MARK_END)


def full_story(story: DigestStory, digest: Digest) -> str:
    """Render a story. If the terms occur in the title only, they are not marked: a link's label takes no formatting."""
    details = _details(story, digest, story_wording.other_outlets(story.others))
    lines = [f"*{_headline(story, digest)}*", *_translation(story), details]
    if story.summary or story.has_headline_only:
        lines.append(" ".join(_mark_terms(sentence) for sentence in story.summary) or story_wording.HEADLINE_ONLY)
    if story.evidence:
        lines.append(f"> {_mark_terms(story.evidence)}")
    why = " · ".join(filter(None, (story_wording.why(story), story_wording.other_topics(story))))
    more = f" · {link(digest.links.story(story), 'more')}" if digest.links else ""
    lines.append(f"_Why: {escape(why)}_{more}")
    return _shorten(lines)


def brief_story(story: DigestStory, digest: Digest, *, in_topic: bool = False) -> str:
    """Render headline, one sentence and details; `in_topic`: below the heading of the story's topic."""
    sentence = "" if story.passing else escape(story_wording.short_sentence(story))
    details = escape(story_wording.short_details(story, digest, in_topic=in_topic))
    return _shorten([_headline(story, digest), *_translation(story), *filter(None, (sentence, details))])


def _headline(story: DigestStory, digest: Digest) -> str:
    urgent = ":rotating_light: " if story.is_urgent else ""
    language = story_wording.language(story, digest)
    return f"{urgent}{link(story.lead.url, escape(story.title))}{f' [{escape(language)}]' if language else ''}"


def _translation(story: DigestStory) -> list[str]:
    return [escape(story_wording.translation(story))] if story.translated_title else []


def _details(story: DigestStory, digest: Digest, *more: str) -> str:
    parts = (story_wording.byline(story, digest), *more, *story_wording.notes(story, digest))
    return escape(" · ".join(filter(None, parts)))


def _shorten(lines: Sequence[str]) -> str:
    """Remove whole lines from the end until the story fits into a section, and count them."""
    shown = list(lines)
    while len("\n".join(shown)) > MAX_SECTION_CHARS - 30:
        shown.pop()
    if len(shown) < len(lines):
        shown.append(f"_and {count(len(lines) - len(shown), 'more line')}_")
    return "\n".join(shown)


def _mark_terms(passage: Passage) -> str:
    """Set marked terms in bold; a zero-width space separates them from adjacent letters, which Slack requires."""
    marked = marked_text(passage, before=f"{_MARK}*", after=f"*{_MARK_END}", escape=escape)
    return _GLUED.sub(_ZERO_WIDTH_SPACE, marked).translate(_NO_PLACEHOLDERS)
