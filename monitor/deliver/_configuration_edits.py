"""What becomes of the records of digests and of queued messages when the configuration is edited.

Records follow digests to another id (`was`). What waits for a reader follows the reader to another channel, or is
cancelled if the reader was removed, with the reason. A notice goes through the operators' present channels. Any other
message of a channel that was removed or renamed fails, and is queued again when a channel of that name returns.

Synchronous and short; meant for the database thread.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

import structlog

from monitor.core.digests.runs import former_ids
from monitor.core.messages import retries
from monitor.core.messages.pausing import MAX_CHANNEL_PAUSE
from monitor.core.model import Delivery
from monitor.deliver._configuration import DeliverySettings
from monitor.deliver._isolation import log_bug, run_each
from monitor.deliver._notices import move_from_removed_channel
from monitor.deliver._recipients import present_channel, removal_reason
from monitor.store import Store

log = structlog.get_logger("monitor.deliver")


def record_renames(store: Store, settings: DeliverySettings) -> None:
    """Move what is stored of each digest that got another id; further calls change nothing."""
    for was, digest_id in former_ids(settings.digests.values()).items():
        if store.rename_digest(was, digest_id):
            log.info("digest has another id", digest=digest_id, was=was)


def apply_edits(store: Store, settings: DeliverySettings, now: datetime) -> None:
    """Let the records of digests and the queued deliveries follow the configuration."""
    record_renames(store, settings)
    for delivery in store.queued_deliveries():
        _, bugs = run_each([(f"delivery {delivery.id}", partial(_apply_to, delivery, store, settings, now))])
        for bug in bugs:  # it must not stop the other deliveries
            log_bug("edit not applied to a delivery", delivery, bug)
    reasons = [retries.NOT_CONFIGURED.format(channel=name) for name in settings.channels]
    if returned := store.requeue_failed(reasons, now - MAX_CHANNEL_PAUSE, now):
        log.info("deliveries queued again, their channel has returned", deliveries=returned)


def _apply_to(delivery: Delivery, store: Store, settings: DeliverySettings, now: datetime) -> None:
    if reason := removal_reason(settings, delivery):
        store.cancel(delivery.id, now, reason)
        log.info("delivery cancelled", delivery=delivery.id, channel=delivery.channel, reason=reason)
    elif delivery.kind == "notice" and (stored := store.delivery(delivery.id)):
        move_from_removed_channel(store, settings, *stored, now)
    elif (channel := present_channel(settings, delivery)) != delivery.channel:
        store.send_by(delivery.id, channel)
        log.info("delivery goes by another channel", delivery=delivery.id, channel=channel, was=delivery.channel)
