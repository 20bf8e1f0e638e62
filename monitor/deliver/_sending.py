"""Sends what is due in the outbox: takes deliveries, hands them to their channels, and stores how each attempt ended.

Every channel has a lane as wide as it allows, and what waits in one lane holds up no other. That a message was accepted
is stored until the database takes it: a message is never repeated because the database was busy for a while. What
becomes of a failed attempt is decided in `core.messages.outbox`.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeVar, assert_never

import structlog

from monitor.channels import UnclearError, UnreachableError
from monitor.core import messages
from monitor.core.errors import DatabaseError, DeliveryError
from monitor.core.messages import outbox
from monitor.deliver._channel_watch import ChannelWatch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Executor
    from datetime import datetime

    from monitor.channels import Channel
    from monitor.core.model import Delivery, Message
    from monitor.store import Store

T = TypeVar("T")
Storing = Callable[[], bool | None]
"""Stores an outcome; returns True if a delivery that was given up waits for its paused channel instead."""

AT_A_TIME = 16
"""Deliveries taken from the outbox at once; a lane holds hardly more than that."""
LOOK_AGAIN = 1.0
"""Seconds between looks at the outbox while something is under way."""
STORE_AGAIN = 1.0
"""Seconds after which an outcome that the database did not take is stored again."""
REPORT_EVERY = 60.0
"""Seconds in which failures are gathered for one notice, at most."""
LAST_SECONDS = 2.0
"""For what is still under way when the sender is closed; then it is broken off."""
SETTLING = 2.5
"""Seconds for storing what became of deliveries that were broken off."""

log = structlog.get_logger("monitor.deliver")


class _NotConfiguredError(DeliveryError):
    """The channel of a message is gone."""


@dataclass(frozen=True, slots=True)
class Settled:
    """How one attempt ended."""

    delivery: Delivery
    outcome: Literal["sent", "queued", "unclear", "dead"]
    said: str
    """The other side's answer, or why it did not work."""


@dataclass(slots=True)
class _Lane:
    """One channel's deliveries that are under way."""

    width: int
    room: asyncio.Semaphore
    tasks: set[asyncio.Task[Settled]] = field(default_factory=set)
    closed: str = ""
    """Why the channel cannot be reached just now: what waits is put off without a try."""
    calls: set[asyncio.Task[str]] = field(default_factory=set)
    """The calls of the channel that are under way."""
    broken_off: bool = False

    def break_off(self) -> None:
        """Cancel the calls of the channel; the tasks around them go on and store the outcome."""
        self.broken_off = True
        self.closed = self.closed or "broken off before it was sent"
        for call in self.calls:
            call.cancel()


