"""The ledger of a window: the counts of the store, balanced for the digests and alerts in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.core import ledger
from monitor.core.digests.runs import LOOK_BACK, manual_window
from monitor.core.ledger import NextDigest, Recipients
from monitor.core.model import AlertConfig, DigestConfig, Ledger
from monitor.deliver._configuration import DeliverySettings
from monitor.store import Store

RUNS_READ = 50
"""Runs of a digest that are read, the latest ones."""


def read_ledger(store: Store, config: DeliverySettings, since: datetime, until: datetime, now: datetime) -> Ledger:
    """Return the balance of what was seen in (since, until]."""
    recipients = Recipients(
        digests=[_next_digest(store, digest, now) for digest in config.digests.values()],
        alerts=config.alerts or AlertConfig(),
        rules_with_channels=frozenset(str(rule.id) for rule in config.rules.values() if rule.notify),
        feeds=config.feeds,
    )
    counts = store.ledger_counts(since, until)
    counts = replace(counts, hits=tuple(config.in_current_topics(counts.hits)))
    return ledger.balance(counts, since, recipients, now)


def _next_digest(store: Store, config: DigestConfig, now: datetime) -> NextDigest:
    """Return the next run; a digest that has never run looks back from now."""
    name = store.recorded_name(config.id, config.was)
    window = manual_window(store.runs(name, RUNS_READ), now, timedelta(0))
    return NextDigest(config=config, looks_back_to=window.since - LOOK_BACK)
