"""The daemon logs a difference of the ledger as an error, once."""

from __future__ import annotations

from datetime import UTC, datetime

from structlog.testing import capture_logs

from monitor.core.ledger import Recipients, balance
from monitor.core.model import EntryCounts, LedgerCounts
from monitor.daemon.upkeep import LedgerCheck

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_a_difference_is_logged_once_and_again_when_it_comes_back():
    seen = [1]

    def read(since, until):
        counts = LedgerCounts(
            since=since, until=until, entries=EntryCounts(seen=seen[0]), unbalanced_feeds=("x",) * seen[0]
        )
        return balance(counts, since, Recipients(), until)

    check = LedgerCheck(read)
    with capture_logs() as logs:
        check.run(NOW)
        check.run(NOW)
    (line,) = logs
    assert (line["event"], line["log_level"], line["check"], line["feeds"]) == (
        "ledger does not balance",
        "error",
        "entries_accounted",
        ["x"],
    )
    assert "report it" in line["problem"]
    with capture_logs() as logs:
        seen[0] = 0
        check.run(NOW)
        assert logs == []
        seen[0] = 1
        check.run(NOW)
    assert len(logs) == 1
