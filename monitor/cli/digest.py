"""`monitor digest`: list, preview and send digests, and show their past runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from monitor.cli.output import Column, Form, format_option, note, plain, show, when
from monitor.cli.session import NUMBER, Session, TimeBoundParam, pass_session
from monitor.core import serializers
from monitor.core.durations import TimeBound, resolve_time_bound
from monitor.core.errors import UsageError
from monitor.core.messages.render import FORMATS

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.core.model import DigestConfig, DigestRun
    from monitor.deliver import DeliveryResult
    from monitor.settings import Settings


@click.group()
def digest() -> None:
    """List, preview and send digests."""


@digest.command(name="list")
@format_option
@pass_session
def list_(session: Session, *, form: Form | None) -> None:
    """List the configured digests with their last runs."""
    with session.reading_app() as app:
        listed = [serializers.digest(item, app.store.last_run(item.id)) for item in app.settings.digests]
    show(listed, _DIGESTS, form, empty="No digests are configured in digests.yaml.")


@digest.command()
@click.argument("digest_id", metavar="ID")
@click.option("--format", "form", type=click.Choice(tuple(FORMATS)), default="text", show_default=True)
@click.option("--since", type=TimeBoundParam(), help="Start of the period. Default: the last run.")
@click.option(
    "--until",
    type=TimeBoundParam(),
    help="End of the period. Default: now. --since 14d --until 7d is the week before last, --since 2026-11-01 --until "
    "2026-12-01 is November. Days begin at midnight UTC.",
)
@pass_session
def preview(
    session: Session,
    *,
    digest_id: str,
    form: str,
    since: TimeBound | None,
    until: TimeBound | None,
) -> None:
    """Show the digest that would be sent now, or one of a past period.

    Changes nothing.
    """
    with session.reading_app() as app:
        config, now = find_digest(app, digest_id), app.clock()
        start, end = (None if bound is None else resolve_time_bound(bound, now) for bound in (since, until))
        text = app.deliverer().preview(config.id, form, start, end)
    click.echo(text)


@digest.command()
@click.argument("digest_id", metavar="ID")
@click.option("--to", metavar="CHANNEL", help="Send to this channel instead of the digest's own.")
@pass_session
@click.pass_context
def send(context: click.Context, session: Session, *, digest_id: str, to: str | None) -> None:
    """Send a digest now.

    It contains the hits since its last run that were not sent yet, so that a second call sends nothing. Exit code 1 if
    a delivery failed.
    """
    with session.app(migrate=True) as app:
        config = find_digest(app, digest_id)
        if to is not None:
            require_channel(app.settings, to)
        subscriptions = [each.id for each in app.settings.digests if each.id.startswith(f"{config.id}:")]
        run, settled = asyncio.run(_send(app, config.id, to))
    if run is None:
        note(f"{config.id}: no new hits, nothing sent.")
    else:
        click.echo(f"{config.id}: {run.hits} hits sent in {run.messages} message{'s' * (run.messages != 1)}")
    if subscriptions and to is None:
        note(f"Subscriptions have their own record, and are sent at their times: {', '.join(subscriptions)}.")
    for item in settled:
        click.echo(f"  {item.delivery.channel} -> {item.delivery.recipient}: {item.outcome}: {plain(item.detail)}")
    if any(item.outcome != "sent" for item in settled):
        note("Undelivered messages stay in the outbox: `monitor deliveries --failed`.")
        context.exit(1)


async def _send(app: App, digest_id: str, to: str | None) -> tuple[DigestRun | None, list[DeliveryResult]]:
    from monitor.pipeline import open_pipeline

    async with open_pipeline(app) as pipeline:
        return await pipeline.send_digest(digest_id, to)


@digest.command()
@click.argument("digest_id", metavar="ID")
@click.option("--limit", type=NUMBER, default=20, show_default=True, metavar="N")
@format_option
@pass_session
def runs(session: Session, *, digest_id: str, limit: int, form: Form | None) -> None:
    """Show the past runs of a digest."""
    with session.reading_app() as app:
        found = app.store.runs(find_digest(app, digest_id).id, limit=limit)
    show(map(serializers.digest_run, found), _RUNS, form, empty="No runs yet.")


def find_digest(app: App, digest_id: str) -> DigestConfig:
    """Return a configured digest; UsageError if there is none of that id."""
    for config in app.settings.digests:
        if config.id == digest_id:
            return config
    known = ", ".join(config.id for config in app.settings.digests) or "none"
    raise UsageError(f"digests.yaml has no digest {digest_id!r}; configured: {known}")


def require_channel(settings: Settings, name: str) -> None:
    """Raise UsageError if no channel of that name is configured."""
    if name not in settings.channels:
        known = ", ".join(settings.channels) or "none"
        raise UsageError(f"channels.yaml has no channel {name!r}; configured: {known}")


_DIGESTS = (
    Column(title="id", cell=lambda row: row["id"], whole=True),
    Column(title="title", cell=lambda row: row["title"]),
    Column(title="schedule", cell=lambda row: row["schedule"], whole=True, style="cyan"),
    Column(title="time zone", cell=lambda row: row["timezone"], whole=True),
    Column(title="channels", cell=lambda row: ", ".join(row["channels"]), style="green"),
    Column(title="last run", cell=lambda row: when(row["last_run_at"]), whole=True, style="dim"),
    Column(title="hits", cell=lambda row: "-" if row["last_hits"] is None else str(row["last_hits"]), right=True),
)
_RUNS = (
    Column(title="scheduled", cell=lambda row: when(row["slot"]), whole=True),
    Column(title="from", cell=lambda row: when(row["since"]), whole=True, style="dim"),
    Column(title="until", cell=lambda row: when(row["until"]), whole=True, style="dim"),
    Column(title="hits", cell=lambda row: str(row["hits"]), right=True),
    Column(title="messages", cell=lambda row: str(row["messages"]), right=True),
)

COMMANDS = (digest,)
