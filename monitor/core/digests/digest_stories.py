"""One story of a digest, as a value: its lead article, what happened, other outlets, the rules that matched, its rank.

`summarizing` makes it from hits; every format shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urlsplit

from monitor.core.matching.passages import Passage
from monitor.core.model import Feed, FeedId, LabelCounts, Tier
from monitor.core.text import clean_line

if TYPE_CHECKING:
    from monitor.core.matching.rulebook import Topic

MAX_STORY_TITLE_CHARS = 240
MAX_STORY_URL_CHARS = 2_000
_URL_SAFE = "!#$%&'()*+,/:;=?@[]~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A feed that published an article of the story."""

    feed_id: FeedId
    title: str
    tier: Tier
    url: str
    """Address of its article; empty unless it is http(s)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedRule:
    """A rule that matched the story, with the matched terms as the article spells them."""

    rule_id: str
    title: str
    terms: tuple[str, ...]
    more_terms: int = 0
    """The number of further matched terms."""
    main_terms: tuple[str, ...] = ()
    """The one or two of them that explain best why it matched."""
    is_catch_all: bool = False
    """True if the rule's topic collects what no other topic takes."""


class RankPart(NamedTuple):
    """What one property of a story counts."""

    name: str
    points: int
    reason: str


@dataclass(frozen=True, slots=True)
class Rank:
    """The points of a story, part by part."""

    parts: tuple[RankPart, ...] = ()
    points: int = field(init=False)
    """The sum of all parts, kept since stories are sorted by it again and again."""

    def __post_init__(self) -> None:
        """Add the parts."""
        object.__setattr__(self, "points", sum(part.points for part in self.parts))


NO_RANK = Rank()


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestStory:
    """One story as a digest shows it."""

    story_id: int
    title: str
    translated_title: str = ""
    """A machine translation; empty if there is none."""
    lead: Outlet
    language: str
    published_at: datetime | None
    found_at: datetime
    article_id: int
    """The version of the lead's article that is shown."""
    passage: Passage
    """The sentence that shows best why the story matched; empty if there is no evidence."""
    evidence: Passage
    """`passage` in one line, cut around its terms; empty if `summary` or the title contains the sentence."""
    in_title_only: bool
    """The terms occur in the title only, so the passage is the title."""
    title_terms: int = 0
    """Different matched terms in the headline of the lead's article; the terms of one list count once."""
    lead_terms: int = 0
    """Further ones in its opening."""
    summary: tuple[Passage, ...] = ()
    """What happened, in one or two sentences; terms are marked if the sentence that matched is among them."""
    has_headline_only: bool = False
    """True if only the headline of the article is known."""
    rank: Rank = NO_RANK
    matched_rules: tuple[MatchedRule, ...]
    topic: str
    topic_title: str
    also_topics: tuple[str, ...] = ()
    also_topic_titles: tuple[str, ...] = ()
    priority: str
    score: float
    passing: bool = False
    partial: bool = False
    updated: bool = False
    backfilled: bool = False
    archived: bool = False
    """True if the story is listed as found in the archive, not as news."""
    text_removed: bool = False
    """True if retention has removed the text of the lead's article."""
    notified_at: datetime | None = None
    """When this digest last contained this story."""
    alerted_at: datetime | None = None
    """When an alert last contained this story."""
    others: tuple[Outlet, ...] = ()
    """Every other outlet once, best tier first."""
    hit_ids: tuple[int, ...] = ()

    @property
    def is_urgent(self) -> bool:
        """True if it is marked and counted as urgent; stories from the archive are not."""
        return self.priority == "urgent" and not self.archived

    @property
    def why(self) -> MatchedRule | None:
        """The rule to name as the reason: the most urgent one that is no catch-all."""
        return next(
            (rule for rule in self.matched_rules if not rule.is_catch_all), next(iter(self.matched_rules), None)
        )


@dataclass(frozen=True, kw_only=True)
class StoryContext:
    """What all stories of a digest or a page are summarized with."""

    topics: Mapping[str, Topic]
    feeds: Mapping[FeedId, Feed]
    rules: Mapping[str, str] = field(default_factory=dict)
    """Titles of the rules, by id."""
    labels: Mapping[str, LabelCounts] = field(default_factory=dict)
    """Readers' labels of the hits of each rule, counted."""
    readers_language: str = ""
    """The language code of the readers; empty if it is not known."""
    notified_at: Mapping[int, datetime] = field(default_factory=dict)
    """When this digest last contained a story, by id."""
    alerted_at: Mapping[int, datetime] = field(default_factory=dict)
    """When an alert last contained a story, by id."""
    term_counts: Mapping[int, int] = field(default_factory=dict)
    """How many articles have the words of the hits (`why_terms.term_hashes`), by bucket."""

    @cached_property
    def topic_titles(self) -> dict[str, str]:
        """Titles of the topics, in the order of their sections."""
        slugs = sorted(self.topics, key=lambda slug: (self.topics[slug].catch_all, self.topics[slug].order))
        return {slug: clean_line(self.topics[slug].title, limit=MAX_STORY_TITLE_CHARS) for slug in slugs}

    @cached_property
    def catch_all(self) -> frozenset[str]:
        """Topics under which a story is listed only if it has no other."""
        return frozenset(slug for slug, topic in self.topics.items() if topic.catch_all)


def count_urgent(stories: Iterable[DigestStory]) -> int:
    """Count the urgent stories."""
    return sum(story.is_urgent for story in stories)


def safe_link(url: str) -> str:
    """Return a percent-encoded http(s) address that is safe in any markup; empty for any other address."""
    url = url.strip()
    if len(url) > MAX_STORY_URL_CHARS:
        return ""
    try:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            return ""
    except ValueError:
        return ""
    return quote(url, safe=_URL_SAFE, errors="ignore")
