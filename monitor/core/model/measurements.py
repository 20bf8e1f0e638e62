"""Values for the metrics of the service, read from the database at one instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """Counts of the last hour, and the outbox as it is."""

    polls: Mapping[str, int]
    """By outcome: changed, unchanged, failed."""
    articles: int
    partial: int
    """Articles whose page could not be read."""
    hits: Mapping[str, int]
    """By topic."""
    deliveries: Mapping[str, int]
    """By state, of all that are stored."""
    oldest_waiting: timedelta | None
    """Age of the oldest delivery that waits or is being sent; None if there is none."""
    size: int
    """Bytes of the database."""
