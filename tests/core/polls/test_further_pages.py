"""When the further pages of a list are read, and when they stay due."""

from dataclasses import replace

import pytest

from monitor.core.model import Changed, Failed, Feed, FeedId, FeedState, ItemFields
from monitor.core.polls import Plan, further_pages
from monitor.core.polls.further_pages import FIRST_PAGE, FURTHER_PAGES
from tests.poll.polled_feeds import START

FEED = Feed(id=FeedId("list"), url="https://ministry.example/news", kind="page", fields=ItemFields(next="a.next"))
POLLED = FeedState(feed_id=FEED.id, last_success_at=START)
DUE = replace(POLLED, position=FURTHER_PAGES)
BURST, USUAL = Plan(new=9, seen=1), Plan(new=1, seen=9)
PAGE = Changed(entries=(), etag="1", body_hash="2")


@pytest.mark.parametrize(
    ("state", "plan", "needed"), [(POLLED, USUAL, False), (POLLED, BURST, True), (DUE, USUAL, True)]
)
def test_further_pages_are_read_after_a_burst_or_where_they_were_missed(state, plan, needed):
    assert further_pages.are_pages_due(state, plan) == needed


def test_a_burst_whose_page_links_no_next_one_leaves_the_further_pages_due_once():
    after = further_pages.after_first_page(FEED, POLLED, PAGE, BURST)
    assert (after.position, after.etag, after.body_hash) == (FURTHER_PAGES, None, "")
    assert further_pages.after_first_page(FEED, DUE, PAGE, BURST).position == FIRST_PAGE


@pytest.mark.parametrize(
    ("feed", "state", "plan"),
    [
        (replace(FEED, fields=ItemFields()), POLLED, BURST),
        (FEED, FeedState(feed_id=FEED.id), BURST),
        (FEED, POLLED, USUAL),
    ],
    ids=["no next page is configured", "first poll", "no burst"],
)
def test_nothing_is_due_without_a_burst_of_a_list_with_pages(feed, state, plan):
    assert further_pages.after_first_page(feed, state, PAGE, plan) is PAGE


def test_pages_of_which_one_failed_are_due_again():
    assert further_pages.after_further_pages(PAGE, is_whole=False).position == FURTHER_PAGES
    assert further_pages.after_further_pages(PAGE, is_whole=True) == replace(PAGE, position=FIRST_PAGE)


def test_a_page_of_moved_items_that_fails_makes_the_poll_fail_once():
    problem = Failed(reason="timeout: no answer (https://ministry.example/news?page=2)")
    assert further_pages.must_fail(POLLED, BURST, problem)
    assert not further_pages.must_fail(POLLED, replace(BURST, known_addresses=1), problem)
    assert not further_pages.must_fail(replace(POLLED, reason=problem.reason), BURST, problem)
