"""Stores earlier polls of the demo's feeds, so that their entries are new and not those of a first poll."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from monitor.core.model import Changed, FeedId, FeedState, Health, Poll
from monitor.store import Store

EARLIER_POLL_INTERVAL = timedelta(minutes=30)


def record_earlier_polls(store: Store, feed_ids: Iterable[FeedId], at: datetime) -> None:
    """Store a successful poll of each feed at `at`, which found no entry; the next poll is due."""
    store.record_all([_earlier_poll(feed_id, at) for feed_id in feed_ids])


def _earlier_poll(feed_id: FeedId, at: datetime) -> Poll:
    state = FeedState(
        feed_id=feed_id, health=Health.OK, last_poll_at=at, last_success_at=at, interval=EARLIER_POLL_INTERVAL,
        next_poll_at=at + EARLIER_POLL_INTERVAL,
    )  # fmt: skip
    return Poll(feed_id=feed_id, started_at=at, finished_at=at, outcome=Changed(entries=()), state=state)
