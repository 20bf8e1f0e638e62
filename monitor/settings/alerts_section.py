"""The alerts of digests.yaml, key by key. The text under a key is what editors and docs/schema show."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from monitor.config_types.addresses import Address
from monitor.config_types.section import ConfigSection
from monitor.config_types.times import Duration, QuietHours, TimeZone, duration_between
from monitor.config_types.values import LIST
from monitor.core.model import AlertConfig, AlertReader
from monitor.settings.receivers import Priority, check_receivers, from_address
from monitor.settings.references import ChannelRef


class AlertRecipientSection(ConfigSection):
    """One reader of the alerts, by mail."""

    address: Address
    """The mail address."""
    timezone: TimeZone | None = None
    """The time zone of their quiet hours, and of the times in their alerts. Default: `timezone` of monitor.yaml."""
    quiet_hours: QuietHours | None = None
    """A time of day in which alerts for this reader are held; they are sent at its end."""


_AlertRecipient = Annotated[
    AlertRecipientSection, BeforeValidator(from_address, json_schema_input_type=str | AlertRecipientSection)
]
"""A reader without settings of their own may be written as a mere address."""


class AlertsSection(ConfigSection):
    """Urgent hits, sent without waiting for a digest."""

    min_priority: Priority = "urgent"
    """The lowest priority of the rules."""
    channels: Annotated[tuple[ChannelRef, ...], LIST] = ()
    """Where alerts are sent. Alerts need `channels` or `recipients`."""
    recipients: Annotated[tuple[_AlertRecipient, ...], LIST] = ()
    """Readers who receive alerts by mail, each with quiet hours of their own."""
    via: ChannelRef | None = None
    """The channel of type `email` by which `recipients` receive them; its own recipients do not."""
    window: Annotated[Duration, duration_between("0s", "1d")] = timedelta(minutes=10)
    """Collect hits for this long, then send one message."""
    cooldown: Annotated[Duration, duration_between("0s", "365d")] = timedelta(hours=12)
    """After an alert about a story, no further alert about it for this long."""
    max_per_day: Annotated[int, Field(ge=1, le=1000)] | None = None
    """The most alerts per day, without spikes; the next digest contains the rest. Default: no limit."""
    quiet_hours: QuietHours | None = None
    """A time of day, such as `22:00-07:00`, in which all alerts are held; they are sent at its end."""

    @model_validator(mode="after")
    def _check_recipients(self) -> AlertsSection:
        check_receivers(self.channels, self.via, [each.address for each in self.recipients])
        return self

    def to_config(self, timezone: str) -> AlertConfig:
        """Return the configuration of the alerts."""
        readers = (
            each.to_value(AlertReader, via=self.via or "", timezone=each.timezone or timezone)
            for each in self.recipients
        )
        return self.to_value(AlertConfig, readers=tuple(readers), timezone=timezone)
