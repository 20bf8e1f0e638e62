"""`monitor doctor`: findings about versions, configuration, channels, database, clock, daemon, feeds and outbox.

It changes nothing, and continues with the other checks when one fails.
"""

from __future__ import annotations

import platform
import sqlite3
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from monitor import __version__
from monitor.core import backups, jobs
from monitor.core.audit.report import POOLED, rule_precisions
from monitor.core.errors import ConfigurationError, MonitorError
from monitor.core.messages import pausing
from monitor.core.messages.operator_conditions import LOW_DISK
from monitor.core.model import DeliveryState, Health
from monitor.core.text.languages import same_language
from monitor.diagnostics.translator_test import try_translator
from monitor.runtime import descriptors, disks
from monitor.runtime.clocks import describe_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from monitor.app import App
    from monitor.core.model import FeedState
    from monitor.settings import Settings

Level = Literal["ok", "note", "bad"]

_FEW_DESCRIPTORS = 512
"""File descriptors below which the default configuration may get fewer connections than configured."""
_LIBRARIES = (
    "httpx",
    "feedparser",
    "trafilatura",
    "lxml",
    "sqlmodel",
    "SQLAlchemy",
    "apscheduler",
    "pebble",
    "psycopg",
)
_SAFE_SQLITE = (3, 51, 3)
"""Earlier versions may corrupt a WAL when several processes write during a checkpoint (sqlite.org/wal.html)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of one check."""

    area: str
    level: Level
    text: str


def run_checks(
    read: Callable[[], Settings], read_in_force: Callable[[], Settings], opened: Callable[[Settings], App]
) -> Iterator[Finding]:
    """Yield findings as the checks produce them.

    `read` loads the files, `read_in_force` the last good configuration where they are refused, `opened` the App.
    """
    yield from _versions()
    try:
        settings = read()
    except ConfigurationError as error:
        for problem in error.problems:
            yield Finding(area="config", level="bad" if problem.level == "error" else "note", text=str(problem))
        try:
            settings = read_in_force()
        except ConfigurationError:
            return
        yield Finding(area="config", level="note", text="the last good configuration is in force, as follows")
    yield from _config(settings)
    yield from _channels(settings)
    yield from _translators(settings)
    try:
        app = opened(settings)
    except MonitorError as error:
        yield Finding(area="database", level="bad", text=str(error))
        return
    try:
        yield from _database(app)
    finally:
        app.store.close()


def _versions() -> Iterator[Finding]:
    words = f"policy-monitor {__version__}, Python {platform.python_version()}, {platform.platform(terse=True)}"
    yield Finding(area="versions", level="ok", text=words)
    yield Finding(area="versions", level="ok", text=", ".join(f"{name} {_version(name)}" for name in _LIBRARIES))
    most = descriptors.limit()
    yield Finding(
        area="versions", level="note" if most < _FEW_DESCRIPTORS else "ok", text=f"file descriptors: {most} at most"
    )
    risky = sqlite3.sqlite_version_info < _SAFE_SQLITE
    advice = "; keep to one writing process, or use PostgreSQL" if risky else ""
    yield Finding(area="versions", level="note" if risky else "ok", text=f"SQLite {sqlite3.sqlite_version}{advice}")
    from pyexpat import EXPAT_VERSION

    from lxml.etree import LIBXML_VERSION

    words = (
        f"libxml2 {'.'.join(map(str, LIBXML_VERSION))}, {EXPAT_VERSION.replace('_', ' ')}, "
        f"UTF-8 mode {sys.flags.utf8_mode}"
    )
    yield Finding(area="versions", level="ok", text=words)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _config(settings: Settings) -> Iterator[Finding]:
    live = sum(rule.status == "live" for rule in settings.rules.rules)
    words = (
        f"{settings.folder}: feeds {len(settings.feeds)}, rules {len(settings.rules.rules)} (live {live}), "
        f"channels {len(settings.channels)}, digests {len(settings.digests)}"
    )
    yield Finding(area="config", level="ok", text=words)
    for problem in settings.warnings:
        yield Finding(area="config", level="note", text=str(problem))
    if not settings.feeds:
        yield Finding(area="config", level="bad", text="feeds.yaml names no feed; `monitor feeds add URL` adds one")
    if not live:
        yield Finding(area="config", level="bad", text="no rule is live; nothing would be sent")


