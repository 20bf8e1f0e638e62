"""The place of each story of a digest: first the top stories, then each topic with its other stories, then the rest.

All formats show the same parts in the same order; each story has one place.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.core.digests.digest import Digest, Section
from monitor.core.digests.digest_stories import DigestStory

MAX_ARCHIVED = 5
"""Stories from the archive that are listed; more are counted in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicPart:
    """A topic with the stories that are not among the top stories."""

    section: Section
    major: tuple[DigestStory, ...]
    passing: tuple[DigestStory, ...]
    above: int
    """The number of stories of the topic that are among the top stories."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The parts of a digest."""

    top: tuple[DigestStory, ...]
    topics: tuple[TopicPart, ...]
    topics_above: tuple[str, ...]
    """Titles of the topics whose stories are all among the top stories."""
    updates: tuple[DigestStory, ...]
    archive: tuple[DigestStory, ...]
    """Stories from the archive; empty if they are only counted."""

    @property
    def next_titles(self) -> tuple[str, ...]:
        """Headlines of the second and the third story."""
        stories = (*self.top, *(story for part in self.topics for story in part.major))
        return tuple(story.title for story in stories[1:3])


def arrange(digest: Digest) -> Layout:
    """Arrange the stories of a digest."""
    top = digest.top_stories
    above = {story.story_id for story in top}
    parts = [_topic_part(section, above) for section in digest.sections if section.stories]
    return Layout(
        top=top,
        topics=tuple(part for part in parts if part.major or part.passing or part.section.left_out),
        topics_above=tuple(
            part.section.title for part in parts if not (part.major or part.passing or part.section.left_out)
        ),
        updates=_without(digest.updates, above),
        archive=digest.backfilled if digest.archived_stories <= MAX_ARCHIVED or digest.kind == "alert" else (),
    )


def _topic_part(section: Section, above: set[int]) -> TopicPart:
    major, passing = _without(section.major, above), _without(section.passing, above)
    number_above = len(section.shown) - len(major) - len(passing)
    return TopicPart(section=section, major=major, passing=passing, above=number_above)


def _without(stories: Iterable[DigestStory], above: set[int]) -> tuple[DigestStory, ...]:
    return tuple(story for story in stories if story.story_id not in above)
