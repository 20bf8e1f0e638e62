"""What a transaction counts is what it stored; a row that is lost later shows as a difference of the ledger."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from sample_polls import DAY, FEED, HOUR, MINUTE, NOW, a_find, a_match, a_message, a_poll, an_article, an_entry

from monitor.core import ledger
from monitor.core.ledger import Recipients
from monitor.core.model import EntryCounts
from monitor.store import RetentionCutoffs, _migrations


def of(store, since=NOW - DAY, until=NOW + 9 * DAY):
    return ledger.balance(store.ledger_counts(since, until), since, Recipients(), NOW + 9 * DAY)


def checks(store, **window):
    return {difference.check for difference in of(store, **window).differences}


def counts(store, account, **window):
    return {line.item: line.count for line in of(store, **window).account(account).lines}


@pytest.fixture
def filled_store(any_store):
    """A database in which everything that stores articles, hits or messages has run."""
    partial = a_find("part", article=an_article("part", partial=True), retry_at=NOW)
    any_store.record(a_poll(a_find("one", "inquiries", "fines"), a_find("two"), partial))
    (due,) = any_store.partial_articles(NOW, 10)
    any_store.replace_article(due.article_id, a_find("part", "fines"), NOW + MINUTE)
    any_store.record_articles(FEED, [a_find("slice", "fines", recheck_at=NOW)], NOW + HOUR)
    (read,) = any_store.rechecks_due(NOW, 10)
    edit = a_find("slice", "fines", "inquiries", article=an_article("slice", text="Edited."), entry_id=read.entry_id)
    any_store.record_page_edit(read, edit, NOW + 2 * HOUR)
    articles = [each.id for each in any_store.articles(NOW - DAY)]
    any_store.add_hits([(each, a_match("late")) for each in articles], NOW + 3 * HOUR)
    hits = any_store.hits_to_digest("daily", NOW)
    window = {"since": NOW, "until": NOW + DAY, "now": NOW + DAY}
    ids = [hit.id for hit in hits]
    any_store.record_run("daily", NOW + DAY, **window, hit_ids=ids[1:], messages=[a_message("d")])
    any_store.record_alert(ids[:1], [a_message("a", kind="alert")], NOW + DAY)
    any_store.enqueue(a_message("test", kind="test", recipients=()), NOW + DAY)
    any_store.enqueue(a_message("test", kind="test", recipients=()), NOW + DAY)
    return any_store


def test_everything_that_stores_is_counted(filled_store):
    assert checks(filled_store) == set()
    assert counts(filled_store, "entries") == {"seen": 4, "new": 4}
    assert counts(filled_store, "articles") == {"articles": 5, "matched": 5, "unmatched": 0}
    assert counts(filled_store, "hits") == {"hits": 9, "notified": 9}
    assert counts(filled_store, "messages") == {"messages": 5, "queued": 5}


@pytest.mark.parametrize(
    ("lost", "found"),
    [
        ("hits WHERE id = 1", {"hits_stored"}),
        ("articles WHERE id = 1", {"articles_stored", "entries_with_article", "hits_stored"}),
        ("entries WHERE id = 1", {"entries_stored"}),
        ("claims WHERE consumer = 'digest:daily' AND hit_id = 2", {"claims_stored"}),
        ("deliveries WHERE id = 1", {"deliveries_stored"}),
        ("messages WHERE id = 1", {"messages_stored", "deliveries_stored"}),
    ],
)
def test_a_row_that_is_lost_is_a_difference(filled_store, lost, found):
    with _migrations.transaction(filled_store._writer) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        assert connection.execute(sa.text(f"DELETE FROM {lost}")).rowcount == 1
    assert checks(filled_store) == found


def test_a_poll_whose_entries_do_not_add_up_is_named(any_store):
    any_store.record(a_poll(a_find("one"), feed="sound"))
    any_store.record(a_poll(a_find("one"), counts=EntryCounts(seen=3, known=1)))
    any_store.record(a_poll(a_find("one"), feed="other", counts=EntryCounts(seen=2, known=2)))
    (difference,) = of(any_store).differences
    assert difference.check == "entries_accounted"
    assert difference.feeds == (FEED, "other")
    assert "gazette, other" in ledger.describe_difference(difference)


def test_entries_that_another_poll_stored_meanwhile_are_counted_as_such(any_store):
    any_store.record(a_poll(a_find("one"), a_find("two")))
    edit = a_find("two", entry=an_entry("two", content_hash="edited"), article=an_article("two", text="Edited."))
    edit = replace(edit, entry_id=2)
    any_store.record(a_poll(a_find("one"), edit, at=NOW + MINUTE))
    any_store.record(a_poll(edit, at=NOW + HOUR))
    assert counts(any_store, "entries") == {"seen": 5, "new": 2, "edited": 1, "stored_before": 2}
    assert checks(any_store) == set()


def test_a_poll_that_is_stored_twice_is_counted_once(any_store):
    for _ in range(2):
        any_store.record(a_poll(a_find("one", "fines")))
    assert counts(any_store, "entries") == {"seen": 1, "new": 1}
    assert checks(any_store) == set()


def prune(store, *, texts, polls):
    store.prune(before=RetentionCutoffs(articles=texts, hits=texts, polls=polls), now=NOW + 9 * DAY)


def test_what_retention_removed_is_not_compared(filled_store):
    later = NOW + 5 * DAY
    filled_store.record(a_poll(a_find("young", "fines"), at=later))
    prune(filled_store, texts=NOW - DAY, polls=NOW + 2 * DAY)
    made = of(filled_store)
    assert (made.differences, made.is_complete) == ((), False)
    assert made.account("entries").total == 1
    prune(filled_store, texts=later + DAY, polls=NOW)
    made = of(filled_store)
    assert (made.differences, made.since) == ((), made.until)


def test_a_window_counts_what_happened_in_it(any_store):
    for number in range(4):
        any_store.record(a_poll(a_find(str(number), "fines"), at=NOW + number * HOUR))
    window = {"since": NOW + HOUR, "until": NOW + 2 * HOUR}
    assert counts(any_store, "entries", **window) == {"seen": 1, "new": 1}
    assert counts(any_store, "hits", **window) == {"hits": 1, "no_digest": 1}
    assert checks(any_store, **window) == set()
