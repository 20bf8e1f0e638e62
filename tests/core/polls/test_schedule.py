from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.feeds.failures import REASONS, failed
from monitor.core.model import Changed, Entry, Feed, FeedState, Health, Unchanged
from monitor.core.polls import schedule
from monitor.core.polls.layout import SourceLayout
from monitor.core.polls.poll_interval import EntryOverlap, PollObservation
from monitor.core.polls.rhythm import Rhythm

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FEED = Feed(id="x", url="http://a.example/feed")
FRESH = FeedState(feed_id="x")
LIVELY = replace(FRESH, last_success_at=NOW - HOUR, last_entry_at=NOW - HOUR, interval=HOUR, health=Health.OK)
ENTRY = Entry(key="1")
CHANGED = Changed(entries=(ENTRY,), etag='"2"', body_hash="h")


def after(
    state: FeedState, outcome, observed: PollObservation | None = None, feed: Feed = FEED, jitter: float = 0.0
) -> FeedState:
    observed = observed or PollObservation()
    return schedule.state_after_poll(feed, state, outcome, observed, now=NOW, jitter=jitter)


def looked(new: int = 0, known: int = 0, **more) -> PollObservation:
    return PollObservation(overlap=EntryOverlap(new=new, known=known), **more)


# ---------------------------------------------------------------- intervals


@pytest.mark.parametrize(
    ("interval", "new", "known", "expected", "reason"),
    [
        (HOUR, 20, 0, 30 * MINUTE, "low overlap: 0 of 20 known"),
        (20 * MINUTE, 20, 5, 10 * MINUTE, "low overlap: 5 of 25 known"),
        (12 * MINUTE, 9, 1, 10 * MINUTE, "low overlap: 1 of 10 known"),
        (4 * HOUR, 9, 1, 30 * MINUTE, "low overlap: 1 of 10 known"),
        (HOUR, 10, 10, HOUR, "steady: 10 of 20 known"),
        (HOUR, 1, 19, 70 * MINUTE, "ample overlap: 19 of 20 known"),
        (HOUR, 0, 20, 70 * MINUTE, "ample overlap: 20 of 20 known"),
        (HOUR, 0, 0, 70 * MINUTE, "ample overlap: no entries"),
        (235 * MINUTE, 0, 20, 4 * HOUR, "lively"),
    ],
)
def test_the_share_of_known_entries_decides(interval, new, known, expected, reason):
    state = after(replace(LIVELY, interval=interval), CHANGED, looked(new, known))
    assert (state.interval, state.interval_reason) == (expected, reason)
    assert state.next_poll_at == NOW + expected


def test_the_interval_grows_up_to_half_the_feeds_own_gap():
    state = after(LIVELY, CHANGED, looked(1, 19, rhythm=Rhythm(gap=2 * HOUR)))
    assert (state.interval, state.interval_reason) == (HOUR, "own rhythm")
    state = after(LIVELY, CHANGED, looked(1, 19, rhythm=Rhythm(gap=5 * MINUTE)))
    assert (state.interval, state.interval_reason) == (10 * MINUTE, "own rhythm")


def test_an_unchanged_feed_is_polled_less_and_less_often():
    state = LIVELY
    for _ in range(30):
        state = after(state, Unchanged())
    assert (state.interval, state.interval_reason) == (4 * HOUR, "lively")


def test_a_feed_without_entries_for_a_month_is_polled_once_a_day():
    state = replace(LIVELY, last_entry_at=NOW - 40 * DAY)
    steps = []
    for _ in range(40):
        state = after(state, Unchanged())
        steps.append(state.interval)
    assert steps[0] == 2 * HOUR
    assert (state.interval, state.interval_reason) == (DAY, "quiet")


@pytest.mark.parametrize(
    ("outcome", "observed"),
    [
        (CHANGED, looked(1, 19)),
        (CHANGED, looked(10, 10)),
        (replace(CHANGED, follows_last=True), looked(3, 0)),
    ],
)
@pytest.mark.parametrize("last_entry_at", [None, NOW - 40 * DAY])
def test_a_feed_that_was_quiet_is_polled_like_others_from_the_poll_that_finds_an_entry(
    last_entry_at, outcome, observed
):
    state = after(replace(LIVELY, last_entry_at=last_entry_at, interval=DAY), outcome, observed)
    assert state.interval == 4 * HOUR


