"""Redesigns of pages and APIs are reported, and ordinary changes are not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.model import Changed, Entry, Feed, FeedState
from monitor.core.polls.layout import is_redesigned, layout_after_poll

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FEED = Feed(id="x", url="https://x.example/", kind="page")
BEFORE = FeedState(feed_id="x", fingerprint="html/body/ul.news/li")


def answer(fingerprint, shown=12):
    return Changed(entries=(Entry(key=""),) * shown, fingerprint=fingerprint)


SAME, OTHER = answer("html/body/ul.news/li"), answer("html/body/main/div.cards/article")


@pytest.mark.parametrize(
    ("changed", "known", "expected"),
    [
        (OTHER, 0, True),
        (answer(OTHER.fingerprint, shown=1), 0, True),
        (OTHER, 2, True),
        (OTHER, 4, False),
        (OTHER, 12, False),
        (SAME, 0, False),
        (answer(""), 0, False),
    ],
)
def test_hardly_a_known_address_in_another_structure_is_a_redesign(changed, known, expected):
    assert is_redesigned(BEFORE, changed, known) is expected


def test_a_selector_that_was_edited_is_no_redesign():
    state = replace(BEFORE, fingerprint="ul.old > li = html/body/ul/li")
    edited = answer("ul.news > li = html/body/main/ul/li")
    assert not is_redesigned(state, edited, 0)
    assert is_redesigned(replace(state, fingerprint="ul.news > li = html/body/ul/li"), edited, 0)


def test_a_redesign_is_over_once_new_items_come_beside_known_ones():
    first = layout_after_poll(FEED, BEFORE, OTHER, new=12, known=0, now=NOW)
    assert (first.fingerprint, first.changed_at) == (OTHER.fingerprint, NOW)
    state = replace(BEFORE, fingerprint=first.fingerprint, layout_changed_at=first.changed_at)
    later = NOW + timedelta(hours=1)
    assert layout_after_poll(FEED, state, OTHER, new=0, known=12, now=later).changed_at == NOW
    assert layout_after_poll(FEED, state, SAME, new=2, known=9, now=later).changed_at == NOW
    assert layout_after_poll(FEED, state, OTHER, new=1, known=11, now=later).changed_at is None
