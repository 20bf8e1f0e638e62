"""What needs the attention of those who run the service, as values: feeds, coverage, channels, disk, edits, downtime.

Each function turns facts into conditions; a condition holds while the function returns it. Which of them are reported,
and when, is decided in `operator_notices`. `monitor health` prints those that degrade the service.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.core.counts import count
from monitor.core.grouping import group_by
from monitor.core.model import ChannelState, Delivery, Feed, FeedId, FeedState, Health, Refusal, summarize_refusals
from monitor.core.polls import layout
from monitor.core.text import clean_line

LOW_DISK_BYTES, FULL_DISK_BYTES = 1_000_000_000, 50_000_000
"""Bytes free on the disk of the database."""
LONG_GAP = timedelta(minutes=15)
"""A time without a heartbeat that is reported after the next start; an upgrade takes less."""
_DAY = timedelta(days=1)
MAX_DELAY = timedelta(hours=1)
"""Messages that wait longer are reported; a busy mail server takes them after some minutes."""
GAP_SHOWN = timedelta(hours=1)
"""How long a gap stays a condition: longer than any delay of the report."""

_BROKEN = frozenset({Health.FAILING, Health.LAYOUT_CHANGED, Health.GONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One thing that needs attention."""

    key: str
    """Stable while the condition lasts."""
    title: str
    """What is wrong, without a full stop."""
    advice: str
    """What to do, as a sentence."""
    since: datetime
    is_urgent: bool = False
    """Reported at once; the others are gathered for an hour."""
    is_reported: bool = True
    """False if other messages report the condition."""
    announces_end: bool = True
    degrades: bool = True
    """While it lasts, `monitor health` reports `degraded`."""
    channel: str = ""
    """The channel that does not accept messages at present, if the condition is about one."""


def failing_feeds(
    feeds: Iterable[Feed],
    states: Mapping[FeedId, FeedState],
    first_polls: Mapping[str, datetime],
    now: datetime,
    after: timedelta,
) -> list[Condition]:
    """Return the feeds that have failed for `after`; `first_polls` of those that never succeeded."""
    failing = []
    for feed in feeds:
        state = states.get(feed.id)
        if state is None or state.health not in _BROKEN:
            continue
        since = state.layout_changed_at or state.last_success_at or first_polls.get(feed.id)
        if since is not None and now - since >= after:
            failing.append(_failing_feed(feed, state, since))
    return failing


def _failing_feed(feed: Feed, state: FeedState, since: datetime) -> Condition:
    title = clean_line(feed.title, limit=100) or feed.id
    is_redesigned = state.layout_changed_at and state.reason == layout.describe_problem(None, state.layout_changed_at)
    reason = layout.REDESIGN.partition(": ")[2] if is_redesigned else clean_line(state.reason, limit=160)
    reason = reason or "reason unknown"
    wording = "could not be read since" if state.last_success_at else "could never be read, first tried at"
    advice = f"`monitor feeds check {feed.id}` shows the response; correct the address in feeds.yaml or remove it."
    if state.health is Health.LAYOUT_CHANGED or state.reason.startswith("no entries"):
        wording = "has been laid out differently since" if state.layout_changed_at else wording
        advice = f"`monitor feeds preview {feed.id}` shows what it gives; correct `select` or `items` in feeds.yaml."
    return Condition(
        key=f"feed {feed.id}",
        title=f"{title} {wording} {since:%Y-%m-%d %H:%M} UTC ({reason})",
        advice=advice,
        since=since,
        degrades=False,
    )


def low_coverage(
    feeds: Collection[Feed], states: Mapping[FeedId, FeedState], alert_below: float, now: datetime
) -> list[Condition]:
    """Return the condition that fewer than `alert_below` of the feeds were polled successfully in the last day."""
    covered = sum(_is_covered(states.get(feed.id), now) for feed in feeds)
    if covered >= alert_below * len(feeds):
        return []
    return [
        Condition(
            key="coverage",
            title=f"only {covered:,} of {count(len(feeds), 'feed')} could be polled in the last day",
            advice="Check the network and the name server of this machine; `monitor feeds health` lists the reasons.",
            since=now,
            is_urgent=True,
        )
    ]


def _is_covered(state: FeedState | None, now: datetime) -> bool:
    """Return True if a feed was polled within a day, or was not due since its last poll, and does not fail now."""
    if state is None or state.last_success_at is None or state.health in _BROKEN:
        return False
    is_not_due = state.last_success_at == state.last_poll_at and (state.next_poll_at or now) > now
    return is_not_due or now - state.last_success_at < _DAY


