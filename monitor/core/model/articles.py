"""Articles: the text behind an entry, and the rules that match in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Literal, NamedTuple, NewType

from monitor.core.model.feeds import Tier
from monitor.core.model.responses import Entry, Validators

RuleId = NewType("RuleId", str)
Spans = tuple[tuple[int, int], ...]
"""Parts of a text: start and end, in characters."""
PRIORITIES = ("low", "normal", "high", "urgent")
STATUSES = ("draft", "test", "live", "retired")


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """The readable text behind an entry."""

    title: str
    text: str
    """Paragraphs separated by blank lines; the offsets of evidence refer to it."""
    url: str = ""
    language: str = ""
    author: str = ""
    published_at: datetime | None = None
    quality: str = ""
    """The method that extracted the text: `full`, `plain`, `pdf`, `feed`, `title`."""
    partial: bool = False
    """The page could not be read: the text is the feed's own or, for an edit, that of an earlier version."""
    partial_reason: str = ""
    truncated: bool = False
    """The text was cut at core.text.MAX_TEXT_CHARS characters."""
    boilerplate: Spans = ()
    """The spans that rules ignore: what this source repeats in its articles (core.articles.boilerplate), and what feed
    software adds (core.articles.feed_notices)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The beginning of a stored article, from which its summary is taken (core.articles.opening)."""

    title: str
    text: str
    """The first characters of the text; empty if retention removed it."""
    quality: str = ""
    boilerplate: Spans = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The properties of an article's source that rules may test."""

    id: str = ""
    domain: str = ""
    tier: Tier | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """An occurrence of a rule's term in an article."""

    term: str
    """The term as the rule file writes it."""
    as_written: str
    """The term as the article writes it."""
    zone: str
    start: int
    """Character offsets into the zone's text (`lead` and `body` both count from the start of Article.text)."""
    end: int
    sentence: str
    sentence_start: int = 0
    """Offset of `sentence` in the same text, so that start - sentence_start marks the term in it."""
    list_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A rule that matches an article; not stored."""

    rule_id: RuleId
    rule_hash: str
    topic: str
    status: str
    priority: str
    branch: str
    """The operator by which the rule matched, for example `any[0] near`."""
    prominence: Literal["major", "passing"]
    score: float
    evidence: tuple[Evidence, ...]


class StoryTerms(NamedTuple):
    """The distinct terms of an article, those of its title first, with how often title and lead have them."""

    hashes: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()
    in_title: int = 0
    """Number of terms of the title."""


NO_TERMS = StoryTerms()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundArticle:
    """A new or edited entry with its article and matches, as a poll stores it."""

    entry: Entry
    article: Article
    matches: tuple[Match, ...] = ()
    backfilled: bool = False
    """True if it was old on arrival (a feed's first poll, a redesign): never alerted."""
    updated: bool = False
    """A new version of a known entry."""
    entry_id: int | None = None
    """The stored entry, if it is known."""
    shingle_hashes: tuple[int, ...] = ()
    """Hashes by which copies are found (core.stories); empty if no rule matched."""
    terms: StoryTerms = NO_TERMS
    """Terms by which reports of one event are found (core.stories.weighted_terms); none if no rule matched."""
    paragraphs: frozenset[int] = frozenset()
    """Hashes of the paragraphs, by which boilerplate is recognized (core.articles.boilerplate)."""
    retry_at: datetime | None = None
    """When to retry the page or the matching; None: never."""
    validators: Validators | None = None
    """Validators of the page; None if the text is not that of a page."""
    recheck_at: datetime | None = None
    """When to recheck whether the page was edited; None: never."""
    rematched: bool = False
    """The stored text was matched again after it could not be matched whole; the page was not fetched."""
    rechecks: int = 0
    """Rechecks of the page since the entry was new or edited."""


def has_time_of_day(published_at: datetime) -> bool:
    """Return False for midnight UTC: publishers that state only the day have that time."""
    return published_at.time() != time()
