"""Checks every hour that the ledger of the last day balances, and logs each difference once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from monitor.core.ledger import describe_difference
from monitor.core.model import Ledger, LedgerDifference

LEDGER_CHECK_PERIOD = timedelta(days=1)
log = structlog.get_logger("monitor.ledger")


@dataclass(slots=True)
class LedgerCheck:
    """The differences that were found last, so that an unchanged one is not logged every hour."""

    ledger: Callable[[datetime, datetime], Ledger]
    """Read the ledger of a period."""
    _known: set[LedgerDifference] = field(default_factory=set)

    def run(self, now: datetime) -> None:
        """Read the ledger of the last day, and log new differences as errors."""
        differences = self.ledger(now - LEDGER_CHECK_PERIOD, now).differences
        for difference in differences:
            if difference not in self._known:
                log.error(
                    "ledger does not balance",
                    check=difference.check,
                    expected=difference.expected,
                    found=difference.found,
                    feeds=list(difference.feeds),
                    problem=describe_difference(difference),
                )
        self._known = set(differences)
