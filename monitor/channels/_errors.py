"""Two ways in which a delivery fails that are more than a refusal, and how errors are kept free of secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.errors import DeliveryError
from monitor.core.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.core.channel_configs import Secret

LONGEST = 300
_SHORTEST_SECRET = 4
"""Characters; to hide a shorter secret would tear words apart and hide nothing."""


class UnreachableError(DeliveryError):
    """The other side could not be reached at all: nothing was sent, and nobody else will get through just now."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, retryable=True)


class UnclearError(DeliveryError):
    """The message was on the wire when the connection broke: it may have arrived."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, retryable=True)


def hidden(text: str, secrets: Iterable[Secret | None]) -> str:
    """Put what the other side or a library said on one line, without the secrets that it may repeat."""
    for secret in secrets:
        if secret and len(secret.reveal()) >= _SHORTEST_SECRET:
            text = text.replace(secret.reveal(), "***")
    return clean_line(text, limit=LONGEST)
