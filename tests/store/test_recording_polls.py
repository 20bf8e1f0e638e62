"""A poll is stored whole and once, on both databases alike."""

from __future__ import annotations

from contextlib import closing
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from migrated_file import write_migrated
from sample_polls import DAY, FEED, HOUR, MINUTE, NOW, a_find, a_match, a_poll, an_article, an_entry, known_entries
from sqlalchemy.exc import StatementError

from monitor.core.model import Changed, Failed, Feed, FeedId, FeedState, Health, Severity, Unchanged
from monitor.core.polls import FeedHistory
from monitor.store import Store


def everything(store):
    """All that a recorded poll can have changed, as values."""
    hits = store.hits()
    return (
        store.states(),
        hits,
        [store.article(hit.article_id) for hit in hits],
        list(store.articles(NOW - 400 * DAY)),
        store.stories(),
        store.coverage([Feed(id=FEED, url="https://gazette.example/rss")], NOW - DAY, NOW + DAY),
    )


def test_a_feed_that_was_never_polled_has_a_fresh_state(any_store):
    assert any_store.state(FEED) == FeedState(feed_id=FEED)
    assert any_store.states() == {}


def test_every_field_of_a_feeds_state_is_stored(any_store):
    state = FeedState(
        feed_id=FEED,
        etag='"abc"',
        last_modified="Tue, 24 Nov 2026 06:00:00 GMT",
        body_hash="f" * 64,
        next_poll_at=NOW + HOUR,
        interval=timedelta(minutes=33, microseconds=5),
        interval_reason="its own rhythm",
        failures=1.25,
        health=Health.FAILING,
        reason="timeout: after 30 s",
        last_poll_at=NOW,
        last_success_at=NOW - DAY,
        last_full_fetch_at=NOW - 2 * DAY,
        last_entry_at=NOW - 3 * DAY,
        expected_silence=timedelta(days=2),
        usual_gap=timedelta(hours=9),
        fingerprint="html/body/ul.news/li",
        layout_changed_at=NOW - DAY,
        fields_found='{"date": "time"}',
        moved_to="https://new.example/rss",
        moved_count=2,
        url="https://moved.example/rss",
        configured_url="https://gazette.example/rss",
        position="7:12:0",
    )
    unset = [field.name for field in fields(state) if getattr(state, field.name) == field.default]
    assert unset == []
    any_store.record(a_poll(state=state, outcome=Failed(reason="timeout: after 30 s")))
    assert any_store.state(FEED) == state
    assert any_store.states() == {FEED: state}


def test_a_later_poll_writes_over_the_state(any_store):
    any_store.record(a_poll(state=FeedState(feed_id=FEED, etag="one", failures=2)))
    any_store.record(a_poll(at=NOW + HOUR, state=FeedState(feed_id=FEED, etag=None)))
    assert any_store.state(FEED) == FeedState(feed_id=FEED)


def test_recording_returns_the_hits_with_all_a_reader_needs(any_store):
    (hit,) = any_store.record(a_poll(a_find("probe", "inquiries"), a_find("weather")))
    article = any_store.article(hit.article_id)
    match = a_match("inquiries")
    assert (hit.rule_id, hit.rule_hash, hit.topic, hit.status, hit.priority, hit.branch, hit.prominence, hit.score) == (
        match.rule_id,
        match.rule_hash,
        match.topic,
        match.status,
        match.priority,
        match.branch,
        match.prominence,
        1.5,
    )
    assert hit.evidence == match.evidence
    assert (hit.found_at, hit.partial, hit.backfilled, hit.updated) == (NOW, False, False, False)
    assert (hit.feed_id, hit.title, hit.url) == (FEED, "Title of probe", "https://gazette.example/probe")
    assert (hit.language, hit.published_at) == ("en", NOW - HOUR)
    assert hit.text_hash == article.text_hash
    assert hit.story_id == article.story_id
    assert any_store.hit(hit.id) == hit
    assert any_store.hit(hit.id + 1000) is None


