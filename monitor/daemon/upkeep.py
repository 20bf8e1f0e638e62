"""Jobs beside polling and sending: removing what is old, backups, search index, ledger check, ranking of misses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from monitor.app import App
from monitor.core import jobs
from monitor.core.jobs import Job
from monitor.core.ledger import describe_difference
from monitor.core.model import Ledger, LedgerDifference
from monitor.daemon.scheduled_backups import ScheduledBackups
from monitor.pipeline import Pipeline
from monitor.runtime.threads import DaemonThreads
from monitor.store import INDEXED_AT_ONCE, DatabaseThread, Store

LEDGER_CHECK_PERIOD = timedelta(days=1)
log = structlog.get_logger("monitor.daemon")
index_log = structlog.get_logger("monitor.search_index")
ledger_log = structlog.get_logger("monitor.ledger")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """Upkeep of one database. What writes to it goes through the pipeline's thread; the rest runs on `threads`."""

    app: App
    pipeline: Pipeline
    threads: DaemonThreads

    def jobs(self) -> Mapping[Job, Callable[[], Awaitable[object]]]:
        """Return what to run for each job."""
        check = LedgerCheck(self.app.ledger)
        return {
            jobs.UPKEEP: self.prune,
            jobs.BACKUP: self.back_up,
            jobs.AUDIT: self.rank_misses,
            jobs.LEDGER: lambda: self.threads.run(check.run, self.app.clock()),
            jobs.SEARCH_INDEX: lambda: build_search_index(self.app.store, self.pipeline.database),
        }

    async def prune(self) -> None:
        """Delete what is older than the configured retention, once a night."""
        database, now = self.pipeline.database, self.app.clock()
        heartbeats = await database.run(self.app.heartbeats)
        zone = ZoneInfo(self.app.settings.monitor.timezone)
        if jobs.upkeep_due(heartbeats.get(jobs.UPKEEP.name), now, zone):
            removed = await self.threads.run(self.app.prune, database=database)
            before = self.app.clock() - timedelta(days=1)
            await database.run(self.app.store.delete_stale, jobs.WORKER_PREFIX, before)
            await database.run(self.app.record_heartbeat, jobs.UPKEEP.name)
            log.info("pruned", **removed)
            await self._share_terms()

    async def _share_terms(self) -> None:
        """Rewrite states of rules that an older program stored with a copy of each list."""
        rewritten = 0
        while count := await self.pipeline.database.run(self.app.store.share_terms_of_states, self.app.clock()):
            rewritten += count
        if rewritten:
            log.info("copies of lists removed from the history of rules", states=rewritten)

    async def rank_misses(self) -> None:
        """Rank what no rule matches, and draw articles for judging, if that is due; in a process of its own."""
        from monitor.audit.training_process import train_in_process

        database, auditor, now = self.pipeline.database, self.app.auditor(), self.app.clock()
        if not self.app.store.shareable or not await database.run(auditor.is_due, now):
            return
        request = await database.run(auditor.request, now)
        result = await self.threads.run(train_in_process, self.app.store, request)
        await database.run(auditor.record, result)
        ranking = result.ranking
        log.info(
            "misses ranked", articles=ranking.ranked, relevant=ranking.relevant, hits=ranking.hits, reason=result.reason
        )

    async def back_up(self) -> None:
        """Make the scheduled backup if it is due."""
        database, scheduled = self.pipeline.database, ScheduledBackups(self.app)
        if not await database.run(scheduled.is_due):
            return
        backup = await self.threads.run(scheduled.back_up, database.call)
        if backup.reason:
            log.error("backup failed", file=backup.file, reason=backup.reason)
        else:
            log.info("backed up", file=backup.file, bytes=backup.size)


async def build_search_index(store: Store, database: DatabaseThread) -> None:
    """Index what is missing, in batches between which others write; at once if the index is complete."""
    if await database.run(store.search_index_is_complete):
        return
    index_log.info("indexing the archive for searches", articles=await database.run(store.unindexed_articles))
    while await database.run(store.build_search_index, INDEXED_AT_ONCE):
        pass
    index_log.info("the search index is complete")


@dataclass(slots=True)
class LedgerCheck:
    """The differences that were found last, so that an unchanged one is not logged every hour."""

    ledger: Callable[[datetime, datetime], Ledger]
    """Read the ledger of a period."""
    _known: set[LedgerDifference] = field(default_factory=set)

    def run(self, now: datetime) -> None:
        """Read the ledger of the last day, and log new differences as errors."""
        differences = self.ledger(now - LEDGER_CHECK_PERIOD, now).differences
        for difference in differences:
            if difference not in self._known:
                ledger_log.error(
                    "ledger does not balance",
                    check=difference.check,
                    expected=difference.expected,
                    found=difference.found,
                    feeds=list(difference.feeds),
                    problem=describe_difference(difference),
                )
        self._known = set(differences)
