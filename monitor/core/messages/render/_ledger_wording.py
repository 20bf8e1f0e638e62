"""The sentences of the ledger in a digest: what was seen, what became of it, and whether it balances."""

from __future__ import annotations

from monitor.core.counts import count
from monitor.core.digests.coverage import CoverageReport
from monitor.core.ledger.words import BRIEF_REASONS, describe_difference
from monitor.core.model import Ledger, LedgerAccount

NOT_BALANCED = "The ledger does not balance"


def ledger_summary(report: CoverageReport) -> str:
    """Say how many entries were seen and stored, and why the others were not; empty if nothing was counted."""
    ledger = report.ledger
    if ledger is None or not ledger.account("entries").total:
        return ""
    return " ".join(filter(None, (_entries(ledger.account("entries")), _articles(ledger), _difference(ledger))))


def ledger_problems(report: CoverageReport) -> list[str]:
    """Return one line for each difference."""
    return [describe_difference(each) for each in report.ledger_differences]


def _entries(account: LedgerAccount) -> str:
    stored, known = account.sum_of("stored"), account.sum_of("known")
    left_out = [line for line in account.lines if line.kind == "left_out"]
    parts = [f"{stored:,} stored", f"{known:,} already known"]
    if left_out:
        reasons = ", ".join(f"{BRIEF_REASONS[line.item]} {line.count:,}" for line in left_out)
        parts.append(f"{account.sum_of('left_out'):,} left out ({reasons})")
    return f"{count(account.total, 'entry', 'entries')} seen: {', '.join(parts)}."


def _articles(ledger: Ledger) -> str:
    account = ledger.account("articles")
    return f"{count(account.total, 'article')}: {account.count('matched'):,} matched." if account.total else ""


def _difference(ledger: Ledger) -> str:
    return f"{NOT_BALANCED}, see below." if ledger.differences else ""
