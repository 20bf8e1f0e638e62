"""Messages on standard output, as plain text.

Standard output may be an unread pipe. Text is written only while the pipe has room, so that a delivery ends at its
deadline and does not delay a stop. Writing bypasses Python's buffer, whose lock a blocked writer would hold for ever.
"""

from __future__ import annotations

import asyncio
import io
import os
import select
import sys
import threading
from typing import TextIO

from monitor.channels.errors import UnclearError
from monitor.channels.interface import Channel
from monitor.core.errors import DeliveryError
from monitor.core.model import Delivery, Message
from monitor.runtime import threads

CONSOLE_DEADLINE_SECONDS = 30.0
"""Seconds for one message."""
_POLL_SECONDS = 0.2
"""Seconds between checks whether a message that waits for room was given up."""
_CHUNK = select.PIPE_BUF
"""Bytes that can be written without blocking if there is any room (POSIX, PIPE_BUF)."""


class ConsoleChannel(Channel):
    """A channel that prints to standard output."""

    preferred_for_notices = False

    def __init__(self, name: str, stream: TextIO | None = None, *, deadline: float = CONSOLE_DEADLINE_SECONDS) -> None:
        self.name = name
        self._stream = stream
        self._deadline = deadline

    async def send(self, message: Message, delivery: Delivery) -> str:  # noqa: ARG002 - as in Channel
        """Print subject and text."""
        stream = self._stream or sys.stdout
        text = f"{message.subject}\n\n{message.text}" if message.kind != "digest" else message.text
        printing = _Printing(stream, (text + "\n").encode(stream.encoding or "utf-8", "replace"))
        try:
            async with asyncio.timeout(self._deadline):
                await threads.call(printing.run)
        except asyncio.CancelledError:
            raise printing.give_up("interrupted, the program is stopping") from None
        except TimeoutError:
            raise printing.give_up(f"standard output is not read; given up after {self._deadline:g} s") from None
        except OSError as error:
            raise DeliveryError(f"cannot print: {error.strerror}", retryable=True) from error
        return "printed"


class _Printing:
    """Writes one text to a stream."""

    def __init__(self, stream: TextIO, content: bytes) -> None:
        self._stream = stream
        self._content = content
        self._printed = 0
        self._given_up = threading.Event()

    def run(self) -> None:
        """Write the text, as far as there is room until it is given up."""
        try:
            number = self._stream.fileno()
        except io.UnsupportedOperation:  # a stream in memory never blocks
            self._stream.write(self._content.decode(self._stream.encoding or "utf-8"))
            return
        poller = select.poll()
        poller.register(number, select.POLLOUT)
        while self._printed < len(self._content) and not self._given_up.is_set():
            if poller.poll(1000 * _POLL_SECONDS):
                self._printed += os.write(number, self._content[self._printed : self._printed + _CHUNK])

    def give_up(self, reason: str) -> DeliveryError:
        """Stop writing and return the error: unclear if the beginning was written."""
        self._given_up.set()
        return UnclearError(reason) if self._printed else DeliveryError(reason, retryable=True)
