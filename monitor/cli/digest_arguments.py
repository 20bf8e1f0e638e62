"""Arguments of commands that name a configured digest, a reader of it, or a channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.errors import UsageError
from monitor.core.model import DigestConfig, bare_address

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.settings import Settings


def find_digests(app: App, digest_id: str, recipient: str | None) -> list[DigestConfig]:
    """Return the configurations of a digest: that of its channels, if it has any, then one for each recipient.

    `digest_id` may also be the name of one subscription. Raises UsageError if there is none, or none for `recipient`.
    """
    digests = app.settings.digests
    matching = [config for config in digests if config.id == digest_id or config.id.startswith(f"{digest_id}:")]
    if not matching:
        configured = ", ".join(config.id for config in digests) or "none"
        raise UsageError(f"digests.yaml has no digest {digest_id!r}; configured: {configured}")
    if recipient is None:
        return matching
    of_reader = [config for config in matching if bare_address(config.recipient) == bare_address(recipient)]
    if not of_reader:
        configured = ", ".join(config.recipient for config in matching if config.recipient) or "none"
        raise UsageError(f"the digest {digest_id} has no recipient {recipient!r}; configured: {configured}")
    return of_reader


def require_channel(settings: Settings, name: str) -> None:
    """Raise UsageError if no channel of that name is configured."""
    if name not in settings.channels:
        configured = ", ".join(settings.channels) or "none"
        raise UsageError(f"channels.yaml has no channel {name!r}; configured: {configured}")
