"""Articles that tell the same news find each other, within a week and across feeds."""

from __future__ import annotations

import pytest
from sample_polls import DAY, HOUR, NOW, a_find, a_poll, an_article

from monitor.core.stories import COMMON_TITLES, sketch
from monitor.core.text import words

SENTENCES = [
    f"On {day} the commission told {place} that its {thing} would be reviewed under the new act by {judge}."
    for day, place, thing, judge in zip(
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
        ("Lisbon", "Vienna", "Dublin", "Athens", "Prague", "Warsaw"),
        ("register", "sandbox", "benchmark", "licence", "levy", "audit"),
        ("auditors", "courts", "experts", "ministers", "mayors", "engineers"),
        strict=True,
    )
]
WIRE = " ".join(SENTENCES)


def a_report(name, title, text, *rules):
    article = an_article(name, title=title, text=text)
    return a_find(name, *(rules or ("inquiries",)), article=article, sketch=sketch(words(text), "en"))


def test_syndicated_copies_join_one_story(any_store):
    (first,) = any_store.record(a_poll(a_report("a", "Commission reviews six national registers", WIRE)))
    copy = a_report("b", "Six capitals told of reviews of their registers", f"From our desk. {WIRE} More soon.")
    (second,) = any_store.record(a_poll(copy, at=NOW + DAY, feed="harbour"))
    assert second.story_id == first.story_id
    (story,) = any_store.stories()
    assert (story.id, story.first_at, story.last_at) == (first.story_id, NOW, NOW + DAY)
    assert [each.article_id for each in story.articles] == [first.article_id, second.article_id]
    told = story.articles[1]
    assert (told.feed_id, told.title, told.found_at) == (
        "harbour",
        "Six capitals told of reviews of their registers",
        NOW + DAY,
    )


def test_copies_in_one_poll_join_too(any_store):
    title = "Commission reviews six national registers"
    first, second = any_store.record(a_poll(a_report("a", title, WIRE), a_report("b", title, WIRE)))
    assert first.story_id == second.story_id


def test_the_same_title_in_another_feed_is_the_same_story_even_when_texts_are_short(any_store):
    title = "Parliament adopts liability rules for autonomous delivery robots"
    (first,) = any_store.record(a_poll(a_report("a", title, "Short.")))
    (second,) = any_store.record(a_poll(a_report("b", title, "Also short."), at=NOW + HOUR, feed="harbour"))
    assert second.story_id == first.story_id


def test_reports_whose_titles_share_their_telling_words_are_one_story(any_store):
    (first,) = any_store.record(
        a_poll(a_report("a", "Regulator fines Brightwave over chatbot privacy breach", "Short."))
    )
    other = a_report("b", "Brightwave chatbot privacy breach: regulator fines company", "Else.")
    (second,) = any_store.record(a_poll(other, at=NOW + HOUR, feed="harbour"))
    assert second.story_id == first.story_id


def test_a_copy_older_than_a_week_begins_a_story_of_its_own(any_store):
    title = "Commission reviews six national registers"
    (first,) = any_store.record(a_poll(a_report("a", title, WIRE)))
    (second,) = any_store.record(a_poll(a_report("b", title, WIRE), at=NOW + 8 * DAY, feed="harbour"))
    assert second.story_id != first.story_id


def test_different_news_stays_apart(any_store):
    (first,) = any_store.record(a_poll(a_report("a", "Commission reviews six national registers", WIRE)))
    other = a_report("b", "Chip exports to be licensed by the ministry", "Nothing of it was said before. " * 30)
    (second,) = any_store.record(a_poll(other, feed="harbour"))
    assert second.story_id != first.story_id
    assert [story.id for story in any_store.stories()] == [second.story_id, first.story_id]
    assert len(any_store.stories(limit=1)) == 1


def test_words_that_many_titles_have_are_not_what_a_story_is_found_by(any_store):
    common = [a_report(f"n{n}", f"Quarterly registry bulletin volume {n}", f"Text {n}") for n in range(60)]
    any_store.record(a_poll(*common))
    last = a_report("last", "Quarterly registry bulletin volume sixty", "Text")
    (hit,) = any_store.record(a_poll(last, at=NOW + HOUR, feed="harbour"))
    assert len({story.id for story in any_store.stories()} - {hit.story_id}) >= 60 - 1


@pytest.mark.parametrize(("titles", "joins"), [(COMMON_TITLES, True), (COMMON_TITLES + 1, False)])
def test_a_word_is_common_from_the_first_title_beyond_the_limit_on(any_store, titles, joins):
    title = "Regulator fines Brightwave over chatbot privacy breach"
    written = [a_report(f"n{n}", f"{title} w{n}ord", "Text") for n in range(titles)]
    known = {hit.story_id for hit in any_store.record(a_poll(*written))}
    last = a_report("last", title, "Text")
    (hit,) = any_store.record(a_poll(last, at=NOW + HOUR, feed="harbour"))
    assert (hit.story_id in known) is joins


def test_articles_that_no_rule_found_are_in_no_story(any_store):
    any_store.record(a_poll(a_find("weather")))
    assert any_store.stories() == []


def test_stories_since_are_those_that_grew_since(any_store):
    title = "Commission reviews six national registers"
    any_store.record(a_poll(a_report("a", title, WIRE)))
    assert any_store.stories(since=NOW) == []
    any_store.record(a_poll(a_report("b", title, WIRE), at=NOW + HOUR, feed="harbour"))
    (story,) = any_store.stories(since=NOW)
    assert len(story.articles) == 2


def test_some_stories_can_be_read_by_their_ids(any_store):
    hits = any_store.record(a_poll(a_find("one", "inquiries"), a_find("two", "inquiries"), a_find("three", "fines")))
    wanted = {hits[0].story_id, hits[1].story_id}
    assert {story.id for story in any_store.stories_of([*wanted, 999])} == wanted
    assert any_store.stories_of([]) == []
