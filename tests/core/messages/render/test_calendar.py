"""The calendar file of a digest: events of whole days that calendar programs read, and add once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from icalendar import Calendar
from sample_news import CONFIG, HITS, a_digest

from monitor.core.digests.composing import with_announced_dates
from monitor.core.messages.render import read_events
from monitor.core.messages.render.formats import FORMATS
from monitor.core.model import Opening

SENTENCE = "Providers of models have until 2 February 2027 to comment; all, big; or small, may."
HEARING = "The authority will hold a hearing on 3 December."


def calendar_of(openings, **more):
    digest = with_announced_dates(a_digest(**more), openings)
    written = FORMATS["ics"].render(digest)
    assert all(len(line.encode()) <= 75 for line in written.split("\r\n"))
    return Calendar.from_ical(written)


def test_each_date_that_a_story_announces_is_an_event_with_its_sentence_source_and_link():
    calendar = calendar_of({1: Opening(title="T", text=SENTENCE), 4: Opening(title="T", text=HEARING)})
    assert (calendar["version"], calendar["method"]) == ("2.0", "PUBLISH")
    hearing, deadline = calendar.walk("VEVENT")
    assert hearing["summary"] == "Hearing: First fine under the AI Act goes to a recruiter"
    assert hearing.decoded("dtstart") == date(2026, 12, 3)
    assert deadline.decoded("dtend") == date(2027, 2, 3)
    assert deadline["description"] == (
        f"{SENTENCE}\nUnion AI Office: Consultation opens on the code of practice for general-purpose AI"
        "\nhttps://union-office.example/2026/11/1"
    )


def test_what_a_publisher_wrote_adds_no_line_and_is_folded_between_characters():
    attack = "会议\nEND:VEVENT\nATTACH:https://evil.example/\\n;,: " + "会" * 60
    hits = [replace(each, title=attack) for each in HITS]
    [event] = calendar_of({1: Opening(title="T", text=SENTENCE)}, hits=hits).walk("VEVENT")
    assert "attach" not in event
    assert event["summary"].startswith("Deadline: 会议 END:VEVENT ATTACH:https://evil.example/\\n;,: 会会")


def test_the_same_event_has_one_uid_in_all_stories_and_digests():
    both = {number: Opening(title="T", text=SENTENCE) for number in (1, 4)}
    [event] = calendar_of(both).walk("VEVENT")
    assert event["description"].count(SENTENCE) == 2
    [of_another_digest] = calendar_of({1: both[1]}, config=replace(CONFIG, id="weekly")).walk("VEVENT")
    assert of_another_digest["uid"] == event["uid"]
    assert event["uid"] == "20270202-deadline-100@policy-monitor"


CHIPS = "The Senate Commerce Committee will hold a hearing on chip exports on 3 December."
UNNAMED = "The committee will hold a hearing on 3 December."
APPLIES = "The rules for high-risk systems apply from 2 August 2027."


def test_sentences_that_name_nothing_are_of_one_event_if_the_headlines_have_the_same_words():
    hits = [replace(each, title="Regulator to hear Meridian about face scans") for each in HITS]
    openings = {1: Opening(title="T", text=UNNAMED), 4: Opening(title="T", text=UNNAMED)}
    assert len(calendar_of(openings, hits=hits).walk("VEVENT")) == 1


@pytest.mark.parametrize(
    ("one", "other", "entries"),
    [
        (CHIPS, "Senators will question chip makers at a hearing of the Commerce Committee on December 3.", 1),
        (CHIPS, "The House Oversight Committee will hold a hearing on deepfakes on 3 December.", 2),
        (UNNAMED, UNNAMED, 2),  # the headlines are about a code of practice and about a fine
        (APPLIES, "In Germany, providers of models must comply: the act applies from 2 August 2027.", 1),
        ("The EU's rules apply from 2 August 2027.", "In Germany, the rules apply from 2 August 2027.", 1),
        ("The law of Colorado takes effect on 1 January 2027.", "California's act takes effect on 1 January 2027.", 2),
        ("人工智能芯片出口听证会将于12月3日举行。", "深度伪造听证会将于12月3日举行。", 2),
        ("人工智能芯片出口听证会将于12月3日举行。", "关于人工智能芯片出口的听证会将于12月3日举行。", 1),
    ],
)
def test_two_events_on_one_day_are_two_entries_and_one_event_in_two_outlets_is_one(one, other, entries):
    language = "en" if one.isascii() else "zh"
    hits = [replace(each, language=language) for each in HITS]
    events = calendar_of({1: Opening(title="T", text=one), 4: Opening(title="T", text=other)}, hits=hits).walk("VEVENT")
    assert len({event["uid"] for event in events}) == entries
    assert sum(event["description"].count("https://") for event in events) == 2


@pytest.mark.parametrize(
    ("sentence", "is_same"),
    [
        ("Senators will question chip makers at a hearing of the Commerce Committee on December 3.", True),
        ("The House Oversight Committee will hold a hearing on deepfakes on 3 December.", False),
        ("The Senate Commerce Committee will hold a hearing on chip exports on 4 December.", False),
    ],
)
def test_an_event_that_another_story_announces_in_a_later_digest_keeps_its_uid(sentence, is_same):
    earlier = FORMATS["ics"].render(with_announced_dates(a_digest(), {4: Opening(title="T", text=CHIPS)}))
    [before] = Calendar.from_ical(earlier).walk("VEVENT")
    later = with_announced_dates(a_digest(), {1: Opening(title="T", text=sentence)})
    until = later.window.until + timedelta(days=7)
    days = {announced.first for _, announced in later.announced}
    later = replace(later, earlier_events=read_events([earlier], days), window=replace(later.window, until=until))
    [event] = Calendar.from_ical(FORMATS["ics"].render(later)).walk("VEVENT")
    assert (event["uid"] == before["uid"]) is is_same
    assert event["sequence"] > before["sequence"]


@pytest.mark.parametrize(
    ("changes", "sentence", "entries"),
    [
        ({"title": HITS[0].title}, UNNAMED, 1),
        ({"topic": "chips"}, CHIPS, 2),
        ({"language": "fr"}, "La commission du commerce tiendra une audition le 3 décembre.", 1),
    ],
)
def test_headlines_decide_if_sentences_name_nothing_topics_separate_events_and_languages_do_not(
    changes, sentence, entries
):
    first = UNNAMED if sentence == UNNAMED else CHIPS
    hits = [replace(HITS[0], story_id=1), replace(HITS[3], **changes)]
    openings = {1: Opening(title="T", text=first), 4: Opening(title="T", text=sentence)}
    assert len(calendar_of(openings, hits=hits, stories=[]).walk("VEVENT")) == entries


def test_a_digest_without_dates_ahead_has_no_calendar():
    assert FORMATS["ics"].render(a_digest()) == ""
    assert FORMATS["ics"].render(with_announced_dates(a_digest(), {4: Opening(title="T", text="No date.")})) == ""
