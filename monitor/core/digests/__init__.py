"""A digest: what was found in a window of time, as stories, by topic, with the proof of what was covered.

Pure: hits, stories, feeds and coverage go in, a Digest comes out, whole; `limit` then cuts it for a reader and counts
what it cut. Every text of a publisher is cleaned to one line here and every link is http(s) or gone; escaping is the
renderer's. The surprise: a story stands once, under its most urgent topic; its other topics only point there.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from monitor.core.digests.proofs import Proof, prove
from monitor.core.digests.slots import next_slot
from monitor.core.digests.told import Told, tell
from monitor.core.model import PRIORITIES
from monitor.core.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from monitor.core.model import Coverage, DigestConfig, Feed, FeedId, Hit, Story
    from monitor.core.rules.rulebook import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """A story of this topic that is told under another one."""

    title: str
    topic_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One topic's news."""

    topic: str
    title: str
    hits: int = 0
    """Hits of this topic in the digest, whichever section their story is told in."""
    major: tuple[Told, ...] = ()
    passing: tuple[Told, ...] = ()
    pointers: tuple[Pointer, ...] = ()
    left_out: int = 0
    """Stories that `limit` cut."""
    weeks: tuple[int, ...] = ()
    """Hits of the last weeks, the one that ends with the digest last; empty where they are not known."""

    @property
    def stories(self) -> int:
        """Stories told here or cut from here."""
        return len(self.major) + len(self.passing) + self.left_out


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """A rule that is not what it was in the last digest."""

    rule_id: str
    what: str
    author: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The time of ingest that a digest tells of, and the slot it is for."""

    since: datetime
    until: datetime
    slot: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What one message tells."""

    kind: Literal["digest", "alert"] = "digest"
    id: str
    title: str
    timezone: str
    window: Window
    sections: tuple[Section, ...] = ()
    updates: tuple[Told, ...] = ()
    """News of stories that an earlier digest told, and articles that their publisher changed."""
    updates_left_out: int = 0
    backfilled: tuple[Told, ...] = ()
    """Found in the archive by a new or changed rule, or old when its feed was first read."""
    backfilled_left_out: int = 0
    quiet: tuple[str, ...] = ()
    """Titles of the topics that found nothing."""
    proof: Proof | None = None
    rule_changes: tuple[RuleChange, ...] = ()
    next_at: datetime | None = None
    """When the next one is due: one that does not come then is missing."""
    hit_ids: tuple[int, ...] = ()
    headline: str = ""
    """What an alert is about, where that is not its first story."""
    remark: str = ""
    """One thing more to be said at the top."""

    @property
    def new_stories(self) -> int:
        """Stories that were not told before, shown or cut."""
        return sum(section.stories for section in self.sections)

    @property
    def stories(self) -> tuple[Told, ...]:
        """Every story that is shown, most worthy first."""
        new = [told for section in self.sections for told in (*section.major, *section.passing)]
        return tuple(sorted((*new, *self.updates, *self.backfilled), key=_worth))

    @property
    def left_out(self) -> int:
        """Stories that `limit` cut, of any part."""
        return sum(section.left_out for section in self.sections) + self.updates_left_out + self.backfilled_left_out


def wanted(config: DigestConfig, hits: Iterable[Hit], feeds: Mapping[FeedId, Feed]) -> list[Hit]:
    """Choose the hits that a digest is configured to tell."""
    tests = _tests(config, feeds)
    return [hit for hit in hits if all(test(hit) for test in tests)]


def _tests(config: DigestConfig, feeds: Mapping[FeedId, Feed]) -> list[Callable[[Hit], bool]]:
    lowest = PRIORITIES.index(config.min_priority)
    tests: list[Callable[[Hit], bool]] = [lambda hit: PRIORITIES.index(hit.priority) >= lowest]
    if config.topics:
        tests.append(lambda hit: hit.topic in config.topics)
    if config.rules:
        tests.append(lambda hit: hit.rule_id in config.rules)
    if config.feeds:
        tests.append(lambda hit: hit.feed_id in config.feeds)
    if config.languages:
        tests.append(lambda hit: hit.language in config.languages)
    if config.tiers:
        tests.append(lambda hit: (feed := feeds.get(hit.feed_id)) is not None and feed.tier in config.tiers)
    return tests


