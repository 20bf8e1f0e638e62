"""`monitor channels` and `monitor deliveries`: where messages go, and whether they arrived."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import click

from monitor import rows
from monitor.cli.digest import channel_named
from monitor.cli.output import Column, Form, format_option, note, plain, show, when
from monitor.cli.session import NUMBER, Session, pass_session
from monitor.core.errors import DeliveryError, UsageError

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

    Shows what the other side answered. Exit code 1 when it refused.
    """
    from monitor.app import try_channel

    settings = session.settings()
    channel_named(settings, name)
    failed = False
    for recipient, answer in asyncio.run(try_channel(settings, name)):
        refused = isinstance(answer, DeliveryError)
        click.echo(f"{recipient}: {'refused: ' if refused else ''}{plain(str(answer))}")
        failed |= refused
    if failed:
        context.exit(1)


@click.command()
@click.option("--failed", is_flag=True, help="Only those that could not be delivered.")
@click.option("--retry", type=NUMBER, metavar="ID", help="Queue this delivery again, at once.")
@click.option("--limit", type=NUMBER, default=100, show_default=True, metavar="N")
@format_option
@pass_session
def deliveries(session: Session, *, failed: bool, retry: int | None, limit: int, form: Form | None) -> None:
    """Show the outbox: each message and recipient.

    The newest first. A delivery that failed stays here, with the reason, and can be tried again.
    """
    with session.app() as app:
        if retry is not None:
            if not app.store.requeue(retry, app.clock()):
                raise UsageError(f"no delivery {retry} waits or has failed; `monitor deliveries` shows them")
            note(f"Delivery {retry} is queued; the daemon sends it, or the next `monitor digest send`.")
            return
        listed = [rows.delivery(item) for item in app.store.deliveries(failed=failed, limit=limit)]
    show(listed, _DELIVERIES, form, empty="No delivery has failed." if failed else "The outbox is empty.")


def _state(row: Mapping[str, Any]) -> Text:
    from rich.text import Text

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
