"""The metrics of the service in Prometheus' format.

Most are read from the database at each request, and are the same from any process that serves the page. Those
of memory, file descriptors and durations are of the process that answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily

from monitor.core import jobs
from monitor.core.backups import BackupState
from monitor.core.model import DeliveryState, FeedState, Health
from monitor.core.model.measurements import Measurements
from monitor.web.context import WebContext

LEDGER_PERIOD = timedelta(days=1)
JOBS = (*jobs.WATCHED, jobs.UPKEEP)
OTHER_TOPICS = "(not configured)"
"""The label for topics that the rules no longer have, so that the number of labels is bounded by the configuration."""


def collect(context: WebContext) -> CollectorRegistry:
    """Read the metrics of the service; DatabaseError if the database does not answer."""
    now, store = context.clock(), context.store
    heartbeats, states = context.app.heartbeats(), store.states()
    feeds = [states[feed.id] for feed in context.settings.feeds if feed.id in states]
    registry = CollectorRegistry()
    families = [
        *_activity(store.measure(now), context.topic_titles()),
        *_feeds(feeds, len(context.settings.feeds), now),
        *_jobs(heartbeats, now),
        *_backups(store.backup_state()),
        _gauge(
            "ledger_differences",
            "Counts of the last day that should be equal and are not, as `monitor ledger` says.",
            len(context.app.ledger(now - LEDGER_PERIOD, now).differences),
        ),
        _gauge(
            "configuration_refused", "1 while an edit of the configuration is refused.", len(context.refusals()) > 0
        ),
    ]
    registry.register(Families(families))
    return registry


class Families:
    """Metric families as a collector of prometheus_client."""

    def __init__(self, families: Iterable[GaugeMetricFamily]) -> None:
        self._families = list(families)

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Return the families."""
        return self._families


def _activity(measured: Measurements, topics: Mapping[str, str]) -> Iterator[GaugeMetricFamily]:
    outcomes = dict.fromkeys(("changed", "unchanged", "failed"), 0) | dict(measured.polls)
    hits = dict.fromkeys([*topics, OTHER_TOPICS], 0)
    for topic, number in measured.hits.items():
        hits[topic if topic in topics else OTHER_TOPICS] += number
    states = dict.fromkeys(DeliveryState, 0) | dict(measured.deliveries)
    waiting = measured.oldest_waiting.total_seconds() if measured.oldest_waiting else 0.0
    yield _labelled_gauge("polls_last_hour", "Polls that ended in the last hour, by outcome.", "outcome", outcomes)
    yield _gauge("articles_last_hour", "Articles stored in the last hour.", measured.articles)
    yield _gauge(
        "articles_partial_last_hour", "Articles stored in the last hour whose page could not be read.", measured.partial
    )
    yield _labelled_gauge("hits_last_hour", "Hits found in the last hour, without back-filled ones.", "topic", hits)
    yield _labelled_gauge("deliveries", "Deliveries that are stored, by state.", "state", states)
    yield _gauge("outbox_oldest_seconds", "Age of the oldest pending delivery; 0 if there is none.", waiting)
    yield _gauge("database_bytes", "Size of the database.", measured.size)


def _feeds(states: Iterable[FeedState], configured: int, now: datetime) -> Iterator[GaugeMetricFamily]:
    health = {each.value: 0 for each in Health}
    lags = []
    for state in states:
        health[state.health.value] += 1
        if state.next_poll_at is not None and state.next_poll_at <= now:
            lags.append((now - state.next_poll_at).total_seconds())
    health[Health.NEW.value] = configured - sum(health.values()) + health[Health.NEW.value]
    yield _labelled_gauge("feeds", "Configured feeds, by health.", "health", health)
    yield _gauge("feeds_due", "Feeds whose next poll is due.", len(lags))
    yield _gauge("poll_lag_seconds", "How long the most overdue feed has waited.", max(lags, default=0.0))


def _jobs(heartbeats: Mapping[str, datetime], now: datetime) -> Iterator[GaugeMetricFamily]:
    succeeded = {job.name: heartbeats[job.name].timestamp() for job in JOBS if job.name in heartbeats}
    yield _labelled_gauge("job_last_success_timestamp_seconds", "When each job last succeeded.", "job", succeeded)
    yield _gauge("healthy", "1 while `monitor health` finds no problem.", not jobs.health_problems(heartbeats, now))
    yield _gauge("workers", "Machines with a worker that sends heartbeats.", len(jobs.live_workers(heartbeats, now)))


def _backups(state: BackupState) -> Iterator[GaugeMetricFamily]:
    last = state.last_success
    yield _gauge("backup_failures", "Scheduled backups that failed since the last good one.", state.failures)
    yield _gauge(
        "backup_last_success_timestamp_seconds",
        "When the last good backup was begun; 0 if there is none.",
        last.started_at.timestamp() if last else 0.0,
    )
    yield _gauge("backup_bytes", "Size of the last good backup.", last.size if last else 0)


def _gauge(name: str, documentation: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"monitor_{name}", documentation, value=float(value))


def _labelled_gauge(name: str, documentation: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"monitor_{name}", documentation, labels=[label])
    for key, value in values.items():
        family.add_metric([key], float(value))
    return family
