"""Decides which announced dates are one event, so that a calendar has one entry for all stories that announce it.

Two dates of one kind on one day under one topic are the same event if their sentences have most of their significant
words in common; sentences without any are compared by their headlines. The day on which a law applies is named in
dozens of other contexts: there only different places separate two laws. An event that is in the calendar of an earlier
digest keeps its UID, so that calendar programs update its entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from monitor.core.digests.announced_dates import AnnouncedDate
from monitor.core.digests.digest_stories import DigestStory
from monitor.core.stories.headline_words import EU_MEMBERS
from monitor.core.stories.headlines import HeadlineFeatures, headline_features
from monitor.core.text.languages import is_unspaced, same_language

if TYPE_CHECKING:
    from monitor.core.digests.digest import Digest

_MIN_SHARED, _MIN_SHARED_UNSPACED = 0.5, 0.7
"""Share of the significant words of the shorter sentence that two sentences on one event have in common; in scripts
without spaces all pairs of characters count, also those of the date and of the kind of event."""


class Announcement(NamedTuple):
    """What decides which event a sentence announces."""

    day: date
    kind: str
    topic: str
    """The title of the story's topic."""
    language: str
    sentence: str
    title: str
    """The headline of the story."""

    @property
    def is_of_a_law(self) -> bool:
        """Return True if it is the day on which a law applies."""
        return self.kind == "Entry into force"

    def is_same_event(self, other: Announcement) -> bool:
        """Return True if both announce one event; sentences in different languages cannot be compared."""
        if (self.day, self.kind, self.topic) != (other.day, other.kind, other.topic):
            return False
        if self.is_of_a_law:
            places, other_places = self.places, other.places
            return not places or not other_places or not places.isdisjoint(other_places)
        if not same_language(self.language, other.language):
            return True
        shared, share = self._features.shared(other._features)
        return share >= (_MIN_SHARED_UNSPACED if is_unspaced(self.language) else _MIN_SHARED) if shared else False

    @property
    def places(self) -> frozenset[str]:
        """The places that sentence or headline name; a member state of the EU counts as the EU."""
        texts = (self.sentence, self.title)
        named = next(filter(None, (headline_features(text).places for text in texts)), frozenset[str]())
        return frozenset("eu" if place in EU_MEMBERS else place for place in named)

    @property
    def _features(self) -> HeadlineFeatures:
        """The features of the sentence, or of the headline if the sentence has no significant word."""
        of_sentence = headline_features(self.sentence)
        return of_sentence if of_sentence.words else headline_features(self.title)


class CalendarEvent(NamedTuple):
    """An event in the calendar of a digest, with the sentence that announced it there."""

    uid: str
    announcement: Announcement


class Mention(NamedTuple):
    """A date with the story that announces it."""

    story: DigestStory
    announced: AnnouncedDate

    @property
    def announcement(self) -> Announcement:
        """What decides which event it is."""
        story, announced = self
        topic, language = story.topic_title, story.language
        return Announcement(announced.first, announced.kind, topic, language, announced.sentence, story.title)


def group_by_event(digest: Digest) -> dict[str, list[Mention]]:
    """Return the announced dates of a digest by the UID of the event, those of the stories with the highest rank first.

    The UID is that of an earlier digest's calendar, if it has the event; else it is made of its place if it is the day
    of a law, else of its story.
    """
    stories = {story.story_id: story for story in digest.stories}
    events: list[list[Mention]] = []
    for story_id, announced in digest.announced:
        mention = Mention(stories[story_id], announced)
        group = next((each for each in events if mention.announcement.is_same_event(each[0].announcement)), None)
        if group is None:
            events.append([mention])
        else:
            group.append(mention)
    by_uid: dict[str, list[Mention]] = {}
    for event in events:
        by_uid.setdefault(_identify(event, digest.earlier_events), []).extend(event)
    return by_uid


def _identify(event: list[Mention], earlier: Iterable[CalendarEvent]) -> str:
    first, uid = event[0].announcement, _new_uid(event)
    same = [each.uid for each in earlier if each.uid == uid or each.announcement.is_same_event(first)]
    return uid if uid in same else next(iter(same), uid)


def _new_uid(event: list[Mention]) -> str:
    first = event[0].announcement
    name = f"{first.day:%Y%m%d}-{first.kind}"
    if not first.is_of_a_law:
        name += f"-{min(mention.story.story_id for mention in event)}"
    else:
        name = "-".join([name, event[0].story.topic, *sorted(first.places)])
    return f"{name.replace(' ', '-').lower()}@policy-monitor"
