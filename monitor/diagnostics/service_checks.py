"""Checks of `monitor doctor` that read the database: its soundness, disk, clock, daemon, feeds, outbox and backups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from monitor.core import backups, jobs
from monitor.core.audit.report import POOLED, rule_precisions
from monitor.core.counts import count
from monitor.core.messages import pausing
from monitor.core.messages.operator_conditions import LOW_DISK_BYTES
from monitor.core.model import FeedState, Health
from monitor.runtime import disks
from monitor.runtime.clocks import describe_step

if TYPE_CHECKING:
    from monitor.app import App


MAX_CHECKED_DELIVERIES = 10

Level = Literal["ok", "note", "bad"]


def check_service(app: App) -> Iterator[Finding]:
    """Yield findings about the database and what it records of the daemon."""
    yield Finding("database", "ok", f"{_without_password(app.store.url)} at revision {app.store.current()}")
    for sentence in app.store.excess_permissions():
        yield Finding("database", "note", sentence)
    if damage := app.store.damage():
        yield Finding("database", "bad", f"damage was found: {damage}")
    for problem in app.store.check():
        yield Finding("database", "bad", problem)
    yield from _disk(app.store.url)
    now, heartbeats, states = app.clock(), app.heartbeats(), app.store.states()
    yield from _clock_step(heartbeats)
    times = [at for name, at in heartbeats.items() if name not in (jobs.CLOCK_BEFORE_STEP, jobs.CLOCK_AFTER_STEP)]
    yield from _clock(now, [*times, *(state.last_poll_at for state in states.values() if state.last_poll_at)])
    yield from _daemon(heartbeats, now)
    for refusal in app.store.refusals():
        yield Finding("daemon", "bad", f"an edit is not in force: {refusal}")
    yield from _feeds([states[feed.id] for feed in app.settings.feeds if feed.id in states], len(app.settings.feeds))
    yield from _over_budget(app, now)
    yield from _last_day(app)
    yield from _precisions(app, now)
    yield from _outbox(app)
    yield from _backups(app, now)


def _precisions(app: App, now: datetime) -> Iterator[Finding]:
    """Name the rules whose judged hits are mostly wrong."""
    least = app.settings.monitor.audit.min_precision
    for rule_id, precision in rule_precisions(app.store.judged_hits(now - POOLED)).items():
        if precision.is_below(least):
            words = f"{rule_id} has a low {precision.sentence}; `monitor audit suggest {rule_id}` proposes edits"
            yield Finding("rules", "note", words)


def _last_day(app: App) -> Iterator[Finding]:
    """Name the feeds with articles that were not matched completely, or not read well."""
    for feed in app.coverage_of_last_day().values():
        if feed.unmatched:
            were = count(feed.unmatched, "article of the last day was", "articles of the last day were")
            words = (
                f"{feed.feed_id}: {were} not matched whole; what is stored is tried again up to three times: "
                "the log says why (article not matched whole)"
            )
            yield Finding("feeds", "bad", words)
        if feed.has_wrong_texts:
            pages = count(feed.articles, "page")
            words = (
                f"{feed.feed_id}: the text of {feed.wrong_texts} of {pages} in the last day looks wrong; "
                "see one with `monitor extract URL`, and name the element of the text in feeds.yaml (fulltext_select)"
            )
            yield Finding("feeds", "bad", words)
        if feed.has_unread_pages:
            pages = count(feed.articles, "page")
            words = (
                f"{feed.feed_id}: {feed.unread_pages} of {pages} in the last day could not be read"
                f" ({feed.unread_reason}); only the feed's own text was matched. See one with `monitor extract URL`;"
                " if nothing helps, set `fulltext: never` for the feed"
            )
            yield Finding("feeds", "note", words)


def _over_budget(app: App, now: datetime) -> Iterator[Finding]:
    stored = app.store.usage_on(now.date())
    for feed in app.settings.feeds:
        if title_only := (stored[feed.id].title_only if feed.id in stored else 0):
            entries = count(title_only, "entry", "entries")
            words = (
                f"{feed.id} is over its daily limit: max_per_day is {feed.max_per_day}, "
                f"only the titles of {entries} are kept today; raise it in feeds.yaml if they matter"
            )
            yield Finding("feeds", "bad", words)


def _disk(url: str) -> Iterator[Finding]:
    folder = disks.database_folder(url)
    free = disks.free_space(folder)
    if free is None:
        return
    file = Path(url.removeprefix("sqlite:///"))
    size = f"the database takes {file.stat().st_size / 1e6:,.1f} MB; " if file.is_file() else ""
    level: Level = "bad" if free < LOW_DISK_BYTES else "ok"
    yield Finding("disk", level, f"{size}{free / 1e9:,.1f} GB are free at {folder}")


def _clock(now: datetime, recorded: list[datetime]) -> Iterator[Finding]:
    latest = max(recorded, default=now)
    if latest - now > timedelta(minutes=5):
        words = f"the clock says {now:%Y-%m-%d %H:%M} UTC, but the database holds {latest:%Y-%m-%d %H:%M} UTC"
        yield Finding("clock", "bad", words)
    else:
        zone = now.astimezone().tzname()
        yield Finding("clock", "ok", f"{now:%Y-%m-%d %H:%M:%S} UTC, this machine's zone is {zone}")


def _clock_step(heartbeats: dict[str, datetime]) -> Iterator[Finding]:
    before, after = heartbeats.get(jobs.CLOCK_BEFORE_STEP), heartbeats.get(jobs.CLOCK_AFTER_STEP)
    if before and after:
        words = f"the clock {describe_step(after - before)} while the daemon ran, to {after:%Y-%m-%d %H:%M:%S} UTC"
        yield Finding("clock", "note", words)


def _daemon(heartbeats: dict[str, datetime], now: datetime) -> Iterator[Finding]:
    wrong = jobs.health_problems(heartbeats, now)
    for sentence in wrong:
        yield Finding("daemon", "note" if jobs.DAEMON not in heartbeats else "bad", sentence)
    if not wrong:
        yield Finding("daemon", "ok", f"last heartbeat {(now - heartbeats[jobs.DAEMON]).total_seconds():.0f} s ago")
    if machines := jobs.live_workers(heartbeats, now):
        yield Finding("daemon", "ok", f"workers run on {', '.join(machines)}")


def _feeds(states: list[FeedState], configured: int) -> Iterator[Finding]:
    last = max((state.last_poll_at for state in states if state.last_poll_at), default=None)
    were = "was" if len(states) == 1 else "were"
    words = (
        f"{len(states)} of {count(configured, 'feed')} {were} polled, the last at {last:%Y-%m-%d %H:%M} UTC"
        if last
        else "never polled"
    )
    yield Finding("feeds", "ok" if last else "note", words)
    for state in states:
        match state.health:
            case Health.FAILING | Health.GONE | Health.LAYOUT_CHANGED:
                yield Finding("feeds", "bad", f"{state.feed_id} is {state.health}: {state.reason}")
            case Health.SILENT | Health.FROZEN:
                yield Finding("feeds", "note", f"{state.feed_id} is {state.health}: {state.reason}")
            case Health.NEW | Health.OK:
                pass


def _outbox(app: App) -> Iterator[Finding]:
    paused = [state for state in app.store.channel_states().values() if state.paused_at]
    for state in paused:
        yield Finding("outbox", "bad", pausing.describe_paused_channel(state))
    counts = app.store.count_undelivered(app.clock() - pausing.RECENT_FAILURES)
    if not counts.failed and not counts.waiting:
        yield Finding("outbox", "ok", "no delivery has failed in the last 7 days")
        return
    failed = count(counts.failed, "delivery", "deliveries")
    words = f"{failed} failed for good in the last 7 days, {counts.waiting:,} waiting to be sent again"
    yield Finding("outbox", "bad", f"{words}: see `monitor deliveries --failed`, `--retry ID` sends one again")
    undelivered = app.store.deliveries(failed=True)
    recent = [delivery for delivery in undelivered if delivery.status == "failed"][: counts.failed]
    unpaused = [delivery for delivery in undelivered if delivery.status == "waiting" or delivery in recent]
    for delivery in unpaused[:MAX_CHECKED_DELIVERIES]:
        outcome = "failed" if delivery.status == "failed" else "waits to be sent again"
        words = f"delivery {delivery.id} to {delivery.recipient} by {delivery.channel} {outcome}: {delivery.last_error}"
        yield Finding("outbox", "bad", words)


def _backups(app: App, now: datetime) -> Iterator[Finding]:
    config, state = app.settings.monitor.backup, app.store.backup_state()
    problems = backups.backup_problems(state, config.every, now)
    for sentence in problems:
        yield Finding("backup", "bad", sentence)
    if problems:
        return
    if config.every is None:
        yield Finding("backup", "note", "scheduled backups are off (backup.every)")
    elif state.last_success is None:
        yield Finding("backup", "note", "the daemon has made no backup yet")
    else:
        last = state.last_success
        words = f"the last one is of {last.started_at:%Y-%m-%d %H:%M} UTC, {last.size / 1e6:,.1f} MB: {last.file}"
        yield Finding("backup", "ok", words)


def _without_password(url: str) -> str:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return url if parts.password is None else parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check."""

    area: str
    level: Level
    text: str
