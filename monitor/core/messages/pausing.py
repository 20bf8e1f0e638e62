"""When a channel is paused and probed, and the notices about channels that fail.

A permanent failure is one that a retry does not fix: a refusal such as HTTP 404 or SMTP 550, wrong credentials, or no
success within 48 hours. One such message may be at fault itself. After several in a row the channel is at fault, and
its other messages wait instead of failing one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor.core.counts import count
from monitor.core.model import ChannelState, Delivery, DeliveryState
from monitor.core.text import clean_line

MAX_FAILURES = 3
"""Consecutive messages that failed permanently, after which a channel is paused: one digest alone causes fewer."""
PROBE_DELAYS = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
"""Delays from the pause to the first probe, and from each probe to the next; the last one is repeated."""
MAX_CHANNEL_PAUSE = timedelta(days=14)
"""A message that has waited so long is given up: its news is old. It stays in the outbox until retention ends."""
CHANNEL_NOTICE_INTERVAL = timedelta(hours=6)
"""The least time between two notices about a channel; the notice that it is paused comes at once."""
RECENT_FAILURES = timedelta(days=7)
"""How long `doctor` and the web page count a delivery that failed for good; the outbox lists it longer."""
OTHERS_ACCEPTED_WITHIN = timedelta(days=1)
"""How long before a failure a message to another recipient must have been accepted to show that the channel works."""
_MAX_EXAMPLES = 5


def record_failure(state: ChannelState, message_key: str, reason: str, now: datetime) -> ChannelState:
    """Count a message that failed permanently, once for all its recipients; pause the channel after MAX_FAILURES."""
    failures = state.failures + (message_key != state.last_message)
    failing = replace(
        state,
        failures=failures,
        failing_since=state.failing_since or now,
        last_message=message_key,
        reason=reason,
    )
    if state.paused_at is not None or failures < MAX_FAILURES:
        return failing
    return replace(failing, paused_at=now, probe_at=now + probe_delay(0), probes=0, noticed_at=None)


def probe_delay(probes: int) -> timedelta:
    """Return the delay to the next probe after this number of probes."""
    return PROBE_DELAYS[min(probes, len(PROBE_DELAYS) - 1)]


def is_notice_due(state: ChannelState, now: datetime) -> bool:
    """Return True if the operator should be notified about this channel now."""
    if not state.unreported and state.paused_at is None:
        return False
    if state.noticed_at is None:
        return True
    return bool(state.unreported) and not timedelta() <= now - state.noticed_at < CHANNEL_NOTICE_INTERVAL


def compose_notice(
    states: Sequence[ChannelState],
    failed: Iterable[Delivery],
    accepted: Mapping[str, Mapping[str, datetime]],
    now: datetime,
) -> tuple[str, str, str]:
    """Return name, subject and text of one notice about these channels.

    `failed`: deliveries, newest first. `accepted`: by channel and recipient, when the last message was created that was
    accepted.
    """
    is_paused = {state.name: state.paused_at is not None for state in states}
    failed = [
        each
        for each in failed
        if each.kind != "notice" and (each.state is DeliveryState.DEAD or is_paused.get(each.channel))
    ]
    names = ", ".join(state.name for state in states)
    paused = all(is_paused.values())
    subject = clean_line(f"{'Channels paused:' if paused else 'Not delivered by'} {names}", limit=160)
    if len(states) == 1 and not paused:
        latest = next((delivery.subject for delivery in _to_report(states[0], failed)), "")
        subject = clean_line(f"{subject}: {latest}", limit=160)
    parts = [
        _paragraph(state, _to_report(state, failed), [*_refused_addresses(state, failed, accepted.get(state.name, {}))])
        for state in states
    ]
    last = (
        "`monitor deliveries --failed` lists the messages that were not delivered. You receive at most one notice per"
        f" channel every {CHANNEL_NOTICE_INTERVAL.total_seconds() / 3600:.0f} hours.\n"
    )
    return f"undelivered/{now:%Y-%m-%dT%H%M%S.%fZ}", subject, "\n".join([*parts, last])


def describe_paused_channel(state: ChannelState) -> str:
    """Describe a paused channel in one sentence, for digests, commands and pages."""
    waiting = count(state.waiting, "delivery waits", "deliveries wait")
    probe = f", next attempt at {state.probe_at:%Y-%m-%d %H:%M} UTC" if state.probe_at else ""
    since = f" since {state.paused_at:%Y-%m-%d %H:%M} UTC" if state.paused_at else ""
    return f"channel {state.name} is paused{since}: {state.reason}; {waiting}{probe}"


def _to_report(state: ChannelState, failed: Iterable[Delivery]) -> list[Delivery]:
    """Return the failed deliveries of a channel, of one that is not paused only those that no notice has named."""
    of_channel = [each for each in failed if each.channel == state.name]
    if state.paused_at is not None:
        return of_channel
    return sorted(of_channel, key=lambda each: each.failed_at or each.created_at, reverse=True)[: state.unreported]


def _refused_addresses(
    state: ChannelState, failed: Sequence[Delivery], accepted: Mapping[str, datetime]
) -> Iterator[str]:
    """Yield what to do about each address of a notice that gets nothing while the channel accepts mail to others."""
    for recipient in dict.fromkeys(each.recipient for each in _to_report(state, failed) if "@" in each.recipient):
        last = accepted.get(recipient)
        of_channel = [each for each in failed if each.channel == state.name and each.recipient == recipient]
        refused = [each for each in of_channel if last is None or each.created_at > last]
        first = min((each.created_at for each in refused), default=None)
        others = [at for each, at in accepted.items() if each != recipient]
        if first is not None and others and max(others) >= first - OTHERS_ACCEPTED_WITHIN:
            yield (
                f"{recipient} has received nothing since {first:%Y-%m-%d %H:%M} UTC"
                f" ({count(len(refused), 'message')}), while others get theirs. If the address is wrong, correct or"
                " remove it: `recipients` in digests.yaml, `to` or `bcc` in channels.yaml."
            )


def _paragraph(state: ChannelState, failed: Sequence[Delivery], addresses: Sequence[str]) -> str:
    lines = [f"  {_line(delivery)}" for delivery in failed[:_MAX_EXAMPLES]]
    if len(failed) > _MAX_EXAMPLES:
        lines.append("  ...")
    if state.paused_at is None:
        undelivered = count(state.unreported, "delivery", "deliveries")
        head = f"{undelivered} through the channel {state.name} failed."
        again = "once that is done, " if addresses else ""
        advice = f"The messages are stored; {again}`monitor deliveries --retry ID` sends one again."
    else:
        failures = count(state.failures, "message", "messages in a row")
        head = f"The channel {state.name} is paused: {failures} failed. Reason: {state.reason}"
        advice = (
            f"Its messages wait in the outbox ({state.waiting} now) for up to {MAX_CHANNEL_PAUSE.days} days, and one of"
            " them is tried at growing intervals. All are sent when that attempt succeeds, when you edit the channel in"
            f" channels.yaml, or after `monitor channels test {state.name}` or `monitor deliveries --retry ID`."
        )
    return "\n".join([head, *lines, *addresses[:_MAX_EXAMPLES], advice, ""])


def _line(delivery: Delivery) -> str:
    to = f" to {delivery.recipient}" if delivery.recipient != delivery.channel else ""
    subject, error = clean_line(delivery.subject, limit=100), clean_line(delivery.last_error)
    return f"{delivery.id}: {subject}{to}: {error}"
