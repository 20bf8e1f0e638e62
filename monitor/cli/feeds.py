"""`monitor feeds`: the configured feeds and their health; and the group of all commands on feeds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from monitor.cli import row_keys
from monitor.cli.feed_edits import add, export, import_
from monitor.cli.feed_parsing import parse
from monitor.cli.feed_probes import NO_FEEDS, check, discover, preview
from monitor.cli.listings import Column, format_option, show
from monitor.cli.output import format_seconds
from monitor.cli.session import Session, pass_session
from monitor.core import serializers
from monitor.core.counts import count

_COLOURS = {
    "ok": "green",
    "new": "cyan",
    "silent": "yellow",
    "frozen": "yellow",
    "failing": "red",
    "layout changed": "red",
    "gone": "red",
}


@click.group()
def feeds() -> None:
    """List, check, add, import and export feeds."""


@feeds.command(name="list")
@format_option
@pass_session
def list_(session: Session) -> None:
    """List the configured feeds."""
    listed = map(serializers.feed, session.settings_in_force().feeds)
    show(listed, _FEEDS, keys=row_keys.FEEDS, empty=NO_FEEDS)


@feeds.command()
@format_option
@pass_session
def health(session: Session) -> None:
    """Show the health of each feed, and the reason."""
    with session.app_in_force() as app:
        stored, covered = app.store.usage_on(app.clock().date()), app.coverage_of_last_day()
        listed = serializers.feeds_health(app.settings.feeds, app.store.states(), stored, covered)
    show(listed, _HEALTH, keys=row_keys.FEED_HEALTH, empty=NO_FEEDS)


def _describe_problems(row: Mapping[str, Any]) -> str:
    counts = (
        (row["title_only_today"], "over the daily limit: only titles are stored of {} today", "entry", "entries"),
        (row["unmatched_last_day"], "{} not matched completely in the last day", "article", "articles"),
        (row["wrong_texts_last_day"], "{} whose text looks wrong in the last day", "page", "pages"),
        (row["unread_pages_last_day"], "{} that could not be read in the last day", "page", "pages"),
    )
    reasons = [text.format(count(number, one, many)) for number, text, one, many in counts if number]
    return "; ".join(filter(None, (*reasons, row["reason"], row["interval_reason"])))


_FEEDS = (
    Column(title="id", cell="id", no_wrap=True),
    Column(title="title", cell="title"),
    Column(title="tier", cell="tier", style="cyan", no_wrap=True),
    Column(title="lang", cell="language", no_wrap=True, spare=True),
    Column(title="country", cell="country", no_wrap=True, spare=True),
    Column(
        title="every",
        cell=lambda row: format_seconds(row["interval_s"]) if row["interval_s"] else "adaptive",
        no_wrap=True,
        spare=True,
    ),
    Column(title="url", cell="url", style="dim"),
)
_HEALTH = (
    Column(title="id", cell="id", no_wrap=True),
    Column(title="state", cell="state", style=lambda row: _COLOURS.get(row["state"], ""), no_wrap=True),
    Column(title="last read", cell="last_success_at", no_wrap=True, style="dim"),
    Column(title="last entry", cell="last_entry_at", no_wrap=True, style="dim", spare=True),
    Column(title="next poll", cell="next_poll_at", no_wrap=True, style="dim", spare=True),
    Column(title="every", cell=lambda row: format_seconds(row["interval_s"]), no_wrap=True, right=True),
    Column(title="why", cell=_describe_problems),
)

for command in (check, discover, preview, add, import_, export, parse):
    feeds.add_command(command)
COMMANDS = (feeds,)
