"""`monitor ledger`: the balance of what was seen, stored, left out and sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from monitor.cli.listings import Column, format_option, show
from monitor.cli.output import exit_with_problem_if, local_time, note, plain
from monitor.cli.session import Session, TimeBoundParam, pass_session, since_option, start_instant
from monitor.core import serializers
from monitor.core.durations import TimeBound, resolve_time_bound
from monitor.core.errors import UsageError
from monitor.core.ledger import describe_difference
from monitor.core.model import Ledger

_STYLES = {"difference": "bold red", "total": "bold", "left_out": "yellow", "held_back": "yellow", "of_which": "dim"}


@click.command()
@since_option("Beginning")
@click.option("--until", type=TimeBoundParam(ends=True), default="0s", help="End. Default: now.")
@format_option
@pass_session
def ledger(session: Session, *, since: TimeBound, until: TimeBound) -> None:
    """Show what was seen, and what became of it: entries, articles, hits, alerts and messages.

    Each item is counted once, with its reason. Exit code 1 if two counts differ that should be equal.
    """
    with session.app_in_force() as app:
        now = app.clock()
        start, end = start_instant(since, now), resolve_time_bound(until, now)
        if start >= end:
            raise UsageError("the period begins after its end")
        account = app.ledger(start, end)
    show(serializers.ledger_rows(account), _LINES)
    _note_period(account)
    for difference in account.differences:
        note(f"ERROR: {plain(describe_difference(difference))}")
    exit_with_problem_if(account.differences)


def _note_period(account: Ledger) -> None:
    """Print the period that is covered if it is shorter than the requested one."""
    if account.since >= account.until:
        note("Nothing was counted in this period: counts begin with the first poll, and are kept as long as polls.")
    elif not account.is_complete:
        note(f"Counted from {local_time(account.since)}; earlier counts were removed, or there were none.")


def _count(row: Mapping[str, Any]) -> str:
    return f"{row['count']:,}" if row["expected"] is None else f"{row['count']:,} instead of {row['expected']:,}"


def _kind(row: Mapping[str, Any]) -> str:
    return "" if row["kind"] == "total" else str(row["kind"].replace("_", " "))


_LINES = (
    Column(title="account", cell=lambda row: row["account"] if row["kind"] == "total" else "", style="bold"),
    Column(title="", cell=_kind, style=lambda row: _STYLES.get(row["kind"], ""), no_wrap=True),
    Column(title="item", cell="item", style="cyan", no_wrap=True),
    Column(title="count", cell=_count, right=True, no_wrap=True),
    Column(
        title="meaning",
        cell="meaning",
        style=lambda row: "bold red" if row["kind"] == "difference" else "",
    ),
)

COMMANDS = (ledger,)
