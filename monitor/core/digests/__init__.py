"""A digest: what was found in a window of time, as stories, by topic, with the proof of what was covered.

Pure: hits, stories, feeds and coverage go in, a Digest comes out, whole; `limits` cuts it for a reader. Every text of a
publisher is cleaned to one line here and every link is http(s) or gone; escaping is the renderer's. The surprise: a
story stands once, under its most urgent topic; its other topics only point there.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from monitor.core.digests.proofs import Proof, prove
from monitor.core.digests.slots import next_slot
from monitor.core.digests.told import LONGEST_TITLE, Told, tell, urgent, worth
from monitor.core.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from monitor.core.matching.rulebook import Topic
    from monitor.core.model import Coverage, DigestConfig, Feed, FeedId, Hit, Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """A story of this topic that is told under another one."""

    story_id: int
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
    pointers_left_out: int = 0
    """Stories of this topic that are told, or were cut, under another one and are not pointed to."""
    left_out: int = 0
    """Stories that `limit` cut."""
    urgent_left_out: int = 0
    """Those of them that are urgent."""
    weeks: tuple[int, ...] = ()
    """Hits of the last weeks, the one that ends with the digest last; empty where they are not known."""

    @property
    def stories(self) -> int:
        """Stories told here or cut from here."""
        return len(self.major) + len(self.passing) + self.left_out

    @property
    def urgent(self) -> int:
        """Urgent stories told here or cut from here."""
        return urgent((*self.major, *self.passing)) + self.urgent_left_out


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
    urgent_updates_left_out: int = 0
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
    """One thing more to be said at the top: what an alert left out, or channels that are paused."""

    @property
    def new_stories(self) -> int:
        """Stories that were not told before, shown or cut."""
        return sum(section.stories for section in self.sections)

    @property
    def urgent_stories(self) -> int:
        """Urgent ones of the stories that were not told before, shown or cut."""
        return sum(section.urgent for section in self.sections)

    @property
    def urgent_updates(self) -> int:
        """Urgent ones of the updates, shown or cut."""
        return urgent(self.updates) + self.urgent_updates_left_out

    @property
    def stories(self) -> tuple[Told, ...]:
        """Every story that is shown, most worthy first."""
        new = [told for section in self.sections for told in (*section.major, *section.passing)]
        return tuple(sorted((*new, *self.updates, *self.backfilled), key=worth))

    @property
    def left_out(self) -> int:
        """Stories that `limit` cut, of any part."""
        return sum(section.left_out for section in self.sections) + self.updates_left_out + self.backfilled_left_out


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
    titles = _in_order(topics)
    tell_one = partial(tell, feeds=feeds, rules=rules or {}, topic_titles=titles)
    fresh, updates, backfilled = _parts(_told(tell_one, hits, stories, told_before or {}, alerted or {}))
    digest = Digest(
        kind=kind,
        id=config.id,
        title=config.title,
        timezone=config.timezone,
        window=_reaching(window, hits),
        sections=_sections(fresh, hits, titles, weeks or {}),
        updates=updates,
        backfilled=backfilled,
        proof=prove(coverage) if coverage else None,
        rule_changes=tuple(rule_changes),
        hit_ids=tuple(sorted(hit.id for hit in hits)),
    )
    return digest if kind == "alert" else _scheduled(digest, config, _quiet(config, hits, titles))


def _scheduled(digest: Digest, config: DigestConfig, quiet: tuple[str, ...]) -> Digest:
    """Add what only a digest that comes by a schedule has to say."""
    return replace(digest, quiet=quiet, next_at=next_slot(config.schedule, config.timezone, digest.window.until))


def _reaching(window: Window, hits: Iterable[Hit]) -> Window:
    """Let a window begin no later than the oldest hit told."""
    return replace(window, since=min([window.since, *(hit.found_at for hit in hits)]))


def _in_order(topics: Mapping[str, Topic]) -> dict[str, str]:
    """Return the topics' titles, in the order in which digests tell them."""
    slugs = sorted(topics, key=lambda slug: topics[slug].order)
    return {slug: clean_line(topics[slug].title, limit=LONGEST_TITLE) for slug in slugs}


def _told(
    tell_one: Callable[..., Told],
    hits: Iterable[Hit],
    stories: Iterable[Story],
    told_before: Mapping[int, datetime],
    alerted: Mapping[int, datetime],
) -> list[Told]:
    """Tell each story that has hits, the worthiest first."""
    known = {story.id: story for story in stories}
    found: dict[int, list[Hit]] = {}
    for hit in hits:
        found.setdefault(hit.story_id, []).append(hit)
    told = (
        tell_one(of_story, known.get(number), told_at=told_before.get(number), alerted_at=alerted.get(number))
        for number, of_story in found.items()
    )
    return sorted(told, key=worth)


def _parts(told: Iterable[Told]) -> tuple[tuple[Told, ...], tuple[Told, ...], tuple[Told, ...]]:
    """Part what is new from updates, and both from what was found in the archive; each keeps its order."""
    fresh: list[Told] = []
    updates: list[Told] = []
    backfilled: list[Told] = []
    for story in told:
        is_update = story.updated or story.earlier
        (backfilled if story.backfilled else updates if is_update else fresh).append(story)
    return tuple(fresh), tuple(updates), tuple(backfilled)


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
        pointers=tuple(
            Pointer(story_id=told.story_id, title=told.title, topic_title=told.topic_title) for told in elsewhere
        ),
    )
