"""Decides when a poll is due, and the state of a feed after it: the next poll, validators and health.

`poll_interval` decides how long to wait after a success. Failures delay the next poll linearly, by a day at most, and
no feed is ever given up. Time and jitter are arguments.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.core.counts import count
from monitor.core.durations import format_duration
from monitor.core.feeds import moves
from monitor.core.model import Changed, Failed, Feed, FeedState, Health, ItemFields, Outcome, Severity, Unchanged
from monitor.core.polls.layout import NEVER_FOUND, describe_problem
from monitor.core.polls.poll_interval import MAX_INTERVAL, START_INTERVAL, PollObservation, next_interval

GONE_INTERVAL = timedelta(days=7)
"""The wait after a response that says that the feed is gone for good (HTTP 410), once it has come often enough."""
GONE_AFTER = 3.0
"""Failures from which a feed that is gone waits so long: a publisher may answer 410 by mistake, for hours."""
FULL_FETCH_INTERVAL = timedelta(days=7)
"""How often a feed is fetched unconditionally: some servers respond 304 forever."""
QUIET_FULL_FETCH_INTERVAL = timedelta(hours=6)
"""The same while nothing new has come for longer than is usual for the feed, or its usual gap if that is longer: within
a week, what such a server hides may have left the feed."""
FROZEN_AFTER = timedelta(days=365)
"""Age of the newest entry, or time without a new one, from which on a feed counts as frozen."""
FAILURE_WEIGHTS = {Severity.HARD: 1.0, Severity.SOFT: 0.5, Severity.TEMPORARY: 0.25}
"""What a failure adds to `FeedState.failures`. The wait is the interval times one more than their sum."""
_LASTING_REASONS = ("frozen: the newest entry", "empty", "layout changed", NEVER_FOUND)
"""Reasons of a state that an unchanged feed keeps."""
_CLOCK_TOLERANCE = timedelta(minutes=1)
"""A last poll this far in the future was made before the clock was put back; a smaller difference may be that between
two machines' clocks."""


def is_poll_due(state: FeedState, now: datetime) -> bool:
    """Return True if a feed is due, or if the clock was ahead at the last poll and has been put back since.

    A clock that was put back by less than the time since the last poll is not noticed here: the next poll is late by
    that much, which is less than one interval.
    """
    if state.next_poll_at is None or state.next_poll_at <= now:
        return True
    return state.last_poll_at is not None and state.last_poll_at - now > _CLOCK_TOLERANCE


def state_for_poll(feed: Feed, state: FeedState, now: datetime) -> FeedState:
    """Return the state for a request, without validators if the address was edited or a full fetch is due.

    The first one after a failure has none either if fields are configured: the reason of the failure has replaced that
    of the layout, which only items show.
    """
    if state.configured_url is not None and state.configured_url != feed.url:
        state = replace(
            moves.without_move(state), fingerprint=None, layout_changed_at=None, fields_found="", position=None
        )
    if state.last_full_fetch_at is None or abs(now - state.last_full_fetch_at) >= _full_fetch_interval(state, now):
        state = replace(state, etag=None, last_modified=None)
    if state.failures and feed.fields != ItemFields():
        state = replace(state, etag=None, last_modified=None, body_hash=None)
    return replace(state, configured_url=feed.url)


def _full_fetch_interval(state: FeedState, now: datetime) -> timedelta:
    if state.usual_gap is None or state.last_entry_at is None or now - state.last_entry_at <= state.usual_gap:
        return FULL_FETCH_INTERVAL
    return min(max(state.usual_gap, QUIET_FULL_FETCH_INTERVAL), FULL_FETCH_INTERVAL)


def state_after_poll(
    feed: Feed,
    state: FeedState,
    outcome: Outcome,
    observed: PollObservation,
    *,
    now: datetime,
    jitter: float,
) -> FeedState:
    """Return the state after a poll; `jitter` is in [0, 1)."""
    state = replace(state, last_poll_at=now)
    if isinstance(outcome, Failed):
        return _after_failure(feed, state, outcome, now, jitter)
    return _after_success(feed, state, outcome, observed, now=now, jitter=jitter)


# ---------------------------------------------------------------- success


