"""Send the deliveries that are due: claim them from the outbox, call their channels, and store the results.

Each channel has its own limit of concurrent deliveries, so that a slow channel delays no other. That a message was
accepted is stored again until the database takes it: a busy database never causes a repeat.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

import structlog

from monitor.core.errors import DatabaseError
from monitor.core.model import Delivery, Message
from monitor.deliver._attempts import ActiveChannel, Attempts, DeliveryResult, StoreResult
from monitor.deliver._channel_watch import ChannelWatch
from monitor.deliver._configuration import DeliverySettings
from monitor.deliver._configuration_edits import apply_edits
from monitor.store import DatabaseThread, Store

T = TypeVar("T")
OUTBOX_POLL_SECONDS = 1.0
"""Seconds between looks into the outbox while deliveries are in progress."""
STORE_RETRY_SECONDS = 1.0
"""Seconds until a result that the database did not take is stored again."""
NOTICE_COLLECTION_SECONDS = 60.0
"""Seconds in which failures are collected for one notice, at most."""
CLOSE_TIMEOUT = 2.0
"""Seconds that `close` waits for deliveries in progress before it cancels them."""
STORE_TIMEOUT_SECONDS = 2.5
"""Seconds that `close` then waits until the results of cancelled deliveries are stored."""

log = structlog.get_logger("monitor.deliver")


class Sender:
    """Sends the deliveries of the outbox."""

    def __init__(
        self, store: Store, clock: Callable[[], datetime], database: DatabaseThread, settings: DeliverySettings
    ) -> None:
        self.stopping = False
        self._store = store
        self._clock = clock
        self._database = database
        self._active: dict[str, ActiveChannel] = {}
        self._claimed: set[int] = set()
        """Ids of claimed deliveries whose result is not stored yet."""
        self._claim_lock = asyncio.Lock()
        """Two concurrent claims would each treat the deliveries of the other as interrupted."""
        self._notice_at = 0.0
        """Time of the event loop until which failures are collected while deliveries are in progress."""
        self._attempts = Attempts(
            store=store,
            clock=clock,
            database=database,
            settings=settings,
            in_force_since=clock(),
        )
        self._watch = ChannelWatch(store, settings, clock)
        self._are_edits_applied = False

    def configure(self, settings: DeliverySettings) -> None:
        """Replace the configuration."""
        self._attempts.settings = settings
        self._watch = ChannelWatch(self._store, settings, self._clock)
        self._attempts.in_force_since = self._clock()
        self._are_edits_applied = False

    async def send_queued(self, within: float | None = None) -> list[DeliveryResult]:
        """Send until no delivery is due or in progress, or for `within` seconds; return the finished attempts.

        Deliveries still in progress continue, even if this call is cancelled, and the next call returns their results.
        Raises DatabaseError if the outbox cannot be read and nothing is in progress.
        """
        loop = asyncio.get_running_loop()
        deadline = None if within is None else loop.time() + within
        results: list[DeliveryResult] = []
        await self._check_channels(self._watch.resume_edited)
        await self._check_channels(self._apply_edits)
        self._active = {name: active for name, active in self._active.items() if active.tasks}
        while True:
            await self._start_due()
            in_progress = {task for active in self._active.values() for task in active.tasks}
            if await self._queue_notice(is_idle=not in_progress):
                continue
            if not in_progress or (deadline is not None and loop.time() >= deadline and not self.stopping):
                return results
            done, _ = await asyncio.wait(in_progress, timeout=OUTBOX_POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            results += _take_results(self._active, done)

    async def close(self) -> None:
        """Stop claiming, wait CLOSE_TIMEOUT for deliveries in progress, and cancel the rest.

        Deliveries that were not sent yet are queued again; those that may have arrived are recorded as unclear. Takes
        at most CLOSE_TIMEOUT + STORE_TIMEOUT_SECONDS; results that are not stored by then are left to the next sender.
        """
        self.stopping = True
        channels = list(self._active.values())
        unfinished = {task for active in channels for task in active.tasks}
        self._active.clear()
        if unfinished:
            _, unfinished = await asyncio.wait(unfinished, timeout=CLOSE_TIMEOUT)
        for active in channels:
            active.cancel_calls()
        if unfinished:
            _, unfinished = await asyncio.wait(unfinished, timeout=STORE_TIMEOUT_SECONDS)
        for task in unfinished:
            task.cancel()

    def _apply_edits(self) -> None:
        """Let digests and queued messages follow the configuration, once for each."""
        if not self._are_edits_applied:
            apply_edits(self._store, self._attempts.settings, self._clock())
            self._are_edits_applied = True

    async def _queue_notice(self, *, is_idle: bool) -> bool:
        """Queue a notice about failures if idle or after NOTICE_COLLECTION_SECONDS; return True if one was queued."""
        now = asyncio.get_running_loop().time()
        if not is_idle and now < self._notice_at:
            return False
        self._notice_at = now + NOTICE_COLLECTION_SECONDS
        return bool(await self._check_channels(self._watch.queue_notice))

    async def _check_channels(self, work: Callable[[], T]) -> T | None:
        """Run a check of ChannelWatch; if the database is busy, the next call runs it again."""
        try:
            return await self._database.run(work)
        except DatabaseError as error:
            log.warning("channels not checked", reason=str(error))
            return None

    async def _start_due(self) -> None:
        """Claim and start due deliveries until every channel is at its limit or nothing is due."""
        while not self.stopping and await self._start_next():
            pass

    async def _start_next(self) -> bool:
        """Claim and start what is due next in a channel that is not at its limit; False if nothing is.

        One at a time: what is claimed and not sent counts as a possible repeat if the process is killed.
        """
        async with self._claim_lock:
            busy = [name for name, active in self._active.items() if len(active.tasks) >= active.concurrency]
            in_progress = frozenset(self._claimed)
            try:
                claimed = await self._database.run(
                    self._store.claim_deliveries, self._clock(), 1, excluded_channels=busy, in_progress=in_progress
                )
            except DatabaseError as error:
                if not any(active.tasks for active in self._active.values()):
                    raise
                log.warning("outbox not read, tried again", reason=str(error))
                return False
            self._claimed.update(delivery.id for delivery, _ in claimed)
            for delivery, message in claimed:
                self._start(delivery, message)
            return bool(claimed)

    def _start(self, delivery: Delivery, message: Message) -> None:
        active = self._active.get(delivery.channel)
        if active is None:
            channel = self._attempts.settings.channels.get(delivery.channel)
            active = self._active[delivery.channel] = ActiveChannel(channel.concurrency if channel else 1)
        active.tasks.add(asyncio.create_task(self._deliver(active, delivery, message)))

    async def _deliver(self, active: ActiveChannel, delivery: Delivery, message: Message) -> DeliveryResult:
        try:
            result, store = await self._attempts.attempt(active, delivery, message)
            if await self._store_result(delivery, store):
                result = replace(result, outcome="queued")
                log.warning("channel is paused", channel=delivery.channel, reason=result.detail)
        finally:
            self._claimed.discard(delivery.id)
        _log_result(result)
        return result

    async def _store_result(self, delivery: Delivery, store: StoreResult) -> bool:
        """Store a result, repeatedly until the database takes it; only `close` ends that.

        Returns True if a failed delivery waits for its paused channel instead.
        """
        attempts = 0
        while True:
            try:
                return bool(await self._database.run(store))
            except Exception as error:  # noqa: BLE001 - an accepted message must never be sent again, whatever the error
                if attempts == 10 or attempts % 100 == 0:
                    _log_unstored(delivery, error, attempts + 1)
                attempts += 1
                await asyncio.sleep(STORE_RETRY_SECONDS)


def _log_unstored(delivery: Delivery, error: Exception, attempts: int) -> None:
    reason = str(error) if isinstance(error, DatabaseError) else type(error).__name__
    log.error("outcome not stored, tried again", delivery=delivery.id, reason=reason, attempts=attempts)


def _log_result(result: DeliveryResult) -> None:
    delivery = result.delivery
    if result.outcome == "sent":
        log.info("delivered", delivery=delivery.id, channel=delivery.channel, kind=delivery.kind)
        return
    log.warning(
        "not delivered", delivery=delivery.id, channel=delivery.channel, outcome=result.outcome, reason=result.detail
    )


def _take_results(channels: dict[str, ActiveChannel], done: set[asyncio.Task[DeliveryResult]]) -> list[DeliveryResult]:
    """Return the results of finished tasks, and remove the channels without further ones, but not unavailable ones."""
    for name, active in list(channels.items()):
        active.tasks -= done
        if not active.tasks and not active.unavailable:
            del channels[name]
    return [task.result() for task in done]
