"""When a failed delivery is retried, and when it is given up.

The wait doubles from a minute to three hours, and retries end 48 hours after the message was created. A longer wait
that the service asks for (Retry-After) is honoured. A message whose outcome is unclear is sent once more, marked as a
possible repeat; if that is unclear too it is given up, since it may have arrived twice. What a gateway answers for the
service behind it is retried like other failures; the next attempt is marked as a possible repeat.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.core.counts import count
from monitor.core.errors import DeliveryError
from monitor.core.model import Delivery, DeliveryState

RETRY_PERIOD = timedelta(hours=48)
"""RFC 5321 recommends four to five days for mail; a digest is no longer news by then."""
FIRST_RETRY_WAIT = timedelta(minutes=1)
MAX_RETRY_WAIT = timedelta(hours=3)
UNCLEAR_WAIT = timedelta(minutes=15)
"""The wait before a message that may have arrived is sent again: a slow server has then processed the first attempt."""
NOT_CONFIGURED = (
    "the channel {channel} is not configured any more; it is sent if channels.yaml has {channel} again within 14 days;"
    " `monitor digest send DIGEST --to CHANNEL` sends a digest again through another one"
)
"""Why a message of a channel that was removed or renamed fails; the days are `pausing.MAX_CHANNEL_PAUSE`."""
UNCONFIRMED = "it was sent twice without a confirmation and may have arrived"
"""Part of the reason that is stored if the outcome of a message was unclear twice."""


def describe_missing_channel(delivery: Delivery, channel: str) -> str:
    """Return why a delivery cannot be sent again by a channel that is not configured."""
    if delivery.kind == "notice" and delivery.state is DeliveryState.CANCELLED:
        return delivery.last_error
    return NOT_CONFIGURED.format(channel=channel)


def describe_cancellation(delivery: Delivery) -> str:
    """Return what a person should know who sends a cancelled delivery again; empty if it was not cancelled."""
    if delivery.state is not DeliveryState.CANCELLED:
        return ""
    if delivery.kind == "notice":
        return f"It was cancelled: {delivery.last_error}."
    return (
        "It was cancelled because its reader was removed from the configuration. It is cancelled again if"
        f" {delivery.recipient} is no recipient then."
    )


@dataclass(frozen=True, slots=True)
class RetryLater:
    """Queue the delivery again for `at`."""

    at: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Mark the delivery as failed permanently and notify the operator."""

    reason: str
    is_channel_failure: bool = True
    """The channel may be the cause, so that other messages will fail too."""


def decide_retry(delivery: Delivery, error: DeliveryError, now: datetime) -> RetryLater | GiveUp:
    """Decide what to do with a delivery whose attempt failed at `now`."""
    if not error.retryable:
        return GiveUp(str(error), is_channel_failure=not error.of_recipient)
    if error.arrival == "unclear":
        if delivery.unconfirmed:
            return GiveUp(f"{error}; {UNCONFIRMED}", is_channel_failure=False)
        return RetryLater(now + UNCLEAR_WAIT)
    doublings = min(max(delivery.attempts - 1, 0), 10)
    wait = max(error.retry_after or timedelta(), min(MAX_RETRY_WAIT, FIRST_RETRY_WAIT * 2**doublings))
    since = delivery.retry_since or delivery.created_at
    if now + wait > since + RETRY_PERIOD:
        reason = f"{error}; tried {count(delivery.attempts, 'time')} since {since:%Y-%m-%d %H:%M} UTC"
        return GiveUp(reason, is_channel_failure=not error.of_recipient)
    return RetryLater(now + wait)
