"""Delivery errors other than refusals of the service, and the redaction of secrets in what is reported of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from monitor.config_types.credentials import Secret
from monitor.core.errors import DeliveryError
from monitor.core.text import clean_line

MAX_DELIVERY_REASON_CHARS = 300
"""Characters of the reason of an error."""
_MIN_SECRET_CHARS = 6
"""Characters; shorter secrets are parts of ordinary words."""


class UnreachableError(DeliveryError):
    """The server could not be reached: nothing was sent, and other messages would fail now too."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, retryable=True)


class UnclearError(DeliveryError):
    """The message was on the wire when the connection broke: it may have arrived."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, retryable=True, arrival="unclear")


def redact(text: str, secrets: Iterable[Secret]) -> str:
    """Return the text of a response or an error as one line without secrets, cut to MAX_DELIVERY_REASON_CHARS."""
    confidential = {part for secret in secrets for part in _parts(secret.reveal())}
    for part in sorted(confidential, key=len, reverse=True):
        text = text.replace(part, "***")
    return clean_line(text, limit=MAX_DELIVERY_REASON_CHARS)


def _parts(secret: str) -> Iterator[str]:
    """Yield a secret and, of an address, all parts but its host: servers repeat the path without it."""
    parts = [secret]
    if "://" in secret:
        authority, _, tail = secret.split("://", 1)[1].partition("/")
        path = re.split(r"[?#]", tail)[0]
        parts += [tail, path, *re.split(r"[/?#&=]", tail), *authority.rpartition("@")[0].split(":")]
    return (part for part in parts if len(part) >= _MIN_SECRET_CHARS)
