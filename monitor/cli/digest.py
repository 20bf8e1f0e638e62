"""`monitor digest`: list, preview and send digests, and show their past runs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from monitor.cli import row_keys
from monitor.cli.choices import Choice
from monitor.cli.digest_arguments import find_digests, require_channel
from monitor.cli.listings import Column, format_option, show
from monitor.cli.output import exit_with_problem, local_time, note, plain
from monitor.cli.session import NUMBER, Session, TimeBoundParam, pass_session, start_instant
from monitor.core import serializers
from monitor.core.counts import count
from monitor.core.digests.runs import run_name
from monitor.core.digests.slots import next_slot
from monitor.core.durations import TimeBound, resolve_time_bound
from monitor.core.errors import UsageError
from monitor.core.json_objects import fields_of
from monitor.core.messages.render import FORMATS
from monitor.core.model import NO_ERRORS, Delivery, DeliveryState, DigestConfig, DigestRun

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.deliver import DeliveryResult

_NOT_ACCEPTED = {"failed", "paused", "waiting"}
"""Values of `Delivery.status` after an error."""


@click.group()
def digest() -> None:
    """List, preview and send digests."""


@digest.command(name="list")
@format_option
@pass_session
def list_(session: Session) -> None:
    """List the configured digests with their last and next runs."""
    with session.app_in_force() as app:
        digests = app.settings.digests
        last_runs = [app.store.last_run(_recorded_name(app, each)) for each in digests]
        listed = [serializers.digest(*each, _next_run(app, each[0])) for each in zip(digests, last_runs, strict=True)]
    show(listed, _DIGESTS, keys=row_keys.DIGESTS, empty="No digests are configured in digests.yaml.")


_recipient_option = click.option(
    "--recipient", metavar="ADDRESS", help="Only the digest of this reader, one of `recipients` in digests.yaml."
)


@digest.command()
@click.argument("digest_id", metavar="ID")
@click.option(
    "--format",
    "format_name",
    type=Choice(FORMATS),
    default="text",
    show_default=True,
    help="The format in which a channel would send it.",
)
@click.option("--since", type=TimeBoundParam(), help="Start of the period. Default: the last run.")
@click.option(
    "--until",
    type=TimeBoundParam(ends=True),
    help="End of the period. Default: now. --since 14d --until 7d is the week before last, --since 2026-11-01 --until "
    "2026-12-01 is November. Days begin at midnight UTC.",
)
@_recipient_option
@pass_session
def preview(
    session: Session,
    *,
    digest_id: str,
    format_name: str,
    since: TimeBound | None,
    until: TimeBound | None,
    recipient: str | None,
) -> None:
    """Show the digest that would be sent now, or one of a past period.

    Changes nothing. A digest that has recipients only is shown as the first of them receives it.
    """
    with session.app_in_force() as app:
        configs, now = find_digests(app, digest_id, recipient), app.clock()
        start = None if since is None else start_instant(since, now)
        end = None if until is None else resolve_time_bound(until, now)
        text = app.deliverer().preview(configs[0].id, format_name, start, end)
    if configs[0].recipient and len(configs) > 1:
        note(f"Shown as {configs[0].recipient} receives it; --recipient ADDRESS shows that of another reader.")
    if text:
        click.echo(text)
    else:
        note("No story of this digest states a date ahead: its calendar is empty.")


@digest.command()
@click.argument("digest_id", metavar="ID")
@click.option("--to", metavar="CHANNEL", help="Send a copy to this channel, and nothing to those who receive it.")
@_recipient_option
@pass_session
def send(session: Session, *, digest_id: str, to: str | None, recipient: str | None) -> None:
    """Send a digest now, to its channels and to each of its recipients.

    It contains the hits since its last run that were not sent yet, so that a second call sends nothing. Exit code 1 if
    a delivery of this digest failed.
    """
    with session.app(migrate=True) as app:
        configs = find_digests(app, digest_id, recipient)
        if to is not None:
            require_channel(app.settings, to)
            configs = [_to_copy(configs)]
        names = [run_name(config.id, to) for config in configs]
        composed, results = asyncio.run(_send(app, [config.id for config in configs], to))
        others = left_to_others(app, composed, results)
    for name, run in zip(names, composed, strict=True):
        _show_run(name, run)
    is_own = tuple(f"digest/{name}/" for name in names)
    own = [item for item in results if item.delivery.message_key.startswith(is_own)]
    show_results(own, others)
    if other_messages := len(results) - len(own):
        note(f"The outbox also had {count(other_messages, 'other message')} to send: see `monitor deliveries`.")
    if any(each.status in _NOT_ACCEPTED for each in others) or any(item.outcome != "sent" for item in own):
        note("Undelivered messages stay in the outbox: `monitor deliveries --failed`.")
        exit_with_problem()


async def _send(
    app: App, digest_ids: Sequence[str], to: str | None
) -> tuple[list[DigestRun | None], list[DeliveryResult]]:
    from monitor.pipeline import open_pipeline

    async with open_pipeline(app) as pipeline:
        return await pipeline.send_digests(digest_ids, to)


def left_to_others(app: App, composed: Iterable[DigestRun | None], results: Iterable[DeliveryResult]) -> list[Delivery]:
    """Return the deliveries of these runs that this process did not attempt.

    The daemon was quicker, or it will send them later: their channel is paused, or their reader has quiet hours.
    """
    attempted = {item.delivery.id for item in results}
    return [
        delivery
        for run in composed
        if run is not None
        for delivery in app.store.deliveries_of(run.digest_id)
        if delivery.created_at >= run.created_at and delivery.id not in attempted
    ]


def _to_copy(configs: Sequence[DigestConfig]) -> DigestConfig:
    """Return the digest that a channel gets a copy of; UsageError if readers receive different ones."""
    if configs[0].recipient and len(configs) > 1:
        raise UsageError("each recipient gets a different digest; choose one with --recipient ADDRESS")
    return configs[0]


def _show_run(name: str, run: DigestRun | None) -> None:
    if run is None:
        note(f"{name}: no new hits, nothing sent.")
    else:
        click.echo(f"{name}: {count(run.hits, 'hit')} in {count(run.messages, 'message')}")


def _status(result: DeliveryResult) -> str:
    """Return the result in the words of `monitor deliveries`."""
    if result.outcome == "queued" and result.detail not in NO_ERRORS:
        return "waiting"
    return "failed" if result.outcome == "dead" else result.outcome


def show_results(results: Iterable[DeliveryResult], others: Iterable[Delivery]) -> None:
    """Print what became of each delivery, also of those that this process did not attempt."""
    for item in results:
        click.echo(f"  {item.delivery.channel} -> {item.delivery.recipient}: {_status(item)}: {plain(item.detail)}")
    for each in others:
        click.echo(f"  {each.channel} -> {each.recipient}: {_state_elsewhere(each)}")


def _state_elsewhere(delivery: Delivery) -> str:
    if delivery.state is DeliveryState.SENT:
        return f"sent by the daemon: {plain(delivery.answer)}"
    if delivery.channel_paused:
        return "queued: the channel is paused, see `monitor deliveries`"
    reason = plain(delivery.last_error) or "the daemon sends it"
    return f"{delivery.status}: {reason}, see `monitor deliveries`"


@digest.command()
@click.argument("digest_id", metavar="ID")
@click.option("--limit", type=NUMBER, default=20, show_default=True, metavar="N", help="Maximum number of runs.")
@_recipient_option
@format_option
@pass_session
def runs(session: Session, *, digest_id: str, limit: int, recipient: str | None) -> None:
    """Show the past runs of a digest, those of its recipients included."""
    with session.app_in_force() as app:
        digests = find_digests(app, digest_id, recipient)
        first = min(_next_run(app, each) for each in digests)
        names = [_recorded_name(app, each) for each in digests]
        stored = [run for name in names for run in app.store.past_runs(name, limit)]
    newest = sorted(stored, key=lambda run: run.slot, reverse=True)[:limit]
    show(map(fields_of, newest), _RUNS, keys=row_keys.RUNS, empty=f"No runs yet. The first is due {local_time(first)}.")


def _next_run(app: App, config: DigestConfig) -> datetime:
    return next_slot(config.schedule, config.timezone, app.clock())


def _recorded_name(app: App, config: DigestConfig) -> str:
    return app.store.recorded_name(config.id, config.was)


_DIGESTS = (
    Column(title="id", cell="id", no_wrap=True),
    Column(title="title", cell="title"),
    Column(title="schedule", cell="schedule", no_wrap=True, style="cyan"),
    Column(title="time zone", cell="timezone", no_wrap=True),
    Column(title="channels", cell=lambda row: ", ".join(row["channels"]), style="green"),
    Column(title="last run", cell="last_run_at", no_wrap=True, style="dim"),
    Column(title="hits", cell="last_hits", right=True),
    Column(title="next run", cell="next_run_at", no_wrap=True, style="dim"),
)
_RUNS = (
    Column(title="digest", cell="digest_id", no_wrap=True),
    Column(title="scheduled", cell="slot", no_wrap=True),
    Column(title="from", cell="since", no_wrap=True, style="dim"),
    Column(title="until", cell="until", no_wrap=True, style="dim"),
    Column(title="hits", cell="hits", right=True),
    Column(title="messages", cell="messages", right=True),
)

COMMANDS = (digest,)
