"""Rechecks: which are due, what they store, and an edit as the entry's next version."""

from __future__ import annotations

import sqlalchemy as sa
from sample_polls import DAY, FEED, HOUR, MINUTE, NOW, a_find, a_poll, an_article, an_entry, known_entries

from monitor.core.model import Validators
from monitor.store import _migrations

SEEN = Validators(etag='"1"', last_modified="Tue, 24 Nov 2026 07:00:00 GMT")


def a_page(name, *rules, **changes):
    return a_find(name, *rules, **{"validators": SEEN, "recheck_at": NOW + HOUR, **changes})


def edit(read, text, *rules, **changes):
    return a_page("one", *rules, article=an_article("one", text=text), updated=True, entry_id=read.entry_id, **changes)


def test_an_article_is_due_for_a_recheck_at_the_planned_time(any_store):
    any_store.record(a_poll(a_page("one"), a_page("two", recheck_at=NOW + 6 * HOUR), a_find("three")))
    assert any_store.rechecks_due(NOW + MINUTE) == []
    (due,) = any_store.rechecks_due(NOW + HOUR)
    assert (due.entry, due.article, due.feed_id) == (an_entry("one"), an_article("one"), FEED)
    assert (due.validators, due.rechecks, due.versions) == (SEEN, 0, 1)
    assert len(any_store.rechecks_due(NOW + 9 * DAY, 1)) == 1


def test_a_recheck_that_was_planned_by_a_clock_that_was_ahead_is_due(any_store):
    any_store.record(a_poll(a_find("ahead", recheck_at=NOW + DAY), a_find("late", recheck_at=NOW + 6 * HOUR)))
    assert [due.entry.title for due in any_store.rechecks_due(NOW)] == ["Title of ahead"]


def test_a_recheck_that_found_no_edit_is_counted_and_keeps_or_replaces_the_validators(any_store):
    any_store.record(a_poll(a_page("one")))
    (due,) = any_store.rechecks_due(NOW + HOUR)
    any_store.record_recheck(due.article_id, NOW + DAY, None)
    (due,) = any_store.rechecks_due(NOW + DAY)
    assert (due.validators, due.rechecks) == (SEEN, 1)
    any_store.record_recheck(due.article_id, NOW + DAY, Validators(etag='"2"'))
    (due,) = any_store.rechecks_due(NOW + DAY)
    assert (due.validators, due.rechecks) == (Validators(etag='"2"'), 2)
    any_store.record_recheck(due.article_id, None, None)
    assert any_store.rechecks_due(NOW + 100 * DAY) == []


def test_an_edit_that_a_recheck_found_is_the_next_version_and_its_new_hits_are_marked(any_store):
    (first,) = any_store.record(a_poll(a_page("one", "inquiries")))
    (due,) = any_store.rechecks_due(NOW + HOUR)
    found = edit(due, "Fines of millions.", "inquiries", "fines", recheck_at=NOW + DAY, rechecks=1)
    (added,) = any_store.record_page_edit(due, found, NOW + HOUR)
    assert (added.rule_id, added.updated, added.story_id) == ("fines", True, first.story_id)
    versions = any_store.versions(added.article_id)
    assert [each.version for each in versions] == [1, 2]
    assert [each.article.text for each in any_store.articles(NOW)] == ["Fines of millions."]
    assert known_entries(any_store, FEED, [an_entry("one").key])[an_entry("one").key].versions == 2
    (again,) = any_store.rechecks_due(NOW + DAY)
    assert (again.article_id, again.rechecks, again.versions) == (added.article_id, 1, 2)


