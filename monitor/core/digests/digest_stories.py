"""The summary of one story in a digest: its lead article, the other outlets, and the rules that matched.

The lead article comes from the outlet with the best tier; among equals, the one with the most urgent hit, then one with
its full text, then the earliest. Each version of an edited article is an article of its own; the summary shows the
version with the most urgent hit, among equals the newest.
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

MAX_TITLE = 240
MAX_URL = 2_000
MAX_TERMS = 8
_URL_SAFE = "!#$%&'()*+,/:;=?@[]~"
_UNTITLED = "(no title)"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")


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
    """Matched terms beyond MAX_TERMS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestStory:
    """One story as a digest shows it."""

    story_id: int
    title: str
    lead: Outlet
    language: str
    published_at: datetime | None
    found_at: datetime
    passage: Passage
    """The sentence that shows best why the story matched; empty if there is no evidence."""
    in_title_only: bool
    """The terms occur in the title only, so the passage is the title."""
    matched_rules: tuple[MatchedRule, ...]
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
    text_removed: bool = False
    """Retention has removed the text of the lead's article."""
    notified_at: datetime | None = None
    """When this digest last contained this story."""
    alerted_at: datetime | None = None
    """When an alert last contained this story."""
    others: tuple[Outlet, ...] = ()
    """Every other outlet once, best tier first."""
    hit_ids: tuple[int, ...] = ()

    @property
    def priority_rank(self) -> int:
        """3 for urgent, 0 for low."""
        return PRIORITIES.index(self.priority)


def rank_key(story: DigestStory) -> tuple[int, bool, float, float, int]:
    """Sort key, highest rank first: priority, then major before passing, then score, then the latest."""
    return -story.priority_rank, story.passing, -story.score, -story.found_at.timestamp(), story.story_id


def count_urgent(stories: Iterable[DigestStory]) -> int:
    """Count the stories of urgent priority."""
    return sum(story.priority == "urgent" for story in stories)


def summarize(
    hits: Sequence[Hit],
    story: Story | None,
    *,
    feeds: Mapping[FeedId, Feed],
    rules: Mapping[str, str],
    notified_at: datetime | None,
    alerted_at: datetime | None,
    topic_titles: Mapping[str, str],
) -> DigestStory:
    """Summarize a story by its new hits; `story` adds the outlets without a hit."""
    best = max(hits, key=lambda hit: (_urgency(hit), hit.prominence == "major", hit.score, -hit.id))
    lead_hits = _lead_hits(hits, feeds)
    lead = lead_hits[0]
    also = tuple(sorted({hit.topic for hit in hits} - {best.topic}))
    passage, zone = best_passage(_evidence(lead_hits))
    return DigestStory(
        story_id=best.story_id,
        title=_title(lead),
        lead=_outlet(lead.feed_id, lead.url, feeds),
        language=lead.language if _LANGUAGE.fullmatch(lead.language) else "",
        published_at=lead.published_at,
        found_at=min(hit.found_at for hit in hits),
        passage=passage,
        in_title_only=zone == "title",
        matched_rules=_matched_rules(hits, rules),
        topic=best.topic,
        topic_title=topic_titles.get(best.topic, best.topic),
        also_topics=also,
        also_topic_titles=tuple(topic_titles.get(slug, slug) for slug in also),
        priority=best.priority,
        score=best.score,
        passing=all(hit.prominence == "passing" for hit in hits),
        partial=all(hit.partial for hit in lead_hits),
        updated=all(hit.updated for hit in hits),
        backfilled=all(hit.backfilled for hit in hits),
        text_removed=lead.text_removed_at is not None,
        notified_at=notified_at,
        alerted_at=alerted_at,
        others=_others(lead, hits, story, feeds),
        hit_ids=tuple(sorted(hit.id for hit in hits)),
    )


def safe_link(url: str) -> str:
    """Return a percent-encoded http(s) address that is safe in any markup; empty for any other address."""
    url = url.strip()
    if len(url) > MAX_URL:
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


def _lead_hits(hits: Sequence[Hit], feeds: Mapping[FeedId, Feed]) -> list[Hit]:
    """Choose the lead article and the version of it to show; return the hits of that version."""
    first = min(
        hits, key=lambda hit: (_rank(feeds, hit.feed_id), -_urgency(hit), hit.partial, hit.found_at, hit.article_id)
    )
    versions = [hit for hit in hits if hit.entry_id == first.entry_id]
    shown = max(versions, key=lambda hit: (_urgency(hit), hit.article_id)).article_id
    return [hit for hit in versions if hit.article_id == shown]


def _evidence(hits: Sequence[Hit]) -> list[Evidence]:
    """Collect the evidence of all rules in the sentences of the most urgent hits."""
    most = max(map(_urgency, hits))
    sentences = {(each.zone, each.sentence) for hit in hits if _urgency(hit) == most for each in hit.evidence}
    return [each for hit in hits for each in hit.evidence if (each.zone, each.sentence) in sentences]


def _title(lead: Hit) -> str:
    """Return the title, followed by the registrable domain if lookalike letters may mislead a reader."""
    title = clean_line(lead.title, limit=MAX_TITLE) or _UNTITLED
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
    """List every other outlet once, with its first article."""
    articles = [(hit.found_at, hit.feed_id, hit.url) for hit in hits]
    articles += [(article.found_at, article.feed_id, article.url) for article in (story.articles if story else ())]
    outlets: dict[FeedId, Outlet] = {}
    for _, feed_id, url in sorted(articles):
        if feed_id != lead.feed_id and feed_id not in outlets:
            outlets[feed_id] = _outlet(feed_id, url, feeds)
    return tuple(sorted(outlets.values(), key=lambda outlet: (_rank(feeds, outlet.feed_id), outlet.title)))


def _matched_rules(hits: Iterable[Hit], rules: Mapping[str, str]) -> tuple[MatchedRule, ...]:
    """List the rules with their terms, most urgent first; spellings that differ in case only count once."""
    terms_by_rule: dict[str, list[str]] = {}
    for hit in sorted(hits, key=lambda hit: (-_urgency(hit), -hit.score, hit.id)):
        terms = terms_by_rule.setdefault(hit.rule_id, [])
        for evidence in hit.evidence:
            term = clean_line(evidence.as_written or evidence.term, limit=60)
            if term and term.casefold() not in {seen.casefold() for seen in terms}:
                terms.append(term)
    return tuple(
        MatchedRule(
            rule_id=rule_id,
            title=clean_line(rules.get(rule_id, rule_id), limit=MAX_TITLE),
            terms=tuple(terms[:MAX_TERMS]),
            more_terms=max(0, len(terms) - MAX_TERMS),
        )
        for rule_id, terms in terms_by_rule.items()
    )
