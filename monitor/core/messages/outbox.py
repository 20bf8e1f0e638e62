"""What to do after a delivery failed: when to try again, or to let it be.

Pure. Back-off doubles from a minute to three hours and ends 48 hours after the message was made; what the other side
asks for (Retry-After) is honoured when it is longer. The surprise: what was on the wire twice without an answer is not
sent a third time, it may have arrived twice already.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from monitor.core.model import Delivery

PATIENCE = timedelta(hours=48)
"""As long as mail servers try (RFC 5321 asks for four to five days; a digest of last week is no news)."""
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Queue it again for `at`."""

    at: datetime


@dataclass(frozen=True, slots=True)
class LetLapse:
    """Leave the lease to run out: the next attempt is then marked as maybe a repeat."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Keep it as a dead letter, and tell someone."""

    reason: str


def after_failure(
    delivery: Delivery,
    reason: str,
    now: datetime,
    *,
    retryable: bool,
    unclear: bool = False,
    retry_after: timedelta | None = None,
) -> TryAgain | LetLapse | GiveUp:
    """Decide what becomes of a delivery that failed just now."""
    if not retryable:
        return GiveUp(reason)
    if unclear:
        if delivery.maybe_repeat:
            return GiveUp(f"{reason}; it was sent twice without an answer and may have arrived")
        return LetLapse()
    wait = max(retry_after or timedelta(), min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(max(delivery.attempts - 1, 0), 10)))
    if now + wait > delivery.created_at + PATIENCE:
        return GiveUp(f"{reason}; tried {delivery.attempts} times since {delivery.created_at:%Y-%m-%d %H:%M} UTC")
    return TryAgain(now + wait)
