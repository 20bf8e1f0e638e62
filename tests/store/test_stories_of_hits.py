"""Articles that report the same news join one story, within a week and across feeds."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sample_polls import DAY, HOUR, NOW, a_find, a_poll, an_article

from monitor.core.stories.candidates import MAX_ARTICLES_OF_KEY, MAX_CANDIDATES, choose_indexed_hashes
from monitor.core.stories.fingerprints import hash_shingles
from monitor.core.stories.weighted_terms import terms_of_article
from monitor.core.text import words
from monitor.store import RetentionCutoffs, _migrations
from tests.core.stories.test_events import BID, BID_ELSEWHERE
from tests.core.stories.text_cases import prose

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
    hashes, terms = hash_shingles(words(text), "en"), terms_of_article(article)
    return a_find(name, *(rules or ("inquiries",)), article=article, shingle_hashes=hashes, terms=terms)


def test_syndicated_copies_join_one_story(any_store):
    (first,) = any_store.record(a_poll(a_report("a", "Commission reviews six national registers", WIRE)))
    copy = a_report("b", "Six capitals told of reviews of their registers", f"From our desk. {WIRE} More soon.")
    (second,) = any_store.record(a_poll(copy, at=NOW + DAY, feed="harbour"))
    assert second.story_id == first.story_id
    (story,) = any_store.stories()
    assert (story.id, story.first_at, story.last_at) == (first.story_id, NOW, NOW + DAY)
    assert [each.article_id for each in story.articles] == [first.article_id, second.article_id]
    copied = story.articles[1]
    assert (copied.feed_id, copied.title, copied.found_at) == (
        "harbour",
        "Six capitals told of reviews of their registers",
        NOW + DAY,
    )


def test_copies_in_one_poll_join_too(any_store):
    title = "Commission reviews six national registers"
    first, second = any_store.record(a_poll(a_report("a", title, WIRE), a_report("b", title, WIRE)))
    assert first.story_id == second.story_id


def test_an_article_without_a_word_begins_a_story(any_store):
    # A rule found its tag. There is nothing by which others could be found to be about the same.
    hits = any_store.record(a_poll(a_report("a", "", "🔥"), a_report("b", "", "🔥")))
    assert len({hit.story_id for hit in hits}) == 2


def test_reports_of_one_event_in_other_words_join_in_one_poll_and_later(any_store):
    bids = [a_report("a", *BID), a_report("b", *BID_ELSEWHERE)]
    first, second = any_store.record(a_poll(*bids))
    (later,) = any_store.record(a_poll(a_report("c", *BID_ELSEWHERE), at=NOW + HOUR, feed="harbour"))
    assert first.story_id == second.story_id == later.story_id


def test_the_same_title_in_another_feed_is_the_same_story_even_when_texts_are_short(any_store):
    title = "Parliament adopts liability rules for autonomous delivery robots"
    (first,) = any_store.record(a_poll(a_report("a", title, "Short.")))
    (second,) = any_store.record(a_poll(a_report("b", title, "Also short."), at=NOW + HOUR, feed="harbour"))
    assert second.story_id == first.story_id


def test_reports_whose_titles_share_rare_words_are_one_story(any_store):
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


def test_articles_on_different_news_are_in_different_stories(any_store):
    (first,) = any_store.record(a_poll(a_report("a", "Commission reviews six national registers", WIRE)))
    other = a_report("b", "Chip exports to be licensed by the ministry", "Nothing of it was said before. " * 30)
    (second,) = any_store.record(a_poll(other, feed="harbour"))
    assert second.story_id != first.story_id
    assert [story.id for story in any_store.stories()] == [second.story_id, first.story_id]
    assert len(any_store.stories(limit=1)) == 1


def test_words_that_many_titles_share_do_not_find_a_story(any_store):
    common = [a_report(f"n{n}", f"Quarterly registry bulletin volume {n}", f"Text {n}") for n in range(60)]
    any_store.record(a_poll(*common))
    last = a_report("last", "Quarterly registry bulletin volume sixty", "Text")
    (hit,) = any_store.record(a_poll(last, at=NOW + HOUR, feed="harbour"))
    assert len({story.id for story in any_store.stories()} - {hit.story_id}) >= 60 - 1


@pytest.mark.parametrize(("titles", "joins"), [(40, True), (60, False)])
def test_a_word_that_too_many_articles_have_identifies_no_story(any_store, titles, joins):
    title = "Regulator fines Brightwave over chatbot privacy breach"
    written = [a_report(f"n{n}", f"{title} w{n}ord", "Text") for n in range(titles)]
    known = {hit.story_id for hit in any_store.record(a_poll(*written))}
    last = a_report("last", title, "Text")
    (hit,) = any_store.record(a_poll(last, at=NOW + HOUR, feed="harbour"))
    assert (hit.story_id in known) is joins


WALL = prose("wall", 700)
"""What a publisher prints under everything; there is more of it than of news."""


def test_a_copy_is_found_among_many_articles_that_share_more_with_it_than_the_copy_does(any_store):
    wire = prose("wire", 300)
    (first,) = any_store.record(a_poll(a_report("wire", "Regulator fines Brightwave", wire), feed="agency"))
    printed = [a_report(f"n{n}", f"Own title n{n}", f"{prose(n, 60)} {WALL}") for n in range(MAX_ARTICLES_OF_KEY + 10)]
    any_store.record(a_poll(*printed, at=NOW + HOUR))
    copy = a_report("copy", "Brightwave told to pay", f"{wire} {WALL}")
    (second,) = any_store.record(a_poll(copy, at=NOW + 2 * HOUR, feed="harbour"))
    assert second.story_id == first.story_id


def test_a_copy_of_a_text_that_very_many_outlets_printed_is_still_found(any_store):
    wire = prose("wire", 300)
    printed = [a_report(f"n{n}", f"Title n{n} of its own", wire) for n in range(MAX_ARTICLES_OF_KEY + 10)]
    known = {
        hit.story_id
        for n, each in enumerate(printed)
        for hit in any_store.record(a_poll(each, at=NOW + n * HOUR, feed=f"feed{n}"))
    }
    assert len(known) == 1


def test_a_copy_is_found_although_many_articles_that_retention_removed_had_more_in_common_with_it(any_store):
    wire = prose("wire", 300)
    old = [a_report(f"n{n}", f"Own title n{n}", wire) for n in range(MAX_CANDIDATES + 10)]
    any_store.record(a_poll(*old))
    latest = NOW + 8 * DAY
    cut, rest = f"{prose('intro', 60)} {wire[:1200]}", f"{prose('other', 300)} {wire[1200:]}"
    (first,) = any_store.record(a_poll(a_report("first", "Regulator fines Brightwave", cut), at=latest))
    any_store.record(a_poll(a_report("other", "Own title", rest), at=latest, feed="harbour"))
    any_store.prune(before=RetentionCutoffs(articles=NOW - DAY, hits=NOW - DAY, polls=NOW - DAY), now=latest)
    (second,) = any_store.record(
        a_poll(a_report("second", "Brightwave told to pay", wire), at=latest + HOUR, feed="meridian")
    )
    assert second.story_id == first.story_id


def test_a_copy_joins_the_story_of_an_article_that_an_older_program_indexed(any_store):
    wire = a_report("wire", "Regulator fines Brightwave", prose("wire", 300))
    (first,) = any_store.record(a_poll(wire))
    with _migrations.transaction(any_store._writer) as connection:
        _migrations.downgrade(connection, "0030")
        rows = [{"hash": each, "id": first.article_id} for each in choose_indexed_hashes(wire.shingle_hashes)]
        connection.execute(sa.text("INSERT INTO shingles VALUES (:hash, :id)"), rows)
    any_store.upgrade()
    copy = a_report("copy", "Brightwave told to pay", prose("wire", 300))
    (second,) = any_store.record(a_poll(copy, at=NOW + HOUR, feed="harbour"))
    assert second.story_id == first.story_id


def test_articles_that_no_rule_found_are_in_no_story(any_store):
    any_store.record(a_poll(a_find("weather")))
    assert any_store.stories() == []


def test_stories_since_an_instant_are_those_that_grew_after_it(any_store):
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
