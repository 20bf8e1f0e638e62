"""The review of a week: what rose, fell, is new or quiet, and who reported most."""

from __future__ import annotations

from dataclasses import replace

from html_pages import Page
from sample_news import a_digest

from monitor.core.digests.review import review_week
from monitor.core.messages.render import html, json, slack, text

WEEKS = {
    "ai-act": (2, 2, 2, 2, 2, 2, 2, 2, 9),
    "chips": (8, 8, 8, 8, 8, 8, 8, 8, 2),
    "labour": (3, 3, 3, 3, 3, 3, 3, 3, 3),
    "copyright": (0, 0, 0, 0, 0, 0, 0, 0, 4),
    "frontier": (1, 2, 0, 2, 1, 2, 0, 2, 0),
    "rare": (0, 0, 0, 1, 0, 0, 0, 0, 0),
}
TITLES = {"ai-act": "EU AI Act", "chips": "Chips"}

STORY = a_digest().news[0]


def test_a_review_names_trends_new_and_quiet_topics_and_the_top_sources():
    part = review_week(WEEKS, TITLES, a_digest().news)
    *lines, sources = (line.text for line in part.lines)
    assert lines == [
        "More on EU AI Act: 9 stories, 2.0 a week before",
        "Less on Chips: 2 stories, 8.0 a week before",
        "New: copyright",
        "Quiet, unlike before: frontier",
    ]
    assert sources.startswith("Top sources: The Meridian 3; ")


def test_every_format_shows_the_review():
    digest = replace(a_digest(), extra_parts=(review_week(WEEKS, TITLES, a_digest().news),))
    for page in (text(digest), Page(html(digest)).text, slack(digest)[1]["fallback"], str(json(digest))):
        assert "More on EU AI Act: 9 stories, 2.0 a week before" in " ".join(page.split())


def test_names_from_right_to_left_do_not_change_places_with_their_numbers_in_messages():
    name = "الذكاء الاصطناعي"
    outlet = replace(STORY.lead, title="الجريدة")
    part = review_week(WEEKS, {"ai-act": name, "copyright": name}, [replace(STORY, lead=outlet, others=())])
    digest = replace(a_digest(), extra_parts=(part,))
    for page in (text(digest), Page(html(digest)).text, str(slack(digest))):
        shown = " ".join(page.split()).replace("\\u200e", "\u200e")
        assert f"More on {name}\u200e: 9 stories" in shown
        assert "Top sources: الجريدة\u200e 1" in shown
        assert f"New: {name}\u200e" in shown
    assert "\u200e" not in str(part)


def test_the_week_of_the_first_story_and_those_before_it_are_not_compared():
    for counts in ((0, 0, 0, 0, 0, 0, 0, 0, 5), (0, 0, 0, 0, 0, 0, 0, 1, 5)):
        part = review_week({"ai-act": counts, "chips": (0, 0, 0, 0, 0, 0, 0, 0, 1)}, TITLES, [])
        assert (part.lines, part.note) == ((), "There is no earlier week to compare this one with.")
    begun = {"ai-act": (0, 0, 0, 0, 0, 0, 1, 2, 5), "chips": (0, 0, 0, 0, 0, 0, 0, 0, 1), "rare": (0,) * 9}
    part = review_week(begun, TITLES, [])
    assert [line.text for line in part.lines] == ["More on EU AI Act: 5 stories, 2.0 a week before", "New: Chips"]
    assert part.note == "New stories of the last seven days against the week before."


def test_a_topic_of_the_week_of_the_first_story_is_not_new():
    part = review_week({"ai-act": (0, 0, 0, 0, 0, 0, 2, 2, 2), "chips": (0, 0, 0, 0, 0, 0, 3, 0, 1)}, TITLES, [])
    assert part.lines == ()