def _channels(settings: Settings) -> Iterator[Finding]:
    from monitor.fetch import AddressGuard

    guard = AddressGuard(settings.monitor.fetch.allow_networks)
    for name, config in settings.channels.items():
        servers = config.endpoints()
        words = f"{name} ({config.type})" + (f" connects to {', '.join(map(str, servers))}" if servers else "")
        refused = any(server.guarded and guard.refuses_literal(server.host) for server in servers)
        if refused:
            words += "; this is a private address, which is refused: add it to fetch.allow_networks"
        yield Finding(area="channels", level="bad" if refused else "ok", text=words)


def _translators(settings: Settings) -> Iterator[Finding]:
    """Try each translator of headlines with a word, once from each language of the feeds."""
    languages = {feed.language for feed in settings.feeds if feed.language}
    translators = {(each.translate, each.language) for each in settings.digests if each.translate}
    for config, target in sorted(translators, key=repr):
        for source in sorted(language for language in languages if not same_language(language, target)) or ["fr"]:
            problem = try_translator(config, source, target)
            words = f"headlines from {source} to {target}: {problem or 'the translator answers'}"
            yield Finding(area="translation", level="bad" if problem else "ok", text=words)


def _database(app: App) -> Iterator[Finding]:
    yield Finding(
        area="database", level="ok", text=f"{_without_password(app.store.url)} at revision {app.store.current()}"
    )
    for sentence in app.store.too_open():
        yield Finding(area="database", level="note", text=sentence)
    if damage := app.store.damage():
        yield Finding(area="database", level="bad", text=f"damage was found: {damage}")
    for problem in app.store.check():
        yield Finding(area="database", level="bad", text=problem)
    yield from _disk(app.store.url)
    now, heartbeats, states = app.clock(), app.heartbeats(), app.store.states()
    yield from _clock_step(heartbeats)
    times = [at for name, at in heartbeats.items() if name not in (jobs.CLOCK_BEFORE_STEP, jobs.CLOCK_AFTER_STEP)]
    yield from _clock(now, [*times, *(state.last_poll_at for state in states.values() if state.last_poll_at)])
    yield from _daemon(heartbeats, now)
    for refusal in app.store.refusals():
        yield Finding(area="daemon", level="bad", text=f"an edit is not in force: {refusal}")
    yield from _feeds([states[feed.id] for feed in app.settings.feeds if feed.id in states], len(app.settings.feeds))
    yield from _over_budget(app, now)
    yield from _unmatched(app)
    yield from _wrong_texts(app)
    yield from _precisions(app, now)
    yield from _outbox(app)
    yield from _backups(app, now)


def _precisions(app: App, now: datetime) -> Iterator[Finding]:
    """Name the rules whose judged hits are mostly wrong."""
    least = app.settings.monitor.audit.min_precision
    for rule_id, found in rule_precisions(app.store.judged_hits(now - POOLED)).items():
        if found.is_below(least):
            words = f"{rule_id} has a low {found.sentence}; `monitor audit suggest {rule_id}` proposes edits"
            yield Finding(area="rules", level="note", text=words)


def _unmatched(app: App) -> Iterator[Finding]:
    for feed in app.coverage_of_last_day().values():
        if feed.unmatched:
            words = (
                f"{feed.feed_id} had {feed.unmatched} articles in the last day that were not matched whole; "
                "they are stored and tried again up to three times: the log says why (article not matched whole)"
            )
            yield Finding(area="feeds", level="bad", text=words)


def _wrong_texts(app: App) -> Iterator[Finding]:
    for feed in app.coverage_of_last_day().values():
        if feed.has_wrong_texts:
            words = (
                f"{feed.feed_id}: the text of {feed.wrong_texts} of {feed.articles} pages in the last day looks wrong; "
                "see one with `monitor extract URL`, and name the element of the text in feeds.yaml (fulltext_select)"
            )
            yield Finding(area="feeds", level="bad", text=words)


def _over_budget(app: App, now: datetime) -> Iterator[Finding]:
    stored = app.store.usage_on(now.date())
    for feed in app.settings.feeds:
        if number := (stored[feed.id].title_only if feed.id in stored else 0):
            words = (
                f"{feed.id} is over its daily limit: max_per_day is {feed.max_per_day}, "
                f"only the titles of {number} entries are kept today; raise it in feeds.yaml if they matter"
            )
            yield Finding(area="feeds", level="bad", text=words)