def compose(
    config: DigestConfig,
    hits: Sequence[Hit],
    stories: Iterable[Story],
    *,
    coverage: Coverage | None,
    topics: Mapping[str, Topic],
    feeds: Mapping[FeedId, Feed],
    window: Window,
    rules: Mapping[str, str] | None = None,
    told_before: Mapping[int, datetime] | None = None,
    alerted: Mapping[int, datetime] | None = None,
    rule_changes: Sequence[RuleChange] = (),
    weeks: Mapping[str, tuple[int, ...]] | None = None,
    kind: Literal["digest", "alert"] = "digest",
) -> Digest:
    """Make the whole digest of these hits.

    `rules` gives rules their titles, `weeks` topics their hits of the last weeks; the others say when each story was
    told or alerted before.
    """
    by_id = {story.id: story for story in stories}
    titles = {slug: clean_line(topics[slug].title) for slug in sorted(topics, key=lambda slug: topics[slug].order)}
    told = [
        tell(
            found,
            by_id.get(story_id),
            feeds,
            rules=rules or {},
            told_at=(told_before or {}).get(story_id),
            alerted_at=(alerted or {}).get(story_id),
            topic_titles=titles,
        )
        for story_id, found in _by_story(hits).items()
    ]
    told.sort(key=_worth)
    fresh = [story for story in told if not (story.backfilled or story.updated or story.earlier)]
    return Digest(
        kind=kind,
        id=config.id,
        title=config.title,
        timezone=config.timezone,
        window=replace(window, since=min([window.since, *(hit.found_at for hit in hits)])),
        sections=_sections(fresh, hits, titles, weeks or {}),
        updates=tuple(story for story in told if not story.backfilled and (story.updated or story.earlier)),
        backfilled=tuple(story for story in told if story.backfilled),
        quiet=_quiet(config, hits, titles) if kind == "digest" else (),
        proof=prove(coverage) if coverage else None,
        rule_changes=tuple(rule_changes),
        next_at=next_slot(config.schedule, config.timezone, window.until) if kind == "digest" else None,
        hit_ids=tuple(sorted(hit.id for hit in hits)),
    )


def _by_story(hits: Iterable[Hit]) -> dict[int, list[Hit]]:
    stories: dict[int, list[Hit]] = {}
    for hit in hits:
        stories.setdefault(hit.story_id, []).append(hit)
    return stories


def _worth(told: Told) -> tuple[int, bool, float, float, int]:
    """Sort key: priority, then major before passing, then score, then the latest."""
    return -told.priority_rank, told.passing, -told.score, -told.found_at.timestamp(), told.story_id


def _quiet(config: DigestConfig, hits: Iterable[Hit], titles: Mapping[str, str]) -> tuple[str, ...]:
    """Name the topics without news; a digest that is cut by rule cannot say that a topic was quiet."""
    found = {hit.topic for hit in hits}
    followed = [slug for slug in titles if not config.rules and (not config.topics or slug in config.topics)]
    return tuple(titles[slug] for slug in followed if slug not in found)


def _sections(
    fresh: Sequence[Told], hits: Iterable[Hit], titles: Mapping[str, str], weeks: Mapping[str, tuple[int, ...]]
) -> tuple[Section, ...]:
    """Part the stories by topic, in the order of `titles`; topics that the rules no longer know come last."""
    counts = Counter(hit.topic for hit in hits)
    slugs = {told.topic for told in fresh} | {slug for told in fresh for slug in told.also_topics}
    ordered = [slug for slug in titles if slug in slugs] + sorted(slugs - set(titles))
    sections = (_section(slug, titles.get(slug, slug), fresh) for slug in ordered)
    return tuple(
        replace(section, hits=counts[section.topic], weeks=weeks.get(section.topic, ())) for section in sections
    )


def _section(slug: str, title: str, fresh: Sequence[Told]) -> Section:
    here = [told for told in fresh if told.topic == slug]
    elsewhere = [told for told in fresh if slug in told.also_topics]
    return Section(
        topic=slug,
        title=title,
        major=tuple(told for told in here if not told.passing),
        passing=tuple(told for told in here if told.passing),
        pointers=tuple(Pointer(title=told.title, topic_title=told.topic_title) for told in elsewhere),
    )


def limit(digest: Digest, most: int) -> Digest:
    """Keep the `most` worthiest stories and count the others where they would have stood.

    New stories go before updates, major before passing, and what was found in the archive comes last.
    """
    new = [told for section in digest.sections for told in (*section.major, *section.passing)]
    ranked = [
        *sorted((told for told in new if not told.passing), key=_worth),
        *sorted(digest.updates, key=_worth),
        *sorted((told for told in new if told.passing), key=_worth),
        *sorted(digest.backfilled, key=_worth),
    ]
    kept = {told.story_id for told in ranked[:most]}
    updates, updates_cut = _keep(digest.updates, kept)
    backfilled, backfilled_cut = _keep(digest.backfilled, kept)
    return replace(
        digest,
        sections=tuple(_limited(section, kept) for section in digest.sections),
        updates=updates,
        updates_left_out=digest.updates_left_out + updates_cut,
        backfilled=backfilled,
        backfilled_left_out=digest.backfilled_left_out + backfilled_cut,
    )


def _limited(section: Section, kept: set[int]) -> Section:
    major, major_cut = _keep(section.major, kept)
    passing, passing_cut = _keep(section.passing, kept)
    return replace(section, major=major, passing=passing, left_out=section.left_out + major_cut + passing_cut)


def _keep(stories: Sequence[Told], kept: set[int]) -> tuple[tuple[Told, ...], int]:
    shown = tuple(told for told in stories if told.story_id in kept)
    return shown, len(stories) - len(shown)