def test_the_first_poll_is_followed_by_one_half_an_hour_later():
    state = after(FRESH, CHANGED, looked(20, 0))
    assert (state.interval, state.interval_reason) == (30 * MINUTE, "first poll")


def test_a_configured_interval_is_kept_whatever_the_publisher_hints():
    feed = replace(FEED, interval=15 * MINUTE)
    state = after(LIVELY, replace(CHANGED, ttl=DAY), looked(0, 20), feed)
    assert (state.interval, state.interval_reason) == (15 * MINUTE, "configured")


@pytest.mark.parametrize(
    ("ttl", "observed", "expected", "reason"),
    [
        (6 * HOUR, looked(0, 20), 6 * HOUR, "publisher's hint"),
        (90 * DAY, looked(0, 20), DAY, "publisher's hint"),
        (5 * MINUTE, looked(0, 20), 70 * MINUTE, "ample overlap: 20 of 20 known"),
        (DAY, looked(20, 0), HOUR, "publisher's hint"),
        (10 * MINUTE, looked(20, 0), 30 * MINUTE, "low overlap: 0 of 20 known"),
    ],
)
def test_a_publisher_may_ask_for_a_longer_interval_but_not_so_long_that_entries_are_missed(
    ttl, observed, expected, reason
):
    state = after(LIVELY, replace(CHANGED, ttl=ttl), observed)
    assert (state.interval, state.interval_reason) == (expected, reason)


def test_jitter_delays_a_poll_by_a_tenth_at_most():
    assert after(LIVELY, Unchanged(), jitter=0.5).next_poll_at == NOW + 70 * MINUTE * 1.05
    assert after(LIVELY, failed("timeout"), jitter=0.5).next_poll_at == NOW + HOUR * 1.5 * 1.05


# ---------------------------------------------------------------- failures


def test_a_failure_delays_the_next_poll_linearly_by_its_weight():
    state, delays, reasons = LIVELY, [], []
    for _ in range(4):
        state = after(state, failed("http", "404"))
        delays.append(state.next_poll_at - NOW)
        reasons.append(state.interval_reason)
    assert delays == [1.5 * HOUR, 2 * HOUR, 2.5 * HOUR, 3 * HOUR]
    assert (state.failures, state.health, state.reason) == (2.0, Health.FAILING, "http: 404")
    assert reasons[1::2] == ["back-off: 1 failure", "back-off: 2 failures"]
    assert state.interval == HOUR


@pytest.mark.parametrize(("word", "weight"), [("certificate", 1.0), ("timeout", 0.5), ("dns", 0.25)])
def test_the_weight_of_a_failure_depends_on_its_reason(word, weight):
    assert after(LIVELY, failed(word)).failures == weight


def test_no_feed_is_ever_given_up():
    state = LIVELY
    for _ in range(1000):
        state = after(state, failed("certificate"))
    assert state.next_poll_at == NOW + DAY


def test_one_success_resets_the_failures():
    state = after(replace(LIVELY, failures=20.0, health=Health.FAILING, reason="timeout"), Unchanged())
    assert (state.failures, state.health, state.reason, state.last_success_at) == (0.0, Health.OK, "", NOW)


@pytest.mark.parametrize(
    ("requested", "expected"),
    [
        (timedelta(0), 1.25 * HOUR),
        (10 * MINUTE, 1.25 * HOUR),
        (3 * HOUR, 3 * HOUR),
        (88 * HOUR, DAY),
    ],
)
def test_retry_after_is_kept_between_the_interval_and_a_day(requested, expected):
    state = after(LIVELY, failed("too many requests", retry_after=requested))
    assert state.next_poll_at == NOW + expected
    assert state.interval_reason == "retry-after"


def test_a_feed_that_says_three_times_that_it_is_gone_is_muted_and_says_so():
    state, waits = LIVELY, []
    for _ in range(4):
        state = after(state, failed("gone", "http 410"))
        assert (state.health, state.reason) == (Health.GONE, "gone: http 410")
        waits.append(state.next_poll_at - NOW)
    assert waits == [2 * HOUR, 3 * HOUR, 7 * DAY, 7 * DAY]
    assert state.interval_reason == "muted: the publisher says it is gone"


