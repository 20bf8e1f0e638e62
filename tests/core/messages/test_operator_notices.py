"""Notices to the operator: each condition once when it begins and once when it ends, grouped."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.core.errors import Problem
from monitor.core.messages import operator_conditions, operator_notices
from monitor.core.messages.operator_conditions import Condition
from monitor.core.model import (
    HELD,
    ChannelState,
    Delivery,
    DeliveryState,
    Feed,
    FeedState,
    Health,
    Refusal,
)
from monitor.core.polls import layout

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FEED = Condition(key="feed x", title="x could not be read", advice="Look at it.", since=NOW - DAY, degrades=False)
OTHER = replace(FEED, key="feed y", title="y could not be read")
DISK = replace(FEED, key="disk", title="the disk is full", is_urgent=True)
RETURN = replace(DISK, key="downtime 1", title="the daemon did not run", announces_end=False)


def run(*rounds):
    """Run rounds of (minutes since NOW, conditions); return the titles that each reports as begun and as ended."""
    reported, last, notices = (), None, []
    for minutes, conditions in rounds:
        now = NOW + minutes * MINUTE
        made = operator_notices.plan_notice(conditions, reported, last, now)
        reported = made.reported
        if made.is_message_due:
            last = now
        notices.append(([each.key for each in made.began], [each.key for each in made.ended]))
    return notices


def test_a_condition_is_reported_once_when_it_begins_and_once_when_it_has_ended():
    assert run((0, [FEED]), (1, [FEED]), (500, [FEED]), (501, []), (510, []), (511, []), (900, [])) == [
        (["feed x"], []),
        ([], []),
        ([], []),
        ([], []),
        ([], []),
        ([], ["feed x"]),
        ([], []),
    ]


def test_a_condition_that_is_absent_for_some_minutes_has_not_ended():
    assert run((0, [FEED]), (90, []), (95, [FEED]), (101, [FEED]), (200, [FEED]))[1:] == [([], [])] * 4


def test_conditions_that_begin_within_an_hour_are_one_message_unless_one_is_urgent():
    assert run((0, [FEED]), (5, [FEED, OTHER]), (59, [FEED, OTHER]), (60, [FEED, OTHER])) == [
        (["feed x"], []),
        ([], []),
        ([], []),
        (["feed y"], []),
    ]
    assert run((0, [FEED]), (5, [FEED, OTHER, DISK]))[1] == (["feed y", "disk"], [])


def test_an_end_waits_for_its_hour_like_a_beginning():
    assert run((0, [FEED]), (20, []), (31, []), (60, []))[1:] == [([], []), ([], []), ([], ["feed x"])]


def test_a_return_after_a_gap_is_reported_once_and_its_end_is_not():
    assert run((0, [RETURN]), (30, [RETURN]), (61, []), (200, [])) == [
        (["downtime 1"], []),
        ([], []),
        ([], []),
        ([], []),
    ]


def test_a_clock_that_was_set_back_holds_no_message_back():
    before = operator_notices.plan_notice([FEED], (), None, NOW)
    made = operator_notices.plan_notice([FEED, OTHER], before.reported, NOW + 90 * DAY, NOW)
    assert [each.key for each in made.began] == ["feed y"]


def test_what_other_messages_report_is_not_reported_again():
    assert run((0, [replace(FEED, is_reported=False)])) == [([], [])]


def test_the_message_says_what_is_wrong_what_to_do_and_what_is_resolved():
    decision = operator_notices.plan_notice([FEED, DISK], (), None, NOW)
    later = operator_notices.plan_notice([DISK], decision.reported, NOW, NOW + 2 * HOUR)
    ended = operator_notices.plan_notice([DISK, OTHER], later.reported, NOW, NOW + 3 * HOUR)
    name, subject, text = operator_notices.compose_notice(ended, NOW + 3 * HOUR)
    assert name == "operator/2026-11-25T110000.000000Z"
    assert subject == "Operator: 1 new problem, 1 resolved: y could not be read"
    assert text.startswith("- Y could not be read.\n  Look at it.\n\nResolved:\n- X could not be read.\n")


def test_hundreds_of_conditions_are_counted_in_a_message_of_readable_length():
    many = [replace(FEED, key=f"feed {number}") for number in range(300)]
    _, subject, text = operator_notices.compose_notice(operator_notices.plan_notice(many, (), None, NOW), NOW)
    assert subject.startswith("Operator: 300 new problems")
    assert "... and 280 more" in text
    assert len(text.splitlines()) < 70


# ---------------------------------------------------------------- conditions


@pytest.mark.parametrize(
    ("state", "first_poll", "is_reported"),
    [
        ({"last_success_at": NOW - DAY}, None, True),
        ({"last_success_at": NOW - DAY + MINUTE}, None, False),
        ({"health": Health.GONE, "last_success_at": NOW - 2 * DAY}, None, True),
        ({"health": Health.OK, "last_success_at": NOW - 2 * DAY}, None, False),
        ({"health": Health.LAYOUT_CHANGED, "last_success_at": NOW, "layout_changed_at": NOW - DAY}, None, True),
        ({"health": Health.LAYOUT_CHANGED, "last_success_at": NOW, "layout_changed_at": NOW - HOUR}, None, False),
        ({}, NOW - DAY, True),
        ({}, NOW - HOUR, False),
        ({}, None, False),
    ],
    ids=["a day", "less", "gone", "well", "layout", "layout lately", "never read", "new", "never polled"],
)
def test_a_feed_is_reported_when_it_has_failed_for_the_configured_time(state, first_poll, is_reported):
    states = {"x": FeedState(feed_id="x", **{"health": Health.FAILING, "reason": "http: 404", **state})}
    first_polls = {"x": first_poll} if first_poll else {}
    found = operator_conditions.failing_feeds([Feed(id="x", url="https://x.example")], states, first_polls, NOW, DAY)
    assert [each.key for each in found] == ["feed x"] * is_reported
    assert not any(each.degrades for each in found)


def test_a_redesigned_page_is_reported_with_its_time_once():
    changed_at = NOW - DAY
    reason = layout.describe_problem(None, changed_at)
    state = FeedState(
        feed_id="x", health=Health.LAYOUT_CHANGED, reason=reason, last_success_at=NOW, layout_changed_at=changed_at
    )
    (found,) = operator_conditions.failing_feeds([Feed(id="x", url="https://x.example")], {"x": state}, {}, NOW, DAY)
    assert found.title == (
        f"x has been laid out differently since {changed_at:%Y-%m-%d %H:%M} UTC "
        "(the items are found in another place, and hardly one of them was known)"
    )


@pytest.mark.parametrize(
    ("fields", "is_covered"),
    [
        ({}, True),
        ({"health": Health.FAILING}, False),
        ({"last_success_at": NOW - DAY, "last_poll_at": NOW - HOUR}, False),
        ({"last_success_at": NOW - 2 * DAY, "last_poll_at": NOW - 2 * DAY, "next_poll_at": NOW + DAY}, True),
        ({"last_success_at": NOW - 2 * DAY, "last_poll_at": NOW - 2 * DAY, "next_poll_at": NOW - HOUR}, False),
        ({"last_success_at": None}, False),
    ],
    ids=["polled", "failing", "no success for a day", "not due", "overdue", "never read"],
)
def test_the_service_is_degraded_when_fewer_feeds_than_configured_were_polled(fields, is_covered):
    feeds = [Feed(id=name, url="https://x.example") for name in ("x", "y", "unknown")]
    usual = {"last_success_at": NOW - HOUR, "last_poll_at": NOW - HOUR, "next_poll_at": NOW + HOUR}
    states = {name: FeedState(feed_id=name, **{**usual, **more}) for name, more in (("x", {}), ("y", fields))}
    found = operator_conditions.low_coverage(feeds, states, 0.5, NOW)
    said = ["only 1 of 3 feeds could be polled in the last day"]
    assert [each.title for each in found] == ([] if is_covered else said)


@pytest.mark.parametrize(
    ("free", "said"), [(2_000_000_000, None), (900_000_000, "nearly full"), (3_000_000, "is full")]
)
def test_a_disk_that_fills_is_a_condition(free, said):
    found = operator_conditions.low_disk(free, "/data", NOW)
    assert [said in each.title for each in found] == ([] if said is None else [True])


@pytest.mark.parametrize(
    ("stopped", "resumed", "is_reported"),
    [
        (NOW - 2 * DAY, NOW - MINUTE, True),
        (NOW - 10 * MINUTE, NOW - MINUTE, False),
        (NOW - 2 * DAY, NOW - 2 * HOUR, False),
        (None, None, False),
    ],
    ids=["two days", "an upgrade", "long ago", "first start"],
)
def test_a_return_after_a_gap_is_a_condition_for_an_hour(stopped, resumed, is_reported):
    assert bool(operator_conditions.downtime(stopped, resumed, NOW)) is is_reported


def test_a_refused_edit_and_a_failing_channel_degrade_the_service():
    problem = Problem("config/feeds.yaml", 3, 5, "C010", "must consist of lowercase letters")
    (refused,) = operator_conditions.refused_edits([Refusal(problem=problem)], NOW)
    assert "config/feeds.yaml:3:5: C010" in refused.title
    states = [
        ChannelState(name="hook", failures=1, reason="http: 404"),
        ChannelState(name="well"),
        ChannelState(name="removed", failures=2, reason="http: 410"),
    ]
    (channel,) = operator_conditions.failing_channels(states, {"hook", "well"}, NOW)
    assert (channel.key, channel.is_reported, channel.channel) == ("channel hook", False, "hook")
    assert refused.degrades
    assert channel.degrades


def test_backups_that_fail_degrade_the_service():
    assert operator_conditions.failing_backups([], NOW) == []
    (found,) = operator_conditions.failing_backups(["the backup failed once", "the last good one is old"], NOW)
    assert (found.title, found.degrades) == ("the backup failed once; the last good one is old", True)


def test_a_channel_whose_messages_wait_for_an_hour_is_reported_and_degrades_the_service():
    def waiting(minutes, error="connection refused", **fields):
        fields = {"id": 1, "channel": "mail", "recipient": "a", "kind": "digest", "subject": "s", **fields}
        return Delivery(
            message_key="k", state=DeliveryState.QUEUED, attempts=3, next_attempt_at=NOW, sent_at=None,
            created_at=NOW - minutes * MINUTE, last_error=error, **fields,
        )  # fmt: skip

    shortly = [waiting(59), waiting(90, error=HELD), waiting(90, channel_paused=True), waiting(90, retry_since=NOW)]
    assert operator_conditions.delayed_messages(shortly, NOW) == []
    (found,) = operator_conditions.delayed_messages([*shortly, waiting(61), waiting(60)], NOW)
    assert found.title == "2 messages wait for the channel mail, since 2026-11-25 06:59 UTC: connection refused"
    assert found.is_urgent
    assert found.degrades
    assert found.is_reported
    assert found.channel == "mail"
