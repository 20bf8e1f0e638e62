"""What becomes of queued messages when their reader or their channel is removed from the configuration.

A reader who was removed receives nothing more: the delivery is cancelled, with the reason. A message of a channel that
was removed or renamed fails, and is queued again when a channel of that name returns; one for a reader goes by the
channel that the reader has now, and a notice to operators by theirs.

Synchronous and short; what uses the store is meant for the database thread.
"""

from __future__ import annotations

from datetime import datetime

import structlog

from monitor.channels import Channel
from monitor.core.messages import retries
from monitor.core.messages.pausing import MAX_CHANNEL_PAUSE
from monitor.core.model import Delivery, bare_address
from monitor.deliver._configuration import DeliverySettings
from monitor.deliver._notices import move_from_removed_channel
from monitor.store import Store

REMOVED_READER = (
    "{recipient} is not a recipient any more; if the address is added again, `monitor deliveries --retry ID` sends it"
)
log = structlog.get_logger("monitor.deliver")


def apply_removals(store: Store, settings: DeliverySettings, now: datetime) -> None:
    """Cancel the queued deliveries of removed readers, move notices, and queue those again whose channel returned."""
    for delivery in store.queued_deliveries():
        if reason := removal_reason(settings, delivery):
            store.cancel(delivery.id, now, reason)
            log.info("delivery cancelled", delivery=delivery.id, channel=delivery.channel, reason=reason)
        elif delivery.kind == "notice" and (stored := store.delivery(delivery.id)):
            move_from_removed_channel(store, settings, *stored, now)
    reasons = [retries.NOT_CONFIGURED.format(channel=name) for name in settings.channels]
    if returned := store.requeue_failed(reasons, now - MAX_CHANNEL_PAUSE, now):
        log.info("deliveries queued again, their channel has returned", deliveries=returned)


def channel_for(settings: DeliverySettings, delivery: Delivery) -> Channel | None:
    """Return the channel of a delivery, None if it is not configured any more.

    If the channel of a message for one reader is gone, it is the one by which the reader gets such messages now.
    """
    address = bare_address(delivery.recipient)
    name = delivery.channel
    if name not in settings.channels and delivery.kind == "alert":
        readers = settings.alerts.readers if settings.alerts else ()
        own = f":{address}/" in delivery.message_key
        name = next((each.via for each in readers if own and bare_address(each.address) == address), name)
    elif name not in settings.channels:
        digest = settings.digests.get(delivery.message_key.removeprefix("digest/").partition("/")[0])
        name = digest.channels[0] if digest and bare_address(digest.recipient) == address else name
    return settings.channels.get(name)


def removal_reason(settings: DeliverySettings, delivery: Delivery) -> str:
    """Return why a delivery is cancelled: its reader was removed; empty if it may be sent.

    A digest that was renamed is still sent to those who are readers of another digest. Only mailboxes belong to
    readers: what waits for a room of Slack is sent to the room that the channel has now. Notices to operators are
    always sent, and nothing is cancelled while the files have an error.
    """
    if settings.is_last_good or delivery.kind not in {"digest", "alert"}:
        return ""
    address = bare_address(delivery.recipient)
    own = f":{address}/"
    if own not in delivery.message_key:
        channel = settings.channels.get(delivery.channel)
        mailboxes = [bare_address(each) for each in channel.recipients() if "@" in each] if channel else []
        is_reader = "@" not in address or not mailboxes or address in mailboxes or _reads_any(settings, address)
    elif delivery.kind == "alert":
        is_reader = settings.alerts is not None and any(
            address == bare_address(reader.address) for reader in settings.alerts.readers
        )
    else:
        is_reader = _is_subscriber(settings, delivery.message_key.removeprefix("digest/").partition(own)[0], address)
    return "" if is_reader else REMOVED_READER.format(recipient=delivery.recipient)


def _is_subscriber(settings: DeliverySettings, digest_id: str, address: str) -> bool:
    if any(name.partition(":")[0] == digest_id for name in settings.digests):
        return f"{digest_id}:{address}" in settings.digests
    return _reads_any(settings, address)


def _reads_any(settings: DeliverySettings, address: str) -> bool:
    return any(bare_address(config.recipient) == address for config in settings.digests.values())
