"""When a channel is paused, when it is probed, and what the operator is told of channels that fail.

Pure. A failure for good is one that trying again does not mend: a refusal of the kind of HTTP 404 or SMTP 550, wrong
credentials, or no success within 48 hours. One such message may be the message's fault; several in a row are the
channel's, and then its messages wait instead of dying one by one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.core.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from monitor.core.model import ChannelState, Delivery

MOST_FAILURES = 3
"""Messages that failed for good, in a row, after which a channel is paused: fewer could be the fault of one digest."""
PROBES = (timedelta(hours=1), timedelta(hours=6), timedelta(hours=24))
"""From a pause to its first probe, and from each probe to the next; the last one is repeated."""
LONGEST_PAUSE = timedelta(days=14)
"""A message that has waited so long is given up: it is news no more, and stays in the outbox until retention ends."""
NOTICE_EVERY = timedelta(hours=6)
"""At most one notice about a channel in this time, and one more when it is paused."""
_SHOWN = 5


def after_failure(state: ChannelState, message_key: str, reason: str, now: datetime) -> ChannelState:
    """Count a message that failed for good; its other recipients do not count again."""
    failures = state.failures + (message_key != state.last_message)
    failing = replace(
        state,
        failures=failures,
        failing_since=state.failing_since or now,
        last_message=message_key,
        reason=reason,
    )
    if state.paused_at is not None or failures < MOST_FAILURES:
        return failing
    return replace(failing, paused_at=now, probe_at=now + probe_after(0), probes=0, noticed_at=None)


def probe_after(probes: int) -> timedelta:
    """Return how long after so many probes the next one follows."""
    return PROBES[min(probes, len(PROBES) - 1)]


def is_notice_due(state: ChannelState, now: datetime) -> bool:
    """Return True if the operator should be told of this channel now."""
    if not state.unreported and state.paused_at is None:
        return False
    if state.noticed_at is None:
        return True
    return bool(state.unreported) and not timedelta() <= now - state.noticed_at < NOTICE_EVERY


def notice(states: Sequence[ChannelState], failed: Iterable[Delivery], now: datetime) -> tuple[str, str, str]:
    """Word one notice about these channels: name, subject and text. `failed` are deliveries, the newest first."""
    failed = [delivery for delivery in failed if delivery.kind != "notice"]
    names = ", ".join(state.name for state in states)
    paused = all(state.paused_at for state in states)
    subject = clean_line(f"{'Channels paused:' if paused else 'Not delivered by'} {names}", limit=160)
    if len(states) == 1 and not paused:
        subject = clean_line(f"{subject}: {_newest_of(states[0], failed)}", limit=160)
    parts = [_about(state, [each for each in failed if each.channel == state.name]) for state in states]
    last = (
        f"`monitor deliveries --failed` lists what was not delivered. Of each channel you are told at most every"
        f" {NOTICE_EVERY.total_seconds() / 3600:.0f} hours.\n"
    )
    return f"undelivered/{now:%Y-%m-%dT%H%M%S.%fZ}", subject, "\n".join([*parts, last])


def describe(state: ChannelState) -> str:
    """Say in one sentence that a channel is paused, for commands and pages."""
    waiting = f"{state.waiting} deliver{'y' if state.waiting == 1 else 'ies'} wait{'s' if state.waiting == 1 else ''}"
    probe = f", next probe at {state.probe_at:%Y-%m-%d %H:%M} UTC" if state.probe_at else ""
    since = f" since {state.paused_at:%Y-%m-%d %H:%M} UTC" if state.paused_at else ""
    return f"channel {state.name} is paused{since}: {state.reason}; {waiting}{probe}"


def _about(state: ChannelState, failed: Sequence[Delivery]) -> str:
    lines = [f"  {_line(delivery)}" for delivery in failed[:_SHOWN]]
    if len(failed) > _SHOWN:
        lines.append("  ...")
    if state.paused_at is None:
        count = f"{state.unreported} deliver{'y' if state.unreported == 1 else 'ies'}"
        head = f"The channel {state.name} did not deliver: {count} given up."
        advice = "They are kept; `monitor deliveries --retry ID` sends one again."
    else:
        head = f"The channel {state.name} is paused: {state.failures} messages in a row failed. Reason: {state.reason}"
        advice = (
            f"Its messages wait in the outbox ({state.waiting} now) for up to {LONGEST_PAUSE.days} days, and one is"
            " tried at growing intervals. All are sent when that succeeds, when you edit the channel in channels.yaml,"
            f" or after `monitor channels test {state.name}` or `monitor deliveries --retry ID`."
        )
    return "\n".join([head, *lines, advice, ""])


def _newest_of(state: ChannelState, failed: Iterable[Delivery]) -> str:
    return next((delivery.subject for delivery in failed if delivery.channel == state.name), "")


def _line(delivery: Delivery) -> str:
    to = f" to {delivery.recipient}" if delivery.recipient != delivery.channel else ""
    return f"{delivery.id}: {clean_line(delivery.subject, limit=100)}{to}: {delivery.last_error}"
