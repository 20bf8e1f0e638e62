"""The dates that the stories of a digest announce, as an iCalendar file (RFC 5545); empty without any."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, cast

from monitor.core.digests.announced_events import Announcement, CalendarEvent, Mention, group_by_event
from monitor.core.digests.digest import Digest
from monitor.core.text.shortening import shorten

if TYPE_CHECKING:
    from icalendar import Event, vText

MAX_EVENT_SUMMARY_COLUMNS = 120


def ics(digest: Digest) -> str:
    """Render the announced dates as events of whole days, each with the UID that it has in earlier digests."""
    if not digest.announced:
        return ""
    from icalendar import Calendar  # takes long to import, and few digests need it

    calendar = Calendar()
    calendar.add("prodid", "-//policy-monitor//digest//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for uid, mentions in group_by_event(digest).items():
        calendar.add_component(_event(uid, mentions, digest))
    return str(calendar.to_ical(), "utf-8")


def read_events(calendars: Iterable[str], days: Collection[date]) -> tuple[CalendarEvent, ...]:
    """Return the events on some days of calendars that `ics` rendered, each as the last calendar has it."""
    starts = [f"DTSTART;VALUE=DATE:{day:%Y%m%d}" for day in days]
    relevant = (calendar for calendar in calendars if any(start in calendar for start in starts))
    events = {event.uid: event for calendar in relevant for event in _events_of(calendar)}
    return tuple(event for event in events.values() if event.announcement.day in days)


def _events_of(calendar: str) -> Iterator[CalendarEvent]:
    from icalendar import Calendar

    for event in Calendar.from_ical(calendar).walk("VEVENT"):
        uid, summary, description = (cast("vText", event[name]) for name in ("uid", "summary", "description"))
        kind, _, title = summary.partition(": ")
        topic, sentence = ", ".join(cast("Event", event).categories), description.split("\n", 1)[0]
        language = str(summary.params.get("language", ""))
        announcement = Announcement(event.decoded("dtstart"), kind, topic, language, sentence, title)
        yield CalendarEvent(str(uid), announcement)


def _event(uid: str, mentions: Sequence[Mention], digest: Digest) -> Event:
    """Make an event of the stories that announce it, the one with the highest rank first."""
    from icalendar import Event

    story, announced = mentions[0]
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", digest.window.until)
    event.add("sequence", int(digest.window.until.timestamp()) // 60)  # some programs ignore an update without
    event.add("dtstart", announced.first)
    event.add("dtend", max(each.announced.last for each in mentions) + timedelta(days=1))
    summary = f"{announced.kind}: {shorten(story.title, MAX_EVENT_SUMMARY_COLUMNS)}"
    event.add("summary", summary, {"language": story.language} if story.language else {})
    event.add("categories", [story.topic_title])
    event.add("description", "\n\n".join(map(_source, mentions)))
    event.add("transp", "TRANSPARENT")
    return event


def _source(mention: Mention) -> str:
    story, announced = mention
    return "\n".join(filter(None, (announced.sentence, f"{story.lead.title}: {story.title}", story.lead.url)))
