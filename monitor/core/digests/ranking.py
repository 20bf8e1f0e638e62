"""The order of stories in a digest: points, each with its reason, and the choice of the top stories.

Points are given for the priority of the rules, the best source, the number of independent outlets, novelty, different
terms in headline and opening, topics, a headline that names a decision, a known date, and readers' labels of the rule's
hits. How often a term occurs does not count. Ties are broken by time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta

from monitor.core import links
from monitor.core.counts import count
from monitor.core.digests.decision_words import names_decision
from monitor.core.digests.digest_stories import DigestStory, Outlet, Rank, RankPart
from monitor.core.model import LabelCounts, Tier
from monitor.core.text.languages import same_language

PRIORITY_POINTS = {"urgent": 260, "high": 40, "normal": 20, "low": 0}
"""An urgent story with the fewest other points (-60) ranks before a high one with the most (149); see its test."""
TIER_POINTS = {
    Tier.OFFICIAL: 30,
    Tier.AGENCY: 30,
    Tier.PRESS: 20,
    Tier.THINK_TANK: 10,
    Tier.NEWSLETTER: 5,
    Tier.CIVIL_SOCIETY: 0,
}
OUTLET_POINTS, MAX_OUTLET_POINTS = 8, 32
"""Points for each outlet after the first, and the most for all."""
NEW_POINTS, UPDATE_POINTS = 10, 0
TITLE_TERM_POINTS, LEAD_TERM_POINTS, MAX_TERM_POINTS, PASSING_POINTS = 4, 2, 30, -20
"""Points for each different term in the headline, each further one in the opening, the most for all (ADR 0180), and the
points of a story that mentions its subjects in passing only."""
TOPIC_POINTS, MAX_TOPIC_POINTS = 6, 12
"""Points for each topic after the first, and the most for all."""
DECISION_POINTS = 20
"""Points if the headline names a decision, investigation or lawsuit: analysts need it before comments and sessions."""
UNDATED_POINTS = -15
OTHER_LANGUAGE_POINTS = -5
"""Points for a story in another language than that of the readers: an equal story in theirs comes first."""
LABEL_POINTS, MIN_LABELS = 20, 5
"""Points from -20 (no hit of the rule was relevant) to 20 (all were), and the fewest labels for them."""
MAX_LABEL_AGE = timedelta(days=180)
"""Older labels do not count: rules change."""
MAX_PER_TOPIC, MIN_TOPICS = 2, 3
"""Stories of one topic among the top stories, if the digest has at least three topics."""
_LEADING_TIERS = frozenset({Tier.OFFICIAL, Tier.AGENCY})


def rank_story(story: DigestStory, labels: Sequence[LabelCounts], readers_language: str) -> Rank:
    """Return the points of a story; `labels`: readers' labels of the hits of each rule that matched it, counted."""
    parts = (
        RankPart("priority", PRIORITY_POINTS[story.priority], f"priority {story.priority}"),
        _tier(story),
        _outlets(story),
        _novelty(story),
        _terms(story),
        _topics(story),
        _decision(story),
        RankPart("date", UNDATED_POINTS, "the publisher gives no date") if story.published_at is None
        else RankPart("date", 0, "dated by the publisher"),
        _language(story, readers_language),
        max(map(_labels, labels), key=lambda part: part.points, default=_labels(LabelCounts())),
    )  # fmt: skip
    return Rank(parts)


def rank_key(story: DigestStory) -> tuple[int, float, int]:
    """Sort key, highest rank first: points, then the latest."""
    return -story.rank.points, -story.found_at.timestamp(), story.story_id


def sort_by_rank(stories: Iterable[DigestStory]) -> list[DigestStory]:
    """Sort stories, highest rank first.

    A story without a date, or led by civil society, does not come first if there is a dated one of equal priority from
    an official source or an agency.
    """
    ranked = sorted(stories, key=rank_key)
    if ranked and not _may_lead(ranked[0]):
        leading = (story for story in ranked if story.priority == ranked[0].priority and _is_from_leading_source(story))
        if leader := next(leading, None):
            ranked.remove(leader)
            ranked.insert(0, leader)
    return ranked