def test_an_article_is_read_as_it_was_stored(any_store):
    article = an_article("probe", truncated=True, partial=True, partial_reason="http 403", quality="feed")
    any_store.record(a_poll(a_find("probe", article=article)))
    (stored,) = any_store.articles(NOW - DAY)
    assert stored.article == article
    assert (stored.feed_id, stored.version, stored.stored_at, stored.story_id) == (FEED, 1, NOW, None)
    assert any_store.article(stored.id) == stored
    assert any_store.article(stored.id + 1000) is None


def test_recording_the_same_poll_twice_stores_nothing_new(any_store):
    poll = a_poll(a_find("probe", "inquiries", "probes"), a_find("weather"))
    assert len(any_store.record(poll)) == 2
    before = everything(any_store)
    assert any_store.record(poll) == []
    assert everything(any_store) == before


def test_entries_that_another_poll_stored_meanwhile_are_left_out(any_store):
    any_store.record(a_poll(a_find("probe", "inquiries")))
    hits = any_store.record(a_poll(a_find("probe", "inquiries"), a_find("news", "inquiries"), at=NOW + MINUTE))
    assert [hit.title for hit in hits] == ["Title of news"]
    assert len(any_store.hits()) == 2


def test_the_first_of_two_entries_with_one_key_wins(any_store):
    second = a_find("probe", "inquiries", article=an_article("copy"))
    (hit,) = any_store.record(a_poll(a_find("probe", "inquiries"), second))
    assert hit.title == "Title of probe"


def test_the_same_key_in_two_feeds_is_two_entries(any_store):
    any_store.record(a_poll(a_find("probe", "inquiries")))
    any_store.record(a_poll(a_find("probe", "inquiries"), feed="harbour"))
    assert {hit.feed_id for hit in any_store.hits()} == {"gazette", "harbour"}


def test_entries_are_known_by_key_and_by_alias(any_store):
    entry = an_entry("probe", aliases=("old guid", "x" * 9000))
    any_store.record(a_poll(a_find("probe", "inquiries", entry=entry)))
    known = known_entries(any_store, FEED, [entry.key, "old guid", "x" * 9000, "x" * 9001, "nothing"])
    assert set(known) == {entry.key, "old guid", "x" * 9000}
    assert len(set(known.values())) == 1
    one = known["old guid"]
    assert (one.key, one.content_hash, one.partial, one.versions) == (entry.key, entry.content_hash, False, 1)
    assert one.first_seen_at == NOW
    assert any_store.article(one.article_id).entry_id == one.entry_id
    assert known_entries(any_store, "harbour", [entry.key, "old guid"]) == {}
    assert known_entries(any_store, FEED, []) == {}


def test_thousands_of_keys_can_be_looked_up_at_once(any_store):
    any_store.record(a_poll(*(a_find(f"n{n}") for n in range(1100))))
    keys = [an_entry(f"n{n}").key for n in range(1200)]
    assert len(known_entries(any_store, FEED, keys)) == 1100


def test_an_alias_leads_to_the_latest_entry_that_has_it(any_store):
    letters = [an_entry(f"letter {n}", aliases=("weekly letter",)) for n in (1, 2)]
    for n, entry in enumerate(letters):
        any_store.record(a_poll(a_find("letter", entry=entry), at=NOW + n * DAY))
    assert known_entries(any_store, FEED, ["weekly letter"])["weekly letter"].key == letters[1].key


def test_an_edit_becomes_a_new_version_and_hits_only_what_is_new(any_store):
    (first,) = any_store.record(a_poll(a_find("probe", "inquiries")))
    entry = an_entry("probe", content_hash="edited", title="Probe widens", key="another key")
    known = known_entries(any_store, FEED, [an_entry("probe").key])[an_entry("probe").key]
    edit = a_find(
        "probe",
        "inquiries",
        "fines",
        entry=entry,
        article=an_article("probe", text="Fines were set."),
        updated=True,
        entry_id=known.entry_id,
    )
    (second,) = any_store.record(a_poll(edit, at=NOW + HOUR))
    assert (second.rule_id, second.updated, first.updated) == ("fines", True, False)
    assert second.story_id == first.story_id
    assert any_store.article(second.article_id).version == 2
    assert [each.id for each in any_store.articles(NOW - DAY)] == [second.article_id]
    assert any_store.article(first.article_id).article == an_article("probe")
    assert [each.version for each in any_store.versions(second.article_id)] == [1, 2]
    assert any_store.versions(first.article_id) == any_store.versions(second.article_id)
    assert any_store.versions(4711) == []
    now_known = known_entries(any_store, FEED, [known.key, "another key"])
    assert {each.key for each in now_known.values()} == {known.key}
    assert now_known["another key"].versions == 2
    assert now_known["another key"].content_hash == "edited"


