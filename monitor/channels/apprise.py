"""Any service that apprise knows: Teams, Discord, Telegram, Matrix and a hundred more, by one address.

The surprise: apprise speaks HTTP by itself, in a thread, and tells success or failure but hardly why; what it logs is
caught and given as the reason, without the address.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from monitor.channels._errors import hidden
from monitor.core.errors import DeliveryError

if TYPE_CHECKING:
    from monitor.core.channel_configs import AppriseChannel
    from monitor.core.messages import Want
    from monitor.core.model import Delivery, Message


class Apprise:
    """A channel that hands messages to apprise."""

    wants: frozenset[Want] = frozenset()
    at_once = 1
    """The log that explains a failure is apprise's one logger."""
    reaches_people = True

    def __init__(self, config: AppriseChannel) -> None:
        self.name = config.name
        self._config = config

    def recipients(self) -> tuple[str, ...]:
        """Return the channel itself."""
        return (self.name,)

    async def send(self, message: Message, delivery: Delivery) -> str:  # noqa: ARG002 - every channel's shape
        """Send the text; long ones are split as the service wants it."""
        return await asyncio.to_thread(self._notify, message)

    def _notify(self, message: Message) -> str:
        import apprise

        service = apprise.Apprise()
        if not service.add(self._config.url.reveal()):
            raise DeliveryError("apprise does not know such an address", retryable=False)
        with _Heard() as heard:
            taken = service.notify(title=message.subject, body=message.text, body_format=apprise.NotifyFormat.TEXT)
        if not taken:
            reason = hidden("; ".join(heard.lines) or "apprise gave no reason", (self._config.url,))
            raise DeliveryError(f"apprise: {reason}", retryable=True)
        return "taken by apprise"


class _Heard(logging.Handler):
    """What apprise says while it sends: collected here, and kept out of the log, where addresses would be."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        self._logger = logging.getLogger("apprise")

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        self.lines.append(record.getMessage())

    def __enter__(self) -> _Heard:
        self._was = self._logger.propagate
        self._logger.addHandler(self)
        self._logger.propagate = False
        return self

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)
        self._logger.propagate = self._was