def test_a_feed_that_failed_otherwise_is_not_muted_by_one_response_that_it_is_gone():
    state = after(replace(LIVELY, failures=9.0, health=Health.FAILING), failed("gone", "http 410"))
    assert (state.health, state.next_poll_at) == (Health.GONE, NOW + 11 * HOUR)
    assert after(state, CHANGED, looked(0, 20)).health is Health.OK


def test_a_new_feed_that_fails_is_polled_again_after_half_an_hour_at_first():
    assert after(FRESH, failed("timeout")).next_poll_at == NOW + 45 * MINUTE


def test_a_configured_interval_is_the_base_of_the_back_off():
    assert after(LIVELY, failed("timeout"), feed=replace(FEED, interval=10 * MINUTE)).next_poll_at == NOW + 15 * MINUTE


# ---------------------------------------------------------------- health


def test_a_feed_whose_newest_entry_is_a_year_old_is_frozen():
    state = after(LIVELY, CHANGED, looked(0, 20, newest_at=datetime(2024, 1, 31, tzinfo=UTC)))
    assert (state.health, state.reason) == (Health.FROZEN, "frozen: the newest entry is of 2024-01-31")
    again = after(state, Unchanged())
    assert (again.health, again.reason) == (state.health, state.reason)
    filtered = after(LIVELY, Changed(entries=(), excluded=11))
    assert filtered.reason == "empty: `include` and `exclude` in feeds.yaml leave out all 11 entries"


def test_a_feed_without_anything_new_for_a_year_is_frozen_whatever_dates_it_shows():
    state = after(replace(LIVELY, last_entry_at=NOW - 400 * DAY), Unchanged())
    assert (state.health, state.reason) == (Health.FROZEN, "frozen: nothing new for 400 days")


def test_a_feed_that_is_quiet_for_longer_than_usual_is_silent():
    quiet = replace(LIVELY, last_entry_at=NOW - 11 * DAY, expected_silence=10 * DAY, usual_gap=2.2 * DAY)
    state = after(quiet, Unchanged())
    assert state.health is Health.SILENT
    assert state.reason == "silent: no new entry for 11 days, 5 times its rhythm of 53h"
    assert state.expected_silence == 10 * DAY
    assert after(quiet, CHANGED, looked(1, 5, rhythm=Rhythm(silence=20 * DAY))).health is Health.OK


def test_a_feed_without_any_entry_is_silent():
    state = after(LIVELY, Changed(entries=()))
    assert (state.health, state.reason) == (Health.SILENT, "empty: the feed holds no entry")
    again = after(state, Unchanged())
    assert (again.health, again.reason) == (state.health, state.reason)


@pytest.mark.parametrize(
    ("outcome", "layout"),
    [
        (CHANGED, SourceLayout(fingerprint="b", changed_at=NOW)),
        (
            CHANGED,
            SourceLayout(fingerprint="a", problem="selector finds nothing: `h3` (item_title) in any of 9 items"),
        ),
        (failed("layout changed", "selector finds nothing: `h3`"), None),
    ],
)
def test_a_changed_layout_is_named_by_unchanged_answers_too(outcome, layout):
    state = after(LIVELY, outcome, looked(5, 0, layout=layout))
    assert state.health is Health.LAYOUT_CHANGED
    assert state.reason.startswith("layout changed: ")
    if layout:
        again = after(state, Unchanged())
        assert (again.health, again.reason) == (state.health, state.reason)


def test_another_layout_is_named_after_a_failure_too_until_it_is_seen_to_work():
    changed = after(LIVELY, CHANGED, looked(5, 0, layout=SourceLayout(fingerprint="b", changed_at=NOW)))
    failing = after(changed, failed("timeout"))
    assert failing.health is Health.FAILING
    assert after(failing, Unchanged()).health is Health.LAYOUT_CHANGED
    assert after(failing, CHANGED, looked(1, 4, layout=SourceLayout(fingerprint="b"))).health is Health.OK


# ---------------------------------------------------------------- what is remembered


def test_validators_of_a_complete_body_are_stored():
    state = after(LIVELY, replace(CHANGED, last_modified="then"), looked(1, 1))
    assert (state.etag, state.last_modified, state.body_hash, state.last_full_fetch_at) == ('"2"', "then", "h", NOW)
    assert (state.last_poll_at, state.last_success_at, state.last_entry_at) == (NOW, NOW, NOW)