def test_an_edit_in_the_feed_takes_precedence_over_an_edit_that_a_recheck_found_meanwhile(any_store):
    any_store.record(a_poll(a_page("one")))
    (due,) = any_store.rechecks_due(NOW + HOUR)
    edited = a_find(
        "one",
        entry=an_entry("one", content_hash="edited"),
        article=an_article("one", text="By the feed."),
        entry_id=due.entry_id,
    )
    any_store.record(a_poll(edited, at=NOW + HOUR))
    assert any_store.rechecks_due(NOW + 9 * DAY) == []
    assert any_store.record_page_edit(due, edit(due, "By a look.", "fines"), NOW + HOUR) == []
    any_store.record_recheck(due.article_id, NOW, None)
    assert any_store.rechecks_due(NOW + 9 * DAY) == []
    assert [each.article.text for each in any_store.articles(NOW)] == ["By the feed."]
    assert any_store.hits() == []
    assert known_entries(any_store, FEED, [an_entry("one").key])[an_entry("one").key].versions == 2


def test_a_feed_may_edit_an_entry_after_a_recheck_found_an_edit(any_store):
    any_store.record(a_poll(a_page("one")))
    (due,) = any_store.rechecks_due(NOW + HOUR)
    any_store.record_page_edit(due, edit(due, "By a look."), NOW + HOUR)
    edited = a_find("one", entry=an_entry("one", content_hash="edited"), entry_id=due.entry_id)
    any_store.record(a_poll(edited, at=NOW + 2 * HOUR))
    (current,) = any_store.articles(NOW)
    assert current.version == 3


def test_a_page_that_was_fetched_on_a_retry_is_rechecked_too(any_store):
    waits = an_article("one", partial=True, quality="feed")
    any_store.record(a_poll(a_find("one", article=waits, retry_at=NOW)))
    (partial,) = any_store.partial_articles(NOW)
    assert any_store.rechecks_due(NOW + DAY) == []
    any_store.replace_article(partial.article_id, a_page("one", recheck_at=NOW + DAY), NOW + HOUR)
    (due,) = any_store.rechecks_due(NOW + DAY)
    assert due.validators == SEEN


def test_a_postponed_fetch_of_a_page_is_not_counted(any_store):
    waits = an_article("two", partial=True, quality="feed")
    any_store.record(a_poll(a_page("one"), a_find("two", article=waits, retry_at=NOW), a_page("three")))
    one, _ = any_store.rechecks_due(NOW + HOUR)
    (two,) = any_store.partial_articles(NOW)
    any_store.postpone_pages([one.article_id, two.article_id], NOW + 5 * HOUR)
    (three,) = any_store.rechecks_due(NOW + HOUR)
    assert three.entry == an_entry("three")
    assert any_store.partial_articles(NOW + HOUR) == []
    (two,) = any_store.partial_articles(NOW + 5 * HOUR)
    assert two.attempts == 0
    assert [each.rechecks for each in any_store.rechecks_due(NOW + 5 * HOUR)] == [0, 0]


def test_an_entry_is_read_in_its_latest_state_with_all_versions_of_its_article(any_store):
    any_store.record(a_poll(a_page("one")))
    (due,) = any_store.rechecks_due(NOW + HOUR)
    any_store.record_page_edit(due, edit(due, "By a look."), NOW + HOUR)
    edited, (first, second) = any_store.entry_versions(due.entry_id)
    assert edited == an_entry("one")
    assert (first, second.text) == (an_article("one"), "By a look.")
    assert any_store.entry_versions(77) is None


def test_articles_of_an_older_database_are_kept_and_not_rechecked(any_store):
    any_store.record(a_poll(a_page("one", "inquiries")))
    before = list(any_store.articles(NOW)), any_store.hits()
    with _migrations.transaction(any_store._writer) as connection:
        _migrations.downgrade(connection, "0002")
    columns = {column["name"] for column in sa.inspect(any_store._writer).get_columns("articles")}
    assert not columns & {"revisit_at", "revisits", "etag", "last_modified"}
    any_store.upgrade()
    assert any_store.check() == []
    assert (list(any_store.articles(NOW)), any_store.hits()) == before
    assert any_store.rechecks_due(NOW + 100 * DAY) == []
    any_store.record(a_poll(a_page("two"), at=NOW + HOUR))
    assert [each.entry for each in any_store.rechecks_due(NOW + DAY)] == [an_entry("two")]