def test_an_edit_is_stored_once(any_store):
    any_store.record(a_poll(a_find("probe")))
    known = known_entries(any_store, FEED, [an_entry("probe").key])[an_entry("probe").key]
    edit = a_find("probe", "fines", entry=an_entry("probe", content_hash="edited"), entry_id=known.entry_id)
    assert len(any_store.record(a_poll(edit, at=NOW + HOUR))) == 1
    assert any_store.record(a_poll(edit, at=NOW + 2 * HOUR)) == []
    assert known_entries(any_store, FEED, [known.key])[known.key].versions == 1  # its text is what it was


def test_an_edit_that_leaves_the_text_alone_is_no_new_version_and_what_it_newly_hits_is_a_hit(any_store):
    (first,) = any_store.record(a_poll(a_find("probe", "inquiries")))
    known = known_entries(any_store, FEED, [an_entry("probe").key])[an_entry("probe").key]
    edit = a_find(
        "probe", "fines", entry=an_entry("probe", content_hash="edited"), updated=True, entry_id=known.entry_id
    )
    new = a_find("other")
    (second,) = any_store.record(a_poll(edit, new, at=NOW + HOUR))
    assert (second.rule_id, second.updated, second.article_id) == ("fines", True, first.article_id)
    assert [each.version for each in any_store.versions(first.article_id)] == [1]
    assert len(list(any_store.articles(NOW - DAY))) == 2


def test_for_a_feed_with_new_entries_its_paragraphs_and_its_rhythm_are_read_too(any_store):
    for n in range(4):
        any_store.record(a_poll(a_find(f"n{n}"), at=NOW + n * HOUR))
    any_store.record(a_poll(a_find("n4"), a_find("n5"), at=NOW + 4 * HOUR, renewed=(an_entry("n3").key,)))
    result = any_store.feed_history(FEED, [an_entry("n3"), an_entry("new")], NOW)
    assert result.first_seen == tuple(NOW + n * HOUR for n in (1, 2, 3, 4, 4))
    assert set(result.known) == {an_entry("n3").key}
    assert result.paragraphs == any_store.history(FEED)
    assert len(result.paragraphs.keys) == 6
    assert any_store.feed_history("harbour", [an_entry("n3")], NOW) == FeedHistory()


def test_an_edited_entry_is_known_by_its_aliases_too(any_store):
    any_store.record(a_poll(a_find("probe", entry=an_entry("probe", aliases=("its link",)))))
    edited = an_entry("probe", content_hash="edited", aliases=("its link",))
    assert set(any_store.feed_history(FEED, [edited], NOW).known) == {edited.key, "its link"}


def test_for_a_feed_without_new_entries_only_the_known_entries_are_read(any_store):
    any_store.record(a_poll(a_find("one"), a_find("two"), at=NOW))
    result = any_store.feed_history(FEED, [an_entry("one"), an_entry("two")], NOW - DAY)
    assert set(result.known) == {an_entry("one").key, an_entry("two").key}
    assert (result.paragraphs.keys, result.first_seen) == ({}, ())


def test_an_entry_knows_when_it_was_last_noted_as_shown(any_store):
    key = an_entry("one").key
    any_store.record(a_poll(a_find("one"), at=NOW))
    assert known_entries(any_store, FEED, [key])[key].last_seen_at == NOW
    any_store.record(a_poll(at=NOW + DAY, renewed=(key,)))
    assert known_entries(any_store, FEED, [key])[key].last_seen_at == NOW + DAY


