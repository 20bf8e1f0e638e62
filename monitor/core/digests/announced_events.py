"""Decides which announced dates are one event, so that a calendar has one entry for all stories that announce it.

Two dates of one kind on one day under one topic are the same event if their sentences have most of their significant
words in common; sentences without any are compared by their headlines. The day on which a law applies is named in
dozens of other contexts: there only different places separate two laws.
"""

from __future__ import annotations

from typing import NamedTuple

from monitor.core.digests.announced_dates import AnnouncedDate
from monitor.core.digests.digest import Digest
from monitor.core.digests.digest_stories import DigestStory
from monitor.core.stories.headline_words import EU_MEMBERS
from monitor.core.stories.headlines import HeadlineFeatures, headline_features
from monitor.core.text.languages import is_unspaced, same_language

_MIN_SHARED, _MIN_SHARED_UNSPACED = 0.5, 0.7
"""Share of the significant words of the shorter sentence that two sentences on one event have in common; in scripts
without spaces all pairs of characters count, also those of the date and of the kind of event."""


class Mention(NamedTuple):
    """A date with the story that announces it."""

    story: DigestStory
    announced: AnnouncedDate

    @property
    def is_of_a_law(self) -> bool:
        """Return True if it is the day on which a law applies."""
        return self.announced.kind == "Entry into force"

    def is_same_event(self, other: Mention) -> bool:
        """Return True if both announce one event; sentences in different languages cannot be compared."""
        if _day(self) != _day(other):
            return False
        if self.is_of_a_law:
            places, other_places = _places(self), _places(other)
            return not places or not other_places or not places.isdisjoint(other_places)
        if not same_language(self.story.language, other.story.language):
            return True
        shared, share = _features(self).shared(_features(other))
        return share >= (_MIN_SHARED_UNSPACED if is_unspaced(self.story.language) else _MIN_SHARED) if shared else False


def group_by_event(digest: Digest) -> dict[str, list[Mention]]:
    """Return the announced dates of a digest by event, those of the stories with the highest rank first.

    The key identifies an event in later digests too: by its place if it is the day of a law, else by its story.
    """
    stories = {story.story_id: story for story in digest.stories}
    events: list[list[Mention]] = []
    for story_id, announced in digest.announced:
        mention = Mention(stories[story_id], announced)
        group = next((event for event in events if mention.is_same_event(event[0])), None)
        if group is None:
            events.append([mention])
        else:
            group.append(mention)
    return {_identify(event): event for event in events}


def _identify(event: list[Mention]) -> str:
    first = event[0]
    name = f"{first.announced.first:%Y%m%d}-{first.announced.kind}"
    if not first.is_of_a_law:
        name += f"-{min(mention.story.story_id for mention in event)}"
    else:
        name = "-".join([name, first.story.topic, *sorted(_places(first))])
    return name.replace(" ", "-").lower()


def _day(mention: Mention) -> tuple[object, ...]:
    return mention.announced.first, mention.announced.kind, mention.story.topic


def _features(mention: Mention) -> HeadlineFeatures:
    """Return the features of the sentence, or of the headline if the sentence has no significant word."""
    of_sentence = headline_features(mention.announced.sentence)
    return of_sentence if of_sentence.words else headline_features(mention.story.title)


def _places(mention: Mention) -> frozenset[str]:
    """Return the places that sentence or headline name; a member state of the EU counts as the EU."""
    texts = (mention.announced.sentence, mention.story.title)
    named = next(filter(None, (headline_features(text).places for text in texts)), frozenset[str]())
    return frozenset("eu" if place in EU_MEMBERS else place for place in named)
