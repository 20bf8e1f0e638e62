"""What to do after a delivery failed: when to try again, or to give up.

Pure. The wait doubles from a minute to three hours, and tries end 48 hours after the message was made; a longer wait
that the other side asks for (Retry-After) is honoured. A message whose outcome is unclear is sent once more, marked; if
that is unclear too it is given up, since it may have arrived twice already.
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
UNCLEAR_WAIT = timedelta(minutes=15)
"""Before a message that may have arrived is sent again: a slow server has settled by then what it was given."""


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Queue it again for `at`."""

    at: datetime
    may_have_arrived: bool = False
    """The next attempt is then marked as a possible repeat."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Keep it as a dead letter, and tell someone."""

    reason: str
    of_channel: bool = True
    """Whether the failure may be the channel's, so that others will fail like it."""


def after_failure(
    delivery: Delivery,
    reason: str,
    now: datetime,
    *,
    retryable: bool,
    unclear: bool = False,
    retry_after: timedelta | None = None,
) -> TryAgain | GiveUp:
    """Decide what becomes of a delivery that failed just now."""
    if not retryable:
        return GiveUp(reason)
    if unclear:
        if delivery.maybe_repeat:
            return GiveUp(f"{reason}; it was sent twice without an answer and may have arrived", of_channel=False)
        return TryAgain(now + UNCLEAR_WAIT, may_have_arrived=True)
    wait = max(retry_after or timedelta(), min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(max(delivery.attempts - 1, 0), 10)))
    since = delivery.retry_since or delivery.created_at
    if now + wait > since + PATIENCE:
        return GiveUp(f"{reason}; tried {delivery.attempts} times since {since:%Y-%m-%d %H:%M} UTC")
    return TryAgain(now + wait)
