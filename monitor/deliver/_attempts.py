"""One attempt to deliver a message: calls its channel, and decides what is to be stored about it.

What happens after a failed attempt is decided in `core.messages.retries`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, assert_never

import structlog

from monitor.channels import Channel, UnclearError, UnreachableError
from monitor.core import messages
from monitor.core.errors import DatabaseError, DeliveryError
from monitor.core.messages import retries
from monitor.core.model import HELD, WAITS_FOR_EARLIER, Delivery, DeliveryState, Message
from monitor.deliver._alert_threads import in_threads
from monitor.deliver._configuration import DeliverySettings
from monitor.deliver._isolation import log_bug
from monitor.deliver._notices import move_from_removed_channel, readdress
from monitor.deliver._recipients import held_until, present_channel, removal_reason
from monitor.deliver._unrendered import NOT_RENDERED, is_unrendered, render_stored
from monitor.store import DatabaseThread, Store

StoreResult = Callable[[], bool | None]
"""Stores the result of an attempt; returns True if a failed delivery waits for its paused channel instead."""

_WAIT_FOR_EARLIER = timedelta(seconds=30)
"""The wait before the next attempt of a message that follows another one, while that one is being sent."""
_THREAD = re.compile(r"\d+\.\d+")
"""The id that Slack gives to a message, in its response."""

log = structlog.get_logger("monitor.deliver")


class _NotConfiguredError(DeliveryError):
    """The channel of a message is not configured any more."""


class _UnrenderedError(DeliveryError):
    """The message cannot be rendered, whatever the channel does."""


class _MovedError(DeliveryError):
    """The message is a notice that was queued for other channels, and is cancelled for this one."""


class _WaitsError(DeliveryError):
    """The message before this one, or the first of its thread, is not sent yet."""

    def __init__(self, until: datetime) -> None:
        super().__init__(WAITS_FOR_EARLIER, retryable=True)
        self.until = until


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """The result of one attempt to deliver a message."""

    delivery: Delivery
    outcome: Literal["sent", "queued", "unclear", "dead", "cancelled"]
    detail: str
    """The response of the service, or the reason of the failure."""


@dataclass(slots=True)
class ActiveChannel:
    """The deliveries of one channel that are in progress."""

    concurrency: int
    tasks: set[asyncio.Task[DeliveryResult]] = field(default_factory=set)
    unavailable: str = ""
    """Why the channel cannot be reached at present; its other deliveries are postponed without an attempt."""
    calls: set[asyncio.Task[str]] = field(default_factory=set)
    """Calls of `Channel.send` in progress."""
    is_cancelled: bool = False

    def cancel_calls(self) -> None:
        """Cancel the calls of the channel; the tasks around them continue and store the results."""
        self.is_cancelled = True
        self.unavailable = self.unavailable or "interrupted before it was sent"
        for call in self.calls:
            call.cancel()


@dataclass(slots=True, kw_only=True)
class Attempts:
    """Attempts deliveries, each once; the settings may be replaced at any time."""

    store: Store
    clock: Callable[[], datetime]
    database: DatabaseThread
    settings: DeliverySettings
    in_force_since: datetime
    """When `settings` were applied here. What was queued later may follow a configuration that is newer than them."""

    async def attempt(
        self, active: ActiveChannel, delivery: Delivery, message: Message
    ) -> tuple[DeliveryResult, StoreResult]:
        """Send the message once, unless it is held or cancelled; return the result and the function that stores it."""
        try:
            removal, until, channel = self._recipient_of(delivery)
            answer = "" if removal or until else await self._send(active, channel, delivery, message)
        except _WaitsError as error:
            return self._hold(delivery, error.until, str(error))
        except _MovedError as error:
            return DeliveryResult(delivery, "cancelled", str(error)), lambda: None
        except DeliveryError as error:
            if isinstance(error, UnreachableError):
                active.unavailable = str(error)
            return self._handle_failure(delivery, message, error)
        if removal:
            cancel = partial(self.store.cancel, delivery.id, self.clock(), removal)
            return DeliveryResult(delivery, "cancelled", removal), cancel
        if until:
            return self._hold(delivery, until, HELD)
        return DeliveryResult(delivery, "sent", answer), partial(self.store.sent, delivery.id, self.clock(), answer)

    def _recipient_of(self, delivery: Delivery) -> tuple[str, datetime | None, Channel | None]:
        """Return why a delivery is cancelled, if it is, until when it is held, and its channel, if configured."""
        settings, channels = self.settings, self.settings.channels
        try:
            removal = removal_reason(settings, delivery) if delivery.created_at < self.in_force_since else ""
            channel = channels.get(delivery.channel) or channels.get(present_channel(settings, delivery))
            return removal, held_until(settings, delivery, self.clock()), channel
        except Exception as error:  # a bug in one delivery must not stop the others
            log_bug("delivery failed", delivery, error)
            raise _internal_error(error) from error

    async def _send(self, active: ActiveChannel, channel: Channel | None, delivery: Delivery, message: Message) -> str:
        if channel is None:
            raise await self._without_channel(delivery, message)
        if active.unavailable:
            raise DeliveryError(active.unavailable, retryable=True)
        try:
            if is_unrendered(message):
                message = await self.database.run(partial(self._render, channel, delivery, message))
                delivery = replace(delivery, message_key=message.key)
            await self._check_order(message)
            noted = messages.with_delivery_notes(await self._with_thread(message), delivery, self.clock())
            return await self._call(active, channel, noted, delivery)
        except DeliveryError:
            raise
        except Exception as error:  # an error in one channel must not stop the others
            log_bug("channel failed", delivery, error)
            raise _internal_error(error) from error

    def _render(self, channel: Channel, delivery: Delivery, message: Message) -> Message:
        """Render and store a message that could not be rendered before; return it, or the first of several."""
        try:
            rendered = render_stored(message, channel.target(), self.settings.links)
        except Exception as error:  # a bug in a renderer must end this message alone
            log_bug("message not rendered", delivery, error)
            raise _UnrenderedError(NOT_RENDERED.format(error=type(error).__name__), retryable=False) from error
        parts = in_threads(self.store, message.channel, rendered)
        self.store.store_rendered(message.key, parts, self.clock())
        return parts[0]

    async def _without_channel(self, delivery: Delivery, message: Message) -> DeliveryError:
        """Send a notice through other channels; return the error that ends the attempt."""
        move = partial(move_from_removed_channel, self.store, self.settings, delivery, message, self.clock())
        try:
            moved = await self.database.run(move)
        except DatabaseError as error:
            return DeliveryError(str(error), retryable=True)
        if moved:
            return _MovedError(moved, retryable=False)
        return _NotConfiguredError(retries.NOT_CONFIGURED.format(channel=delivery.channel), retryable=False)

    async def _check_order(self, message: Message) -> None:
        """Raise _WaitsError until the messages that this one follows are sent or given up."""
        for key in {message.payload[name] for name in ("after", "thread_of") if name in message.payload}:
            before = await self.database.run(self.store.first_delivery, key)
            if before and before.state in {DeliveryState.QUEUED, DeliveryState.SENDING}:
                now = self.clock()
                raise _WaitsError(max(before.next_attempt_at or now + _WAIT_FOR_EARLIER, now))

    async def _with_thread(self, message: Message) -> Message:
        """Add the thread id to a message of another message's thread, if that one was sent."""
        key = message.payload.get("thread_of")
        first = await self.database.run(self.store.first_delivery, key) if key else None
        thread = _THREAD.search(first.answer) if first else None
        return replace(message, payload={**message.payload, "thread_ts": thread[0]}) if thread else message

    async def _call(self, active: ActiveChannel, channel: Channel, message: Message, delivery: Delivery) -> str:
        """Call the channel in a separate task, which can be cancelled while this one stores the result."""
        call = asyncio.ensure_future(channel.send(message, delivery))
        active.calls.add(call)
        try:
            return await call
        except asyncio.CancelledError:
            if not active.is_cancelled:
                raise
            raise UnclearError("interrupted while it was sent") from None
        finally:
            active.calls.discard(call)

    def _hold(self, delivery: Delivery, until: datetime, reason: str) -> tuple[DeliveryResult, StoreResult]:
        return DeliveryResult(delivery, "queued", reason), partial(self.store.hold, delivery.id, until, reason)

    def _handle_failure(
        self, delivery: Delivery, message: Message, error: DeliveryError
    ) -> tuple[DeliveryResult, StoreResult]:
        now = self.clock()
        decision = retries.decide_retry(delivery, error, now)
        match decision:
            case retries.RetryLater(at):
                outcome: Literal["queued", "unclear"] = "queued" if error.arrival == "no" else "unclear"
                later = partial(self.store.retry_later, delivery.id, at, str(error), arrival=error.arrival)
                return DeliveryResult(delivery, outcome, str(error)), later
            case retries.GiveUp(reason, is_channel_failure):
                of_channel = is_channel_failure and not isinstance(error, _NotConfiguredError | _UnrenderedError)
                give_up = partial(self._give_up, delivery, message, reason, now, of_channel=of_channel)
                return DeliveryResult(delivery, "dead", reason), give_up
            case _:
                assert_never(decision)

    def _give_up(self, delivery: Delivery, message: Message, reason: str, now: datetime, *, of_channel: bool) -> bool:
        """Mark a delivery as failed. A notice is first queued for another channel, so that a crash does not lose it."""
        if delivery.kind == "notice" and not readdress(self.store, self.settings, message, now):
            log.error("notice to operators failed, no other channel works", delivery=delivery.id, reason=reason)
        return self.store.give_up(delivery.id, now, reason, of_channel=of_channel)


def _internal_error(error: Exception) -> DeliveryError:
    return DeliveryError(f"internal error: {type(error).__name__}", retryable=True)
