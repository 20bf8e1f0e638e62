"""The lines about one story that all formats share: source, date, notes, and why it matched.

Each function returns plain text, not escaped. Times are in the time zone of the digest.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.core.counts import join_names
from monitor.core.digests.digest import Digest
from monitor.core.digests.digest_stories import DigestStory, Outlet
from monitor.core.matching.passages import plain_text
from monitor.core.messages.render._dates import format_publication, format_time, possessive_day
from monitor.core.text.directions import before_number
from monitor.core.text.languages import same_language
from monitor.core.text.shortening import shorten

MAX_NAMED_OUTLETS = 3
MAX_SHORT_COLUMNS, MAX_SHORT_WHY_CHARS = 132, 28
"""Characters of the sentence and of the two terms of a story in short form; of longer terms the first is named."""
HEADLINE_ONLY = "Headline only."
LANGUAGE_NAMES = {
    "ar": "Arabic", "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "et": "Estonian", "fi": "Finnish", "fr": "French", "ga": "Irish", "he": "Hebrew", "hi": "Hindi",
    "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean",
    "lt": "Lithuanian", "lv": "Latvian", "mt": "Maltese", "nl": "Dutch", "no": "Norwegian", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sv": "Swedish",
    "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


def byline(story: DigestStory, digest: Digest) -> str:
    """Return source and date."""
    return f"{before_number(story.lead.title)} · {_publication_time(story, digest)}"


def short_byline(story: DigestStory, digest: Digest) -> str:
    """Return the source, and the date only if it is unknown or before the period of the digest."""
    if story.published_at is None or story.published_at < digest.window.since:
        return byline(story, digest)
    return story.lead.title


def language(story: DigestStory, digest: Digest) -> str:
    """Name the language of a story; empty if it is that of the readers or not known."""
    if not story.language or same_language(story.language, digest.language):
        return ""
    return LANGUAGE_NAMES.get(story.language, story.language)


def translation(story: DigestStory) -> str:
    """Return the translated headline, marked as one by machine; empty if there is none."""
    return f"Machine translation: {story.translated_title}" if story.translated_title else ""


def _publication_time(story: DigestStory, digest: Digest) -> str:
    if story.published_at is None:
        return f"undated, found {format_time(story.found_at, digest)}"
    return format_publication(story.published_at, digest)


def other_outlets(outlets: Sequence[Outlet]) -> str:
    """Name the other outlets; empty without any."""
    names = [before_number(outlet.title) for outlet in outlets]
    return f"Also in {join_names(names, MAX_NAMED_OUTLETS)}" if names else ""


def short_sentence(story: DigestStory) -> str:
    """Return the first sentence of what happened in short form; says so if only the headline is known."""
    if story.has_headline_only:
        return HEADLINE_ONLY
    return shorten(plain_text(story.summary[0]), MAX_SHORT_COLUMNS) if story.summary else ""


def notes(story: DigestStory, digest: Digest) -> list[str]:
    """Say if a story is an update, was edited or alerted before, or may have been read only in part."""
    lines = []
    if story.notified_at:
        lines.append(f"update to {possessive_day(story.notified_at, digest)} story")
    if story.updated:
        lines.append("edited by the publisher")
    if story.alerted_at:
        lines.append(f"alert of {format_time(story.alerted_at, digest)}")
    if story.partial:
        lines.append("perhaps only part of the article was read")
    if story.text_removed:
        lines.append("the text was removed from the archive (retention.articles)")
    return lines


def why(story: DigestStory, *, in_topic: bool = False) -> str:
    """Return why a story matched, in one phrase: a rule, and one or two of its terms.

    `in_topic`: only the terms are named, since the heading of the topic above says as much as the rule.
    """
    rule = story.why
    if rule is None:
        return ""
    named = [f"“{term}”" for term in rule.main_terms]
    terms = ", ".join(named)
    if terms and in_topic:
        return terms if len(terms) <= MAX_SHORT_WHY_CHARS else named[0]
    return f"{rule.title} ({terms})" if terms else rule.title


def short_details(story: DigestStory, digest: Digest, *, in_topic: bool) -> str:
    """Return source, notes and why of a story in short form."""
    reason = why(story, in_topic=in_topic)
    parts = (short_byline(story, digest), *notes(story, digest), f"why: {reason}" if reason else "")
    return " · ".join(filter(None, parts))


def other_topics(story: DigestStory) -> str:
    """Name the other topics of a story; empty without any."""
    return f"also: {join_names(story.also_topic_titles, MAX_NAMED_OUTLETS)}" if story.also_topics else ""
