"""`monitor channels` and `monitor deliveries`: test a channel, and show or retry messages in the outbox."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import click

from monitor.cli import row_keys
from monitor.cli.digest_arguments import require_channel
from monitor.cli.listings import Column, format_option, show
from monitor.cli.output import exit_with_problem_if, note, plain
from monitor.cli.session import NUMBER, Session, pass_session
from monitor.core import serializers
from monitor.core.errors import ConfigurationError, DatabaseError, DeliveryError, UsageError
from monitor.core.messages import pausing
from monitor.core.messages.retries import describe_cancellation, describe_missing_channel
from monitor.core.model import Delivery, DeliveryState, Message

if TYPE_CHECKING:
    from monitor.app import App

_COLOURS = {
    "sent": "green", "queued": "cyan", "waiting": "yellow", "paused": "yellow", "sending": "cyan", "failed": "red",
    "cancelled": "dim",
}  # fmt: skip


@click.group()
def channels() -> None:
    """Test the channels that messages are sent to."""


@channels.command()
@click.argument("name")
@pass_session
def test(session: Session, *, name: str) -> None:
    """Send a test message to a channel and show the response of each recipient.

    Secrets are taken from the environment of this command: start it with the variables that the daemon has. A paused
    channel resumes when all recipients accept the message. Exit code 1 if one refuses it.
    """
    from monitor.diagnostics.channel_test import send_test_message
    from monitor.settings.config_files import read_files
    from monitor.settings.secret_sources import describe_sources
    from monitor.settings.variables import VARIABLE

    try:
        settings = session.settings(only=("channels.yaml",))
    except ConfigurationError as error:
        if any(problem.code == VARIABLE for problem in error.problems):
            note("Variables are taken from this shell, not from the environment of the daemon (docs/operations.md).")
        raise
    require_channel(settings, name)
    written = read_files(session.config, ["channels.yaml"]).texts  # those of the settings name no secret's variable
    if sources := describe_sources(written, name, os.environ):
        note(f"Values of {name}: {plain(sources)}. The daemon uses the environment that it was started with.")
    failed = False
    for recipient, answer in asyncio.run(send_test_message(settings, name)):
        refused = isinstance(answer, DeliveryError)
        click.echo(f"{recipient}: {'refused: ' if refused else ''}{plain(str(answer))}")
        failed |= refused
    exit_with_problem_if(failed)
    _resume(session, name)


def _resume(session: Session, name: str) -> None:
    """Resume the channel if it is paused. A database error is only noted: the test itself needs no database."""
    from monitor.store import Store

    if Store(session.monitor_settings().database.reveal()).is_missing():
        return
    try:
        with session.app(only=()) as app:
            if app.store.resume_channel(name, app.clock()):
                note(f"{name} was paused and has resumed. The daemon or `monitor digest send` sends what waited.")
    except DatabaseError as error:
        note(f"Could not check whether {name} is paused: {error}")


@click.command()
@click.option("--failed", is_flag=True, help="Only those that failed, or wait for another attempt.")
@click.option("--cancelled", is_flag=True, help="Only those that were cancelled.")
@click.option("--retry", type=NUMBER, metavar="ID", help="Queue this delivery again.")
@click.option("--limit", type=NUMBER, default=100, show_default=True, metavar="N", help="Maximum number of deliveries.")
@format_option
@pass_session
def deliveries(session: Session, *, failed: bool, cancelled: bool, retry: int | None, limit: int) -> None:
    """Show the outbox: each message and recipient, newest first.

    State: queued (not tried yet), sending, sent, waiting (to be sent again), paused (waits for its paused channel),
    failed (for good), cancelled (its reader was removed from the configuration, or its channel, and it is a notice to
    operators that goes through another one).

    Failed and cancelled deliveries stay here with the reason; --retry queues one again, which a reader receives by the
    channel that is now theirs. Retrying a delivery that waits for a paused channel resumes the channel.
    """
    if failed and cancelled:
        raise UsageError("--failed and --cancelled exclude each other")
    with session.app_in_force(needs_channels=retry is not None) as app:
        if retry is not None:
            _retry(app, retry)
            return
        paused = [state for state in app.store.channel_states().values() if state.paused_at]
        stored = app.store.deliveries(failed=failed, cancelled=cancelled, limit=limit)
    words = {(True, False): "No delivery has failed.", (False, True): "No delivery was cancelled."}
    empty = words.get((failed, cancelled), "The outbox is empty.")
    show(map(serializers.delivery, stored), _DELIVERIES, keys=row_keys.DELIVERIES, empty=empty)
    for state in paused:
        note(plain(pausing.describe_paused_channel(state)))


def _retry(app: App, delivery_id: int) -> None:
    """Queue a delivery again, by the channel by which it goes now; UsageError if that is impossible."""
    found = app.store.delivery(delivery_id)
    channel = app.deliverer().present_channel(found[0]) if found else None
    if found and channel is not None and channel not in app.settings.channels:
        raise UsageError(describe_missing_channel(found[0], channel))
    if found is None or not app.store.requeue(delivery_id, app.clock(), channel=channel):
        raise UsageError(_why_not_queued(delivery_id, found))
    by = "" if channel == found[0].channel else f" for {plain(str(channel))}"
    note(f"Delivery {delivery_id} is queued{by}. The daemon, or the next `monitor digest send`, sends it.")
    if warning := describe_cancellation(found[0]):
        note(plain(warning))


def _why_not_queued(delivery_id: int, found: tuple[Delivery, Message] | None) -> str:
    if found is None:
        return f"there is no delivery {delivery_id}; `monitor deliveries` lists them"
    if found[0].state is DeliveryState.SENDING:
        return f"delivery {delivery_id} is being sent now"
    return f"delivery {delivery_id} was sent to {found[0].recipient}; it is not sent again"


_DELIVERIES = (
    Column(title="id", cell="id", right=True, no_wrap=True, style="dim"),
    Column(title="state", cell="status", style=lambda row: _COLOURS[row["status"]], no_wrap=True),
    Column(title="created", cell="created_at", no_wrap=True, style="dim", spare=True),
    Column(title="channel", cell="channel", style="green"),
    Column(title="recipient", cell="recipient"),
    Column(title="subject", cell="subject"),
    Column(title="attempts", cell="attempts", right=True, spare=True),
    Column(title="response", cell=lambda row: row["answer"] or row["last_error"]),
)

COMMANDS = (channels, deliveries)
