"""One story as a digest tells it: the best source leads, the others are named, and every rule that found it says why.

The best source is the one whose tier stands closest to the decision; among equals the one with the most urgent hit,
then one whose text was read whole, then the first to report. The surprise: of an article that its publisher changed,
each version is an article of its own. The one shown is that with the most urgent hit, among equals the newest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from monitor.core.matching.passages import Passage, best_passage
from monitor.core.model import PRIORITIES, Tier
from monitor.core.text import clean_line
from monitor.core.text.lookalikes import domain_to_show

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from monitor.core.model import Evidence, Feed, FeedId, Hit, Story

LONGEST_TITLE = 240
LONGEST_URL = 2_000
MOST_TERMS = 8
_URL_SAFE = "!#$%&'()*+,/:;=?@[]~"
_UNTITLED = "(no title)"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A feed that carries the story."""

    feed_id: FeedId
    title: str
    tier: Tier
    url: str
    """Of its article; empty when that is not http(s)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundBy:
    """A rule that found the story, and by which words, as they were written."""

    rule_id: str
    title: str
    terms: tuple[str, ...]
    more_terms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One story of a digest."""

    story_id: int
    title: str
    lead: Outlet
    language: str
    published_at: datetime | None
    found_at: datetime
    passage: Passage
    in_title_only: bool
    """The terms stand in the title and nowhere else: the passage is the title."""
    found_by: tuple[FoundBy, ...]
    topic: str
    topic_title: str
    also_topics: tuple[str, ...]
    also_topic_titles: tuple[str, ...]
    priority: str
    score: float
    passing: bool
    partial: bool
    updated: bool
    backfilled: bool
    earlier: datetime | None = None
    """When this digest last told something of this story."""
    alerted_at: datetime | None = None
    others: tuple[Outlet, ...] = ()
    """One article of every other outlet, best tier first."""
    hit_ids: tuple[int, ...] = ()

    @property
    def priority_rank(self) -> int:
        """3 for urgent, 0 for low."""
        return PRIORITIES.index(self.priority)


def worth(told: Told) -> tuple[int, bool, float, float, int]:
    """Sort key, worthiest first: priority, then major before passing, then score, then the latest."""
    return -told.priority_rank, told.passing, -told.score, -told.found_at.timestamp(), told.story_id


def urgent(stories: Iterable[Told]) -> int:
    """Count the urgent ones."""
    return sum(told.priority == "urgent" for told in stories)


def tell(
    hits: Sequence[Hit],
    story: Story | None,
    *,
    feeds: Mapping[FeedId, Feed],
    rules: Mapping[str, str],
    told_at: datetime | None,
    alerted_at: datetime | None,
    topic_titles: Mapping[str, str],
) -> Told:
    """Tell one story, of which these are the hits that are new."""
    best = max(hits, key=lambda hit: (_urgency(hit), hit.prominence == "major", hit.score, -hit.id))
    of_lead = _leading(hits, feeds)
    lead = of_lead[0]
    also = tuple(sorted({hit.topic for hit in hits} - {best.topic}))
    passage, zone = best_passage(_evidence(of_lead))
    return Told(
        story_id=best.story_id,
        title=_title(lead),
        lead=_outlet(lead.feed_id, lead.url, feeds),
        language=lead.language if _LANGUAGE.fullmatch(lead.language) else "",
        published_at=lead.published_at,
        found_at=min(hit.found_at for hit in hits),
        passage=passage,
        in_title_only=zone == "title",
        found_by=_found_by(hits, rules),
        topic=best.topic,
        topic_title=topic_titles.get(best.topic, best.topic),
        also_topics=also,
        also_topic_titles=tuple(topic_titles.get(slug, slug) for slug in also),
        priority=best.priority,
        score=best.score,
        passing=all(hit.prominence == "passing" for hit in hits),
        partial=all(hit.partial for hit in of_lead),
        updated=all(hit.updated for hit in hits),
        backfilled=all(hit.backfilled for hit in hits),
        earlier=told_at,
        alerted_at=alerted_at,
        others=_others(lead, hits, story, feeds),
        hit_ids=tuple(sorted(hit.id for hit in hits)),
    )


