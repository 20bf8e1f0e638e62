"""Whether a tried rule matches an article that is given with it, and why, or why not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from monitor.core.articles.removal import removal_note
from monitor.core.lab.explanations import WhyNotAnswer
from monitor.core.matching.matcher import INACTIVE_STATUSES
from monitor.core.matching.passages import Passage, mark_spans, marked_sentences


@dataclass(frozen=True, slots=True)
class ZoneSentence:
    """A sentence with its terms marked, and the field that it is in."""

    zone: str
    passage: Passage


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticlePreview:
    """The answer about one article."""

    problem: str = ""
    """Why there is no such article; then all else is empty."""
    title: str = ""
    article_id: int | None = None
    """None for a text that is not in the archive."""
    feed_id: str = ""
    stored_at: datetime | None = None
    matches: bool = False
    branch: str = ""
    prominence: str = ""
    score: float = 0.0
    sentences: tuple[ZoneSentence, ...] = ()
    causes: tuple[str, ...] = ()
    """Why it does not match, or has no hit though it does, the nearest miss first."""
    notes: tuple[str, ...] = ()
    """What is not as it should be with the article, as sentences."""


def summarize_answer(answer: WhyNotAnswer) -> ArticlePreview:
    """Sum up why a rule matches an article, or why not."""
    stored, match = answer.stored, answer.match
    found = [each for each in marked_sentences(match.evidence) if each.text.strip()] if match else []
    return ArticlePreview(
        title=answer.title,
        article_id=stored.id if stored else None,
        feed_id=str(stored.feed_id) if stored else "",
        stored_at=stored.stored_at if stored else None,
        matches=match is not None,
        branch=match.branch if match else "",
        prominence=match.prominence if match else "",
        score=match.score if match else 0.0,
        sentences=tuple(ZoneSentence(each.zone, mark_spans(each.text, each.marks)) for each in found),
        causes=tuple(cause.message for cause in answer.causes),
        notes=tuple(_notes(answer)),
    )


def _notes(answer: WhyNotAnswer) -> Iterator[str]:
    stored = answer.stored
    if stored is None:
        return
    if note := removal_note(stored.days_until_removal):
        yield f"{note} Only the title is matched here."
    if stored.article.partial:
        yield f"Perhaps only part of the article was read: {stored.article.partial_reason}."
    if answer.rule.status in INACTIVE_STATUSES:
        yield f"The status of the rule is {answer.rule.status}, so the daemon does not run it."
