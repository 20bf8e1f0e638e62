from dataclasses import replace

import pytest

from monitor.core.feeds import moves
from monitor.core.model import Changed, Feed, FeedState, Response, Unchanged

OLD, NEW, OTHER = "http://a.example/feed", "https://a.example/feed", "https://b.example/feed"
FEED = Feed(id="x", url=OLD)
FRESH = FeedState(feed_id="x")


def answered(*redirects: tuple[int, str], unchanged: bool = False) -> Changed | Unchanged:
    response = Response(url=redirects[-1][1] if redirects else OLD, status=200, redirects=redirects)
    return Unchanged(response=response) if unchanged else Changed(entries=(), response=response)


def follow(state: FeedState, *outcomes: Changed | Unchanged) -> FeedState:
    for outcome in outcomes:
        state = moves.follow_redirect(FEED, state, outcome)
    return state


@pytest.mark.parametrize("status", [301, 308])
def test_three_equal_permanent_redirects_move_a_feed(status):
    move = answered((status, NEW))
    assert follow(FRESH, move, move).url is None
    assert follow(FRESH, move, move, move) == replace(FRESH, url=NEW)


def test_an_unchanged_answer_counts_as_it_was_parsed_before():
    move = answered((301, NEW), unchanged=True)
    assert follow(FRESH, move, move, move).url == NEW


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_redirect_for_now_does_not_move_a_feed(status):
    assert follow(FRESH, *[answered((status, NEW))] * 5) == FRESH


def test_an_answer_without_the_redirect_starts_the_count_again():
    move = answered((301, NEW))
    state = follow(FRESH, move, move, answered(), move)
    assert (state.url, state.moved_count) == (None, 1)


def test_another_target_starts_the_count_again():
    state = follow(FRESH, answered((301, NEW)), answered((301, NEW)), answered((301, OTHER)))
    assert (state.url, state.moved_to, state.moved_count) == (None, OTHER, 1)


def test_of_a_way_only_the_permanent_start_is_remembered():
    move = answered((301, NEW), (302, OTHER))
    assert follow(FRESH, move, move, move).url == NEW


def test_a_feed_that_moves_back_is_requested_at_its_configured_address():
    moved = replace(FRESH, url=NEW)
    move = answered((301, OLD))
    assert follow(moved, move, move, move).url is None


def test_a_new_address_that_fails_again_is_given_up_for_the_configured_one():
    moved = replace(FRESH, url=NEW, etag='"1"', failures=2.5)
    assert moves.revert_move(moved) == moved
    assert moves.revert_move(replace(moved, failures=3.0)) == replace(FRESH, failures=3.0)
    assert moves.revert_move(replace(FRESH, failures=9.0)) == replace(FRESH, failures=9.0)


def test_an_outcome_without_an_answer_moves_nothing():
    assert follow(FRESH, Changed(entries=())) == FRESH