def choose_top(stories: Iterable[DigestStory], most: int) -> tuple[DigestStory, ...]:
    """Choose the top stories across topics: at most MAX_PER_TOPIC of one topic."""
    stories = list(stories)
    per_topic = MAX_PER_TOPIC if len({story.topic for story in stories}) >= MIN_TOPICS else most
    chosen: list[DigestStory] = []
    topics: Counter[str] = Counter()
    for story in sort_by_rank(stories):
        if len(chosen) < most and topics[story.topic] < per_topic:
            chosen.append(story)
            topics[story.topic] += 1
    return tuple(chosen)


def count_independent_outlets(outlets: Iterable[Outlet]) -> int:
    """Count outlets; two feeds of one host are one."""
    return len({links.host(outlet.url) or str(outlet.feed_id) for outlet in outlets})


def _tier(story: DigestStory) -> RankPart:
    best = max((outlet.tier for outlet in (story.lead, *story.others)), key=lambda tier: TIER_POINTS[tier])
    return RankPart("source", TIER_POINTS[best], f"best source: {best.replace('_', ' ')}")


def _outlets(story: DigestStory) -> RankPart:
    number = count_independent_outlets((story.lead, *story.others))
    points = min(OUTLET_POINTS * (number - 1), MAX_OUTLET_POINTS)
    return RankPart("outlets", points, f"{number} independent outlets" if number > 1 else "one outlet")


def _terms(story: DigestStory) -> RankPart:
    if story.passing:
        return RankPart("terms", PASSING_POINTS, "mentioned in passing")
    points = TITLE_TERM_POINTS * story.title_terms + LEAD_TERM_POINTS * story.lead_terms
    reason = f"{count(story.title_terms, 'different term')} in the headline, {story.lead_terms} more in the opening"
    return RankPart("terms", min(points, MAX_TERM_POINTS), reason)


def _decision(story: DigestStory) -> RankPart:
    if names_decision(story.title, story.language):
        return RankPart("decision", DECISION_POINTS, "the headline names a decision")
    return RankPart("decision", 0, "the headline names no decision")


def _topics(story: DigestStory) -> RankPart:
    number = 1 + len(story.also_topics)
    points = min(TOPIC_POINTS * (number - 1), MAX_TOPIC_POINTS)
    return RankPart("topics", points, f"{number} topics" if number > 1 else "one topic")


def _novelty(story: DigestStory) -> RankPart:
    if story.notified_at is not None:
        return RankPart("novelty", UPDATE_POINTS, "an update of an earlier story")
    if story.updated:
        return RankPart("novelty", UPDATE_POINTS, "an edited article")
    return RankPart("novelty", NEW_POINTS, "new")


def _language(story: DigestStory, readers_language: str) -> RankPart:
    if not readers_language or not story.language or same_language(story.language, readers_language):
        return RankPart("language", 0, "in the language of the readers, or not known")
    return RankPart("language", OTHER_LANGUAGE_POINTS, "in another language than that of the readers")


def _labels(counts: LabelCounts) -> RankPart:
    total = counts.relevant + counts.irrelevant
    if total < MIN_LABELS:
        return RankPart("labels", 0, f"fewer than {MIN_LABELS} labels on hits of its rules")
    points = round(LABEL_POINTS * (2 * counts.relevant / total - 1))
    labelled = count(total, "labelled hit")
    return RankPart("labels", points, f"readers found {counts.relevant} of {labelled} of a rule relevant")


def _may_lead(story: DigestStory) -> bool:
    return story.published_at is not None and story.lead.tier != Tier.CIVIL_SOCIETY


def _is_from_leading_source(story: DigestStory) -> bool:
    return story.published_at is not None and story.lead.tier in _LEADING_TIERS
