"""Stores finished polls: those that finish while a transaction runs are stored together in the next one.

A transaction costs more than its content (the disk must confirm it), and thousands of feeds would queue for it. Each
poll is stored whole: when one of several cannot be stored, the transaction is rolled back and each is stored by
itself.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from monitor.core.errors import MonitorError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import Any

    from monitor.core.model import Hit, Poll
    from monitor.store import Store

    InStore = Callable[..., Awaitable[Any]]

MOST = 32
"""Polls in one transaction, so that it holds the database for a moment only."""


class Recorder:
    """Stores polls; `in_store` calls the store where it may be called."""

    def __init__(self, store: Store, in_store: InStore) -> None:
        self._store = store
        self._in_store = in_store
        self._waiting: list[tuple[Poll, asyncio.Future[list[Hit]]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def record(self, poll: Poll) -> list[Hit]:
        """Store a poll, and return the hits that are new with it once they are stored."""
        future: asyncio.Future[list[Hit]] = asyncio.get_running_loop().create_future()
        self._waiting.append((poll, future))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await future

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            answers = await self._stored([poll for poll, _ in batch])
            for (_, future), answer in zip(batch, answers, strict=True):
                _resolve(future, answer)

    async def _stored(self, polls: Sequence[Poll]) -> Sequence[list[Hit] | BaseException]:
        if len(polls) > 1:
            (answer,) = await asyncio.gather(self._in_store(self._store.record_all, polls), return_exceptions=True)
            if not isinstance(answer, BaseException):
                return list(answer)
            if isinstance(answer, MonitorError):  # the database is gone: for each of them
                return [answer] * len(polls)
        each = (self._in_store(self._store.record, poll) for poll in polls)
        return await asyncio.gather(*each, return_exceptions=True)


def _resolve(future: asyncio.Future[list[Hit]], answer: list[Hit] | BaseException) -> None:
    if future.done():  # the caller was cancelled
        return
    if isinstance(answer, BaseException):
        future.set_exception(answer)
    else:
        future.set_result(answer)