def test_validators_of_a_truncated_body_are_not_stored():
    state = after(replace(LIVELY, etag='"1"', body_hash="old"), replace(CHANGED, etag=None, body_hash=""), looked(1, 1))
    assert (state.etag, state.body_hash, state.last_full_fetch_at) == (None, None, None)


@pytest.mark.parametrize(("reason", "whole"), [("not modified", False), ("same body", True)])
def test_an_unchanged_feed_counts_as_a_full_fetch_only_if_its_body_was_sent(reason, whole):
    old = replace(LIVELY, body_hash="h", last_full_fetch_at=NOW - DAY)
    state = after(old, Unchanged(reason=reason, etag='"3"', last_modified="now"))
    assert (state.etag, state.last_modified, state.body_hash) == ('"3"', "now", "h")
    assert state.last_full_fetch_at == (NOW if whole else NOW - DAY)


def test_a_feed_is_fetched_unconditionally_once_a_week():
    state = replace(LIVELY, etag='"1"', last_modified="then", configured_url=FEED.url)
    recent = replace(state, last_full_fetch_at=NOW - 6 * DAY)
    assert schedule.state_for_poll(FEED, recent, NOW) == recent
    due = schedule.state_for_poll(FEED, replace(state, last_full_fetch_at=NOW - 7 * DAY), NOW)
    assert (due.etag, due.last_modified) == (None, None)


@pytest.mark.parametrize(
    ("usual_gap", "quiet", "last_full_fetch", "whole"),
    [
        (HOUR, 7 * HOUR, 6 * HOUR, True),
        (HOUR, 7 * HOUR, 5 * HOUR, False),
        (HOUR, HOUR, 2 * DAY, False),
        (DAY, 2 * DAY, 23 * HOUR, False),
        (DAY, 2 * DAY, DAY, True),
        (30 * DAY, 31 * DAY, 7 * DAY, True),
        (None, 5 * DAY, 2 * DAY, False),
    ],
)
def test_a_feed_that_is_quieter_than_usual_is_fetched_unconditionally_more_often(
    usual_gap, quiet, last_full_fetch, whole
):
    state = replace(LIVELY, etag='"1"', last_modified="then", configured_url=FEED.url, usual_gap=usual_gap)
    state = replace(state, last_entry_at=NOW - quiet, last_full_fetch_at=NOW - last_full_fetch)
    asked = schedule.state_for_poll(FEED, state, NOW)
    assert (asked.etag is None, asked.last_modified is None) == (whole, whole)


def test_an_edited_address_resets_validators_and_redirects_of_the_old_one():
    old = replace(
        LIVELY,
        etag='"1"',
        body_hash="h",
        url="http://moved.example/",
        last_full_fetch_at=NOW,
        configured_url="http://old.example/",
    )
    state = schedule.state_for_poll(FEED, old, NOW)
    assert (state.etag, state.body_hash, state.url, state.configured_url) == (None, None, None, FEED.url)
    assert state.last_entry_at == old.last_entry_at


def test_a_permanent_redirect_is_reverted_if_the_new_address_keeps_failing():
    state = replace(LIVELY, url="http://moved.example/", failures=2.0)
    assert after(state, failed("certificate")).url is None


outcomes = st.one_of(
    st.sampled_from([Unchanged(), CHANGED, Changed(entries=())]),
    st.builds(
        lambda word, wait: failed(word, retry_after=wait), st.sampled_from(sorted(REASONS)), st.none() | st.timedeltas()
    ),
    st.builds(lambda ttl: replace(CHANGED, ttl=ttl), st.timedeltas(timedelta(0), 400 * DAY)),
)


@given(
    st.lists(st.tuples(outcomes, st.integers(0, 50), st.integers(0, 50)), max_size=12),
    st.floats(0, 1, exclude_max=True),
)
def test_the_next_poll_is_never_too_soon_and_never_too_far(history, jitter):
    state = FRESH
    for outcome, new, known in history:
        state = after(state, outcome, looked(new, known), jitter=jitter)
        wait = state.next_poll_at - NOW
        assert 10 * MINUTE <= wait <= 7 * DAY * 1.1
        assert state.interval_reason
