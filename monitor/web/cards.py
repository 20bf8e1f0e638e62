"""What pages show of hits: a card for each article, or for each story, with the evidence of every rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from monitor.core.digests.digest_stories import DigestStory, StoryContext
from monitor.core.digests.ranking import MAX_LABEL_AGE
from monitor.core.digests.summarizing import add_summary, summarize
from monitor.core.digests.translations import headlines_of, translated_story
from monitor.core.digests.why_terms import term_hashes
from monitor.core.grouping import group_by
from monitor.core.model import PRIORITIES, Hit
from monitor.web.context import WebContext
from monitor.web.evidence import EvidenceSummary, summarize_evidence


@dataclass(frozen=True, slots=True)
class RuleHit:
    """The hit of one rule, with the names to show and its evidence."""

    hit: Hit
    rule: str
    topic: str
    evidence: EvidenceSummary
    label: bool | None
    """True if a reader found it relevant; None without a label."""


@dataclass(frozen=True, slots=True)
class HitCard:
    """One article on a page, with the hits of all rules that follow each other in the list."""

    first: Hit
    source: str
    rule_hits: tuple[RuleHit, ...]

    @property
    def priority(self) -> str:
        """The highest priority of its hits."""
        return max((each.hit.priority for each in self.rule_hits), key=_rank)

    @property
    def title(self) -> EvidenceSummary:
        """The evidence of the first hit that has some in the title, else of the first hit."""
        return next((each.evidence for each in self.rule_hits if each.evidence.title), self.rule_hits[0].evidence)


@dataclass(frozen=True, slots=True)
class StoryCard:
    """One story on a page, with the hits of the list that belong to it."""

    story: DigestStory
    first: Hit
    """The newest of its hits in the list."""
    rule_hits: tuple[RuleHit, ...]


def hit_cards(hits: Iterable[Hit], context: WebContext) -> list[HitCard]:
    """Build a card for each run of hits on the same article."""
    hits = list(hits)
    rules, topics, feeds = context.rule_titles(), context.topic_titles(), context.feed_titles()
    labels = context.store.labels([hit.id for hit in hits])
    cards = []
    for _, group in groupby(hits, key=lambda hit: hit.article_id):
        rule_hits = tuple(
            RuleHit(hit, rules.get(hit.rule_id, hit.rule_id), topics.get(hit.topic, hit.topic),
                    summarize_evidence(hit), labels.get(hit.id))
            for hit in group
        )  # fmt: skip
        first = rule_hits[0].hit
        cards.append(HitCard(first, feeds.get(first.feed_id, first.feed_id), rule_hits))
    return cards


def story_cards(hits: Iterable[Hit], context: WebContext) -> list[StoryCard]:
    """Build a card for each story of a list, in the order of its newest hit."""
    hits = list(hits)
    by_story: dict[int, list[RuleHit]] = {}
    for card in hit_cards(hits, context):
        by_story.setdefault(card.first.story_id, []).extend(card.rule_hits)
    return [
        StoryCard(story, by_story[story.story_id][0].hit, tuple(by_story[story.story_id]))
        for story in digest_stories(hits, context)
    ]


def digest_stories(hits: Sequence[Hit], context: WebContext) -> list[DigestStory]:
    """Summarize stories from hits as a digest does, in the order of their first hit."""
    by_story = group_by(hits, lambda hit: hit.story_id)
    stored = {each.id: each for each in context.store.stories_of(list(by_story))}
    story_context = StoryContext(
        topics=context.settings.topics,
        feeds={feed.id: feed for feed in context.settings.feeds},
        rules=context.rule_titles(),
        labels=context.store.label_counts(context.clock() - MAX_LABEL_AGE),
        term_counts=context.store.term_counts(term_hashes(hits)),
    )
    shown = [summarize(of_story, stored.get(story_id), story_context) for story_id, of_story in by_story.items()]
    openings = context.store.openings([each.article_id for each in shown])
    return _with_translations([add_summary(each, openings.get(each.article_id)) for each in shown], context)


def _with_translations(stories: Sequence[DigestStory], context: WebContext) -> list[DigestStory]:
    """Fill in the headlines that were translated for the first digest that has its headlines translated."""
    target = next((digest.language for digest in context.settings.digests if digest.translate), "")
    if not target:
        return list(stories)
    translations = context.store.translations(headlines_of(stories, target), target)
    return [translated_story(story, target, translations) for story in stories]


def _rank(priority: str) -> int:
    return PRIORITIES.index(priority) if priority in PRIORITIES else -1
