"""JSON by POST to an address of the user, signed so that the receiver can check who sent it and when.

The signature is HMAC-SHA256 of `TIMESTAMP.BODY`, in hexadecimal after `v1=`. The header Idempotency-Key holds the key
of the message, which is the same when the message is repeated.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime

import httpx

from monitor.channels.errors import redact
from monitor.channels.http_post import post, rejection
from monitor.channels.interface import Channel
from monitor.channels.webhook.config import WebhookConfig
from monitor.config_types.credentials import secrets_in
from monitor.core.model import Delivery, Message


class WebhookChannel(Channel):
    """A channel that posts signed JSON."""

    formats = frozenset({"json"})
    concurrency = 4

    def __init__(
        self, name: str, config: WebhookConfig, client: httpx.AsyncClient, clock: Callable[[], datetime]
    ) -> None:
        self.name = name
        self._config = config
        self._client = client
        self._clock = clock

    async def send(self, message: Message, delivery: Delivery) -> str:
        """Post the message; any 2xx means that it was accepted."""
        body = json.dumps(
            {"key": message.key, "maybe_repeat": delivery.maybe_repeat, **message.payload}, ensure_ascii=False
        ).encode()
        headers = {"Idempotency-Key": message.key, **self._signature(body)}
        response = await post(self._client, self._config.url.reveal(), body, headers)
        excerpt = redact(response.excerpt, secrets_in(self._config))
        if not response.accepted:
            raise rejection(response, excerpt)
        return f"http {response.status} {excerpt}".strip()

    def _signature(self, body: bytes) -> dict[str, str]:
        if not self._config.secret:
            return {}
        timestamp = str(int(self._clock().timestamp()))
        return {
            "X-Monitor-Timestamp": timestamp,
            "X-Monitor-Signature": f"v1={sign(self._config.secret.reveal(), timestamp, body)}",
        }


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a message, as its receiver computes it to compare."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