def a_busy_hour():
    """Polls of three feeds that tell the same news, one of them twice, one poll repeated, one with an edit."""
    edit = an_entry("b", content_hash="edited", title="Probe widens")
    return [
        a_poll(a_find("a", "inquiries"), a_find("b"), feed="gazette"),
        a_poll(a_find("a", "inquiries", "fines"), feed="harbour"),
        a_poll(a_find("c", "fines"), at=NOW + HOUR, feed="gazette"),
        a_poll(a_find("c", "fines"), at=NOW + HOUR, feed="gazette"),
        a_poll(feed="quiet"),
        a_poll(a_find("b", "fines", entry=edit, entry_id=2, updated=True), at=NOW + 2 * HOUR, feed="gazette"),
        a_poll(a_find("a", "inquiries"), a_find("d", "fines"), at=NOW + HOUR, feed="harbour"),
    ]


def test_polls_that_are_stored_together_are_stored_as_one_after_the_other(sqlite_store, tmp_path):
    with closing(Store(write_migrated(tmp_path / "apart.db"))) as apart:
        hits = [apart.record(poll) for poll in a_busy_hour()]
        assert sqlite_store.record_all(a_busy_hour()) == hits
        assert [len(each) for each in hits] == [1, 2, 1, 0, 0, 1, 1]
        assert everything(sqlite_store) == everything(apart)
        keys = [an_entry(name).key for name in "abcd"]
        for feed in ("gazette", "harbour"):
            assert known_entries(sqlite_store, feed, keys) == known_entries(apart, feed, keys)
            assert sqlite_store.history(feed) == apart.history(feed)


def test_polls_that_are_stored_together_return_the_hits_of_each(any_store):
    result = any_store.record_all([poll for poll in a_busy_hour() if not any(each.updated for each in poll.found)])
    hits = [[(hit.feed_id, hit.title, hit.rule_id) for hit in each] for each in result]
    a, c, d = ("Title of a", "Title of c", "Title of d")
    assert [sorted(each) for each in hits] == [
        [("gazette", a, "inquiries")],
        [("harbour", a, "fines"), ("harbour", a, "inquiries")],
        [("gazette", c, "fines")],
        [],
        [],
        [("harbour", d, "fines")],
    ]


def test_storing_no_polls_stores_nothing(any_store):
    assert any_store.record_all([]) == []


def test_coverage_counts_polls_articles_and_what_went_wrong(any_store):
    feeds = [
        Feed(id=FeedId("harbour"), url="https://harbour.example/rss", title="Harbour Post"),
        Feed(id=FEED, url="x"),
    ]
    partial = a_find("part", article=an_article("part", partial=True))
    any_store.record(a_poll(a_find("before"), at=NOW - HOUR))
    any_store.record(a_poll(a_find("probe"), partial, at=NOW + MINUTE, possible_gap=True))
    any_store.record(a_poll(at=NOW + 2 * MINUTE, outcome=Unchanged()))
    failed = Failed(reason="http 500", severity=Severity.SOFT)
    state = FeedState(feed_id=FEED, health=Health.FAILING, reason="http 500", last_success_at=NOW)
    any_store.record(a_poll(at=NOW + 3 * MINUTE, outcome=failed, state=state))
    coverage = any_store.coverage(feeds, NOW, NOW + HOUR)
    harbour, gazette = coverage.feeds
    assert (coverage.since, coverage.until) == (NOW, NOW + HOUR)
    assert (harbour.feed_id, harbour.title, harbour.polls, harbour.health) == ("harbour", "Harbour Post", 0, Health.NEW)
    assert (gazette.polls, gazette.failed, gazette.possible_gaps) == (3, 1, 1)
    assert (gazette.articles, gazette.partial) == (2, 1)
    assert (gazette.health, gazette.reason, gazette.last_success_at) == (Health.FAILING, "http 500", NOW)


