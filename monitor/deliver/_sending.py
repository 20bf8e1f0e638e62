"""The outbox: take what is due, hand it to its channel, settle it; a dead letter is told once on another channel.

Every channel has a lane as wide as it allows, and what waits in one lane holds up no other. The surprise: a delivery
whose outcome is unclear is left unsettled on purpose; when its lease runs out it is sent again, marked as a repeat.
"""

from __future__ import annotations

import asyncio
import traceback
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeVar, assert_never

import structlog

from monitor.channels import UnclearError, UnreachableError
from monitor.core import messages
from monitor.core.errors import DeliveryError
from monitor.core.messages import Target, outbox

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor
    from datetime import datetime

    from monitor.channels import Channel
    from monitor.core.model import Delivery, Message
    from monitor.store import Store

T = TypeVar("T")

LEASE = timedelta(minutes=15)
"""Longer than a full lane of slow deliveries takes, so that nobody takes what still waits here."""
AT_A_TIME = 16
"""Deliveries taken from the outbox at once; a lane holds hardly more than that."""
LOOK_AGAIN = 1.0
"""Seconds between looks at the outbox while something is under way."""

log = structlog.get_logger("monitor.deliver")


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


class Sender:
    """Sends what the outbox holds."""

    def __init__(
        self, store: Store, channels: Mapping[str, Channel], clock: Callable[[], datetime], database: Executor | None
    ) -> None:
        self.channels = channels
        self.stopping = False
        self._store = store
        self._clock = clock
        self._database = database
        self._lanes: dict[str, _Lane] = {}

    async def send_queued(self, within: float | None = None) -> list[Settled]:
        """Send until nothing is due and nothing under way, or for so many seconds.

        What is still under way then goes on by itself, and the next call takes it up.
        """
        loop = asyncio.get_running_loop()
        ends = None if within is None else loop.time() + within
        settled: list[Settled] = []
        try:
            while True:
                await self._start_due()
                under_way = {task for lane in self._lanes.values() for task in lane.tasks}
                if not under_way or (ends is not None and loop.time() >= ends and not self.stopping):
                    return settled
                done, _ = await asyncio.wait(under_way, timeout=LOOK_AGAIN, return_when=asyncio.FIRST_COMPLETED)
                settled += _finished(self._lanes, done)
        except BaseException:
            await _broken_off(self._lanes)
            raise

    async def _start_due(self) -> None:
        """Take what is due, as long as there is room for it, and start it."""
        while not self.stopping and (taken := await self._take()):
            for delivery, message in taken:
                self._start(delivery, message)

    async def _take(self) -> list[tuple[Delivery, Message]]:
        busy = [name for name, lane in self._lanes.items() if len(lane.tasks) >= lane.width]
        return await self._in_database(
            lambda: self._store.claim_deliveries(self._clock(), LEASE, AT_A_TIME, passing_over=busy)
        )

    def _start(self, delivery: Delivery, message: Message) -> None:
        lane = self._lanes.get(delivery.channel)
        if lane is None:
            width = channel.at_once if (channel := self.channels.get(delivery.channel)) else 1
            lane = self._lanes[delivery.channel] = _Lane(width, asyncio.Semaphore(width))
        lane.tasks.add(asyncio.create_task(self._deliver(lane, delivery, message)))

    async def _deliver(self, lane: _Lane, delivery: Delivery, message: Message) -> Settled:
        async with lane.room:
            try:
                answer = await self._send(lane, delivery, message)
            except DeliveryError as error:
                if isinstance(error, UnreachableError):
                    lane.closed = str(error)
                return await self._failed(delivery, message, error)
            await self._in_database(lambda: self._store.sent(delivery.id, self._clock(), answer))
            log.info("delivered", delivery=delivery.id, channel=delivery.channel, kind=delivery.kind)
            return Settled(delivery, "sent", answer)

    async def _send(self, lane: _Lane, delivery: Delivery, message: Message) -> str:
        channel = self.channels.get(delivery.channel)
        if channel is None:
            raise DeliveryError(f"the channel {delivery.channel} is not configured any more", retryable=False)
        if lane.closed:
            raise DeliveryError(lane.closed, retryable=True)
        try:
            return await channel.send(messages.mark_repeat(message, delivery), delivery)
        except DeliveryError:
            raise
        except Exception as error:  # a fault of one channel is that channel's fault
            # Where it happened and no more: what it says, and the values around it, may be secrets.
            where = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
            log.error("channel failed", channel=delivery.channel, error=type(error).__name__, where=where)  # noqa: TRY400
            raise DeliveryError(f"internal error: {type(error).__name__}", retryable=True) from error

    async def _failed(self, delivery: Delivery, message: Message, error: DeliveryError) -> Settled:
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
            case outbox.TryAgain(at):
                await self._in_database(lambda: self._store.retry_later(delivery.id, at, str(error)))
                return self._noted(delivery, "queued", str(error))
            case outbox.LetLapse():
                await self._in_database(lambda: self._store.leave_unclear(delivery.id, str(error)))
                return self._noted(delivery, "unclear", str(error))
            case outbox.GiveUp(reason):
                await self._in_database(lambda: self._bury(delivery, message, reason, now))
                return self._noted(delivery, "dead", reason)
            case _:
                assert_never(decision)

    def _noted(self, delivery: Delivery, outcome: Literal["queued", "unclear", "dead"], reason: str) -> Settled:
        log.warning("not delivered", delivery=delivery.id, channel=delivery.channel, outcome=outcome, reason=reason)
        return Settled(delivery, outcome, reason)

    def _bury(self, delivery: Delivery, message: Message, reason: str, now: datetime) -> None:
        """Tell someone first and let it be dead then: a crash between the two tells once all the same."""
        if notice := self._notice(delivery, message, reason):
            self._store.enqueue(notice, now)
        self._store.give_up(delivery.id, now, reason)

    def _notice(self, delivery: Delivery, message: Message, reason: str) -> Message | None:
        """Write the notice for another channel, people before files; one that dies itself goes to the next in turn."""
        in_turn = sorted(self.channels.values(), key=lambda channel: not channel.reaches_people)
        if delivery.kind == "notice":
            places = [place for place, channel in enumerate(in_turn, 1) if channel.name == delivery.channel]
            in_turn = in_turn[places[0] :] if places else []
            words = messages.notice_again(message)
        else:
            in_turn = [channel for channel in in_turn if channel.name != delivery.channel]
            words = messages.dead_letter(delivery, reason)
        return messages.plain("notice", *words, target(in_turn[0])) if in_turn else None

    async def _in_database(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._database, work)


def target(channel: Channel) -> Target:
    """Tell what a message must know of a channel."""
    return Target(channel=channel.name, wants=channel.wants, recipients=channel.recipients())


def _finished(lanes: dict[str, _Lane], done: set[asyncio.Task[Settled]]) -> list[Settled]:
    """Give the results, and close the lanes in which nothing is left."""
    for name, lane in list(lanes.items()):
        lane.tasks -= done
        if not lane.tasks:
            del lanes[name]
    return [task.result() for task in done]


async def _broken_off(lanes: dict[str, _Lane]) -> None:
    """End what is still under way; its lease brings it back."""
    tasks = [task for lane in lanes.values() for task in lane.tasks]
    lanes.clear()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
