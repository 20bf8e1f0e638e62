"""Messages on standard output, as plain text."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, TextIO

from monitor.core.errors import DeliveryError

if TYPE_CHECKING:
    from monitor.core.messages import Want
    from monitor.core.messages.channel_configs import ConsoleChannel
    from monitor.core.model import Delivery, Message


class Console:
    """A channel that prints."""

    wants: frozenset[Want] = frozenset()
    at_once = 1
    reaches_people = False

    def __init__(self, config: ConsoleChannel, stream: TextIO | None = None) -> None:
        self.name = config.name
        self._stream = stream

    def recipients(self) -> tuple[str, ...]:
        """Return the channel itself."""
        return (self.name,)

    async def send(self, message: Message, delivery: Delivery) -> str:  # noqa: ARG002 - every channel's shape
        """Print subject and text."""
        try:
            await asyncio.to_thread(self._print, message)
        except OSError as error:
            raise DeliveryError(f"cannot print: {error.strerror}", retryable=True) from error
        return "printed"

    def _print(self, message: Message) -> None:
        stream = self._stream or sys.stdout
        text = f"{message.subject}\n\n{message.text}" if message.kind != "digest" else message.text
        encoding = stream.encoding or "utf-8"
        stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")
        stream.flush()