def _after_success(
    feed: Feed,
    state: FeedState,
    outcome: Changed | Unchanged,
    observed: PollObservation,
    *,
    now: datetime,
    jitter: float,
) -> FeedState:
    interval = next_interval(feed, state, outcome, observed, now)
    state = moves.follow_redirect(feed, _with_response(state, outcome, now), outcome)
    state = replace(
        state,
        interval=interval.length,
        interval_reason=interval.reason,
        next_poll_at=_add_jitter(now, interval.length, jitter),
        failures=0.0,
        last_success_at=now,
        last_entry_at=now if observed.overlap.new else state.last_entry_at,
        expected_silence=observed.rhythm.silence if observed.rhythm else state.expected_silence,
        usual_gap=observed.rhythm.usual_gap if observed.rhythm else state.usual_gap,
    )
    if observed.layout:
        layout = observed.layout
        state = replace(
            state,
            fingerprint=layout.fingerprint,
            layout_changed_at=layout.changed_at,
            fields_found=layout.fields_found,
        )
    health, reason = _health(state, outcome, observed, now)
    return replace(state, health=health, reason=reason)


def _with_response(state: FeedState, outcome: Changed | Unchanged, now: datetime) -> FeedState:
    if isinstance(outcome, Changed):
        is_full_fetch = bool(outcome.body_hash)
        state = replace(state, body_hash=outcome.body_hash or None)
    else:
        is_full_fetch = outcome.reason == "same body"
    return replace(
        state,
        etag=outcome.etag,
        last_modified=outcome.last_modified,
        position=outcome.position or state.position,
        last_full_fetch_at=now if is_full_fetch else state.last_full_fetch_at,
    )


def _add_jitter(now: datetime, interval: timedelta, jitter: float) -> datetime:
    """Delay polls by up to a tenth of the interval, so that feeds added together are not polled together."""
    return now + interval * (1 + 0.1 * jitter)


def _health(
    state: FeedState, outcome: Changed | Unchanged, observed: PollObservation, now: datetime
) -> tuple[Health, str]:
    if isinstance(outcome, Changed) and not outcome.entries:
        return Health.SILENT, f"empty: {outcome.why_no_entries}"
    if problem := describe_problem(observed.layout, state.layout_changed_at):
        return Health.LAYOUT_CHANGED, problem
    if observed.newest_at and now - observed.newest_at > FROZEN_AFTER:
        return Health.FROZEN, f"frozen: the newest entry is of {observed.newest_at:%Y-%m-%d}"
    if isinstance(outcome, Unchanged) and state.reason.startswith(_LASTING_REASONS):
        return state.health, state.reason
    return _health_by_activity(state, now)


def _health_by_activity(state: FeedState, now: datetime) -> tuple[Health, str]:
    quiet = now - state.last_entry_at if state.last_entry_at else timedelta(0)
    if quiet > FROZEN_AFTER:
        return Health.FROZEN, f"frozen: nothing new for {count(quiet.days, 'day')}"
    if state.expected_silence and quiet > state.expected_silence:
        return Health.SILENT, _describe_silence(quiet, state.usual_gap)
    return Health.OK, ""


def _describe_silence(quiet: timedelta, usual: timedelta | None) -> str:
    silence = f"silent: no new entry for {count(quiet.days, 'day')}"
    if not usual:
        return silence
    rhythm = format_duration(timedelta(hours=max(1, round(usual / timedelta(hours=1)))))
    return f"{silence}, {count(quiet // usual, 'time')} its rhythm of {rhythm}"


# ---------------------------------------------------------------- failure


def _after_failure(feed: Feed, state: FeedState, outcome: Failed, now: datetime, jitter: float) -> FeedState:
    failures = state.failures + FAILURE_WEIGHTS[outcome.severity]
    base = feed.interval or state.interval or START_INTERVAL
    if outcome.gone and state.health is Health.GONE and failures >= GONE_AFTER:
        delay, why = GONE_INTERVAL, "muted: the publisher says it is gone"
    else:
        failed = "1 failure" if failures == 1 else f"{failures:g} failures"
        delay, why = min(base * (1 + failures), MAX_INTERVAL), f"back-off: {failed}"
    if outcome.retry_after is not None:
        delay, why = max(min(max(outcome.retry_after, base), MAX_INTERVAL), delay), "retry-after"
    health = Health.LAYOUT_CHANGED if outcome.reason.startswith("layout changed") else Health.FAILING
    state = moves.revert_move(replace(state, failures=failures))
    return replace(
        state,
        interval_reason=why,
        next_poll_at=_add_jitter(now, delay, jitter),
        health=Health.GONE if outcome.gone else health,
        reason=outcome.reason,
    )
