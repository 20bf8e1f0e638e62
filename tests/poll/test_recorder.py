"""Polls that end while the store writes are stored together, and each is stored whole or not at all."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event

import pytest

from monitor.core.errors import DatabaseError
from monitor.core.model import FeedId, FeedState, Poll, Unchanged
from monitor.poll.recorder import MAX_POLLS_OF_TRANSACTION, Recorder
from monitor.store import DatabaseThread, Store
from tests.poll.polled_feeds import START


def poll(feed: str, finished_at=START + timedelta(seconds=1)) -> Poll:
    state = FeedState(feed_id=FeedId(feed), etag=feed)
    outcome = Unchanged(reason="not modified")
    return Poll(feed_id=state.feed_id, started_at=START, finished_at=finished_at, outcome=outcome, state=state)


UNSTORABLE = poll("bug", finished_at=START.replace(tzinfo=None))


@dataclass
class Slow:
    """A store that delays writing a poll until it is released."""

    store: Store
    gate: Event = field(default_factory=Event)
    sizes: list[int] = field(default_factory=list)

    def record(self, poll: Poll):
        self.gate.wait(20)
        return self.store.record(poll)

    def record_all(self, polls):
        self.sizes.append(len(polls))
        return self.store.record_all(polls)


@asynccontextmanager
async def recording(store):
    with DatabaseThread() as database:
        yield Recorder(store, database)


async def all_at_once(slow: Slow, *polls: Poll) -> list[object]:
    slow.gate.set()
    async with recording(slow) as recorder:
        return await asyncio.gather(*map(recorder.record, polls), return_exceptions=True)


async def test_polls_that_wait_for_the_store_are_stored_together(store):
    slow, polls = Slow(store), [poll(f"f{number}") for number in range(MAX_POLLS_OF_TRANSACTION + 5)]
    assert await all_at_once(slow, *polls) == [[]] * len(polls)
    assert slow.sizes == [MAX_POLLS_OF_TRANSACTION, 5]
    assert {state.etag for state in store.states().values()} == {each.feed_id for each in polls}


async def test_a_poll_that_cannot_be_stored_does_not_prevent_others_from_being_stored(store):
    good, bad, better = await all_at_once(Slow(store), poll("a"), UNSTORABLE, poll("b"))
    assert (good, better) == ([], [])
    assert "naive datetime" in str(bad)
    assert store.states().keys() == {"a", "b"}


async def test_a_poll_that_ends_while_the_store_writes_is_stored_next(store):
    slow = Slow(store)
    async with recording(slow) as recorder:
        first = asyncio.ensure_future(recorder.record(poll("a")))
        await asyncio.sleep(0)
        second = asyncio.ensure_future(recorder.record(poll("b")))
        slow.gate.set()
        assert await first == await second == []
        assert await recorder.record(poll("c")) == []
    assert store.states().keys() == {"a", "b", "c"}


async def test_a_poll_whose_caller_was_cancelled_is_stored_nevertheless(store):
    slow = Slow(store)
    async with recording(slow) as recorder:
        first, gone, last = (asyncio.ensure_future(recorder.record(poll(name))) for name in "abc")
        await asyncio.sleep(0)
        gone.cancel()
        slow.gate.set()
        assert await first == await last == []
    assert gone.cancelled()
    assert store.states().keys() == {"a", "b", "c"}


async def test_a_database_error_is_raised_for_all_polls_and_the_database_is_tried_once(store):
    class Gone(Slow):
        def record_all(self, polls):
            self.sizes.append(len(polls))
            raise DatabaseError("the database is gone")

        def record(self, poll):
            pytest.fail("asked again")

    gone = Gone(store)
    answers = await all_at_once(gone, poll("a"), poll("b"), poll("c"))
    assert [str(answer) for answer in answers] == ["the database is gone"] * 3
    assert gone.sizes == [3]
