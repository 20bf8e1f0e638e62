"""The paragraph hashes of a feed's latest entries are stored, and older ones are deleted."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from sample_polls import FEED, HOUR, NOW, a_find, a_poll, an_article, an_entry, known_entries

from monitor.core.articles.boilerplate import COMPARED_ENTRIES, paragraph_keys, split_paragraphs
from monitor.store._incoming_tables import ParagraphsRow

PLEA = "Subscribe to our free letter about technology."


def a_text(n):
    return f"News number {n} is told here at some length.\n\n{PLEA}"


def keys(text):
    return paragraph_keys(split_paragraphs(text))


def a_story(n, **changes):
    return a_find(f"n{n}", article=an_article(f"n{n}", text=a_text(n)), paragraphs=keys(a_text(n)), **changes)


def test_the_history_of_a_feed_holds_the_paragraphs_of_its_articles(any_store):
    any_store.record(a_poll(*(a_story(n) for n in range(6))))
    any_store.record(a_poll(a_story(99), feed="harbour"))
    history = any_store.history(FEED)
    assert set(map(frozenset, history.keys.values())) == {keys(a_text(n)) for n in range(6)}
    text = a_text(7)
    ((start, end),) = history.boilerplate(split_paragraphs(text))
    assert text[start:end] == PLEA
    assert any_store.history("nobody").keys == {}


def test_a_history_holds_the_latest_entries_only(any_store):
    any_store.record(a_poll(*(a_story(n) for n in range(COMPARED_ENTRIES + 5))))
    any_store.record(a_poll(*(a_story(n) for n in range(900, 905)), at=NOW + HOUR))
    held = any_store.history(FEED).keys
    assert len(held) == COMPARED_ENTRIES
    assert {keys(a_text(n)) for n in range(900, 905)} < set(map(frozenset, held.values()))


def test_paragraphs_of_older_entries_are_deleted_in_time(any_store):
    any_store.record(a_poll(*(a_story(n) for n in range(COMPARED_ENTRIES))))
    any_store.record(a_poll(*(a_story(n) for n in range(500, 520)), at=NOW + HOUR))
    with any_store._reading() as connection:
        kept = connection.execute(sa.select(sa.func.count()).select_from(ParagraphsRow)).scalar()
    assert kept <= COMPARED_ENTRIES + 16


def test_an_edit_and_the_text_of_a_page_replace_the_paragraphs_that_were_stored(any_store):
    partial = an_article("n1", text="A summary of a few words only.", partial=True)
    any_store.record(a_poll(a_story(0), a_find("n1", article=partial, retry_at=NOW)))
    (due,) = any_store.partial_articles(NOW, 10)
    any_store.replace_article(due.article_id, a_story(1), NOW + HOUR)
    known = known_entries(any_store, FEED, [an_entry("n0").key])[an_entry("n0").key]
    entry = an_entry("n0", content_hash="2")
    edit = replace(a_story(77), entry=entry, entry_id=known.entry_id)
    any_store.record(a_poll(edit, at=NOW + HOUR))
    assert set(map(frozenset, any_store.history(FEED).keys.values())) == {keys(a_text(n)) for n in (1, 77)}


def test_the_spans_of_boilerplate_are_stored_with_an_article(any_store):
    article = an_article("n1", text=a_text(1), boilerplate=((46, 90), (100, 120)))
    any_store.record(a_poll(a_find("n1", article=article, retry_at=NOW)))
    (stored,) = any_store.articles(NOW)
    assert stored.article == article
    (due,) = any_store.partial_articles(NOW, 10)
    assert due.article == article
