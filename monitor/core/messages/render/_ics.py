"""The dates that the stories of a digest announce, as an iCalendar file (RFC 5545); empty without any."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.core.digests.announced_events import Mention, group_by_event
from monitor.core.digests.digest import Digest
from monitor.core.text.shortening import shorten

if TYPE_CHECKING:
    from icalendar import Event

MAX_EVENT_SUMMARY_COLUMNS = 120


def ics(digest: Digest) -> str:
    """Render the announced dates as events of whole days, each under the same UID in later digests."""
    if not digest.announced:
        return ""
    from icalendar import Calendar  # takes long to import, and few digests need it

    calendar = Calendar()
    calendar.add("prodid", "-//policy-monitor//digest//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for name, mentions in group_by_event(digest).items():
        calendar.add_component(_event(f"{name}@policy-monitor", mentions, digest))
    return str(calendar.to_ical(), "utf-8")


def _event(uid: str, mentions: Sequence[Mention], digest: Digest) -> Event:
    """Make an event of the stories that announce it, the one with the highest rank first."""
    from icalendar import Event

    story, announced = mentions[0]
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", digest.window.until)
    event.add("dtstart", announced.first)
    event.add("dtend", max(each.announced.last for each in mentions) + timedelta(days=1))
    event.add("summary", f"{announced.kind}: {shorten(story.title, MAX_EVENT_SUMMARY_COLUMNS)}")
    event.add("description", "\n\n".join(map(_source, mentions)))
    event.add("transp", "TRANSPARENT")
    return event


def _source(mention: Mention) -> str:
    story, announced = mention
    return "\n".join(filter(None, (announced.sentence, f"{story.lead.title}: {story.title}", story.lead.url)))
