"""Measured recall: what readers judged, and how much the rules are estimated to find."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallEstimate:
    """Recall and precision of the rules, each with its 95 % interval.

    A share is None if no estimate is possible yet; its limits hold nevertheless, and are 0 and 1 at worst.
    """

    recall: float | None
    low: float
    high: float
    precision: float | None
    precision_low: float
    precision_high: float
    judged: int
    """Articles that the estimate rests on, hits and others."""
    relevant: int
    """Those of them that were judged relevant."""
