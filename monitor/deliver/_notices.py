"""Send a notice to operators through another channel when its own refuses it for good, or is not configured any more.

Each channel and each recipient gets a notice once, however often channels are renamed. All functions are synchronous
and meant for the database thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from monitor.channels import Channel
from monitor.core import messages
from monitor.core.messages import operator_notices
from monitor.core.model import ChannelState, Delivery, DeliveryState, Message, bare_address
from monitor.deliver._configuration import DeliverySettings
from monitor.store import Store

MOVED = "the channel {channel} is not configured any more; the notice goes through {others}"
"""Why a notice of a channel that was removed or renamed is cancelled."""
_NOTE = "[Written at"
log = structlog.get_logger("monitor.deliver")


def working_channels(settings: DeliverySettings, states: Mapping[str, ChannelState]) -> list[Channel]:
    """List the channels without recent failures, in order of preference."""
    failing = {state.name for state in states.values() if state.failures or state.unreported}
    return [channel for channel in settings.channels_by_preference() if channel.name not in failing]


def move_from_removed_channel(
    store: Store, settings: DeliverySettings, delivery: Delivery, notice: Message, now: datetime
) -> str:
    """Send a notice through other channels if its own is not configured any more.

    Returns why its delivery is cancelled; empty if the channel is configured, or no other one is.
    """
    if delivery.kind != "notice" or delivery.channel in settings.channels:
        return ""
    others = readdress(store, settings, notice, now)
    if not others:
        return ""
    reason = MOVED.format(channel=delivery.channel, others=", ".join(others))
    store.cancel(delivery.id, now, reason)
    log.warning("notice goes through another channel", delivery=delivery.id, channel=delivery.channel, others=others)
    return reason


def readdress(store: Store, settings: DeliverySettings, notice: Message, now: datetime) -> list[str]:
    """Queue an undeliverable notice for other channels, unless they have it; return their names.

    What a channel refused goes to the first one that works. If the channel was removed, a notice about conditions goes
    to each channel of the operator, as it would now, and to one that fails or is paused if none works.
    """
    name, subject, text = messages.notice_content(notice)
    copies = _Copies(store, name, subject, text, store.deliveries_of_notice(name), now)
    states = store.channel_states()
    alternatives = [each for each in working_channels(settings, states) if each.name != notice.channel]
    reached: list[Channel] = []
    if notice.channel not in settings.channels:
        alternatives += _failing_channels(settings, states)
        if name.startswith(operator_notices.NAME_PREFIX):
            reached = [each for each in settings.configured_operator_channels() if copies.reach(each)]
    first = next(filter(copies.reach, alternatives), None)
    reached += [first] if first else []
    return list(dict.fromkeys(channel.name for channel in reached))


def _failing_channels(settings: DeliverySettings, states: Mapping[str, ChannelState]) -> list[Channel]:
    """List the channels with recent failures in order of preference, those last that are paused."""
    working = working_channels(settings, states)
    failing = [each for each in settings.channels_by_preference() if each not in working]
    return sorted(failing, key=lambda channel: states[channel.name].paused_at is not None)


@dataclass(frozen=True, slots=True)
class _Copies:
    """The copies of a notice for each channel."""

    store: Store
    name: str
    subject: str
    text: str
    deliveries: Sequence[Delivery]
    now: datetime

    def reach(self, channel: Channel) -> bool:
        """Queue the notice for those recipients of a channel who do not have it; False if the channel refused it."""
        earlier = [delivery for delivery in self.deliveries if delivery.channel == channel.name]
        for delivery in earlier:
            if delivery.state is DeliveryState.CANCELLED:  # the channel was removed in between
                self.store.requeue(delivery.id, self.now)
        if earlier:
            return any(delivery.state is not DeliveryState.DEAD for delivery in earlier)
        target = channel.target()
        sent = {bare_address(each.recipient) for each in self.deliveries if each.state is DeliveryState.SENT}
        recipients = tuple(each for each in target.recipients if bare_address(each) not in sent)
        if recipients:
            target = replace(target, recipients=recipients)
            message = messages.plain_message("notice", self.name, self.subject, self._text(), target)
            self.store.enqueue(message, self.now)
        return True

    def _text(self) -> str:
        """Return the text with a note of its age: what it reports may have been resolved since."""
        if self.text.startswith(_NOTE) or not self.deliveries:
            return self.text
        at = min(delivery.created_at for delivery in self.deliveries)
        return f"{_NOTE} {at:%Y-%m-%d %H:%M} UTC for another channel, which did not get it.]\n\n{self.text}"
