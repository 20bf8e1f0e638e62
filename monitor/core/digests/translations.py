"""Machine translations of headlines: which are asked for, what is taken of an answer, and where they are filled in.

Translations are made ahead of the digests and read from a cache, so that none ever waits for a translator. The original
headline stays; every format shows the translation below it, marked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from monitor.core.counts import count
from monitor.core.digests.digest import Digest
from monitor.core.digests.digest_stories import MAX_STORY_TITLE_CHARS, DigestStory
from monitor.core.text import clean_line
from monitor.core.text.languages import language_code, same_language


class Headline(NamedTuple):
    """A headline to translate; `language` is that of its article."""

    language: str
    title: str

    def key(self, target: str) -> str:
        """Return the key of its translation into a language."""
        return hashlib.sha256(f"{self.language}\0{target}\0{self.title}".encode()).hexdigest()


def to_headline(language: str, title: str, target: str) -> Headline | None:
    """Return the headline of an article as digests show it; None if its language is that of the readers, or unknown.

    Regions do not count: a translator is asked for `zh`, not for `zh-Hant`. Publishers name the languages of their
    pages, and only a code becomes an argument of a program.
    """
    line, code = clean_line(title, limit=MAX_STORY_TITLE_CHARS), language_code(language)
    if not code or not line or same_language(code, target):
        return None
    return Headline(code, line)


def parse_translations(headlines: Sequence[Headline], output: str) -> dict[Headline, str]:
    """Return the translations, one line of output for each headline; ValueError if the number of lines differs.

    An empty line, or a headline that comes back unchanged, becomes an empty translation: there is nothing to show.
    """
    lines = output.removesuffix("\n").split("\n") if output else []
    if len(lines) != len(headlines):
        raise ValueError(f"it returned {count(len(lines), 'line')} for {count(len(headlines), 'headline')}")
    cleaned = (clean_line(line, limit=MAX_STORY_TITLE_CHARS) for line in lines)
    return {headline: "" if line == headline.title else line for headline, line in zip(headlines, cleaned, strict=True)}


def headlines_of(stories: Iterable[DigestStory], target: str) -> set[Headline]:
    """Return the headlines of stories that are in another language than `target`."""
    headlines = (to_headline(story.language, story.title, target) for story in stories)
    return {headline for headline in headlines if headline}


def with_translations(digest: Digest, translations: Mapping[Headline, str]) -> Digest:
    """Fill in the translated headlines that are known."""
    return digest.map_stories(lambda story: translated_story(story, digest.language, translations))


def translated_story(story: DigestStory, target: str, translations: Mapping[Headline, str]) -> DigestStory:
    """Fill in the translation of a story's headline, if it is known."""
    headline = to_headline(story.language, story.title, target)
    translation = translations.get(headline, "") if headline else ""
    return replace(story, translated_title=translation) if translation else story
