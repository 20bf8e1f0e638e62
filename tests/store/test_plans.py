"""SQLite answers the queries of every poll and digest from an index, whatever the size of the archive."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sample_polls import DAY, FEED, HOUR, NOW, a_find, a_match, a_message, a_poll, an_article, an_entry, known_entries

from monitor.core.model import Feed, Validators

WHOLE_BY_NATURE = {"feed_states", "channel_states", "search_totals", "search_volumes"}
"""Tables with a row a feed or a channel, with a row for 4,096 articles, or with one row, read whole."""


@pytest.fixture
def read_plans(sqlite_store):
    """Return SQLite's plan for each statement that the driver executes from now on."""
    executed: dict[str, None] = {}

    def note(statement):
        if statement.startswith(("SELECT", "UPDATE")):
            executed[statement] = None

    sa.event.listen(sqlite_store._engine, "checkout", lambda raw, *_: raw.set_trace_callback(note))

    def explain():
        statements = list(executed)
        with sqlite_store._reading() as connection:
            raw = connection.connection.dbapi_connection
            return {each: [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {each}")] for each in statements}

    return explain


def everything(store):
    """Run everything that polls, digests and alerts do."""
    partial = a_find("part", "fines", article=an_article("part", partial=True), retry_at=NOW)
    store.record(a_poll(a_find("one", "inquiries"), partial, renewed=("a", "b")))
    known = known_entries(store, FEED, [an_entry("one").key, "alias of one", "b"])
    edit = a_find("one", "fines", entry=an_entry("one", content_hash="edited"), entry_id=known["alias of one"].entry_id)
    store.record(a_poll(edit, at=NOW + HOUR))
    (due,) = store.partial_articles(NOW, 10)
    store.replace_article(due.article_id, a_find("part", "fines", "inquiries"), NOW + HOUR)
    seen = a_find("seen", validators=Validators(etag="1"), recheck_at=NOW)
    store.record(a_poll(seen, at=NOW + 2 * HOUR))
    (read,) = store.rechecks_due(NOW, 10)
    store.record_recheck(read.article_id, NOW, None)
    store.postpone_pages([read.article_id], NOW + HOUR)
    store.record_page_edit(read, a_find("seen", "fines", entry_id=read.entry_id), NOW + HOUR)
    store.entry_versions(read.entry_id)
    store.state(FEED)
    store.feed_history(FEED, [an_entry("one"), an_entry("new")], NOW - DAY)
    list(store.articles(NOW - DAY, 1))
    store.add_hits([(due.article_id, a_match("late"))], NOW)
    hits = store.hits_to_digest("daily", NOW)
    store.hit(hits[0].id)
    stories = [hit.story_id for hit in hits]
    store.stories_of(stories)
    store.story_notified_at("daily", stories, NOW)
    store.story_alerted_at(stories)
    store.coverage([Feed(id=FEED, url="x")], NOW - DAY, NOW + DAY)
    store.hits_to_alert(NOW - DAY, "low")
    store.count_alerts(NOW - DAY)
    store.spike_hits("inquiries", NOW - DAY, NOW + DAY)
    ids = [hit.id for hit in hits]
    store.record_run("daily", NOW, since=NOW - DAY, until=NOW, hit_ids=ids, messages=[a_message()], now=NOW)
    store.last_run("daily")
    store.last_sent("daily")
    store.record_alert(ids, [a_message("alert")], NOW)
    for delivery, _ in store.claim_deliveries(NOW, 10):
        store.retry_later(delivery.id, NOW, "451")
    store.hits(since=NOW - DAY, limit=10)
    store.stories(since=NOW - DAY)


def test_no_statement_of_a_poll_or_a_digest_scans_a_table(sqlite_store, read_plans):
    everything(sqlite_store)
    plans = read_plans()
    assert len(plans) > 25
    tables = set(sa.inspect(sqlite_store._engine).get_table_names()) - WHOLE_BY_NATURE
    scans = {
        f"{step}: {statement}"
        for statement, steps in plans.items()
        for step in steps
        if step.split()[0] == "SCAN" and step.split()[1] in tables
    }
    assert scans == set()
    claims = {step for steps in plans.values() for step in steps if "claims USING" in step}
    assert claims, "no statement asks what a digest claimed"
    assert all("hit_id=?" in step or "rowid" in step for step in claims), "all claims of a digest are read"


def test_a_list_of_keys_is_looked_up_through_an_index(sqlite_store, read_plans):
    known_entries(sqlite_store, FEED, ["a", "b"])
    ((*steps,),) = read_plans().values()
    assert any("(feed_id=? AND key=?)" in step for step in steps)
    assert any("(feed_id=? AND alias=?)" in step for step in steps)


def test_the_driver_keeps_one_statement_whatever_the_number_of_rows(sqlite_store):
    """It keeps a hundred of them, each with the texts that were last bound to it."""
    sizes: dict[int, set[str]] = {}

    def note(_, cursor, statement, parameters, context, many):
        sizes[size].add(statement)

    sa.event.listen(sqlite_store._engine, "before_cursor_execute", note)
    for size in (1, 2, 5):
        sizes[size] = set()
        finds = [a_find(f"{size} {n}", "inquiries") for n in range(size)]
        sqlite_store.record(a_poll(*finds, at=NOW + size * HOUR))
    assert sizes[5] == sizes[2]
