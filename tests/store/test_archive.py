# other scripts are what is tested here
"""Hits and articles are found again: by filters, page by page, by words; partial ones are completed."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest
from sample_polls import DAY, FEED, HOUR, MINUTE, NOW, a_find, a_match, a_poll, an_article, an_entry, known_entries

from monitor.store import Store


@pytest.fixture
def filled(any_store):
    any_store.record(a_poll(a_find("one", "inquiries"), at=NOW))
    any_store.record(a_poll(a_find("two", matches=(a_match("fines", topic="money"),)), at=NOW + HOUR, feed="harbour"))
    any_store.record(a_poll(a_find("three", "inquiries"), at=NOW + 2 * HOUR))
    return any_store


def titles(hits):
    return [hit.title.removeprefix("Title of ") for hit in hits]


def test_hits_come_newest_first(filled):
    assert titles(filled.hits()) == ["three", "two", "one"]
    assert titles(filled.hits(limit=2)) == ["three", "two"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ({"since": NOW}, ["three", "two"]),
        ({"until": NOW + HOUR}, ["two", "one"]),
        ({"since": NOW, "until": NOW + HOUR}, ["two"]),
        ({"rule": "inquiries"}, ["three", "one"]),
        ({"topic": "money"}, ["two"]),
        ({"feed": "harbour"}, ["two"]),
        ({"feed": FEED, "rule": "fines"}, []),
    ],
)
def test_hits_can_be_filtered(filled, question, answer):
    assert titles(filled.hits(**question)) == answer


def test_articles_are_read_in_pages_without_a_gap_or_a_repeat(any_store):
    any_store.record(a_poll(*(a_find(f"a{n}") for n in range(7))))
    any_store.record(a_poll(*(a_find(f"b{n}") for n in range(5)), at=NOW + HOUR))
    for batch in (1, 3, 500):
        found = list(any_store.articles(NOW, batch))
        assert len({each.id for each in found}) == len(found) == 12
        assert [each.stored_at for each in found] == sorted(each.stored_at for each in found)
    assert len(list(any_store.articles(NOW + MINUTE))) == 5


def test_articles_can_be_recorded_while_others_are_read(any_store):
    any_store.record(a_poll(a_find("a0"), a_find("a1")))
    seen = []
    for article in any_store.articles(NOW, 1):
        seen.append(article.id)
        if len(seen) == 1:
            any_store.record(a_poll(a_find("late"), at=NOW + HOUR))
    assert len(seen) == 3


def test_a_rule_backfilled_over_the_archive_hits_once(any_store):
    (hit,) = any_store.record(a_poll(a_find("one", "inquiries"), a_find("two")))
    ids = [each.id for each in any_store.articles(NOW)]
    matches = [(article_id, a_match(rule)) for article_id in ids for rule in ("inquiries", "fines")]
    assert any_store.add_hits([*matches, (9999, a_match("fines"))], NOW + DAY) == 3
    assert any_store.add_hits(matches, NOW + DAY) == 0
    added = [each for each in any_store.hits() if each.id != hit.id]
    assert {(each.backfilled, each.found_at) for each in added} == {(True, NOW + DAY)}
    assert len({each.story_id for each in any_store.hits()}) == 2
    assert any_store.add_hits([], NOW) == 0


def partial(name, *rules, retry_at=NOW + HOUR):
    article = an_article(name, text="Only a summary.", partial=True, partial_reason="http 403", quality="feed")
    return a_find(name, *rules, article=article, retry_at=retry_at)


def test_partial_articles_are_due_at_the_time_of_their_retry(any_store):
    any_store.record(a_poll(partial("early"), partial("late", retry_at=NOW + DAY), partial("never", retry_at=None)))
    assert any_store.partial_articles(NOW + MINUTE, 10) == []
    (due,) = any_store.partial_articles(NOW + HOUR, 10)
    assert (due.entry, due.article, due.feed_id) == (an_entry("early"), partial("early").article, FEED)
    assert (due.attempts, due.stored_at) == (0, NOW)
    assert len(any_store.partial_articles(NOW + DAY, 1)) == 1


def test_the_text_of_a_partial_article_replaces_the_feeds_and_is_matched_once(any_store):
    (first,) = any_store.record(a_poll(partial("one", "inquiries")))
    assert first.partial
    evidence = replace(a_match().evidence[0], sentence="From the page.")
    full = a_find("one", matches=(a_match(evidence=(evidence,), rule_hash="r2"), a_match("fines")))
    (added,) = any_store.replace_article(first.article_id, full, NOW + 2 * HOUR)
    assert (added.rule_id, added.partial, added.story_id, added.found_at) == (
        "fines",
        False,
        first.story_id,
        NOW + 2 * HOUR,
    )
    kept = any_store.hit(first.id)
    assert (kept.partial, kept.evidence, kept.rule_hash, kept.found_at) == (False, (evidence,), "r2", NOW)
    stored = any_store.article(first.article_id)
    assert (stored.article, stored.version) == (full.article, 1)
    assert kept.text_hash == stored.text_hash != first.text_hash
    assert any_store.partial_articles(NOW + DAY, 10) == []
    assert any_store.replace_article(first.article_id, full, NOW + DAY) == []
    assert known_entries(any_store, FEED, [full.entry.key])[full.entry.key].partial is False


def test_a_page_that_arrives_late_for_an_edit_gives_hits_of_an_edit(any_store):
    any_store.record(a_poll(a_find("one")))
    known = known_entries(any_store, FEED, [an_entry("one").key])[an_entry("one").key]
    entry = an_entry("one", content_hash="edited")
    any_store.record(a_poll(replace(partial("one"), entry=entry, entry_id=known.entry_id), at=NOW + HOUR))
    (due,) = any_store.partial_articles(NOW + HOUR, 10)
    page = a_find("one", "fines", entry=entry, backfilled=True)
    (added,) = any_store.replace_article(due.article_id, page, NOW + DAY)
    assert (added.updated, added.backfilled, added.partial) == (True, False, False)


def test_a_hit_on_a_summary_stays_partial_if_the_full_text_does_not_match(any_store):
    (hit,) = any_store.record(a_poll(partial("one", "inquiries")))
    assert any_store.replace_article(hit.article_id, a_find("one"), NOW + HOUR) == []
    assert any_store.hit(hit.id) == replace(hit, title="Title of one")


def test_a_failed_retry_of_a_page_is_counted_and_planned_again_until_it_is_given_up(any_store):
    any_store.record(a_poll(partial("one")))
    (due,) = any_store.partial_articles(NOW + HOUR, 10)
    assert any_store.replace_article(due.article_id, partial("one", retry_at=NOW + DAY), NOW + HOUR) == []
    assert any_store.partial_articles(NOW + HOUR, 10) == []
    (again,) = any_store.partial_articles(NOW + DAY, 10)
    assert again.attempts == 1
    any_store.replace_article(due.article_id, partial("one", retry_at=None), NOW + DAY)
    assert any_store.partial_articles(NOW + 100 * DAY, 10) == []
    assert any_store.article(due.article_id).article.partial


def test_an_edit_ends_the_retries_for_the_old_text(any_store):
    any_store.record(a_poll(partial("one")))
    (due,) = any_store.partial_articles(NOW + HOUR, 10)
    edit = a_find("one", entry=an_entry("one", content_hash="edited"), entry_id=due.entry_id)
    any_store.record(a_poll(edit, at=NOW + HOUR))
    assert any_store.partial_articles(NOW + DAY, 10) == []


def test_a_retry_that_was_planned_by_a_clock_that_was_ahead_is_due(any_store):
    any_store.record(a_poll(partial("ahead", retry_at=NOW + 3 * DAY), partial("late", retry_at=NOW + DAY)))
    assert [each.entry.title for each in any_store.partial_articles(NOW)] == ["Title of ahead"]


def test_replacing_an_article_that_is_not_there_stores_nothing(any_store):
    assert any_store.replace_article(77, a_find("one", "inquiries"), NOW) == []
    assert any_store.hits() == []


def test_an_article_is_found_by_any_of_its_links(any_store):
    any_store.record(a_poll(a_find("one", article=an_article("one", url="https://gazette.example/after-redirect"))))
    any_store.record(a_poll(a_find("two"), at=NOW + HOUR))
    addresses = ("https://gazette.example/after-redirect", "https://gazette.example/one", "gazette.example/one")
    for address in addresses:
        assert [each.article.title for each in any_store.articles_at([address])] == ["Title of one"]
    both = any_store.articles_at([*addresses, "gazette.example/two"])
    assert [each.article.title for each in both] == ["Title of two", "Title of one"]
    assert any_store.articles_at([]) == []


def test_the_articles_that_will_be_read_can_be_counted(filled):
    assert filled.count_articles(NOW) == len(list(filled.articles(NOW))) == 3
    assert filled.count_articles(NOW + HOUR) == 2


def test_a_rules_hit_is_found_from_any_version_of_the_entry(any_store):
    (hit,) = any_store.record(a_poll(a_find("one", "inquiries")))
    known = known_entries(any_store, FEED, [an_entry("one").key])[an_entry("one").key]
    edit = a_find("one", entry=an_entry("one", content_hash="edited"), entry_id=known.entry_id)
    any_store.record(a_poll(edit, at=NOW + HOUR))
    (current,) = any_store.articles(NOW)
    assert any_store.hit_of("inquiries", current.id) == any_store.hit_of("inquiries", hit.article_id) == hit
    assert any_store.hit_of("fines", current.id) is None


@pytest.mark.parametrize("size", [1, 2, 5, 12, 500])
def test_the_spans_of_the_archive_cover_all_of_it(any_store, size):
    any_store.record(a_poll(*(a_find(f"a{n}") for n in range(7))))
    any_store.record(a_poll(*(a_find(f"b{n}") for n in range(5)), at=NOW + HOUR))
    pieces = [any_store.articles_of(section) for section in any_store.sections(NOW, size)]
    assert [article for piece in pieces for article in piece] == list(any_store.articles(NOW))
    assert all(len(piece) <= size for piece in pieces)


def test_a_pickled_store_opens_its_own_connections_in_another_process(any_store):
    any_store.record(a_poll(a_find("one", "inquiries")))
    assert any_store.shareable
    other = pickle.loads(pickle.dumps(any_store))
    assert other.hits() == any_store.hits()
    other.close()


def test_a_database_in_memory_stays_in_its_process():
    store = Store("sqlite://")
    assert not store.shareable
    with pytest.raises(TypeError, match="cannot be opened by another process"):
        pickle.dumps(store)
    store.close()


def test_live_hits_are_counted_by_topic_and_period(filled):
    filled.record(a_poll(a_find("trial", matches=(a_match("trial", status="test"),)), at=NOW + HOUR))
    filled.record(a_poll(a_find("old", "inquiries", backfilled=True), at=NOW + HOUR))
    bounds = [NOW - HOUR, NOW, NOW + HOUR, NOW + 2 * HOUR]
    assert filled.story_counts(bounds) == {"oversight": (1, 0, 1), "money": (0, 1, 0)}
    assert filled.story_counts([NOW]) == {}
