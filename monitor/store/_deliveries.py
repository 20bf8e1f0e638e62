"""Transactions of the outbox and of channels: claims, outcomes, pauses."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.store import _channel_states, _outbox
from monitor.store._database import Database
from monitor.store._failures import translated

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from monitor.core.model import ChannelState, Delivery, Message


class Outbox(Database):
    """Messages, their deliveries, and the channels that they wait for."""

    def enqueue(self, message: Message, now: datetime) -> None:
        """Queue a message, one delivery a recipient; one with a known key is left as it is."""
        with self._writing() as connection:
            _outbox.enqueue(connection, message, now)

    def claim_deliveries(
        self, now: datetime, limit: int = 50, *, passing_over: Collection[str] = (), in_hand: Collection[int] = ()
    ) -> list[tuple[Delivery, Message]]:
        """Claim due deliveries; no other sender gets them until their outcome is stored or this process ends.

        Deliveries of senders that have died are due at once, marked as possible repeats. `in_hand` names what this
        sender has taken and still works on; what else it holds was broken off, and is queued again for later, marked.
        What is due on the channels that are passed over stays where it is. Of a paused channel one delivery is taken
        when it is to be probed, beyond the limit.
        """
        with translated(self.url):
            self._sender.keep()
        with self._writing() as connection:
            _outbox.release(connection, now, self._sender, in_hand)
            ids = _channel_states.probes(connection, now, passing_over)
            ids += _outbox.due(connection, now, limit, passing_over)
            return _outbox.take(connection, ids, self._sender.number)

    def sent(self, delivery_id: int, now: datetime, answer: str = "") -> None:
        """Note that the other side accepted it, and what it said. A channel that was paused goes on."""
        with self._writing() as connection:
            _outbox.sent(connection, delivery_id, now, answer)
            _channel_states.resume_of(connection, delivery_id, now)

    def retry_later(self, delivery_id: int, at: datetime, error: str, *, may_have_arrived: bool = False) -> None:
        """Queue it again for `at`; one that may have arrived is marked as a possible repeat."""
        with self._writing() as connection:
            _outbox.put_off(connection, delivery_id, at, error, may_have_arrived=may_have_arrived)

    def bring_forward(self, now: datetime, by: timedelta) -> None:
        """Try what waits for another attempt earlier by so much: the clock was put back by that while it waited.

        For the one process that keeps house: each that does it brings everything forward once more.
        """
        with self._writing() as connection:
            _outbox.bring_forward(connection, now, by)

    def give_up(self, delivery_id: int, now: datetime, error: str, *, of_channel: bool = True) -> bool:
        """Let it be dead until someone requeues it; returns True if it is not, but waits for its paused channel.

        A channel is paused after `pausing.MAX_FAILURES` messages in a row. `of_channel` False: the failure says
        nothing about other messages.
        """
        with self._writing() as connection:
            _outbox.give_up(connection, delivery_id, now, error)
            return _channel_states.count_failure(connection, delivery_id, now, error, of_channel=of_channel)

    def deliveries(self, *, failed: bool = False, limit: int = 100) -> list[Delivery]:
        """Return the outbox, newest first; `failed`: only what has an error and is not sent."""
        with self._reading() as connection:
            return _outbox.newest(connection, failed=failed, limit=limit)

    def requeue(self, delivery_id: int, now: datetime) -> bool:
        """Queue a dead or waiting delivery at once, and let its channel go on; False when there is none such."""
        with self._writing() as connection:
            if not _outbox.requeue(connection, delivery_id, now):
                return False
            _channel_states.resume_of(connection, delivery_id, now)
            return True

    def channel_states(self) -> dict[str, ChannelState]:
        """Return the channels that have ever failed for good, by name, with what waits for those that are paused."""
        with self._reading() as connection:
            return _channel_states.states(connection)

    def resume_channel(self, name: str, now: datetime) -> bool:
        """Let a paused channel go on; False when it is not paused."""
        with self._writing() as connection:
            return _channel_states.resume(connection, name, now)

    def note_channel_config(self, name: str, fingerprint: str) -> None:
        """Store the fingerprint of the configuration with which a channel was paused."""
        with self._writing() as connection:
            _channel_states.note_config(connection, name, fingerprint)

    def report_channels(self, message: Message, names: Collection[str], now: datetime) -> bool:
        """Queue a notice about channels; False, and nothing done, if another sender has reported them meanwhile."""
        with self._writing() as connection:
            return _channel_states.report(connection, message, names, now)
