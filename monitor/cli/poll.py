"""`monitor poll`: polls feeds once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.feed_arguments import select_feeds
from monitor.cli.listings import format_option, show_one
from monitor.cli.output import exit_with_problem_if, note, plain, progress
from monitor.cli.session import Session, pass_session, removal_option, warn_of_refusals
from monitor.core.counts import count
from monitor.core.errors import UsageError
from monitor.core.jobs import is_ticking
from monitor.core.model import FeedId

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.pipeline import PollTotals


@click.command()
@click.argument("ids", metavar="[FEED_ID]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All feeds, not only those that are due.")
@removal_option
@format_option
@pass_session
def poll(session: Session, *, ids: tuple[str, ...], everything: bool, accept_removal: str) -> None:
    """Poll feeds once: those that are due, or those given by FEED_ID.

    Creates the database if there is none. Exit code 1 if a feed failed; the others are stored anyway. Refuses (exit
    code 3) files in which no feed, rule or digest is left, as when a folder is not mounted.
    """
    if ids and everything:
        raise UsageError("name feeds or use --all, not both")
    from monitor import configuration

    with session.app(migrate=True) as app:
        removal = configuration.check_removal(app.store.configuration(), app.settings, accept_removal)
        daemon_runs = is_ticking(app.heartbeats(), app.clock())
        if removal:
            note(f"removed, as accepted: {removal}{' (in this poll only, a daemon runs)' if daemon_runs else ''}")
        elif accept_removal:
            note("--accept-removal accepts nothing any more")
        app.settings = configuration.decide(app.settings, app.store, app.clock())
        if not daemon_runs:
            configuration.record_accepted(app.store, app.settings, app.clock())
        warn_of_refusals(app.settings)
        feed_ids = [feed.id for feed in select_feeds(app.settings, ids)] if ids or everything else None
        totals = asyncio.run(_poll(app, feed_ids, due=not (ids or everything)))
    for feed_id, reason in totals.failures:
        note(f"{feed_id}: {plain(reason)}")
    show_one(totals.counts(), _summary)
    exit_with_problem_if(totals.failures)


async def _poll(app: App, feed_ids: list[FeedId] | None, *, due: bool) -> PollTotals:
    from monitor.pipeline import open_pipeline

    async with open_pipeline(app) as pipeline:
        with progress("polling", None) as update:
            return await pipeline.poll_now(feed_ids, due=due, progress=update)


def _summary(row: Mapping[str, Any]) -> None:
    if not row["polled"]:
        note("No feed is due. `monitor poll --all` polls all feeds.")
        return
    click.echo(
        f"{count(row['polled'], 'feed')} polled: "
        f"{row['changed']} changed, {row['unchanged']} unchanged, {row['failed']} failed\n"
        f"{count(row['entries_new'], 'new entry', 'new entries')}, {count(row['articles'], 'article')} "
        f"({row['partial']} partial), {count(row['hits'], 'hit')} in {row['seconds']:.1f} s"
    )


COMMANDS = (poll,)