def test_characters_that_no_database_stores_are_removed_on_both(any_store):
    dirty = "a\x00b\ud800c"
    entry = an_entry("probe", title=dirty, guid=dirty, tags=(dirty,), aliases=(dirty,), summary=dirty)
    evidence = replace(a_match().evidence[0], sentence=dirty, term=dirty)
    found = a_find(
        "probe",
        entry=entry,
        article=an_article("probe", title=dirty, text=dirty),
        matches=(a_match(evidence=(evidence,)),),
    )
    (hit,) = any_store.record(a_poll(found, outcome=Failed(reason=dirty), notes=(dirty,)))
    assert (hit.title, hit.evidence[0].sentence, hit.evidence[0].term) == ("abc", "abc", "abc")
    assert any_store.article(hit.article_id).article.text == "abc"
    assert known_entries(any_store, FEED, [dirty])[dirty].entry_id == any_store.article(hit.article_id).entry_id


def test_the_reason_why_a_feed_was_malformed_is_stored_with_its_poll(any_store):
    any_store.record(a_poll(outcome=Changed(entries=(), malformed="cut short"), notes=("cut short: at byte 9",)))
    assert any_store.state(FEED).health is Health.OK


def test_titles_and_texts_with_half_a_character_are_grouped_like_others(any_store):
    title, text = (
        "Regulator fines Bright\udc00wave over chatbot privacy breach",
        "A long enough\ud800 paragraph of text.",
    )
    article = an_article("one", title=title, text=text)
    any_store.record(a_poll(a_find("one", "inquiries", article=article)))
    any_store.record(a_poll(a_find("two", "inquiries", article=article), feed="harbour"))
    assert len(any_store.stories()) == 1
    assert any_store.history(FEED).keys


def test_several_polls_are_stored_all_or_none(any_store):
    polls = [a_poll(a_find(name, "inquiries"), feed=name) for name in ("one", "two")]
    with pytest.raises(StatementError, match="naive datetime"):
        any_store.record_all([*polls, a_poll(at=NOW.replace(tzinfo=None), feed="bug")])
    assert any_store.states() == {}
    assert any_store.hits() == []
    hits = any_store.record_all(polls)
    assert [[hit.feed_id for hit in each] for each in hits] == [["one"], ["two"]]
    assert any_store.record_all(polls) == [[], []]


def test_articles_stored_before_their_poll_has_ended_are_known_and_counted_with_it_and_stored_once(any_store):
    early, late = a_find("probe", "inquiries"), a_find("weather")
    assert len(any_store.record_articles(FEED, [early], NOW)) == 1
    assert any_store.state(FEED) == FeedState(feed_id=FEED)  # the feed is asked as if this poll had not been
    assert early.entry.key in any_store.feed_history(FEED, [early.entry], NOW - DAY).known
    poll = a_poll(late, state=FeedState(feed_id=FEED, etag="new"))
    assert any_store.record(replace(poll, stored=(early,))) == []
    assert any_store.state(FEED).etag == "new"
    assert len(list(any_store.articles(NOW - DAY))) == 2
    (feed,) = any_store.coverage([Feed(id=FEED, url="https://gazette.example/rss")], NOW - DAY, NOW + DAY).feeds
    assert feed.articles == 2


def test_the_budget_of_a_day_is_given_back_by_the_first_success_of_a_feed_and_by_no_later_poll(any_store):
    def used():
        return any_store.usage_on(NOW.date())[FEED].articles

    def found(*names):
        return [replace(a_find(name), backfilled=True) for name in names]

    any_store.record_articles(FEED, found("a", "b"), NOW)
    failed = Failed(reason="timeout", severity=Severity.SOFT)
    any_store.record(a_poll(at=NOW, outcome=failed, state=FeedState(feed_id=FEED, last_poll_at=NOW)))
    any_store.record_articles(FEED, found("c"), NOW)
    assert used() == 3
    any_store.record(a_poll(*found("d"), at=NOW + MINUTE))
    assert used() == 0
    any_store.record(a_poll(*found("e", "f"), at=NOW + 2 * MINUTE))
    assert used() == 2
