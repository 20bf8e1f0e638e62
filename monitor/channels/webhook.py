"""A hook of the user's own: JSON by POST, signed so that the other side can tell who sent it and when.

The signature is HMAC-SHA256 of `TIMESTAMP.BODY`, in hexadecimal after `v1=`; the key of the message stands in
Idempotency-Key, the same on a repeat.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from monitor.channels._errors import hidden
from monitor.channels._http import post, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from monitor.core.messages.channel_configs import WebhookChannel
    from monitor.core.model import Delivery, Message


class Webhook:
    """A channel that posts signed JSON."""

    wants: frozenset[str] = frozenset({"json"})
    at_once = 4
    reaches_people = True

    def __init__(
        self, config: WebhookChannel, client: httpx.AsyncClient, clock: Callable[[], datetime] | None = None
    ) -> None:
        self.name = config.name
        self._config = config
        self._client = client
        self._clock = clock or (lambda: datetime.now(UTC))

    def recipients(self) -> tuple[str, ...]:
        """Return the channel itself."""
        return (self.name,)

    async def send(self, message: Message, delivery: Delivery) -> str:
        """Post the message; any 2xx means that it was taken."""
        body = json.dumps(
            {"key": message.key, "maybe_repeat": delivery.maybe_repeat, **message.payload}, ensure_ascii=False
        ).encode()
        headers = {"Idempotency-Key": message.key, **self._signature(body)}
        answer = await post(self._client, self._config.url.reveal(), body, headers)
        said = hidden(answer.shown, (self._config.url, self._config.secret))
        if not answer.taken:
            raise refusal(answer, said)
        return f"http {answer.status} {said}".strip()

    def _signature(self, body: bytes) -> dict[str, str]:
        if not self._config.secret:
            return {}
        timestamp = str(int(self._clock().timestamp()))
        return {
            "X-Monitor-Timestamp": timestamp,
            "X-Monitor-Signature": f"v1={sign(self._config.secret.reveal(), timestamp, body)}",
        }


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Compute what a receiver must compute to check a message."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