def safe_link(url: str) -> str:
    """Return an address that can stand in any markup, or nothing when it is not plain http(s)."""
    url = url.strip()
    if len(url) > LONGEST_URL:
        return ""
    try:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            return ""
    except ValueError:
        return ""
    return quote(url, safe=_URL_SAFE, errors="ignore")


def _rank(feeds: Mapping[FeedId, Feed], feed_id: FeedId) -> int:
    feed = feeds.get(feed_id)
    return feed.tier.rank if feed else len(Tier)


def _urgency(hit: Hit) -> int:
    return PRIORITIES.index(hit.priority)


def _leading(hits: Sequence[Hit], feeds: Mapping[FeedId, Feed]) -> list[Hit]:
    """Choose the article that is shown, by the best source, and of its versions the one that is: return its hits."""
    first = min(
        hits, key=lambda hit: (_rank(feeds, hit.feed_id), -_urgency(hit), hit.partial, hit.found_at, hit.article_id)
    )
    versions = [hit for hit in hits if hit.entry_id == first.entry_id]
    shown = max(versions, key=lambda hit: (_urgency(hit), hit.article_id)).article_id
    return [hit for hit in versions if hit.article_id == shown]


def _evidence(hits: Sequence[Hit]) -> list[Evidence]:
    """Gather what stands in the sentences of the most urgent hits, whichever rule found it."""
    most = max(map(_urgency, hits))
    sentences = {(each.zone, each.sentence) for hit in hits if _urgency(hit) == most for each in hit.evidence}
    return [each for hit in hits for each in hit.evidence if (each.zone, each.sentence) in sentences]


def _title(lead: Hit) -> str:
    """Return the title, with the registrable domain behind it where letters may deceive."""
    title = clean_line(lead.title, limit=LONGEST_TITLE) or _UNTITLED
    domain = domain_to_show(title, lead.url)
    return f"{title} [{domain}]" if domain else title


def _outlet(feed_id: FeedId, url: str, feeds: Mapping[FeedId, Feed]) -> Outlet:
    feed = feeds.get(feed_id)
    return Outlet(
        feed_id=feed_id,
        title=clean_line(feed.title if feed else "", limit=80) or feed_id,
        tier=feed.tier if feed else Tier.NEWSLETTER,
        url=safe_link(url),
    )


def _others(lead: Hit, hits: Iterable[Hit], story: Story | None, feeds: Mapping[FeedId, Feed]) -> tuple[Outlet, ...]:
    """Name every other outlet once, by its first article."""
    articles = [(hit.found_at, hit.feed_id, hit.url) for hit in hits]
    articles += [(article.found_at, article.feed_id, article.url) for article in (story.articles if story else ())]
    outlets: dict[FeedId, Outlet] = {}
    for _, feed_id, url in sorted(articles):
        if feed_id != lead.feed_id and feed_id not in outlets:
            outlets[feed_id] = _outlet(feed_id, url, feeds)
    return tuple(sorted(outlets.values(), key=lambda outlet: (_rank(feeds, outlet.feed_id), outlet.title)))


def _found_by(hits: Iterable[Hit], rules: Mapping[str, str]) -> tuple[FoundBy, ...]:
    """List the rules, most urgent first, each with its terms."""
    terms: dict[str, list[str]] = {}
    for hit in sorted(hits, key=lambda hit: (-_urgency(hit), -hit.score, hit.id)):
        written = terms.setdefault(hit.rule_id, [])
        for evidence in hit.evidence:
            term = clean_line(evidence.as_written or evidence.term, limit=60)
            if term and term.casefold() not in {known.casefold() for known in written}:
                written.append(term)
    return tuple(
        FoundBy(
            rule_id=rule_id,
            title=clean_line(rules.get(rule_id, rule_id), limit=LONGEST_TITLE),
            terms=tuple(written[:MOST_TERMS]),
            more_terms=max(0, len(written) - MOST_TERMS),
        )
        for rule_id, written in terms.items()
    )