class Sender:
    """Sends what the outbox holds."""

    def __init__(self, store: Store, clock: Callable[[], datetime], database: Executor | None) -> None:
        self.stopping = False
        self._store = store
        self._clock = clock
        self._database = database
        self._lanes: dict[str, _Lane] = {}
        self._in_hand: set[int] = set()
        """Deliveries that were taken and whose outcome is not stored yet."""
        self._taking = asyncio.Lock()
        """Two calls that took at once would each hold what the other took for broken off."""
        self._report_at = 0.0
        """On the loop's clock: until then, failures are gathered for one notice while others are still under way."""
        self.configure({}, {})

    def configure(self, channels: Mapping[str, Channel], identities: Mapping[str, str]) -> None:
        """Take other channels, and for each a text that is another one after any edit of it."""
        self._channels = channels
        self._watch = ChannelWatch(self._store, channels, identities, self._clock)

    async def send_queued(self, within: float | None = None) -> list[Settled]:
        """Send until nothing is due and nothing under way, or for so many seconds.

        What is still under way then goes on by itself, also when this call is cancelled, and the next call takes it up.
        Raises DatabaseError when the outbox cannot be read and nothing is under way.
        """
        loop = asyncio.get_running_loop()
        ends = None if within is None else loop.time() + within
        settled: list[Settled] = []
        await self._ask(self._watch.resume_edited)
        while True:
            await self._start_due()
            under_way = {task for lane in self._lanes.values() for task in lane.tasks}
            if await self._reported(is_idle=not under_way):
                continue
            if not under_way or (ends is not None and loop.time() >= ends and not self.stopping):
                return settled
            done, _ = await asyncio.wait(under_way, timeout=LOOK_AGAIN, return_when=asyncio.FIRST_COMPLETED)
            settled += _finished(self._lanes, done)

    async def close(self) -> None:
        """Take nothing more, wait a moment for what is under way, and break off the rest.

        What was not sent yet is queued again; the outcome of what may have arrived is unclear. Takes LAST_SECONDS and
        SETTLING at most, whatever channels and database do: what is not stored by then is left to the next sender.
        """
        self.stopping = True
        lanes = list(self._lanes.values())
        late = {task for lane in lanes for task in lane.tasks}
        self._lanes.clear()
        if late:
            _, late = await asyncio.wait(late, timeout=LAST_SECONDS)
        for lane in lanes:
            lane.break_off()
        if late:
            _, late = await asyncio.wait(late, timeout=SETTLING)
        for task in late:
            task.cancel()

    async def _reported(self, *, is_idle: bool) -> bool:
        """Queue a notice of what failed, once nothing is under way or a minute has passed; True if there is one."""
        now = asyncio.get_running_loop().time()
        if not is_idle and now < self._report_at:
            return False
        self._report_at = now + REPORT_EVERY
        return bool(await self._ask(self._watch.report))

    async def _ask(self, work: Callable[[], T]) -> T | None:
        """Look after the channels; a database that is busy is asked again by the next call."""
        try:
            return await self._in_database(work)
        except DatabaseError as error:
            log.warning("channels not looked after", reason=str(error))
            return None

    async def _start_due(self) -> None:
        """Take what is due, as long as there is room for it, and start it."""
        while not self.stopping and (taken := await self._take()):
            for delivery, message in taken:
                self._start(delivery, message)

    async def _take(self) -> list[tuple[Delivery, Message]]:
        async with self._taking:
            busy = [name for name, lane in self._lanes.items() if len(lane.tasks) >= lane.width]
            in_hand = frozenset(self._in_hand)
            try:
                taken = await self._in_database(
                    lambda: self._store.claim_deliveries(self._clock(), AT_A_TIME, passing_over=busy, in_hand=in_hand)
                )
            except DatabaseError as error:
                if not self._lanes:
                    raise
                log.warning("outbox not read, looked at again", reason=str(error))
                return []
            self._in_hand.update(delivery.id for delivery, _ in taken)
            return taken

    def _start(self, delivery: Delivery, message: Message) -> None:
        lane = self._lanes.get(delivery.channel)
        if lane is None:
            width = channel.at_once if (channel := self._channels.get(delivery.channel)) else 1
            lane = self._lanes[delivery.channel] = _Lane(width, asyncio.Semaphore(width))
        lane.tasks.add(asyncio.create_task(self._deliver(lane, delivery, message)))

    async def _deliver(self, lane: _Lane, delivery: Delivery, message: Message) -> Settled:
        try:
            async with lane.room:
                settled, store = await self._attempt(lane, delivery, message)
            if await self._stored(delivery, store):
                settled = replace(settled, outcome="queued")
                log.warning("channel is paused", channel=delivery.channel, reason=settled.said)
        finally:
            self._in_hand.discard(delivery.id)
        _log(settled)
        return settled

    async def _attempt(self, lane: _Lane, delivery: Delivery, message: Message) -> tuple[Settled, Storing]:
        """Send it once; returns how that ended, and what stores it."""
        try:
            answer = await self._send(lane, delivery, message)
        except DeliveryError as error:
            if isinstance(error, UnreachableError):
                lane.closed = str(error)
            return self._failed(delivery, message, error)
        return Settled(delivery, "sent", answer), partial(self._store.sent, delivery.id, self._clock(), answer)

    async def _stored(self, delivery: Delivery, store: Storing) -> bool:
        """Store an outcome, again and again until the database takes it; only `close` ends that.

        Returns True if a delivery that was given up waits for its paused channel instead.
        """
        tries = 0
        while True:
            try:
                return bool(await self._in_database(store))
            except Exception as error:  # noqa: BLE001 - whatever it is, a message that was accepted is not sent again
                if tries in {0, 10, 100}:
                    reason = str(error) if isinstance(error, DatabaseError) else type(error).__name__
                    log.error("outcome not stored, tried again", delivery=delivery.id, reason=reason)  # noqa: TRY400
                tries += 1
                await asyncio.sleep(STORE_AGAIN)

    async def _send(self, lane: _Lane, delivery: Delivery, message: Message) -> str:
        channel = self._channels.get(delivery.channel)
        if channel is None:
            raise _NotConfiguredError(f"the channel {delivery.channel} is not configured any more", retryable=False)
        if lane.closed:
            raise DeliveryError(lane.closed, retryable=True)
        try:
            return await self._call(
                lane, channel, messages.with_delivery_notes(message, delivery, self._clock()), delivery
            )
        except DeliveryError:
            raise
        except Exception as error:  # a fault of one channel is that channel's fault
            # Where it happened and no more: what it says, and the values around it, may be secrets.
            where = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
            log.error("channel failed", channel=delivery.channel, error=type(error).__name__, where=where)  # noqa: TRY400
            raise DeliveryError(f"internal error: {type(error).__name__}", retryable=True) from error

    async def _call(self, lane: _Lane, channel: Channel, message: Message, delivery: Delivery) -> str:
        """Call the channel in a task of its own, which can be cancelled while this one stores the outcome."""
        call = asyncio.ensure_future(channel.send(message, delivery))
        lane.calls.add(call)
        try:
            return await call
        except asyncio.CancelledError:
            if not lane.broken_off:
                raise
            raise UnclearError("broken off while it was sent") from None
        finally:
            lane.calls.discard(call)

    def _failed(self, delivery: Delivery, message: Message, error: DeliveryError) -> tuple[Settled, Storing]:
        now = self._clock()
        decision = outbox.after_failure(
            delivery,
            str(error),
            now,
            retryable=error.retryable,
            unclear=isinstance(error, UnclearError),
            retry_after=error.retry_after,
        )
        match decision:
            case outbox.TryAgain(at, may_have_arrived):
                outcome: Literal["queued", "unclear"] = "unclear" if may_have_arrived else "queued"
                later: Storing = partial(
                    self._store.retry_later, delivery.id, at, str(error), may_have_arrived=may_have_arrived
                )
                return Settled(delivery, outcome, str(error)), later
            case outbox.GiveUp(reason, of_channel):
                of_channel = of_channel and not isinstance(error, _NotConfiguredError)
                bury = partial(self._bury, delivery, message, reason, now, of_channel=of_channel)
                return Settled(delivery, "dead", reason), bury
            case _:
                assert_never(decision)

    def _bury(self, delivery: Delivery, message: Message, reason: str, now: datetime, *, of_channel: bool) -> bool:
        """Give it up. A notice goes to another channel first: a crash between the two does not lose it."""
        if delivery.kind == "notice" and (notice := self._watch.forwarded(message)):
            self._store.enqueue(notice, now)
        return self._store.give_up(delivery.id, now, reason, of_channel=of_channel)

    async def _in_database(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._database, work)


def _log(settled: Settled) -> None:
    delivery = settled.delivery
    if settled.outcome == "sent":
        log.info("delivered", delivery=delivery.id, channel=delivery.channel, kind=delivery.kind)
        return
    log.warning(
        "not delivered",
        delivery=delivery.id,
        channel=delivery.channel,
        outcome=settled.outcome,
        reason=settled.said,
    )


def _finished(lanes: dict[str, _Lane], done: set[asyncio.Task[Settled]]) -> list[Settled]:
    """Return the results, and close the lanes in which nothing is left."""
    for name, lane in list(lanes.items()):
        lane.tasks -= done
        if not lane.tasks:
            del lanes[name]
    return [task.result() for task in done]
