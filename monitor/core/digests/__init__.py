"""Digests: the stories found in a window of time, grouped by topic, with a report of which feeds were covered.

`compose` makes the whole digest; `limits` shortens it, `with_openings` adds what happened, and the renderers of
`core.messages` turn it into text. All text from publishers is cleaned to one line here, and only http(s) links are
kept; escaping is left to the renderers. Each story appears once, under the topic of its most urgent hit; its other
topics only refer to it. The top stories are a choice among them (`ranking`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple

from monitor.core.digests.coverage import CoverageReport, report_coverage
from monitor.core.digests.digest_stories import MAX_TITLE, DigestStory, add_summary, count_urgent, safe_link, summarize
from monitor.core.digests.filters import source_ids
from monitor.core.digests.ranking import choose_top, rank_key
from monitor.core.digests.slots import next_slot
from monitor.core.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from monitor.core.digests.web_links import WebLinks
    from monitor.core.matching.rulebook import Topic
    from monitor.core.model import Coverage, DigestConfig, Feed, FeedId, Hit, LabelCounts, Opening, Story


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossReference:
    """A story of this topic that is listed under another topic."""

    story_id: int
    title: str
    topic_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The new stories of one topic."""

    topic: str
    title: str
    hits: int = 0
    """Hits of this topic in the digest, including those of stories that are listed under another topic."""
    major: tuple[DigestStory, ...] = ()
    passing: tuple[DigestStory, ...] = ()
    """Stories that mention the topic in passing."""
    cross_references: tuple[CrossReference, ...] = ()
    cross_references_left_out: int = 0
    """Stories of this topic that are listed, or were cut, under another topic and are not referred to."""
    left_out: int = 0
    """Stories that `limit_stories` cut."""
    urgent_left_out: int = 0
    """Urgent stories among `left_out`."""
    weeks: tuple[int, ...] = ()
    """Stories per week, ending with the digest, the latest week last; empty if unknown."""

    @property
    def stories(self) -> int:
        """Number of stories of this section, shown or cut."""
        return len(self.major) + len(self.passing) + self.left_out

    @property
    def urgent(self) -> int:
        """Number of urgent stories of this section, shown or cut."""
        return count_urgent((*self.major, *self.passing)) + self.urgent_left_out


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """A rule that changed since the last digest."""

    rule_id: str
    description: str
    author: str = ""


MAX_LINE = 600
"""Characters of a line or a note of an extra part."""


