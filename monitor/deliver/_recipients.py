"""What the configuration in force says of a delivery that was queued under an earlier one.

Whether its recipient still receives it, by which channel, and until when it is held. A digest that got another id is
known by `was`, a reader by their address; channels have no former names.
"""

from __future__ import annotations

from datetime import datetime

from monitor.core.digests.runs import former_ids, present_name
from monitor.core.digests.slots import quiet_until
from monitor.core.model import AlertReader, Delivery, bare_address
from monitor.deliver._configuration import DeliverySettings

REMOVED_READER = (
    "{recipient} is not a recipient any more; if the address is added again, `monitor deliveries --retry ID` sends it"
)


def present_channel(settings: DeliverySettings, delivery: Delivery) -> str:
    """Return the name of the channel by which a delivery goes now, which may not be configured.

    What is for one reader goes as this reader receives such messages now (`via`); all else by the channel for which it
    was written.
    """
    if not _is_for_one_reader(delivery):
        return delivery.channel
    if delivery.kind == "alert":
        reader = _alert_reader(settings, delivery)
        return reader.via if reader else delivery.channel
    digest = settings.digests.get(_present_digest(settings, delivery))
    return digest.channels[0] if digest and digest.channels else delivery.channel


def held_until(settings: DeliverySettings, delivery: Delivery, now: datetime) -> datetime | None:
    """Return the end of the quiet hours that hold back an alert; None if it may be sent."""
    if settings.alerts is None or delivery.kind != "alert":
        return None
    hours = [(settings.alerts.quiet_hours, settings.alert_context.timezone)]
    if reader := _alert_reader(settings, delivery):
        hours.append((reader.quiet_hours, reader.timezone))
    return max(filter(None, (quiet_until(each, now, timezone) for each, timezone in hours)), default=None)


def removal_reason(settings: DeliverySettings, delivery: Delivery) -> str:
    """Return why a delivery is cancelled: its reader was removed; empty if it may be sent.

    A digest that is gone is still sent to those who are readers of another digest. Only mailboxes belong to readers:
    a queued message for Slack is sent to the address that the channel has now. Notices to operators are always sent,
    and nothing is cancelled while the files have an error.
    """
    if settings.is_last_good or delivery.kind not in {"digest", "alert"}:
        return ""
    address = bare_address(delivery.recipient)
    if not _is_for_one_reader(delivery):
        channel = settings.channels.get(delivery.channel)
        mailboxes = [bare_address(each) for each in channel.recipients() if "@" in each] if channel else []
        is_reader = "@" not in address or not mailboxes or address in mailboxes or _reads_any(settings, address)
    elif delivery.kind == "alert":
        is_reader = _alert_reader(settings, delivery) is not None
    else:
        is_reader = _is_subscriber(settings, _present_digest(settings, delivery), address)
    return "" if is_reader else REMOVED_READER.format(recipient=delivery.recipient)


def _is_for_one_reader(delivery: Delivery) -> bool:
    return f":{bare_address(delivery.recipient)}/" in delivery.message_key


def _alert_reader(settings: DeliverySettings, delivery: Delivery) -> AlertReader | None:
    readers = settings.alerts.readers if settings.alerts and _is_for_one_reader(delivery) else ()
    address = bare_address(delivery.recipient)
    return next((reader for reader in readers if bare_address(reader.address) == address), None)


def _present_digest(settings: DeliverySettings, delivery: Delivery) -> str:
    return present_name(delivery.digest_id, former_ids(settings.digests.values()))


def _is_subscriber(settings: DeliverySettings, digest: str, address: str) -> bool:
    if digest in settings.digests:
        return True
    configured = digest.partition(":")[0]
    is_gone = not any(name.partition(":")[0] == configured for name in settings.digests)
    return is_gone and _reads_any(settings, address)


def _reads_any(settings: DeliverySettings, address: str) -> bool:
    return any(bare_address(config.recipient) == address for config in settings.digests.values())