def _disk(url: str) -> Iterator[Finding]:
    folder = disks.folder_of(url)
    free = disks.free_space(folder)
    if free is None:
        return
    file = Path(url.removeprefix("sqlite:///"))
    size = f"the database takes {file.stat().st_size / 1e6:,.1f} MB; " if file.is_file() else ""
    level: Level = "bad" if free < LOW_DISK else "ok"
    yield Finding(area="disk", level=level, text=f"{size}{free / 1e9:,.1f} GB are free at {folder}")


def _clock(now: datetime, recorded: list[datetime]) -> Iterator[Finding]:
    latest = max(recorded, default=now)
    if latest - now > timedelta(minutes=5):
        words = f"the clock says {now:%Y-%m-%d %H:%M} UTC, but the database holds {latest:%Y-%m-%d %H:%M} UTC"
        yield Finding(area="clock", level="bad", text=words)
    else:
        zone = now.astimezone().tzname()
        yield Finding(area="clock", level="ok", text=f"{now:%Y-%m-%d %H:%M:%S} UTC, this machine's zone is {zone}")


def _clock_step(heartbeats: dict[str, datetime]) -> Iterator[Finding]:
    before, after = heartbeats.get(jobs.CLOCK_BEFORE_STEP), heartbeats.get(jobs.CLOCK_AFTER_STEP)
    if before and after:
        words = f"the clock {describe_step(after - before)} while the daemon ran, to {after:%Y-%m-%d %H:%M:%S} UTC"
        yield Finding(area="clock", level="note", text=words)


def _daemon(heartbeats: dict[str, datetime], now: datetime) -> Iterator[Finding]:
    wrong = jobs.health_problems(heartbeats, now)
    for sentence in wrong:
        yield Finding(area="daemon", level="note" if jobs.DAEMON not in heartbeats else "bad", text=sentence)
    if not wrong:
        yield Finding(
            area="daemon",
            level="ok",
            text=f"last heartbeat {(now - heartbeats[jobs.DAEMON]).total_seconds():.0f} s ago",
        )
    if machines := jobs.live_workers(heartbeats, now):
        yield Finding(area="daemon", level="ok", text=f"workers run on {', '.join(machines)}")


def _feeds(states: list[FeedState], configured: int) -> Iterator[Finding]:
    last = max((state.last_poll_at for state in states if state.last_poll_at), default=None)
    words = (
        f"{len(states)} of {configured} feeds were polled, the last at {last:%Y-%m-%d %H:%M} UTC"
        if last
        else "never polled"
    )
    yield Finding(area="feeds", level="ok" if last else "note", text=words)
    for state in states:
        match state.health:
            case Health.FAILING | Health.GONE | Health.LAYOUT_CHANGED:
                yield Finding(area="feeds", level="bad", text=f"{state.feed_id} is {state.health}: {state.reason}")
            case Health.SILENT | Health.FROZEN:
                yield Finding(area="feeds", level="note", text=f"{state.feed_id} is {state.health}: {state.reason}")
            case Health.NEW | Health.OK:
                pass


def _outbox(app: App) -> Iterator[Finding]:
    paused = [state for state in app.store.channel_states().values() if state.paused_at]
    for state in paused:
        yield Finding(area="outbox", level="bad", text=pausing.describe(state))
    failed = [
        delivery
        for delivery in app.store.deliveries(failed=True)
        if delivery.state is DeliveryState.DEAD or delivery.channel not in {state.name for state in paused}
    ]
    for delivery in failed[:10]:
        words = f"delivery {delivery.id} to {delivery.recipient} by {delivery.channel}: {delivery.last_error}"
        yield Finding(area="outbox", level="bad", text=words)
    if not failed and not paused:
        yield Finding(area="outbox", level="ok", text="no delivery has failed")


def _backups(app: App, now: datetime) -> Iterator[Finding]:
    config, state = app.settings.monitor.backup, app.store.backup_state()
    found = backups.problems(state, config.every, now)
    for sentence in found:
        yield Finding(area="backup", level="bad", text=sentence)
    if found:
        return
    if config.every is None:
        yield Finding(area="backup", level="note", text="scheduled backups are off (backup.every)")
    elif state.last_success is None:
        yield Finding(area="backup", level="note", text="the daemon has made no backup yet")
    else:
        last = state.last_success
        words = f"the last one is of {last.started_at:%Y-%m-%d %H:%M} UTC, {last.size / 1e6:,.1f} MB: {last.file}"
        yield Finding(area="backup", level="ok", text=words)


def _without_password(url: str) -> str:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return url if parts.password is None else parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