class PartLine(NamedTuple):
    """One line of an extra part; `url` is an http(s) address, or empty."""

    text: str
    url: str = ""
    to_judge: int | None = None
    """The id of an article that readers are asked to judge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraPart:
    """A part of the digest with a heading of its own, which every format shows after the topics."""

    title: str
    note: str = ""
    """One sentence below the heading."""
    stories: tuple[DigestStory, ...] = ()
    """Shown in short form."""
    lines: tuple[PartLine, ...] = ()

    def __post_init__(self) -> None:
        """Clean all text, whatever its origin, and drop addresses that are not http(s)."""
        lines = tuple(
            PartLine(clean_line(line.text, limit=MAX_LINE), safe_link(line.url), line.to_judge) for line in self.lines
        )
        object.__setattr__(self, "title", clean_line(self.title, limit=MAX_TITLE))
        object.__setattr__(self, "note", clean_line(self.note, limit=MAX_LINE))
        object.__setattr__(self, "lines", lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The period in which hits were found, (since, until], and the scheduled time that the digest is for."""

    since: datetime
    until: datetime
    slot: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The content of a digest or an alert, before it is rendered."""

    kind: Literal["digest", "alert"] = "digest"
    id: str
    title: str
    timezone: str
    window: Window
    sections: tuple[Section, ...] = ()
    updates: tuple[DigestStory, ...] = ()
    """Stories that an earlier run of this digest contained, and articles that their publisher edited."""
    updates_left_out: int = 0
    urgent_updates_left_out: int = 0
    backfilled: tuple[DigestStory, ...] = ()
    """Found in the archive by a new or changed rule, or by the first poll of a feed."""
    backfilled_left_out: int = 0
    topics: int = 0
    """Topics with new stories or updates, shown or cut."""
    quiet_topics: tuple[str, ...] = ()
    """Titles of the topics without hits."""
    coverage: CoverageReport | None = None
    rule_changes: tuple[RuleChange, ...] = ()
    next_at: datetime | None = None
    """When the next digest is due; shown so that readers notice when it does not arrive."""
    hit_ids: tuple[int, ...] = ()
    held_back: Mapping[int, str] = field(default_factory=dict)
    """Hits among `hit_ids` whose story is counted and not shown, by id: `max_stories` or `max_per_day`."""
    headline: str = ""
    """Subject of an alert that is not about its first story, such as a spike."""
    remark: str = ""
    """A sentence for the summary: stories left out of an alert, or channels that are paused."""
    top: int = 0
    """How many stories are listed first, across topics."""
    is_first: bool = False
    """No run of this digest had a message before."""
    language: str = "en"
    """The language of its readers."""
    extra_parts: tuple[ExtraPart, ...] = ()
    """Shown after the topics, in this order."""
    coverage_notes: tuple[str, ...] = ()
    """Sentences that are added to the coverage at the end."""
    has_recall: bool = False
    """Whether a coverage note is about recall, which readers make more precise on the page Review."""
    charts: bool = False
    """Whether stories per week are drawn at the end."""
    see_more: Literal["command", "web", "none"] = "none"
    """How readers reach what is counted and not shown."""
    links: WebLinks | None = None
    """None: the web page has no address that readers can open."""

    @property
    def has_low_coverage(self) -> bool:
        """True if so few of its sources were polled that readers must be warned."""
        return self.coverage is not None and self.coverage.is_low

    @property
    def new_stories(self) -> int:
        """Number of stories that no earlier run contained, shown or cut."""
        return sum(section.stories for section in self.sections)

    @property
    def urgent_stories(self) -> int:
        """Number of urgent stories among `new_stories`."""
        return sum(section.urgent for section in self.sections)

    @property
    def urgent_updates(self) -> int:
        """Number of urgent updates, shown or cut."""
        return count_urgent(self.updates) + self.urgent_updates_left_out

    @property
    def stories(self) -> tuple[DigestStory, ...]:
        """Every story that is shown, highest rank first."""
        new = [story for section in self.sections for story in (*section.major, *section.passing)]
        return tuple(sorted((*new, *self.updates, *self.backfilled), key=rank_key))

    @property
    def news(self) -> tuple[DigestStory, ...]:
        """Every new story and update that is shown, in no particular order."""
        return (*(story for section in self.sections for story in (*section.major, *section.passing)), *self.updates)

    @property
    def top_stories(self) -> tuple[DigestStory, ...]:
        """The stories that are listed first: all of an alert, of a digest at most `top`."""
        return choose_top(self.news, len(self.news) if self.kind == "alert" else self.top)

    @property
    def all_stories(self) -> int:
        """Number of new stories and updates, shown or cut: each counts once."""
        return self.new_stories + len(self.updates) + self.updates_left_out

    @property
    def archived_stories(self) -> int:
        """Number of stories found in the archive, shown or cut."""
        return len(self.backfilled) + self.backfilled_left_out

    @property
    def left_out(self) -> int:
        """Number of stories that `limit_stories` cut from all parts."""
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
    notified_at: Mapping[int, datetime] | None = None,
    alerted_at: Mapping[int, datetime] | None = None,
    rule_changes: Sequence[RuleChange] = (),
    weeks: Mapping[str, tuple[int, ...]] | None = None,
    labels: Mapping[str, LabelCounts] | None = None,
    alert_below: float = 0.0,
    kind: Literal["digest", "alert"] = "digest",
    is_first: bool = False,
) -> Digest:
    """Compose the whole digest of these hits.

    `rules` maps rule ids to titles, `weeks` topics to their stories per week, `labels` rule ids to what readers said.
    `notified_at` and `alerted_at` map ids of stories to when this digest, or an alert, last contained them.
    `alert_below`: the least share of the digest's sources that must have been polled, else it warns. In the first
    digest, what the first polls found and was published in the period is news: else it would have none.
    """
    titles = _topic_titles(topics)
    catch_all = frozenset(slug for slug, topic in topics.items() if topic.catch_all)
    summarize_story = partial(
        summarize,
        feeds=feeds,
        rules=rules or {},
        topic_titles=titles,
        catch_all=catch_all,
        labels=labels,
        readers_language=config.language,
    )
    summaries = _summaries(summarize_story, hits, stories, notified_at or {}, alerted_at or {})
    new, updates, backfilled = _split(summaries, window if is_first else None)
    digest = Digest(
        kind=kind,
        id=config.id,
        title=config.title,
        timezone=config.timezone,
        window=_including(window, hits),
        sections=_sections(_in_order(new, config.order), hits, titles, weeks or {}),
        updates=updates,
        backfilled=backfilled,
        topics=len({story.topic for story in (*new, *updates)}),
        coverage=report_coverage(coverage, alert_below, source_ids(config, feeds)) if coverage else None,
        rule_changes=tuple(rule_changes),
        hit_ids=tuple(sorted(hit.id for hit in hits)),
        is_first=is_first,
    )
    return digest if kind == "alert" else _scheduled(digest, config, _quiet_topics(config, hits, titles))


def _scheduled(digest: Digest, config: DigestConfig, quiet_topics: tuple[str, ...]) -> Digest:
    """Add what only a scheduled digest contains."""
    next_at = next_slot(config.schedule, config.timezone, digest.window.until)
    return replace(
        digest,
        quiet_topics=quiet_topics,
        next_at=next_at,
        top=config.top,
        charts=config.charts,
        language=config.language,
        see_more=config.see_more,
    )


def with_openings(digest: Digest, openings: Mapping[int, Opening]) -> Digest:
    """Add what happened to every story that is shown; `openings`: the beginnings of the lead articles, by article."""

    def add(stories: tuple[DigestStory, ...]) -> tuple[DigestStory, ...]:
        return tuple(add_summary(story, openings.get(story.article_id)) for story in stories)

    return replace(
        digest,
        sections=tuple(replace(each, major=add(each.major), passing=add(each.passing)) for each in digest.sections),
        updates=add(digest.updates),
        backfilled=add(digest.backfilled),
    )


def _in_order(stories: tuple[DigestStory, ...], order: Literal["score", "time"]) -> tuple[DigestStory, ...]:
    """Return stories, which are in order of rank, in the order of the configuration."""
    if order == "score":
        return stories
    return tuple(sorted(stories, key=lambda story: story.published_at or story.found_at, reverse=True))


def _including(window: Window, hits: Iterable[Hit]) -> Window:
    """Move the beginning of the window back to the oldest hit."""
    return replace(window, since=min([window.since, *(hit.found_at for hit in hits)]))


def _topic_titles(topics: Mapping[str, Topic]) -> dict[str, str]:
    """Map topics to their titles, in the order of their sections."""
    slugs = sorted(topics, key=lambda slug: (topics[slug].catch_all, topics[slug].order))
    return {slug: clean_line(topics[slug].title, limit=MAX_TITLE) for slug in slugs}


def _summaries(
    summarize_story: Callable[..., DigestStory],
    hits: Iterable[Hit],
    stories: Iterable[Story],
    notified_at: Mapping[int, datetime],
    alerted_at: Mapping[int, datetime],
) -> list[DigestStory]:
    """Summarize each story that has hits, highest rank first."""
    by_id = {story.id: story for story in stories}
    hits_of: dict[int, list[Hit]] = {}
    for hit in hits:
        hits_of.setdefault(hit.story_id, []).append(hit)
    summaries = (
        summarize_story(
            of_story,
            by_id.get(story_id),
            notified_at=notified_at.get(story_id),
            alerted_at=alerted_at.get(story_id),
        )
        for story_id, of_story in hits_of.items()
    )
    return sorted(summaries, key=rank_key)


def _split(
    stories: Iterable[DigestStory], recent: Window | None
) -> tuple[tuple[DigestStory, ...], tuple[DigestStory, ...], tuple[DigestStory, ...]]:
    """Split stories into new ones, updates and those found in the archive; the order is preserved.

    `recent`: a period in which what was published is new, wherever it was found.
    """
    new: list[DigestStory] = []
    updates: list[DigestStory] = []
    backfilled: list[DigestStory] = []
    for story in stories:
        is_update = story.updated or story.notified_at
        is_archived = story.backfilled and not (recent and _is_published_in(recent, story))
        (backfilled if is_archived else updates if is_update else new).append(story)
    return tuple(new), tuple(updates), tuple(backfilled)


def _is_published_in(window: Window, story: DigestStory) -> bool:
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
    sections = (_section(slug, titles.get(slug, slug), new) for slug in ordered)
    return tuple(
        replace(section, hits=counts[section.topic], weeks=weeks.get(section.topic, ())) for section in sections
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
