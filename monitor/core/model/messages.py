"""Messages of the outbox, their deliveries, and the state of channels that fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A rendered message of the outbox; it is sent as stored, except for notes that it is late or a repeat."""

    key: str
    """Stable and unique: kind, digest, slot and channel. The Message-ID is derived from it."""
    kind: Literal["digest", "alert", "notice", "test"]
    channel: str
    subject: str
    text: str
    html: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    """The message in a structured format: Slack blocks or the JSON of a webhook."""
    recipients: tuple[str, ...] = ()
    """The recipients, each with a delivery; a channel without addresses has one recipient, its own name."""
    digest_id: str = ""
    """The digest, by the name of its runs; empty for other kinds. Stored with the deliveries: a rename changes it."""
    not_before: datetime | None = None
    """When the first attempt may be made, if later than at once; not stored with the message."""


class DeliveryState(StrEnum):
    """State of a delivery; DEAD: it failed for good, CANCELLED: its reader was removed, or the channel of a notice."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    CANCELLED = "cancelled"


WAITS_FOR_EARLIER = "waits for the message before it"
"""Why a message is not sent that must not arrive before another one."""
HELD = "held in quiet hours"
NO_ERRORS = ("", WAITS_FOR_EARLIER, HELD)
"""The `last_error` of deliveries that have not failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message for one recipient, and its attempts so far."""

    id: int
    state: DeliveryState
    kind: str
    channel: str
    recipient: str
    subject: str
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    sent_at: datetime | None
    failed_at: datetime | None = None
    """When it failed for good; None if it did not."""
    last_error: str = ""
    maybe_repeat: bool = False
    """An earlier attempt may have arrived; the message says so."""
    unconfirmed: bool = False
    """An earlier attempt ended without any answer."""
    answer: str = ""
    """Response of the service that accepted the message."""
    message_key: str
    digest_id: str = ""
    """The digest, by the name of its runs: its present id, whereas `message_key` keeps the one it was written under."""
    channel_paused: bool = False
    retry_since: datetime | None = None
    """Start of the retry period if it was queued again manually or after a pause; None: `created_at`."""

    @property
    def status(self) -> str:
        """The state as people see it: `failed` for good, `waiting` or `paused` to be sent again, `queued` if new."""
        match self.state:
            case DeliveryState.DEAD:
                return "failed"
            case DeliveryState.QUEUED if self.channel_paused:
                return "paused"
            case DeliveryState.QUEUED if self.last_error not in NO_ERRORS:
                return "waiting"
            case _:
                return str(self.state)


@dataclass(frozen=True, slots=True, kw_only=True)
class UndeliveredCounts:
    """Deliveries that were not accepted, and are neither new nor being sent."""

    failed: int
    """Those that failed for good since the time that was asked for."""
    waiting: int
    """Those that are sent again after an error, or once their paused channel resumes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelState:
    """State of a channel of which at least one message failed permanently."""

    name: str
    failures: int = 0
    """Consecutive messages that failed permanently."""
    failing_since: datetime | None = None
    last_message: str = ""
    """Key of the last message that failed."""
    reason: str = ""
    paused_at: datetime | None = None
    probe_at: datetime | None = None
    """When one message is tried next while the channel is paused."""
    probes: int = 0
    unreported: int = 0
    """Failed deliveries since the last notice to the operator."""
    noticed_at: datetime | None = None
    config: str = ""
    """Fingerprint of the configuration with which it was paused; empty if unknown."""
    waiting: int = 0
    """Deliveries that wait while it is paused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedCondition:
    """A condition that was reported to the operator, and whose end was not reported yet."""

    key: str
    title: str
    since: datetime
    reported_at: datetime
    announces_end: bool = True
    absent_since: datetime | None = None
    """When it was first found to have ended; None while it lasts."""
