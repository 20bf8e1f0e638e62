"""What the web page reads: paged lists, on read-only connections with a deadline."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sample_polls import DAY, FEED, HOUR, NOW, a_find, a_poll, an_article, an_entry, known_entries

from monitor.core.errors import DatabaseError, UnreadableRowError
from monitor.core.search.query_parser import parse_query
from monitor.store import HitQuery, WebStore


@pytest.fixture
def web_store(any_store):
    """The database of any_store on read-only connections."""
    opened = WebStore(any_store._address)
    yield opened
    opened.close()


def fill(store, number=7):
    """Store so many articles with a hit each, an hour apart."""
    for each in range(number):
        name = f"paper{each}"
        text = f"The regulator opened an inquiry into {name}."
        article = an_article(name, text=text, title=name, language="fr" if each % 2 else "en")
        store.record(a_poll(a_find(name, "inquiries", article=article), at=NOW + each * HOUR))


def walk(ask, limit=3):
    """Read all pages."""
    page = ask(None, limit)
    while page.next is not None:
        yield page
        page = ask(page.next, limit)
    yield page


def test_hits_come_page_by_page_each_once_and_newest_first(any_store, web_store):
    fill(any_store)
    pages = list(walk(lambda before, limit: web_store.find_hits(HitQuery(), before, limit)))
    assert [len(page.items) for page in pages] == [3, 3, 1]
    assert [hit.id for page in pages for hit in page.items] == [hit.id for hit in any_store.hits()]


def test_hits_of_one_instant_can_be_on_two_pages(any_store, web_store):
    finds = [a_find(f"at once {each}", "inquiries", "fines") for each in range(4)]
    any_store.record(a_poll(*finds))
    pages = walk(lambda before, limit: web_store.find_hits(HitQuery(), before, limit))
    assert [hit.id for page in pages for hit in page.items] == [hit.id for hit in any_store.hits()]


@pytest.mark.parametrize(
    ("query", "number"),
    [
        (HitQuery(language="fr"), 3),
        (HitQuery(words=parse_query("paper1")), 1),
        (HitQuery(words=parse_query('"an inquiry" INTO')), 7),
        (HitQuery(words=parse_query("100%")), 0),
        (HitQuery(rule="inquiries", topic="oversight", feed=str(FEED), priority="normal"), 7),
        (HitQuery(rule="nobody's"), 0),
        (HitQuery(since=NOW + 4 * HOUR), 2),
    ],
)
def test_hits_are_filtered_by_every_filter(any_store, web_store, query, number):
    fill(any_store)
    assert len(web_store.find_hits(query).items) == number


def test_hits_are_filtered_by_label(any_store, web_store):
    fill(any_store, 4)
    newest, second, third, last = (hit.id for hit in any_store.hits())
    any_store.label(newest, NOW, relevant=True)
    any_store.label(third, NOW, relevant=False)
    found = {
        label: [hit.id for hit in web_store.find_hits(HitQuery(label=label)).items]
        for label in ("", "none", "relevant", "irrelevant")
    }
    assert found == {
        "": [newest, second, third, last],
        "none": [second, last],
        "relevant": [newest],
        "irrelevant": [third],
    }


def test_a_rare_word_is_searched_in_batches_until_it_is_found(any_store, web_store):
    fill(any_store)
    pages = list(
        walk(lambda before, limit: web_store.find_hits(HitQuery(words=parse_query("paper0")), before, limit, reach=2))
    )
    assert len(pages) == 4
    assert pages[0].items == ()
    assert pages[0].reached == any_store.hits()[1].found_at
    assert [hit.title for hit in pages[-1].items] == ["paper0"]
    assert pages[-1].reached is None


def test_stories_come_page_by_page(any_store, web_store):
    fill(any_store)
    pages = walk(lambda before, limit: web_store.find_stories(NOW - DAY, before, limit))
    assert [story for page in pages for story in page.items] == any_store.stories(NOW - DAY)


def test_hits_of_an_article_are_those_of_all_its_versions(any_store, web_store):
    any_store.record(a_poll(a_find("one", "inquiries")))
    known = known_entries(any_store, FEED, [an_entry("one").key])
    (entry,) = known.values()
    edit = a_find(
        "one", "fines", entry=an_entry("one", content_hash="edited"), article=an_article("one", text="Fined."),
        entry_id=entry.entry_id,
    )  # fmt: skip
    any_store.record(a_poll(edit, at=NOW + HOUR))
    for hit in any_store.hits():
        assert {each.rule_id for each in web_store.hits_of_entry(hit.article_id)} == {"inquiries", "fines"}
    assert web_store.hits_of_entry(10**9) == []


def test_hits_are_counted_by_rule_and_in_all(any_store, web_store):
    fill(any_store, 3)
    any_store.record(a_poll(a_find("late", "inquiries", "fines"), at=NOW + DAY))
    assert web_store.count_by_rule(NOW - DAY) == {"inquiries": 4, "fines": 1}
    assert web_store.count_by_rule(NOW + HOUR * 12) == {"inquiries": 1, "fines": 1}
    assert web_store.count_hits(NOW - DAY) == 5


def test_the_connections_of_the_web_store_are_read_only(web_store):
    with pytest.raises((DatabaseError, sa.exc.DBAPIError)), web_store._reading() as connection:
        connection.execute(sa.text("DELETE FROM polls"))


def test_a_query_that_takes_too_long_is_aborted(any_store):
    fill(any_store)
    hasty = WebStore(any_store._address, time_limit=timedelta(milliseconds=5))
    numbers = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 100000000) SELECT sum(x) FROM n"
    with pytest.raises(DatabaseError, match="exceeded its time limit"), hasty._reading() as connection:
        connection.execute(sa.text(numbers))
    hasty.close()


def test_a_database_in_memory_has_no_web_store():
    with pytest.raises(DatabaseError, match="in memory"):
        WebStore("sqlite://")


def test_no_page_scans_a_table(sqlite_store):
    fill(sqlite_store)
    web_store = WebStore(sqlite_store._address)
    scans: list[str] = []

    def explain(_, cursor, statement, parameters, context, many):
        if statement.startswith("SELECT"):
            steps = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
            scans.extend(f"{step[3]}: {statement}" for step in steps if _reads_all(step[3]))

    sa.event.listen(web_store._engine, "before_cursor_execute", explain)
    everything = HitQuery(since=NOW - DAY, rule="r", topic="t", feed="f", language="en", priority="high", label="none")
    for query in (HitQuery(), everything):
        page = web_store.find_hits(query, limit=2)
        web_store.find_hits(query, page.next, limit=2, reach=2)
    web_store.find_stories(None, web_store.find_stories(NOW, limit=2).next)
    web_store.hits_of_entry(1)
    web_store.count_by_rule(NOW)
    web_store.count_hits(NOW)
    web_store.versions(1, 3)
    web_store.deliveries(failed=True)
    web_store.runs("daily")
    web_store.close()
    assert scans == []


def _reads_all(step: str) -> bool:
    """Walking along an index in its order, to a limit, is not reading all; channel_states has a row a channel."""
    is_small = "json_each" in step or step == "SCAN channel_states"
    return step.startswith("SCAN ") and " USING " not in step and not is_small


def test_the_web_store_reads_while_the_daemon_writes_and_neither_waits(sqlite_store):
    fill(sqlite_store, 2)
    web_store = WebStore(sqlite_store._address, busy_timeout=timedelta(0))
    with web_store._reading() as reading, sqlite_store._writing() as writing:
        assert reading.execute(sa.text("SELECT count(*) FROM hits")).scalar() == 2
        writing.execute(sa.text("DELETE FROM polls"))
        assert len(web_store.find_hits(HitQuery()).items) == 2
    web_store.close()


def test_a_row_edited_by_hand_is_named_even_if_another_table_has_the_same_value(sqlite_store):
    fill(sqlite_store, number=1)
    with sqlite_store._engine.begin() as connection:
        connection.execute(sa.text("UPDATE articles SET stored_at = 'soon'"))
        connection.execute(sa.text("UPDATE hits SET found_at = 'soon'"))
    web_store = WebStore(sqlite_store._address)
    with closing(web_store), pytest.raises(UnreadableRowError, match="table hits, row id 1, column found_at"):
        web_store.find_hits(HitQuery())
