"""Groups articles that are given as JSON objects into stories, without a database; ValueError says what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from monitor.core.model import FeedId
from monitor.core.problems import misspelt_field
from monitor.core.stories.clusterer import StoryClusterer
from monitor.core.stories.fingerprints import StoryFingerprint, hash_shingles
from monitor.core.stories.weighted_terms import find_terms
from monitor.core.text import MAX_TEXT_CHARS, clean, clean_line, words
from monitor.core.text.languages import guess_language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.core.model import StoryTerms


_YEARS = range(1900, 3000)
"""Years of publication; near the first and the last that Python knows, times cannot be compared."""
INPUT_FIELDS = ("id", "title", "text", "published_at", "lang", "source", "url")


@dataclass(frozen=True, slots=True, kw_only=True)
class InputArticle:
    """One line: an article with the id that the output repeats."""

    id: str | int
    fingerprint: StoryFingerprint
    terms: StoryTerms


def parse_input_article(data: object) -> InputArticle:
    """Parse {"id", "title", "text", "published_at", "lang"?, "source"?, "url"?}; a time without a zone is UTC."""
    if not isinstance(data, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - reported like any other fault of the line
    if wrong := misspelt_field(data, INPUT_FIELDS):
        raise ValueError(wrong)
    identity = data.get("id")
    if isinstance(identity, bool) or not isinstance(identity, str | int):
        raise ValueError('"id" must be a text or a number')  # noqa: TRY004
    title, text = clean_line(_text(data, "title")), clean(_text(data, "text"))[:MAX_TEXT_CHARS]
    language = _text(data, "lang") or guess_language(f"{title}\n\n{text}")
    fingerprint = StoryFingerprint(
        title=title,
        language=language,
        shingle_hashes=hash_shingles(words(text), language),
        feed_id=FeedId(_text(data, "source")),  # without sources all are compared as strictly as those of one
        url=_text(data, "url"),
        at=_instant(_text(data, "published_at")),
    )
    return InputArticle(id=identity, fingerprint=fingerprint, terms=find_terms(title, text))


def group_articles(articles: Sequence[InputArticle]) -> list[int]:
    """Return the number of the story of each; they are grouped in the order of publication."""
    clusterer, stories = StoryClusterer(), [0] * len(articles)
    for index in sorted(range(len(articles)), key=lambda each: _published(articles[each])):
        article = articles[index]
        stories[index] = clusterer.add(_published(article), article.fingerprint, article.terms)
    return stories


def _published(article: InputArticle) -> datetime:
    return article.fingerprint.at or datetime.min.replace(tzinfo=UTC)


def _text(data: dict[str, object], key: str) -> str:
    value = data.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(f'"{key}" must be a text')
    return value or ""


def _instant(raw: str) -> datetime:
    try:
        instant = datetime.fromisoformat(raw)
    except ValueError:
        instant = None
    if instant is None or instant.year not in _YEARS:
        refused = f', not "{raw[:40]}"' if raw else ""
        raise ValueError(f'"published_at" must be a time such as 2026-11-24T08:30:00Z{refused}')
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
