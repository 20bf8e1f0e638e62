"""Composes digests and alerts, queues their messages in the outbox, renders previews, and sends what is queued."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from monitor.core.digests import Digest, ExtraPart, RuleChange, Window, compose, rule_changes, runs, with_openings
from monitor.core.digests.coverage import with_ledger, with_refused_edits
from monitor.core.digests.filters import select_hits
from monitor.core.digests.limits import limit_stories
from monitor.core.digests.review import WEEKS_BEFORE, review_week
from monitor.core.errors import UsageError
from monitor.core.messages import pausing, render
from monitor.deliver._alerts import FAR_FUTURE, last_alerted_at, run_alerts, run_spikes, translated
from monitor.deliver._configuration import DeliveryConfig, DeliverySettings
from monitor.deliver._ledger import read_ledger
from monitor.deliver._operator import report
from monitor.deliver._possibly_missed import add_possibly_missed, imprecise_rules
from monitor.deliver._sending import DeliveryResult, Sender

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from monitor.core.messages.operator_conditions import Condition
    from monitor.core.model import DigestConfig, DigestRun, Hit, Ledger, Message
    from monitor.store import DatabaseThread, Store

FIRST_LOOKBACK = timedelta(days=7)
"""Window of a digest that a user requests before its first run."""
WEEK, WEEKS = timedelta(days=7), 8
"""Past weeks whose stories are drawn as columns."""
LABELS_WITHIN = timedelta(days=180)
"""Older labels of readers do not count for the rank of a story: rules change."""
_RUNS_READ = 50


class Deliverer:
    """The use cases of digests, alerts and the outbox; `configure` may replace the configuration at any time.

    All methods but `send_queued` and `close` are synchronous and short.
    """

    def __init__(
        self,
        *,
        store: Store,
        database: DatabaseThread,
        settings: DeliverySettings,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        changes_in_git: Callable[[datetime, datetime | None], Sequence[RuleChange] | None] = lambda _since, _until: (
            None
        ),
    ) -> None:
        self._store = store
        self._clock = clock
        self._changes_in_git = changes_in_git
        self._sender = Sender(store, clock, database)
        self.configure(settings)

    def configure(self, settings: DeliverySettings) -> None:
        """Replace the configuration; queued messages stay as they were rendered."""
        self._are_rules_recorded = False
        self._config = DeliveryConfig.of(settings)
        self._rule_states = rule_changes.rule_states(self._config.rules.values())
        self._sender.configure(settings.channels, settings.identities, settings.operator_channels)

    # -- digests

    def run_due_digests(self) -> list[DigestRun]:
        """Run every digest that is due; one with several missed slots runs once."""
        self._record_rules()
        self._run_requested()
        results = (self._run_if_due(config) for config in self._config.digests.values())
        return [run for run in results if run is not None]

    def _run_requested(self) -> None:
        """Run the digests that readers asked for on the web page; a request for an unknown digest is dropped."""
        for digest_id in self._store.requested_digests():
            if digest_id in self._config.digests:
                self.run_digest(digest_id)
            self._store.forget_request(digest_id)

    def run_digest(self, digest_id: str, *, to: str | None = None) -> DigestRun | None:
        """Run a digest now; None, and nothing is recorded, if it has no new hits.

        `to` sends a copy to one channel. Copies keep their own record of what they contained, so the digest's own
        channels still receive the same hits at the next slot.
        """
        config = self._digest_config(digest_id)
        self._record_rules()
        name = runs.run_name(config.id, to)
        digest = self._compose_next(config, runs.manual_window(self._runs(name), self._clock(), FIRST_LOOKBACK), name)
        if not digest.hit_ids:
            return None
        channels, recipient = (config.channels, config.recipient) if to is None else ((to,), "")
        return self._record(digest, name, self._config.render_messages(digest, channels, name, recipient))

    def preview(
        self, digest_id: str, format_name: str = "text", since: datetime | None = None, until: datetime | None = None
    ) -> str:
        """Render the next digest, or with `since` or `until` the digest of that period; changes nothing.

        `format_name` is one of `render.FORMATS`.
        """
        config = self._digest_config(digest_id)
        window = runs.manual_window(self._runs(config.id), self._clock(), FIRST_LOOKBACK)
        if since is None and until is None:
            return self._rendered(self._compose_next(config, window, config.id), format_name)
        end = until or window.until
        window = Window(since=since or min(window.since, end - FIRST_LOOKBACK), until=end, slot=end)
        if window.since >= window.until:
            raise UsageError("the period begins after its end")
        hits = [hit for hit in self._store.hits(since=window.since, until=window.until) if hit.status == "live"]
        digest = self._compose(config, hits, window, config.id, notified_until=window.since, changes_until=until)
        return self._rendered(digest, format_name)

    def _rendered(self, digest: Digest, format_name: str) -> str:
        digest_format = render.FORMATS[format_name]
        return digest_format.to_text(digest_format.render(replace(digest, links=self._config.links)))

    # -- the ledger

    def ledger(self, since: datetime, until: datetime) -> Ledger:
        """Return the balance of what was seen in (since, until], and of what became of it."""
        return read_ledger(self._store, self._config, since, until, self._clock())

    # -- alerts

    def run_alerts(self) -> list[Digest]:
        """Queue alerts for urgent hits and for spikes; return them."""
        now, config = self._clock(), self._config
        return [*run_alerts(self._store, config, now), *run_spikes(self._store, config, now)]

    # -- the operator

    def report_conditions(self, conditions: Sequence[Condition]) -> bool:
        """Queue a message about conditions that began or ended; returns True if one was queued."""
        names = self._config.operator_channels
        channels = [self._config.channels[name] for name in names if name in self._config.channels]
        return report(self._store, channels, conditions, self._clock())

    # -- the outbox

    async def send_queued(self, within: float | None = None) -> list[DeliveryResult]:
        """Send the deliveries that are due and return the result of each attempt.

        `within` limits the call to so many seconds; deliveries in progress continue, and the next call returns them.
        """
        return await self._sender.send_queued(within)

    def stop(self) -> None:
        """Start no further deliveries; those in progress continue."""
        self._sender.stopping = True

    async def close(self) -> None:
        """Wait a few seconds for deliveries in progress, cancel the rest, and record which of them may have arrived."""
        await self._sender.close()

    # -- composing

    def _record_rules(self) -> None:
        """Store the state of the rules once per configuration, for the list of rule changes in the next digest."""
        if not self._are_rules_recorded:
            self._store.note_rules(self._rule_states, self._clock())
            self._are_rules_recorded = True

    def _rule_changes(self, since: datetime, until: datetime | None) -> Sequence[RuleChange]:
        """Compare the rules by their git history, which knows authors; without one, by the stored states."""
        changes = self._changes_in_git(since, until)
        if changes is not None:
            return changes
        before = self._store.rules_at(since)
        after = self._rule_states if until is None else self._store.rules_at(until)
        return () if before is None or after is None else rule_changes.compare_rules(before, after)

    def _run_if_due(self, config: DigestConfig) -> DigestRun | None:
        now = self._clock()
        match runs.plan_run(config, self._runs(config.id), now):
            case None:
                return None
            case runs.Baseline(slot):
                self._store.record_run(config.id, slot, since=now, until=now, hit_ids=(), messages=(), now=now)
                return None
            case window:
                return self._run(config, window)

    def _run(self, config: DigestConfig, window: Window) -> DigestRun | None:
        digest = self._compose_next(config, window, config.id)
        if not digest.hit_ids and config.when_empty == "skip" and not digest.has_low_coverage:
            return self._record(digest, config.id, ())
        messages = self._config.render_messages(digest, config.channels, config.id, config.recipient)
        return self._record(digest, config.id, messages)

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

    def _compose_next(self, config: DigestConfig, window: Window, name: str) -> Digest:
        """Compose the hits that no run of this name contained, including hits dated by a clock that was ahead."""
        hits = self._store.hits_to_digest(name, window.since, FAR_FUTURE)
        is_first = self._is_first(name)
        digest = self._compose(config, hits, window, name, notified_until=window.until, is_first=is_first)
        paused = [state for state in self._store.channel_states().values() if state.paused_at]
        return replace(
            digest,
            coverage=with_refused_edits(digest.coverage, self._store.refusals()),
            remark=". ".join(f"Not delivered: {pausing.describe(state)}" for state in paused),
        )

    def _compose(
        self,
        config: DigestConfig,
        hits: Sequence[Hit],
        window: Window,
        name: str,
        *,
        notified_until: datetime,
        changes_until: datetime | None = None,
        is_first: bool = False,
    ) -> Digest:
        """Compose a digest of these hits; stories in a run of this name up to `notified_until` are updates.

        `changes_until`: end of the period of rule changes, for a digest of the past.
        """
        selected = select_hits(config, hits, self._config.feeds)
        story_ids = {hit.story_id for hit in selected}
        digest = compose(
            config,
            selected,
            self._store.stories_of(story_ids),
            coverage=self._store.coverage(list(self._config.feeds.values()), window.since, window.until),
            topics=self._config.topics,
            feeds=self._config.feeds,
            window=window,
            rules=self._config.rule_titles,
            notified_at=self._store.story_notified_at(name, story_ids, notified_until),
            alerted_at=last_alerted_at(self._store, self._config, story_ids, window.until),
            rule_changes=self._rule_changes(window.since, changes_until),
            alert_below=self._config.alert_below,
            is_first=is_first,
            labels=self._store.label_counts(window.until - LABELS_WITHIN),
            weeks=self._store.story_counts([window.until - WEEK * back for back in range(WEEKS, -1, -1)]),
        )
        if config.review:
            digest = replace(digest, extra_parts=(self._review(digest, config.topics), *digest.extra_parts))
        coverage = with_ledger(digest.coverage, self.ledger(window.since, window.until))
        digest = replace(digest, coverage=coverage)
        limited = limit_stories(digest, config.max_stories, self._config.digest_limits_per_rule)
        opened = with_openings(limited, self._store.openings({story.article_id for story in limited.stories}))
        listed_since = min(window.since, self._last_sent(name, window))
        shown = translated(self._store, self._config, opened) if config.translate else opened
        return add_possibly_missed(shown, self._store, config.possibly_missed, self._config.feeds, since=listed_since)

    def _last_sent(self, name: str, window: Window) -> datetime:
        """Return the end of the last run of this name that had a message; what came since was in no digest."""
        ends = [run.until for run in self._runs(name) if run.messages and run.until < window.until]
        return max(ends, default=window.since)

    def _review(self, digest: Digest, topics: Sequence[str]) -> ExtraPart:
        until = digest.window.until
        weeks = self._store.story_counts([until - WEEK * back for back in range(WEEKS_BEFORE + 1, -1, -1)])
        titles = {slug: topic.title for slug, topic in self._config.topics.items()}
        followed = {topic: counts for topic, counts in weeks.items() if not topics or topic in topics}
        part = review_week(followed, titles, digest.news)
        imprecise = imprecise_rules(self._store, self._config, digest.window.until)
        return replace(part, lines=(*part.lines, *imprecise))

    def _is_first(self, name: str) -> bool:
        """Return True if no run of this name had a message yet."""
        return not any(run.messages for run in self._runs(name))

    def _runs(self, name: str) -> list[DigestRun]:
        return self._store.runs(name, _RUNS_READ)

    def _digest_config(self, digest_id: str) -> DigestConfig:
        try:
            return self._config.digests[digest_id]
        except KeyError:
            configured = ", ".join(self._config.digests) or "none"
            raise UsageError(f"there is no digest {digest_id}; configured are: {configured}") from None
