"""Any service that apprise knows: Teams, Discord, Telegram, Matrix and a hundred more, by one address.

The surprise: apprise speaks HTTP by itself, in a thread, and tells success or failure but hardly why; what it logs is
caught and given as the reason, without the address.
"""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from monitor import threads
from monitor.channels._errors import hidden
from monitor.core.errors import DeliveryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.core.messages import Want
    from monitor.core.messages.channel_configs import AppriseChannel
    from monitor.core.model import Delivery, Message


class Apprise:
    """A channel that hands messages to apprise."""

    wants: frozenset[Want] = frozenset()
    at_once = 1
    reaches_people = True

    def __init__(self, config: AppriseChannel) -> None:
        self.name = config.name
        self._config = config

    def recipients(self) -> tuple[str, ...]:
        """Return the channel itself."""
        return (self.name,)

    async def send(self, message: Message, delivery: Delivery) -> str:  # noqa: ARG002 - every channel's shape
        """Send the text; long ones are split as the service wants it."""
        return await threads.call(self._notify, message)

    def _notify(self, message: Message) -> str:
        import apprise

        with _Heard.here() as lines:
            service = apprise.Apprise()
            if not service.add(self._config.url.reveal()):
                raise DeliveryError("apprise does not know such an address", retryable=False)
            taken = service.notify(title=message.subject, body=message.text, body_format=apprise.NotifyFormat.TEXT)
        if not taken:
            reason = hidden("; ".join(lines) or "apprise gave no reason", (self._config.url,))
            raise DeliveryError(f"apprise: {reason}", retryable=True)
        return "taken by apprise"


class _Heard(logging.Handler):
    """What apprise says in this thread: kept here and out of the log for good, where addresses would be."""

    _here = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line, if anyone in this thread listens."""
        if (lines := getattr(self._here, "lines", None)) is not None:
            lines.append(record.getMessage())

    @classmethod
    @contextmanager
    def here(cls) -> Iterator[list[str]]:
        """Listen while apprise works."""
        _silence()
        lines: list[str] = []
        cls._here.lines = lines
        try:
            yield lines
        finally:
            cls._here.lines = None


@cache
def _silence() -> None:
    """Apprise and the library below it log whole addresses; what matters of it is in our errors."""
    handler = _Heard(logging.WARNING)
    for logger in map(logging.getLogger, ("apprise", "urllib3")):
        logger.addHandler(handler)
        logger.setLevel(logging.WARNING)
        logger.propagate = False
