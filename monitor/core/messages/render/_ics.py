"""The dates that the stories of a digest announce, as an iCalendar file (RFC 5545); empty without any."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.core.text.shortening import shorten

if TYPE_CHECKING:
    from icalendar import Event

    from monitor.core.digests import Digest
    from monitor.core.digests.announced_dates import AnnouncedDate
    from monitor.core.digests.digest_stories import DigestStory

MAX_SUMMARY_COLUMNS = 120


def ics(digest: Digest) -> str:
    """Render the announced dates as events of whole days.

    The same kind of event on one day in one topic is one event, under the same UID in each digest, since dozens of
    articles name the day on which a law applies.
    """
    if not digest.announced:
        return ""
    from icalendar import Calendar  # takes long to import, and few digests need it

    calendar = Calendar()
    calendar.add("prodid", "-//policy-monitor//digest//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    stories = {story.story_id: story for story in digest.stories}
    events: dict[str, list[tuple[DigestStory, AnnouncedDate]]] = {}
    for story_id, announced in digest.announced:
        story = stories[story_id]
        uid = f"{announced.first:%Y%m%d}-{announced.kind.replace(' ', '-').lower()}-{story.topic}@policy-monitor"
        events.setdefault(uid, []).append((story, announced))
    for uid, named in events.items():
        calendar.add_component(_event(uid, named, digest))
    return str(calendar.to_ical(), "utf-8")


def _event(uid: str, named: Sequence[tuple[DigestStory, AnnouncedDate]], digest: Digest) -> Event:
    """Make an event of the stories that name it, the one with the highest rank first."""
    from icalendar import Event

    story, announced = named[0]
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", digest.window.until)
    event.add("dtstart", announced.first)
    event.add("dtend", max(each.last for _, each in named) + timedelta(days=1))
    event.add("summary", f"{announced.kind}: {shorten(story.title, MAX_SUMMARY_COLUMNS)}")
    event.add("description", "\n\n".join(_source(*each) for each in named))
    event.add("transp", "TRANSPARENT")
    return event


def _source(story: DigestStory, announced: AnnouncedDate) -> str:
    return "\n".join(filter(None, (announced.sentence, f"{story.lead.title}: {story.title}", story.lead.url)))
