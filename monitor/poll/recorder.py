"""Stores finished polls: those that finish during a transaction are stored together in the next one.

A transaction costs more than its content, because the disk must confirm it, and thousands of feeds would wait for it.
Each poll is stored whole: if one of several cannot be stored, the transaction is rolled back and each is stored alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from monitor.core.errors import MonitorError
from monitor.core.model import Hit, Poll
from monitor.store import DatabaseThread, Store

MAX_POLLS_OF_TRANSACTION = 32
"""Polls in one transaction, so that it does not block other writers for long."""


class Recorder:
    """Stores polls, each whole."""

    def __init__(self, store: Store, database: DatabaseThread) -> None:
        self._store = store
        self._database = database
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
            batch, self._waiting = self._waiting[:MAX_POLLS_OF_TRANSACTION], self._waiting[MAX_POLLS_OF_TRANSACTION:]
            results = await self._store_batch([poll for poll, _ in batch])
            for (_, future), result in zip(batch, results, strict=True):
                _resolve(future, result)

    async def _store_batch(self, polls: Sequence[Poll]) -> Sequence[list[Hit] | BaseException]:
        """Return the new hits of each poll, or why it could not be stored."""
        if len(polls) > 1:
            (result,) = await asyncio.gather(self._database.run(self._store.record_all, polls), return_exceptions=True)
            if not isinstance(result, BaseException):
                return list(result)
            if isinstance(result, MonitorError):  # the database is gone, for all of them
                return [result] * len(polls)
        each = (self._database.run(self._store.record, poll) for poll in polls)
        return await asyncio.gather(*each, return_exceptions=True)


def _resolve(future: asyncio.Future[list[Hit]], result: list[Hit] | BaseException) -> None:
    if future.done():  # the caller was cancelled
        return
    if isinstance(result, BaseException):
        future.set_exception(result)
    else:
        future.set_result(result)
