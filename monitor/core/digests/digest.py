"""A digest or an alert as a value: its stories by topic, its counts, and what surrounds the stories.

All text from publishers is one clean line, and links are http(s) only; escaping is left to the renderers. Each story
stands in one place; the top stories are a choice among them (`ranking`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

from monitor.core.digests.announced_dates import AnnouncedDate
from monitor.core.digests.digest_stories import MAX_STORY_TITLE_CHARS, DigestStory, count_urgent, safe_link
from monitor.core.digests.ranking import choose_top, rank_key
from monitor.core.digests.source_coverage import CoverageReport
from monitor.core.text import clean_line

if TYPE_CHECKING:
    from monitor.core.digests.announced_events import CalendarEvent
    from monitor.core.digests.web_links import WebLinks


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
    def shown(self) -> tuple[DigestStory, ...]:
        """The stories of this section that are not cut."""
        return (*self.major, *self.passing)

    @property
    def stories(self) -> int:
        """Number of stories of this section, shown or cut."""
        return len(self.shown) + self.left_out

    @property
    def urgent(self) -> int:
        """Number of urgent stories of this section, shown or cut."""
        return count_urgent(self.shown) + self.urgent_left_out


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """A rule that changed since the last digest."""

    rule_id: str
    description: str
    title: str = ""
    author: str = ""


MAX_PART_LINE_CHARS = 600
"""Characters of a line or a note of an extra part."""


class PartLine(NamedTuple):
    """One line of an extra part; `url` is an http(s) address, or empty."""

    text: str
    url: str = ""
    to_judge: int | None = None
    """The id of an article that readers are asked to judge."""
    names: tuple[str, ...] = ()
    """Names in the text, in its order, that numbers or other names follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraPart:
    """A part of the digest with a heading of its own, which every format shows after the topics."""

    title: str
    note: str = ""
    """One sentence below the heading."""
    stories: tuple[DigestStory, ...] = ()
    """Stories that are shown in short form."""
    lines: tuple[PartLine, ...] = ()

    def __post_init__(self) -> None:
        """Clean all text, whatever its origin, and drop addresses that are not http(s)."""
        lines = tuple(
            PartLine(
                clean_line(line.text, limit=MAX_PART_LINE_CHARS),
                safe_link(line.url),
                line.to_judge,
                tuple(map(clean_line, line.names)),
            )
            for line in self.lines
        )
        object.__setattr__(self, "title", clean_line(self.title, limit=MAX_STORY_TITLE_CHARS))
        object.__setattr__(self, "note", clean_line(self.note, limit=MAX_PART_LINE_CHARS))
        object.__setattr__(self, "lines", lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestWindow:
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
    window: DigestWindow
    sections: tuple[Section, ...] = ()
    updates: tuple[DigestStory, ...] = ()
    """Stories that an earlier run of this digest contained, and articles that their publisher edited."""
    updates_left_out: int = 0
    urgent_updates_left_out: int = 0
    backfilled: tuple[DigestStory, ...] = ()
    """Stories found in the archive by a new or changed rule, or by the first poll of a feed."""
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
    """True if no run of this digest had a message before."""
    language: str = "en"
    """The language of its readers."""
    announced: tuple[tuple[int, AnnouncedDate], ...] = ()
    """Dates ahead that its stories announce, with the ids of the stories; only if they are to be attached."""
    earlier_events: tuple[CalendarEvent, ...] = ()
    """Events on the days of `announced` in the calendars of earlier digests."""
    extra_parts: tuple[ExtraPart, ...] = ()
    """Parts that are shown after the topics, in this order."""
    coverage_notes: tuple[str, ...] = ()
    """Sentences that are added to the coverage at the end."""
    has_recall: bool = False
    """Whether a coverage note is about recall, which readers make more precise on the page Review."""
    charts: bool = False
    """Whether stories per week are drawn at the end."""
    see_more: Literal["command", "web", "none"] = "none"
    """How readers reach what is counted and not shown."""
    links: WebLinks | None = None
    """The addresses of web pages; None if the web page has no address that readers can open."""

    def map_stories(self, change: Callable[[DigestStory], DigestStory]) -> Digest:
        """Return the digest with every story that is shown changed."""
        sections = (
            replace(each, major=tuple(map(change, each.major)), passing=tuple(map(change, each.passing)))
            for each in self.sections
        )
        updates, backfilled = tuple(map(change, self.updates)), tuple(map(change, self.backfilled))
        return replace(self, sections=tuple(sections), updates=updates, backfilled=backfilled)

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
        return tuple(sorted((*self.news, *self.backfilled), key=rank_key))

    @property
    def news(self) -> tuple[DigestStory, ...]:
        """Every new story and update that is shown, in no particular order."""
        return (*(story for section in self.sections for story in section.shown), *self.updates)

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