def failing_channels(states: Iterable[ChannelState], configured: Container[str], now: datetime) -> list[Condition]:
    """Return the channels of the configuration whose messages fail; notices of their own report them."""
    return [
        Condition(
            key=f"channel {state.name}",
            title=f"messages through the channel {state.name} fail: {clean_line(state.reason, limit=160)}",
            advice=f"`monitor deliveries --failed` lists them; `monitor channels test {state.name}` tries the channel.",
            since=state.failing_since or now,
            is_reported=False,
            channel=state.name,
        )
        for state in states
        if state.name in configured and (state.paused_at or state.failures)
    ]


def lasting_delays(failing: Iterable[Condition]) -> list[Condition]:
    """Return that the delay of messages lasts in the `failing_channels`, if it was reported.

    When messages fail or their channel is paused, none waits for its next attempt any more: that resolves nothing.
    """
    return [replace(each, key=_delay_key(each.channel), degrades=False) for each in failing]


def delayed_messages(queued: Iterable[Delivery], now: datetime) -> list[Condition]:
    """Return the channels with a message that is sent again, and has not been accepted for MAX_DELAY."""
    delayed = (
        each for each in queued if each.status == "waiting" and now - (each.retry_since or each.created_at) >= MAX_DELAY
    )
    by_channel = group_by(delayed, lambda each: each.channel)
    return [_delayed_channel(name, deliveries) for name, deliveries in by_channel.items()]


def _delay_key(channel: str) -> str:
    return f"delayed {channel}"


def _delayed_channel(name: str, deliveries: Sequence[Delivery]) -> Condition:
    oldest = min(deliveries, key=lambda delivery: delivery.created_at)
    waiting = count(len(deliveries), "message waits", "messages wait")
    reason = clean_line(oldest.last_error, limit=160)
    return Condition(
        key=_delay_key(name),
        title=f"{waiting} for the channel {name}, since {oldest.created_at:%Y-%m-%d %H:%M} UTC: {reason}",
        advice=f"`monitor channels test {name}` tries the channel; the messages are sent as soon as it works.",
        since=oldest.created_at,
        is_urgent=True,
        channel=name,
    )


def low_disk(free: int, folder: str, now: datetime) -> list[Condition]:
    """Return the condition that the disk of the database is nearly full; `free` in bytes."""
    if free >= LOW_DISK_BYTES:
        return []
    full = free < FULL_DISK_BYTES
    return [
        Condition(
            key="disk",
            title=f"the disk at {folder} is {'full' if full else 'nearly full'}: {free / 1e6:,.0f} MB are free",
            advice="Free some space, or lower `retention` in monitor.yaml; nothing can be stored on a full disk.",
            since=now,
            is_urgent=True,
        )
    ]


def refused_edits(refusals: Sequence[Refusal], now: datetime) -> list[Condition]:
    """Return the condition that edits of the configuration are not in force."""
    lines = summarize_refusals(refusals, 3)
    if not lines:
        return []
    return [
        Condition(
            key="configuration",
            title=clean_line(f"an edit of the configuration is not in force: {lines[0]}", limit=300),
            advice="`monitor rules check` lists every problem; correct the file.",
            since=now,
            is_urgent=True,
        )
    ]


def failing_backups(problems: Sequence[str], now: datetime) -> list[Condition]:
    """Return the condition that scheduled backups fail or are old; `problems` are sentences about them."""
    if not problems:
        return []
    return [
        Condition(
            key="backup",
            title=clean_line("; ".join(problems), limit=300),
            advice="Check the folder under `backup` in monitor.yaml; `monitor db backup FILE` makes a backup now.",
            since=now,
        )
    ]


def downtime(stopped_at: datetime | None, resumed_at: datetime | None, now: datetime) -> list[Condition]:
    """Return the condition that the daemon came back after a gap, for GAP_SHOWN after its start."""
    if stopped_at is None or resumed_at is None or resumed_at - stopped_at < LONG_GAP:
        return []
    if not timedelta(0) <= now - resumed_at < GAP_SHOWN:
        return []
    return [
        Condition(
            key=f"downtime {resumed_at:%Y-%m-%dT%H:%M:%SZ}",
            title=f"the daemon did not run from {stopped_at:%Y-%m-%d %H:%M} to {resumed_at:%Y-%m-%d %H:%M} UTC",
            advice="Missed digests follow after the first polls. What feeds no longer list is not in them.",
            since=resumed_at,
            is_urgent=True,
            announces_end=False,
            degrades=False,
        )
    ]
