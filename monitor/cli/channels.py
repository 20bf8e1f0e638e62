"""`monitor channels` and `monitor deliveries`: where messages go, and whether they arrived."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.digest import channel_named
from monitor.cli.output import Column, Form, format_option, note, plain, show, when
from monitor.cli.session import NUMBER, Session, pass_session
from monitor.core import serializers
from monitor.core.errors import DatabaseError, DeliveryError, UsageError
from monitor.core.messages import pausing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.text import Text

_COLOURS = {"sent": "green", "queued": "cyan", "sending": "cyan", "dead": "red"}


@click.group()
def channels() -> None:
    """Look after the channels that messages go to."""


@channels.command()
@click.argument("name")
@pass_session
@click.pass_context
def test(context: click.Context, session: Session, *, name: str) -> None:
    """Send one test message to a channel.

    Shows what the other side answered. A channel that was paused goes on when everybody accepted it. Exit code 1 when
    it refused.
    """
    from monitor.diagnostics.channel_test import send_test_message

    settings = session.settings()
    channel_named(settings, name)
    failed = False
    for recipient, answer in asyncio.run(send_test_message(settings, name)):
        refused = isinstance(answer, DeliveryError)
        click.echo(f"{recipient}: {'refused: ' if refused else ''}{plain(str(answer))}")
        failed |= refused
    if failed:
        context.exit(1)
    _resume(session, name)


def _resume(session: Session, name: str) -> None:
    """Let a channel that works go on if it is paused. A test needs no database, so that none is no failure."""
    try:
        with session.app() as app:
            if app.store.resume_channel(name, app.clock()):
                note(f"{name} was paused and goes on; the daemon sends what waited, or the next `monitor digest send`.")
    except DatabaseError as error:
        note(f"Whether {name} is paused is not known: {error}")


@click.command()
@click.option("--failed", is_flag=True, help="Only those that could not be delivered.")
@click.option("--retry", type=NUMBER, metavar="ID", help="Queue this delivery again, at once.")
@click.option("--limit", type=NUMBER, default=100, show_default=True, metavar="N")
@format_option
@pass_session
def deliveries(session: Session, *, failed: bool, retry: int | None, limit: int, form: Form | None) -> None:
    """Show the outbox: each message and recipient.

    The newest first. A delivery that failed stays here, with the reason, and can be tried again. So does what waits for
    a channel that is paused; to try one of these lets the channel go on.
    """
    with session.app() as app:
        if retry is not None:
            if not app.store.requeue(retry, app.clock()):
                raise UsageError(f"no delivery {retry} waits or has failed; `monitor deliveries` shows them")
            note(f"Delivery {retry} is queued; the daemon sends it, or the next `monitor digest send`.")
            return
        paused = {name: state for name, state in app.store.channel_states().items() if state.paused_at}
        listed = [serializers.delivery(item, paused) for item in app.store.deliveries(failed=failed, limit=limit)]
    show(listed, _DELIVERIES, form, empty="No delivery has failed." if failed else "The outbox is empty.")
    for state in paused.values():
        note(plain(pausing.describe(state)))


def _state(row: Mapping[str, Any]) -> Text:
    from rich.text import Text

    if row["channel_paused"] and row["state"] == "queued":
        return Text("paused", style="yellow")
    return Text(row["state"], style=_COLOURS.get(row["state"], ""))


_DELIVERIES = (
    Column(title="id", cell=lambda row: str(row["id"]), right=True, whole=True, style="dim"),
    Column(title="state", cell=_state, whole=True),
    Column(title="made", cell=lambda row: when(row["created_at"]), whole=True, style="dim"),
    Column(title="channel", cell=lambda row: row["channel"], style="green"),
    Column(title="recipient", cell=lambda row: row["recipient"]),
    Column(title="subject", cell=lambda row: row["subject"]),
    Column(title="tries", cell=lambda row: str(row["attempts"]), right=True),
    Column(title="answer", cell=lambda row: row["answer"] or row["last_error"]),
)

COMMANDS = (channels, deliveries)
