"""What digests and alerts have in common: priorities, and to whom they go by channels and by mail."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

from monitor.config_types.values import INCOMPLETE, invalid
from monitor.core.model import repeated_address

Priority = Literal["low", "normal", "high", "urgent"]


def check_receivers(channels: Collection[str], via: str | None, addresses: Sequence[str]) -> None:
    """Refuse what would be sent to nobody, or to a reader twice."""
    if not channels and not addresses:
        raise invalid(INCOMPLETE, "goes nowhere; name channels, or recipients with via")
    if addresses and via is None:
        raise invalid(INCOMPLETE, "has recipients but no via; name a channel of type email")
    if via is not None and not addresses:
        raise invalid(INCOMPLETE, "has via but no recipients")
    if repeated := repeated_address(addresses):
        raise invalid(INCOMPLETE, f"names the recipient {repeated} twice")


def from_address(value: object) -> object:
    """Return the settings of a reader who is written as a mere address."""
    return {"address": value} if isinstance(value, str) else value
