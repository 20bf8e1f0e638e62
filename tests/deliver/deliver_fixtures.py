"""A Deliverer with a real store, a clock that tests move, and channels that record their messages."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from itertools import count

from sample_news import CONFIG, FEEDS, NOW, TOPICS, evidence_of

from monitor.channels.interface import Channel
from monitor.core.digests.rule_changes import rule_states
from monitor.core.feeds.failures import failed
from monitor.core.model import (
    NO_TERMS,
    Article,
    Changed,
    Entry,
    EntryCounts,
    FeedId,
    FeedState,
    FoundArticle,
    Health,
    Match,
    Poll,
    RuleId,
)
from monitor.deliver import Deliverer, DeliverySettings, read_ledger
from monitor.store import DatabaseThread

_earlier = count(1)
"""No two polls of a feed begin at the same moment."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class Clock:
    """A clock that moves only by `forward`."""

    now: object = NOW

    def __call__(self):
        return self.now

    def forward(self, by):
        self.now += by
        return self.now


@dataclass
class Mailbox(Channel):
    """A channel that records the messages it receives, and fails on request."""

    name: str = "outbox"
    to: tuple = ()
    formats: frozenset = frozenset()
    concurrency: int = 4
    preferred_for_notices: bool = True
    received: list = field(default_factory=list)
    failures: list = field(default_factory=list)
    """Exceptions to raise, one per attempt, before a message is accepted."""
    arrival: asyncio.Event = field(default_factory=asyncio.Event)

    def recipients(self):
        return self.to or (self.name,)

    async def send(self, message, delivery):
        if self.failures:
            failure = self.failures.pop(0)
            if failure is not None:
                raise failure
        self.received.append((message, delivery))
        self.arrival.set()
        return "thank you"

    async def holds(self, number):
        """Wait until `number` messages have arrived."""
        async with asyncio.timeout(60):
            while len(self.received) < number:
                self.arrival.clear()
                await self.arrival.wait()

    @property
    def texts(self):
        return [message.text for message, _ in self.received]


@dataclass
class ChatBox(Mailbox):
    """A channel that answers as Slack does, with the id of the thread that a message began or joined."""

    formats: frozenset = frozenset({"slack"})

    async def send(self, message, delivery):
        await super().send(message, delivery)
        return f"ok {message.payload.get('thread_ts') or f'1700000000.{len(self.received):06}'}"


@dataclass
class Stuck(Mailbox):
    """A channel that does not respond for the recipient `stuck` until it is released."""

    entered: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, message, delivery):
        if delivery.recipient.startswith("stuck"):
            self.entered.set()
            await self.let_go.wait()
        return await super().send(message, delivery)


def distinct(number):
    """Return words that differ for each number, so that articles with them are different stories."""
    return " ".join(sha256(f"{number} {place}".encode()).hexdigest()[:9] for place in range(4))


def news(
    store, name, at, *, feed="gazette", rule="ai-act-gpai", shingle_hashes=(), backfilled=False, terms=NO_TERMS, **match
):
    """Store one article that one rule has found, and return its hits."""
    sentence = f"The draft code of practice names {name}."
    fields = {
        "topic": "ai-act",
        "status": "live",
        "priority": "normal",
        "prominence": "major",
        "score": 4.0,
        "evidence": evidence_of(sentence, "code of practice"),
    }
    the_match = Match(rule_id=RuleId(rule), rule_hash="1", branch="any[0]", **fields | match)
    key = sha256(f"{feed}/{name}".encode()).hexdigest()
    url = f"https://{feed}.example/{key[:8]}"
    article = FoundArticle(
        entry=Entry(key=key, link=url, title=f"News of {name}", content_hash=key),
        article=Article(title=f"News of {name}", text=f"{sentence}\n\nMore is expected.", url=url, language="en"),
        matches=(the_match,),
        shingle_hashes=shingle_hashes or tuple(int(key[place : place + 12], 16) for place in range(0, 48, 6)),
        backfilled=backfilled,
        terms=terms,
    )
    state = FeedState(feed_id=FeedId(feed), health=Health.OK, last_poll_at=at, last_success_at=at, last_entry_at=at)
    return store.record(
        Poll(
            feed_id=FeedId(feed),
            started_at=at - next(_earlier) * timedelta(microseconds=1),
            finished_at=at,
            outcome=Changed(entries=(article.entry,)),
            state=state,
            found=(article,),
            counts=EntryCounts(seen=1),
        )
    )


def poll_of(store, feed, at, *, is_up=True):
    """Store a poll of a feed that found nothing new, or that failed."""
    known = store.state(FeedId(feed))
    success_at, health = (at, Health.OK) if is_up else (known.last_success_at, Health.FAILING)
    outcome = Changed(entries=()) if is_up else failed("timeout")
    state = replace(known, health=health, last_poll_at=at, last_success_at=success_at, next_poll_at=at + 2 * HOUR)
    store.record(Poll(feed_id=FeedId(feed), started_at=at, finished_at=at, outcome=outcome, state=state))


def settings_of(*channels, digests=(CONFIG,), rules=(), **more):
    """Make the settings of a Deliverer with these digests and channels."""
    fields = {"alerts": None, "feeds": FEEDS, "topics": TOPICS} | more
    return DeliverySettings(
        channels={channel.name: channel for channel in channels},
        digests={digest.id: digest for digest in digests},
        rules={rule.id: rule for rule in rules},
        rule_states=lambda: rule_states(rules),
        **fields,
    )


def deliverer_of(
    store,
    *channels,
    clock=None,
    alerts=None,
    rules=(),
    alert_below=0.0,
    operator_channels=(),
    rule_authors=lambda _since, _until: lambda _rule_id: "",
    **config,
):
    """Make a Deliverer of one digest that goes to these channels."""
    digest = replace(CONFIG, channels=tuple(channel.name for channel in channels), **config)
    settings = settings_of(
        *channels,
        digests=[digest],
        alerts=alerts,
        rules=rules,
        alert_below=alert_below,
        operator_channels=operator_channels,
    )
    return Deliverer(
        store=store, database=DatabaseThread(), settings=settings, clock=clock or Clock(), rule_authors=rule_authors
    )


def ledger_of(deliverer, since, until):
    """Return the ledger of a period, as the configuration of a Deliverer has it."""
    return read_ledger(deliverer._store, deliverer._config, since, until, deliverer._clock())
