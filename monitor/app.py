"""The composition root: builds the store and the use-cases that need no event loop from Settings.

`monitor.pipeline` adds what needs one: polling and delivering. This is the only module that reads the wall clock.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.core import jobs
from monitor.core.model import FeedCoverage, FeedId, Ledger, RuleId, Story, StoryArticle, Uptime
from monitor.core.polls.feed_queue import stalled_polls
from monitor.core.stories import precedence
from monitor.core.unknown_filters import unknown_search_filter
from monitor.runtime.clocks import read_uptime

if TYPE_CHECKING:
    from monitor.audit.auditor import Auditor
    from monitor.audit.suggesting import Suggester
    from monitor.channels import Channel
    from monitor.core.matching.rulebook import RuleBook
    from monitor.core.messages.operator_conditions import Condition
    from monitor.deliver import Deliverer
    from monitor.lab import RuleLab
    from monitor.settings import Settings
    from monitor.store import DatabaseThread, Store

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def connect(settings: Settings) -> App:
    """Open the configured database without migrating it; DatabaseError if it does not fit this program."""
    from monitor.store import open_store

    return App(settings=settings, store=open_store(settings.monitor.database.reveal(), migrate=False))


@contextmanager
def open_app(settings: Settings, *, migrate: bool, check: bool = True) -> Iterator[App]:
    """Open the App; `migrate` creates or upgrades the database, `check=False` skips the check of its schema."""
    from monitor.store import Store, open_store

    url = settings.monitor.database.reveal()
    store = open_store(url, migrate=migrate) if check else Store(url)
    app = App(settings=settings, store=store)
    del settings  # the App takes others later, and these would stay in memory
    try:
        yield app
    finally:
        store.close()


@dataclass(slots=True, kw_only=True)
class App:
    """Settings, store and clock; everything that needs no event loop."""

    settings: Settings
    store: Store
    clock: Clock = utc_now
    uptime: Callable[[], Uptime | None] = read_uptime

    def record_heartbeat(self, name: str) -> None:
        """Store the current time as the heartbeat `name`."""
        self.store.record_heartbeat(name, self.clock(), self.uptime())

    def record_start(self) -> None:
        """Store that the daemon runs, and its last heartbeat and the present time as a gap for the operator job.

        If the wall clock was set back in between, retries of messages are planned earlier by as much.
        """
        self.store.delete_heartbeat(jobs.DAEMON_STOPPED)
        last, now = self.heartbeats().get(jobs.DAEMON), self.clock()
        if last is not None and last <= now:
            self.record_gap(last)
        written = self.store.heartbeats().get(jobs.DAEMON)
        if written is not None and written > now:
            self.store.advance_attempts(now, written - now)

    def record_gap(self, began: datetime) -> None:
        """Store for the operator job that the daemon has not run since `began`, until now."""
        self.store.record_heartbeat(jobs.GAP_BEGAN, began)
        self.store.record_heartbeat(jobs.GAP_ENDED, self.clock())

    def heartbeats(self) -> dict[str, datetime]:
        """Return all heartbeats by name, adjusted to steps of the wall clock since they were stored."""
        return self.store.heartbeats(self.clock(), self.uptime())

    def conditions(self) -> list[Condition]:
        """Return what needs the operator's attention now."""
        from monitor.deliver import find_conditions

        return find_conditions(self.store, self.settings, self.heartbeats(), self.clock())

    def degrading_conditions(self) -> list[Condition]:
        """Return why the service is degraded, without refused edits, which are listed by themselves."""
        return [each for each in self.conditions() if each.degrades and each.key != "configuration"]

    def health_problems(self) -> list[str]:
        """Return what is wrong with the daemon, one sentence each."""
        heartbeats, states, now = self.heartbeats(), self.store.states(), self.clock()
        configured = [states[feed.id] for feed in self.settings.feeds if feed.id in states]
        stalled = stalled_polls(configured, heartbeats.get(jobs.DAEMON_STARTED), now)
        return jobs.health_problems(heartbeats, now) + stalled

    def prune(self, *, dry_run: bool = False, database: DatabaseThread | None = None) -> dict[str, int]:
        """Delete what is older than the configured retention and return the counts.

        `database` writes where this is called on another thread.
        """
        from monitor.store import RetentionCutoffs

        keep, now = self.settings.monitor.retention, self.clock()
        return self.store.prune(
            before=RetentionCutoffs(articles=now - keep.articles, hits=now - keep.hits, polls=now - keep.polls),
            now=now,
            dry_run=dry_run,
            run=database.call if database else None,
        )

    def coverage_of_last_day(self) -> dict[FeedId, FeedCoverage]:
        """Return the coverage of each feed in the last 24 hours."""
        now = self.clock()
        feeds = self.store.coverage(self.settings.feeds, now - timedelta(days=1), now).feeds
        return {feed.feed_id: feed for feed in feeds}

    def ledger(self, since: datetime, until: datetime) -> Ledger:
        """Return the balance of what was seen in (since, until], and of what became of it."""
        from monitor.deliver import DeliverySettings, read_ledger

        return read_ledger(self.store, DeliverySettings.of(self.settings, {}), since, until, self.clock())

    def stories(self, since: datetime | None, limit: int | None) -> list[Story]:
        """Return stories, each with its best source first."""
        return self.sort_sources(self.store.stories(since=since, limit=limit))

    def sort_sources(self, stories: Iterable[Story]) -> list[Story]:
        """Sort the articles of each story by the currently configured tiers of their feeds, best first."""
        tiers = {feed.id: feed.tier for feed in self.settings.feeds}

        def rank_key(article: StoryArticle) -> tuple[int, datetime]:
            return precedence(tiers.get(article.feed_id), article.found_at)

        return [replace(story, articles=tuple(sorted(story.articles, key=rank_key))) for story in stories]

    def unknown_search_filter(self, *, feed: str = "", topic: str = "", language: str = "") -> str:
        """Return what is wrong with the first filter that names nothing in configuration or archive; empty: none."""
        configured = self.settings.filter_names()
        filters = {"feed": feed, "topic": topic, "language": language}
        doubtful = {name: value for name, value in filters.items() if value and value not in configured[name]}
        if not doubtful:
            return ""
        archived = self.store.archived_filters(feed=feed, topic=topic, language=language)
        return next(
            (unknown_search_filter(*each, configured) for each in doubtful.items() if each[0] not in archived), ""
        )

    def deliverer(
        self, database: DatabaseThread | None = None, channels: Mapping[str, Channel] | None = None
    ) -> Deliverer:
        """Return a Deliverer that writes on `database`; without channels it can preview digests but not send."""
        from monitor.deliver import Deliverer, DeliverySettings
        from monitor.store import DatabaseThread

        return Deliverer(
            store=self.store,
            database=database or DatabaseThread(),
            clock=self.clock,
            rule_authors=self.rule_authors,
            settings=DeliverySettings.of(self.settings, channels or {}),
        )

    def rule_authors(self, since: datetime, until: datetime | None) -> Callable[[str], str]:
        """Return a function that names who committed to the file of a rule between two times, `until` None for now."""
        from monitor.lab.rule_versions import file_authors

        authors = file_authors(self.settings.folder / "rules", since, until)
        paths = {rule.id: Path(rule.mark.path) for rule in self.settings.rule_summaries}
        return lambda rule_id: authors(paths[RuleId(rule_id)]) if rule_id in paths else ""

    def auditor(self) -> Auditor:
        """Return what measures how much the rules miss."""
        from monitor.audit.auditor import Auditor

        settings = self.settings
        return Auditor(
            store=self.store,
            rules=settings.rule_summaries,
            read_rules=lambda: settings.rules.rules,
            feeds=settings.feeds,
            window=settings.monitor.audit.window,
            weekly=settings.monitor.audit.weekly,
        )

    def suggester(self) -> Suggester:
        """Return what suggests edits of the configured rules."""
        from monitor.audit.suggesting import Suggester

        return Suggester(auditor=self.auditor(), folder=self.settings.folder / "rules")

    def lab(self, rules: RuleBook | None = None, folder: Path | None = None) -> RuleLab:
        """Return a Lab for the configured rules, or for `rules` from another `folder`."""
        from monitor.lab import RuleLab

        settings = self.settings
        return RuleLab(
            store=self.store,
            rules=rules or settings.rules,
            folder=folder or settings.folder / "rules",
            lists=settings.folder / "rules" if folder else None,
            feeds=settings.feeds,
            workers=settings.monitor.extract.workers or os.cpu_count() or 1,
        )
