"""Values for the metrics of the service, read from the database at one instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """Counts of the last hour, and the outbox as it is."""

    polls: Mapping[str, int]
    """Numbers of polls by outcome: changed, unchanged, failed."""
    articles: int
    partial: int
    """Articles whose page could not be read."""
    hits: Mapping[str, int]
    """Numbers of hits by topic."""
    deliveries: Mapping[str, int]
    """Numbers of all stored deliveries by state."""
    oldest_waiting: timedelta | None
    """How long the oldest delivery has waited that is to be sent; None if there is none. Quiet hours do not count."""
    size: int
    """Bytes of the database."""
