"""Runs of digests: those that are due, requested or started by hand, and previews of the next one.

A run claims its hits and queues its messages in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from monitor.core.digests import runs
from monitor.core.digests.digest import Digest, DigestWindow
from monitor.core.digests.slots import is_quiet
from monitor.core.errors import UsageError
from monitor.core.messages import render
from monitor.core.model import DigestConfig, DigestRun, Message
from monitor.deliver._composing import Composer, RuleAuthors
from monitor.deliver._configuration import DeliverySettings
from monitor.deliver._configuration_edits import record_renames
from monitor.deliver._isolation import RunStep, Step, raise_bugs, run_each
from monitor.deliver._ledger import RUNS_READ
from monitor.store import KnownMessageError, Store

FIRST_LOOKBACK = timedelta(days=7)
"""Window of a digest that a user requests before its first run."""
UNKNOWN_REQUESTS_KEPT = timedelta(minutes=10)
"""How long a request for an unknown digest is kept: the web page may have read an edit before this process does."""
log = structlog.get_logger("monitor.deliver")


class DigestRuns:
    """Runs the digests of the present configuration; all methods are synchronous and short."""

    def __init__(
        self, store: Store, settings: DeliverySettings, clock: Callable[[], datetime], rule_authors: RuleAuthors
    ) -> None:
        self._store = store
        self._clock = clock
        self._rule_authors = rule_authors
        self._rescheduled: dict[str, tuple[DigestConfig, datetime]] = {}
        """By id, digests whose schedule was edited since they were last checked: as they were before, and when."""
        self._config = settings
        self._replace_digests(settings)

    def _replace_digests(self, settings: DeliverySettings) -> None:
        """Run the digests of a configuration from now on."""
        self._are_rules_recorded = self._are_renames_recorded = False
        for was, new in runs.likely_renames(self._config.digests.values(), settings.digests.values()):
            log.warning("digest with another id repeats what it sent in seven days", digest=new, advice=f"was: {was}")
        self._note_schedules(settings)
        self._config = settings
        self._composer = Composer(self._store, self._config, self._clock, self._rule_authors)

    def _note_schedules(self, settings: DeliverySettings) -> None:
        """Note the digests whose schedule is edited, also if they get another id."""
        for edited in settings.digests.values():
            digest = self._config.digests.get(edited.id) or self._config.digests.get(edited.was)
            if digest is None:
                continue
            before, edited_at = self._rescheduled.pop(digest.id, (digest, None))
            if (edited.schedule, edited.timezone) != (digest.schedule, digest.timezone):
                edited_at = self._clock()
            if edited_at is not None:
                self._rescheduled[edited.id] = before, edited_at

    def run_due_digests(self, run: RunStep = lambda step: step()) -> list[DigestRun]:
        """Run every digest that is due; one with several missed slots runs once.

        Each digest is passed to `run`: `DatabaseThread.call` if this is called on another thread, so that others can
        write in between.
        """
        run(self._record_rules)
        run(self._record_renames)
        requests = run(self._store.requested_digests).items()
        steps: list[Step[DigestRun | None]] = [
            *((f"the digest {name}", partial(self._run_requested, name, at)) for name, at in requests),
            *((f"the digest {each.id}", partial(self._run_if_due, each)) for each in self._config.digests.values()),
        ]
        results, bugs = run_each(steps, run)
        raise_bugs(bugs)
        return [each for each in results if each is not None]

    def _run_requested(self, requested: str, requested_at: datetime) -> None:
        """Run a digest that a reader asked for on the web page; a request for an unknown digest is dropped later."""
        digest_id = runs.present_name(requested, runs.former_ids(self._config.digests.values()))
        if digest_id in self._config.digests:
            sent_before = self._store.last_sent(digest_id)
            try:
                self.run_digest(digest_id)
            except ExceptionGroup:  # a bug in rendering for one channel
                if self._store.last_sent(digest_id) != sent_before:
                    self._store.forget_request(requested)
                raise
        elif self._clock() - requested_at < UNKNOWN_REQUESTS_KEPT:
            return
        else:
            log.warning("requested digest not sent, it is not configured", digest=digest_id)
        self._store.forget_request(requested)

    def run_digests(
        self, digest_ids: Iterable[str], run: RunStep, *, to: str | None = None
    ) -> tuple[list[DigestRun | None], list[Exception]]:
        """Run digests now, each as `run_digest` does; return also the bugs, for `raise_bugs`; `run` is as above."""
        return run_each(((f"the digest {each}", partial(self.run_digest, each, to=to)) for each in digest_ids), run)

    def run_digest(self, digest_id: str, *, to: str | None = None) -> DigestRun | None:
        """Run a digest now; None, and nothing is recorded, if it has no new hits.

        `to` sends a copy to one channel. Copies keep their own record of what they contained, so the digest's own
        channels still receive the same hits at the next slot.
        """
        config = self._config.digests[digest_id]
        self._record_rules()
        self._record_renames()
        name = runs.run_name(config.id, to)
        digest = self._composer.compose_next(
            config, runs.manual_window(self._runs(name), self._clock(), FIRST_LOOKBACK), name
        )
        if not digest.hit_ids:
            return None
        channels, recipient = (config.channels, config.recipient) if to is None else ((to,), "")
        return self._send(digest, name, channels, recipient)

    def preview(
        self, digest_id: str, format_name: str = "text", since: datetime | None = None, until: datetime | None = None
    ) -> str:
        """Render the next digest, or with `since` or `until` the digest of that period; changes nothing.

        `format_name` is one of `render.FORMATS`.
        """
        config = self._config.digests[digest_id]
        name = self._store.recorded_name(config.id, config.was)
        window = runs.manual_window(self._runs(name), self._clock(), FIRST_LOOKBACK)
        if since is None and until is None:
            return self._render(self._composer.compose_next(config, window, name), format_name)
        end = until or window.until
        window = DigestWindow(since=since or min(window.since, end - FIRST_LOOKBACK), until=end, slot=end)
        if window.since >= window.until:
            raise UsageError("the period begins after its end")
        return self._render(self._composer.compose_past(config, window, name, until), format_name)

    def _render(self, digest: Digest, format_name: str) -> str:
        digest_format = render.FORMATS[format_name]
        return digest_format.to_text(digest_format.render(replace(digest, links=self._config.links)))

    def _record_rules(self) -> None:
        """Store the state of the rules once per configuration, for the list of rule changes in the next digest."""
        if not self._are_rules_recorded:
            self._store.note_rules(self._config.rule_states(), self._clock())
            self._are_rules_recorded = True

    def _record_renames(self) -> None:
        """Move the records of digests to their new ids, once per configuration."""
        if not self._are_renames_recorded:
            record_renames(self._store, self._config)
            self._are_renames_recorded = True

    def _run_if_due(self, config: DigestConfig) -> DigestRun | None:
        now = self._clock()
        past = self._store.runs(config.id, RUNS_READ, until=now)
        planned = runs.plan_run(config, past, now)
        if planned is None and is_quiet(config.quiet_hours, now, config.timezone):
            return None
        run = self._run_planned(config, planned, past, now)
        self._rescheduled.pop(config.id, None)
        return run

    def _run_planned(
        self,
        config: DigestConfig,
        planned: DigestWindow | runs.Baseline | None,
        past: Sequence[DigestRun],
        now: datetime,
    ) -> DigestRun | None:
        before, edited_at = self._rescheduled.get(config.id, (config, now))
        match planned:
            case None:
                return None
            case runs.Baseline(slot):
                self._record_empty(config, slot, now)
                return None
            case window if window.slot <= edited_at and not runs.is_digest_due(before, past, edited_at):
                # The edited schedule names a time before the edit: nothing was missed.
                self._record_empty(config, window.slot, window.since)
                return None
            case window:
                return self._run(config, window)

    def _record_empty(self, config: DigestConfig, slot: datetime, until: datetime) -> None:
        now = self._clock()
        self._store.record_run(config.id, slot, since=until, until=until, hit_ids=(), messages=(), now=now)

    def _run(self, config: DigestConfig, window: DigestWindow) -> DigestRun | None:
        digest = self._composer.compose_next(config, window, config.id)
        if not digest.hit_ids and config.when_empty == "skip" and not digest.has_low_coverage:
            return self._record(digest, config.id, ())
        return self._send(digest, config.id, config.channels, config.recipient)

    def _send(self, digest: Digest, name: str, channels: Sequence[str], recipient: str) -> DigestRun | None:
        """Queue a digest for these channels, then raise the bugs in rendering; without any message record nothing."""
        messages, bugs = self._config.render_messages(digest, channels, name, recipient)
        if not messages:
            raise_bugs(bugs)
        try:
            run = self._record(digest, name, messages)
        except KnownMessageError as error:
            # No run of this slot is recorded, so these hits were in no message: they are sent under another key.
            log.warning("digest sent under another key, its own is taken", digest=name, keys=str(error))
            later = max(digest.window.slot, self._clock()) + timedelta(seconds=1)
            moved = replace(digest, window=replace(digest.window, slot=later))
            messages, bugs = self._config.render_messages(moved, channels, name, recipient)
            run = self._record(digest, name, messages)
        raise_bugs(bugs)
        return run

    def _record(self, digest: Digest, name: str, messages: Sequence[Message]) -> DigestRun | None:
        """Store run, claims and messages in one transaction; without a message the hits stay unclaimed."""
        return self._store.record_run(
            name,
            digest.window.slot,
            since=digest.window.since,
            until=digest.window.until,
            hit_ids=digest.hit_ids if messages else (),
            messages=messages,
            now=self._clock(),
            held_back=digest.held_back,
        )

    def _runs(self, name: str) -> list[DigestRun]:
        return self._store.runs(name, RUNS_READ)
