"""Two ways in which a delivery fails that are more than a refusal, and how errors are kept free of secrets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from monitor.core.errors import DeliveryError
from monitor.core.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from monitor.core.messages.channel_configs import Secret

LONGEST = 300
_SHORTEST_SECRET = 6
"""Characters; to hide a shorter one would tear words apart and hide little."""


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
    telling = {part for secret in secrets if secret for part in _parts(secret.reveal())}
    for part in sorted(telling, key=len, reverse=True):
        text = text.replace(part, "***")
    return clean_line(text, limit=LONGEST)


def _parts(secret: str) -> Iterator[str]:
    """Give a secret and, of an address, all that is not its host: servers repeat a path without it."""
    parts = [secret]
    if "://" in secret:
        place, _, tail = secret.split("://", 1)[1].partition("/")
        path = re.split(r"[?#]", tail)[0]
        parts += [tail, path, *re.split(r"[/?#&=]", tail), *place.rpartition("@")[0].split(":")]
    return (part for part in parts if len(part) >= _SHORTEST_SECRET)
