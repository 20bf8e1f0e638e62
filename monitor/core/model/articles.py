"""The text behind an entry, and the rules found in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NewType

from monitor.core.model.answers import Entry, Validators
from monitor.core.model.feeds import Tier

RuleId = NewType("RuleId", str)
Places = tuple[tuple[int, int], ...]
"""Pieces of a text: start and end, in characters."""
PRIORITIES = ("low", "normal", "high", "urgent")
STATUSES = ("draft", "test", "live", "retired")


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """The readable text behind an entry."""

    title: str
    text: str
    """Paragraphs parted by a blank line; offsets of evidence point into this."""
    url: str = ""
    language: str = ""
    author: str = ""
    published_at: datetime | None = None
    quality: str = ""
    """Which method gave the text: `full`, `plain`, `pdf`, `feed`, `title`."""
    partial: bool = False
    """The page could not be had: text is what the feed itself carries, or, of an edit, that of an earlier version."""
    partial_reason: str = ""
    truncated: bool = False
    """The text was cut at core.text.MAX_TEXT characters."""
    boilerplate: Places = ()
    """Where in the text stands what this source prints under everything (core.articles.boilerplate):
    no rule looks there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a rule may ask about where an article comes from."""

    id: str = ""
    domain: str = ""
    tier: Tier | None = None
    tags: tuple[str, ...] = ()


Zone = Literal["title", "lead", "body", "url", "source", "author"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where a rule's term stands in an article."""

    term: str
    """As the rule file writes it."""
    as_written: str
    """As the article writes it."""
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
    """A rule found in an article; pure, not stored."""

    rule_id: RuleId
    rule_hash: str
    topic: str
    status: str
    priority: str
    branch: str
    """Which way the rule matched, for example `any[0] near`."""
    prominence: Literal["major", "passing"]
    score: float
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundArticle:
    """An entry with its article and what matched: what a poll stores of one new or changed entry."""

    entry: Entry
    article: Article
    matches: tuple[Match, ...] = ()
    backfilled: bool = False
    """Old on arrival (a feed's first poll, a redesign): never alerted."""
    updated: bool = False
    """A new version of an entry that was known."""
    entry_id: int | None = None
    """The stored entry, where it is known already."""
    shingle_hashes: tuple[int, ...] = ()
    """Shingle hashes (core.stories); empty when nothing matched."""
    paragraphs: frozenset[int] = frozenset()
    """Hashes of the text's paragraphs, by which boilerplate is recognized (core.articles.boilerplate)."""
    retry_at: datetime | None = None
    """When to try for the full text again; None when there is nothing to try."""
    validators: Validators | None = None
    """None: the text is not that of a page."""
    revisit_at: datetime | None = None
    """When to recheck whether the page was edited; None: never."""
    rematched: bool = False
    """The stored text was matched again because it could not be matched whole before; the page was not fetched."""
    revisits: int = 0
    """Rechecks of the page since the entry was new or edited."""
