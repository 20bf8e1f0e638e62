"""Composes a digest or an alert of hits: summarizes their stories and arranges them by topic.

`limits` shortens it, `with_openings` adds what happened, `translations` fills in translated headlines, and the
renderers of `core.messages` turn it into text. Each story appears once, under the topic of its most urgent hit; its
other topics only refer to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal
from zoneinfo import ZoneInfo

from monitor.core.digests.announced_dates import announced_dates
from monitor.core.digests.digest import CrossReference, Digest, DigestWindow, RuleChange, Section
from monitor.core.digests.digest_stories import DigestStory, StoryContext
from monitor.core.digests.filters import source_ids
from monitor.core.digests.ranking import rank_key
from monitor.core.digests.slots import next_slot
from monitor.core.digests.source_coverage import report_coverage
from monitor.core.digests.summarizing import add_summary, summarize
from monitor.core.grouping import group_by
from monitor.core.model import Coverage, DigestConfig, Hit, Opening, Story


@dataclass(frozen=True, kw_only=True)
class DigestContext(StoryContext):
    """What a digest or an alert is composed with, beside its hits and their stories."""

    kind: Literal["digest", "alert"] = "digest"
    coverage: Coverage | None = None
    alert_below: float = 0.0
    """The least share of the digest's sources that must have been polled, else it warns."""
    rule_changes: Sequence[RuleChange] = ()
    weeks: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Stories per week of each topic, the latest week last."""
    is_first: bool = False
    """True for the first digest. Its news is what the first polls found and was published in the period."""


def compose_digest(
    config: DigestConfig, hits: Sequence[Hit], stories: Iterable[Story], window: DigestWindow, context: DigestContext
) -> Digest:
    """Compose the whole digest of these hits."""
    titles = context.topic_titles
    summaries = _summaries(hits, stories, replace(context, readers_language=config.language))
    new, updates, backfilled = _split(summaries, window if context.is_first else None)
    sources, coverage = source_ids(config, context.feeds), context.coverage
    digest = Digest(
        kind=context.kind,
        id=config.id,
        title=config.title,
        timezone=config.timezone,
        language=config.language,
        window=_extend_window(window, hits),
        sections=_sections(_in_order(new, config.order), hits, titles, context.weeks),
        updates=updates,
        backfilled=backfilled,
        topics=len({story.topic for story in (*new, *updates)}),
        coverage=report_coverage(coverage, context.alert_below, sources) if coverage else None,
        rule_changes=tuple(context.rule_changes),
        hit_ids=tuple(sorted(hit.id for hit in hits)),
        is_first=context.is_first,
    )
    if context.kind == "alert":
        return digest
    return _add_scheduled_parts(digest, config, _quiet_topics(config, hits, titles))


def _add_scheduled_parts(digest: Digest, config: DigestConfig, quiet_topics: tuple[str, ...]) -> Digest:
    """Add what only a scheduled digest contains."""
    next_at = next_slot(config.schedule, config.timezone, digest.window.until)
    return replace(
        digest,
        quiet_topics=quiet_topics,
        next_at=next_at,
        top=config.top,
        charts=config.charts,
        see_more=config.see_more,
    )


def with_openings(digest: Digest, openings: Mapping[int, Opening]) -> Digest:
    """Add what happened to every story that is shown; `openings`: the beginnings of the lead articles, by article."""
    return digest.map_stories(lambda story: add_summary(story, openings.get(story.article_id)))


def with_announced_dates(digest: Digest, openings: Mapping[int, Opening]) -> Digest:
    """Add the dates that the stories on show announce, those after the day of the digest."""
    today = digest.window.until.astimezone(ZoneInfo(digest.timezone)).date()
    announced = (
        (story.story_id, each)
        for story in digest.stories
        if (opening := openings.get(story.article_id))
        for each in announced_dates(opening, story.language, story.published_at, today)
    )
    return replace(digest, announced=tuple(announced))


def _in_order(stories: tuple[DigestStory, ...], order: Literal["score", "time"]) -> tuple[DigestStory, ...]:
    """Return stories, which are in order of rank, in the order of the configuration."""
    if order == "score":
        return stories
    return tuple(sorted(stories, key=lambda story: story.published_at or story.found_at, reverse=True))


def _extend_window(window: DigestWindow, hits: Iterable[Hit]) -> DigestWindow:
    """Move the beginning of the window back to the oldest hit."""
    return replace(window, since=min([window.since, *(hit.found_at for hit in hits)]))


def _summaries(hits: Iterable[Hit], stories: Iterable[Story], context: StoryContext) -> list[DigestStory]:
    """Summarize each story that has hits, highest rank first."""
    by_id = {story.id: story for story in stories}
    by_story = group_by(hits, lambda hit: hit.story_id)
    summaries = (summarize(of_story, by_id.get(story_id), context) for story_id, of_story in by_story.items())
    return sorted(summaries, key=rank_key)


def _split(
    stories: Iterable[DigestStory], recent: DigestWindow | None
) -> tuple[tuple[DigestStory, ...], tuple[DigestStory, ...], tuple[DigestStory, ...]]:
    """Split stories into new ones, updates and those found in the archive; the order is preserved.

    `recent`: a period in which what was published is new, wherever it was found.
    """
    new: list[DigestStory] = []
    updates: list[DigestStory] = []
    backfilled: list[DigestStory] = []
    for story in stories:
        if story.backfilled and not (recent and _is_published_in(recent, story)):
            backfilled.append(replace(story, archived=True))
        else:
            (updates if story.updated or story.notified_at else new).append(story)
    return tuple(new), tuple(updates), tuple(backfilled)


def _is_published_in(window: DigestWindow, story: DigestStory) -> bool:
    return story.published_at is not None and window.since <= story.published_at <= window.until


def _quiet_topics(config: DigestConfig, hits: Iterable[Hit], titles: Mapping[str, str]) -> tuple[str, ...]:
    """Name the topics without hits; none for a digest of some rules only, which does not cover whole topics."""
    with_hits = {hit.topic for hit in hits}
    followed = [slug for slug in titles if not config.rules and (not config.topics or slug in config.topics)]
    return tuple(titles[slug] for slug in followed if slug not in with_hits)


def _sections(
    new: Sequence[DigestStory], hits: Iterable[Hit], titles: Mapping[str, str], weeks: Mapping[str, tuple[int, ...]]
) -> tuple[Section, ...]:
    """Group stories by topic, in the order of `titles`; topics that no rule file defines any more come last."""
    counts = Counter(hit.topic for hit in hits)
    slugs = {story.topic for story in new} | {slug for story in new for slug in story.also_topics}
    ordered = [slug for slug in titles if slug in slugs] + sorted(slugs - set(titles))
    return tuple(
        replace(_section(slug, titles.get(slug, slug), new), hits=counts[slug], weeks=weeks.get(slug, ()))
        for slug in ordered
    )


def _section(slug: str, title: str, new: Sequence[DigestStory]) -> Section:
    here = [story for story in new if story.topic == slug]
    elsewhere = [story for story in new if slug in story.also_topics]
    return Section(
        topic=slug,
        title=title,
        major=tuple(story for story in here if not story.passing),
        passing=tuple(story for story in here if story.passing),
        cross_references=tuple(
            CrossReference(story_id=story.story_id, title=story.title, topic_title=story.topic_title)
            for story in elsewhere
        ),
    )
