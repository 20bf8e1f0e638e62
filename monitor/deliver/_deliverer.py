"""The one door to everything that is told: digests when they are due, alerts, previews, and the outbox."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from monitor.core.digests import Digest, RuleChange, Window, compose, rule_changes, runs
from monitor.core.digests.choices import wanted
from monitor.core.digests.limits import limit
from monitor.core.errors import UsageError
from monitor.core.messages import pausing, render
from monitor.deliver._alerting import THE_END, alerted_at, run_alerts, run_spikes
from monitor.deliver._known import Known
from monitor.deliver._sending import Sender, Settled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from concurrent.futures import Executor

    from monitor.channels import Channel
    from monitor.core.matching.rulebook import Rule, Topic
    from monitor.core.model import AlertConfig, DigestConfig, DigestRun, Feed, Hit, Message
    from monitor.store import Store

Form = Literal["text", "html", "slack", "json"]

FIRST_REACH = timedelta(days=7)
"""How far back a digest looks that someone asks for before it has ever run: as far as the store does for safety."""
WEEK, WEEKS = timedelta(days=7), 8
"""How much of the past a digest draws."""
_RUNS_KNOWN = 50


class Deliverer:
    """Tells what was found. The configuration may be replaced at any time."""

    def __init__(
        self,
        *,
        store: Store,
        channels: Mapping[str, Channel],
        digests: Iterable[DigestConfig],
        alerts: AlertConfig | None,
        feeds: Iterable[Feed],
        topics: Mapping[str, Topic],
        rules: Iterable[Rule] = (),
        identities: Mapping[str, str] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        changes_in_git: Callable[[datetime, datetime | None], Sequence[RuleChange] | None] = lambda _since, _until: (
            None
        ),
        database: Executor | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._changes_in_git = changes_in_git
        self._sender = Sender(store, clock, database)
        self.configure(
            channels=channels,
            digests=digests,
            alerts=alerts,
            feeds=feeds,
            topics=topics,
            rules=rules,
            identities=identities,
        )

    def configure(
        self,
        *,
        channels: Mapping[str, Channel],
        digests: Iterable[DigestConfig],
        alerts: AlertConfig | None,
        feeds: Iterable[Feed],
        topics: Mapping[str, Topic],
        rules: Iterable[Rule] = (),
        identities: Mapping[str, str] | None = None,
    ) -> None:
        """Take another configuration; what is in the outbox already stays as it was made.

        `identities` gives for each channel a text that is another one after any edit of it, secrets included.
        """
        rules = tuple(rules)
        self._rules_noted = False
        self._states = rule_changes.states(rules)
        self._known = Known(
            channels=channels,
            digests={config.id: config for config in digests},
            alerts=alerts,
            feeds={feed.id: feed for feed in feeds},
            topics=topics,
            rules={rule.id: rule for rule in rules},
        )
        self._sender.configure(channels, identities or {})

    # -- digests

    def run_due_digests(self) -> list[DigestRun]:
        """Run every digest whose slot has come, each once however many slots were missed."""
        self._note_rules()
        done = (self._run_if_due(config) for config in self._known.digests.values())
        return [run for run in done if run is not None]

    def run_digest(self, digest_id: str, *, to: str | None = None) -> DigestRun | None:
        """Tell now what a digest has not told; None, and nothing recorded, when there is nothing new.

        `to` sends a copy to one channel. It has a memory of its own: what it tells, the digest tells its own channels
        all the same when its time comes.
        """
        config = self._config(digest_id)
        self._note_rules()
        name = config.id if to is None else f"{config.id}+{to}"
        digest = self._untold(config, runs.by_hand(self._runs(name), self._clock(), FIRST_REACH), name)
        if not digest.hit_ids:
            return None
        return self._record(digest, name, self._known.write(digest, config.channels if to is None else (to,), name))

    def preview(
        self, digest_id: str, form: Form = "text", since: datetime | None = None, until: datetime | None = None
    ) -> str:
        """Render what a digest would tell, or would have told of any window; changes nothing."""
        config = self._config(digest_id)
        window = runs.by_hand(self._runs(config.id), self._clock(), FIRST_REACH)
        if since is None and until is None:
            return _shown(self._untold(config, window, config.id), form)
        ends = until or window.until
        window = Window(since=since or min(window.since, ends - FIRST_REACH), until=ends, slot=ends)
        if window.since >= window.until:
            raise UsageError("the time begins after its end")
        hits = [hit for hit in self._store.hits(since=window.since, until=window.until) if hit.status == "live"]
        digest = self._compose(config, hits, window, config.id, told_by=window.since, changes_until=until)
        return _shown(digest, form)

    # -- alerts

    def run_alerts(self) -> list[Digest]:
        """Alert what is urgent and what is more than usual; returns what was told."""
        now, known = self._clock(), self._known
        return [*run_alerts(self._store, known, now), *run_spikes(self._store, known, now)]

    # -- the outbox

    async def send_queued(self, within: float | None = None) -> list[Settled]:
        """Send all that is due in the outbox, and return how each attempt ended.

        With `within`, for so many seconds; what is under way then goes on, and the next call takes it up.
        """
        return await self._sender.send_queued(within)

    def stop(self) -> None:
        """Take no new delivery; those under way are finished."""
        self._sender.stopping = True

    async def close(self) -> None:
        """End: wait a few seconds for deliveries under way, break off the rest, and record which may have arrived."""
        await self._sender.close()

    # -- how a digest is made

    def _note_rules(self) -> None:
        """Remember what the rules are, once for each configuration: the next digest tells what became of them."""
        if not self._rules_noted:
            self._store.note_rules(self._states, self._clock())
            self._rules_noted = True

    def _changes(self, since: datetime, until: datetime | None) -> Sequence[RuleChange]:
        """Tell what became of the rules: as git has it, and who did it; where there is no git, as it was noted."""
        told = self._changes_in_git(since, until)
        if told is not None:
            return told
        before = self._store.rules_at(since)
        after = self._states if until is None else self._store.rules_at(until)
        return () if before is None or after is None else rule_changes.changes(before, after)

    def _run_if_due(self, config: DigestConfig) -> DigestRun | None:
        now = self._clock()
        match runs.due(config, self._runs(config.id), now):
            case None:
                return None
            case runs.Baseline(slot):
                self._store.record_run(config.id, slot, since=now, until=now, hit_ids=(), messages=(), now=now)
                return None
            case window:
                return self._run(config, window)

    def _run(self, config: DigestConfig, window: Window) -> DigestRun | None:
        digest = self._untold(config, window, config.id)
        tells = bool(digest.hit_ids) or config.when_empty == "send"
        return self._record(digest, config.id, self._known.write(digest, config.channels, config.id) if tells else ())

    def _record(self, digest: Digest, name: str, written: Sequence[Message]) -> DigestRun | None:
        """Store run, claims and messages at once; hits that no channel hears of are not claimed."""
        return self._store.record_run(
            name,
            digest.window.slot,
            since=digest.window.since,
            until=digest.window.until,
            hit_ids=digest.hit_ids if written else (),
            messages=written,
            now=self._clock(),
        )

    def _untold(self, config: DigestConfig, window: Window, name: str) -> Digest:
        """Compose what was not told under this name, even what a clock that was wrong dated to come."""
        hits = self._store.undigested(name, window.since, THE_END)
        digest = self._compose(config, hits, window, name, told_by=window.until)
        paused = [state for state in self._store.channel_states().values() if state.paused_at]
        return replace(digest, remark=". ".join(f"Not delivered: {pausing.describe(state)}" for state in paused))

    def _compose(
        self,
        config: DigestConfig,
        hits: Sequence[Hit],
        window: Window,
        name: str,
        *,
        told_by: datetime,
        changes_until: datetime | None = None,
    ) -> Digest:
        """Compose a digest of these hits; stories that were told by `told_by` are updates.

        `changes_until`: when to stop telling how rules changed, for a digest of the past.
        """
        known = self._known
        chosen = wanted(config, hits, known.feeds)
        story_ids = {hit.story_id for hit in chosen}
        digest = compose(
            config,
            chosen,
            self._store.stories_of(story_ids),
            coverage=self._store.coverage(list(known.feeds.values()), window.since, window.until),
            topics=known.topics,
            feeds=known.feeds,
            window=window,
            rules=known.titles,
            told_before=self._store.story_told_at(name, story_ids, told_by),
            alerted=alerted_at(self._store, known, story_ids, window.until),
            rule_changes=self._changes(window.since, changes_until),
            weeks=self._store.hit_counts([window.until - WEEK * back for back in range(WEEKS, -1, -1)]),
        )
        return limit(digest, config.max_stories, known.limits_in_digests)

    def _runs(self, name: str) -> list[DigestRun]:
        return self._store.runs(name, _RUNS_KNOWN)

    def _config(self, digest_id: str) -> DigestConfig:
        try:
            return self._known.digests[digest_id]
        except KeyError:
            known = ", ".join(self._known.digests) or "none"
            raise UsageError(f"no digest is called {digest_id}; there is {known}") from None


def _shown(digest: Digest, form: Form) -> str:
    match form:
        case "text":
            return render.text(digest)
        case "html":
            return render.html(digest)
        case "slack":
            return json.dumps(render.slack(digest), ensure_ascii=False, indent=2) + "\n"
        case "json":
            return json.dumps(render.json(digest), ensure_ascii=False, indent=2) + "\n"
