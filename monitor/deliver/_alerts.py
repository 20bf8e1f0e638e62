"""Queue alerts: urgent hits, collected for a while, and spikes.

What to send is decided in `core.digests.alerts`. Each function claims the hits and queues the messages in one
transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from monitor.core.digests import alert_scopes, alerts
from monitor.core.digests.alert_scopes import AlertScope
from monitor.core.digests.alerts import MAX_HIT_AGE, AlertContext
from monitor.core.digests.composing import with_openings
from monitor.core.digests.digest import Digest
from monitor.core.digests.slots import is_quiet, quiet_length
from monitor.core.digests.spikes import find_latest_peak
from monitor.core.digests.translations import headlines_of, with_translations
from monitor.core.digests.why_terms import term_hashes
from monitor.core.matching.rulebook import RuleSummary, Spike
from monitor.core.model import AlertConfig, Hit, Message
from monitor.deliver._alert_threads import in_threads
from monitor.deliver._configuration import DeliverySettings
from monitor.deliver._isolation import Step, raise_bugs, run_each
from monitor.store import Store

_SPIKE_WINDOWS = 3
"""Windows of a spike that are replayed: a count that stayed high all the time gives a peak too old to report."""


def run_alerts(store: Store, config: DeliverySettings, now: datetime) -> list[Digest]:
    """Queue alerts for the urgent hits whose window has passed; return the composed alerts."""
    settings = config.alerts or AlertConfig()
    scopes = _scopes(store, config, settings, now)  # also in quiet hours: an edit counts from now on
    if is_quiet(settings.quiet_hours, now, config.alert_context.timezone):
        return []
    hits = store.hits_to_alert(now - MAX_HIT_AGE, settings.min_priority)
    by_channel, past = alert_scopes.receivable_hits(alerts.hits_by_channel(settings, hits, config.rules), scopes)
    if past:
        store.record_alert((), (), now, left_out=dict.fromkeys((hit.id for hit in past), "before_alerts"))
    received_ids = {hit.id for of_channel in by_channel.values() for hit in of_channel}
    hits = [hit for hit in hits if hit.id in received_ids]
    alerted_at = store.story_alerted_at({hit.story_id for hit in hits})
    remaining = _remaining_today(store, config, settings, now) if hits else None
    plan = alerts.plan_alert(
        settings,
        hits,
        alerted_at,
        now,
        below_daily_limit=remaining is None or remaining > 0,
        remaining_per_rule=_remaining_per_rule(store, config, {hit.rule_id for hit in hits}, now),
    )
    if plan.left_to_digest:
        store.record_alert((), (), now, left_out=plan.reasons)
    return _queue_alerts(store, config, plan, by_channel, now, is_last_today=remaining == 1) if plan.to_send else []


def _scopes(store: Store, config: DeliverySettings, settings: AlertConfig, now: datetime) -> list[AlertScope]:
    """Return since when which alerts go where; an edited configuration is recorded first."""
    scopes, grants = store.alert_scopes(), alert_scopes.grants(settings, config.rules.values())
    if not scopes or scopes[-1].grants != grants:
        # The first scope counts from the beginning, so that an upgrade of the program loses no alert.
        store.save_alert_scope(grants, now, now - MAX_HIT_AGE)
        scopes = store.alert_scopes()
    return scopes


def _queue_alerts(
    store: Store,
    config: DeliverySettings,
    plan: alerts.AlertPlan,
    by_channel: Mapping[str, Sequence[Hit]],
    now: datetime,
    *,
    is_last_today: bool,
) -> list[Digest]:
    """Queue the messages for all channels and claim the hits; channels with the same hits share one alert.

    `by_channel`: the hits that each channel or reader may receive. A bug in the alert of one channel keeps no other
    from getting its own; what only could not be rendered is rendered when it is sent. Hits that are in no message, as
    those that only such a channel may receive, are left to the next check.
    """
    to_send, over_limit = ({hit.id for hit in hits} for hits in (plan.to_send, plan.over_limit))
    renderer = _AlertRenderer(store, config, now, is_last_today=is_last_today)
    with_room: set[int] = set()
    steps: list[Step[tuple[list[Message], Sequence[Hit]]]] = []
    for channel, of_channel in by_channel.items():
        hits, cut = alerts.cut_to_room([hit for hit in of_channel if hit.id in to_send])
        if hits:
            with_room |= {hit.id for hit in hits}
            left_out = {hit.story_id for hit in (*cut, *(each for each in of_channel if each.id in over_limit))}
            steps.append((f"the alert for {channel}", partial(renderer.render, channel, hits, len(left_out))))
    rendered, bugs = run_each(steps)
    messages = [message for of_step, _ in rendered for message in of_step]
    shown = {hit.id for _, hits in rendered for hit in hits}
    full = dict.fromkeys(to_send - with_room, "alert_full")
    is_queued = bool(messages) and store.record_alert(sorted(shown), messages, now, left_out=full)
    raise_bugs([*bugs, *renderer.bugs])
    return list(renderer.composed.values()) if is_queued else []


class _AlertRenderer:
    """Composes the alerts of one check, each once for all channels with the same content, and renders them."""

    def __init__(self, store: Store, config: DeliverySettings, now: datetime, *, is_last_today: bool) -> None:
        self._store, self._config, self._now = store, config, now
        self._is_last_today = is_last_today
        self.composed: dict[tuple[tuple[int, ...], int], Digest] = {}
        """By the ids of the hits and the number of stories that are left out."""
        self.bugs: list[Exception] = []
        """Bugs in rendering for one channel, whose message is rendered when it is sent."""

    def render(self, channel: str, hits: Sequence[Hit], left_out: int) -> tuple[list[Message], Sequence[Hit]]:
        """Return the messages for a channel, and the hits that are in them."""
        content = tuple(hit.id for hit in hits), left_out
        if content not in self.composed:
            self.composed[content] = self._compose(hits, left_out)
        rendered, bugs = self._config.render_alert(self.composed[content], channel, self._now)
        self.bugs += bugs
        return in_threads(self._store, channel, rendered), hits if rendered else ()

    def _compose(self, hits: Sequence[Hit], left_out: int) -> Digest:
        stories = self._store.stories_of({hit.story_id for hit in hits})
        context = _context(self._store, self._config, hits)
        alert = alerts.compose_alert(
            hits, stories, context, self._now, is_last_today=self._is_last_today, over_limit=left_out
        )
        return _add_openings(self._store, self._config, alert)


def _context(store: Store, config: DeliverySettings, hits: Sequence[Hit]) -> AlertContext:
    return replace(config.alert_context, term_counts=store.term_counts(term_hashes(hits)))


def _add_openings(store: Store, config: DeliverySettings, alert: Digest) -> Digest:
    opened = with_openings(alert, store.openings({story.article_id for story in alert.stories}))
    return with_stored_translations(store, config, opened)


def with_stored_translations(store: Store, config: DeliverySettings, digest: Digest) -> Digest:
    """Fill in the translated headlines that are stored, if any digest has its headlines translated."""
    if not config.translates_into(digest.language):
        return digest
    translations = store.translations(headlines_of(digest.stories, digest.language), digest.language)
    return with_translations(digest, translations)


def _remaining_today(store: Store, config: DeliverySettings, settings: AlertConfig, now: datetime) -> int | None:
    """Return how many more alerts may be sent today; None without a limit."""
    if settings.max_per_day is None:
        return None
    return max(0, settings.max_per_day - store.count_alerts(_midnight(config, now)))


def _remaining_per_rule(
    store: Store, config: DeliverySettings, rule_ids: Collection[str], now: datetime
) -> dict[str, int]:
    """Return how many more stories each of these rules may send today, for the rules with a limit."""
    limits = {rule_id: most for rule_id, most in config.limits_per_rule.items() if rule_id in rule_ids}
    midnight = _midnight(config, now)
    return {rule_id: most - _count_alerted(store, rule_id, midnight) for rule_id, most in limits.items()}


def _count_alerted(store: Store, rule_id: str, since: datetime) -> int:
    """Count the stories of a rule that were alerted since an instant."""
    story_ids = {hit.story_id for hit in store.hits(rule=rule_id, since=since - MAX_HIT_AGE)}
    return sum(at >= since for at in store.story_alerted_at(story_ids).values())


def _midnight(config: DeliverySettings, now: datetime) -> datetime:
    """Return when the day of the alerts began."""
    local = now.astimezone(ZoneInfo(config.alert_context.timezone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def last_alerted_at(
    store: Store, config: DeliverySettings, story_ids: Collection[int], until: datetime
) -> dict[int, datetime]:
    """Map ids of stories to the last alert or spike that contained them, at or before `until`."""
    latest = store.story_alerted_at(story_ids, until)
    for name in [f"spike:{rule.id}" for rule in config.rules.values() if rule.spike]:
        for story_id, at in store.story_notified_at(name, story_ids, until).items():
            latest[story_id] = max(at, latest.get(story_id, at))
    return latest


def spike_steps(store: Store, config: DeliverySettings, now: datetime) -> list[Step[Sequence[Digest]]]:
    """Return for each live rule with a spike a step that queues its alert, if one is due."""
    if config.alerts and is_quiet(config.alerts.quiet_hours, now, config.alert_context.timezone):
        return []
    watched = [(rule, rule.spike) for rule in config.rules.values() if rule.spike and rule.status == "live"]
    return [
        (f"the spike of {rule.id}", partial(_run_spike, store, config, rule, spike, now)) for rule, spike in watched
    ]


def _run_spike(
    store: Store, config: DeliverySettings, rule: RuleSummary, spike: Spike, now: datetime
) -> Sequence[Digest]:
    """Queue the alert of a rule's spike, at most one within its window; return it, if one was queued."""
    recent = store.spike_hits(rule.id, now - _SPIKE_WINDOWS * spike.within, now)
    peak = find_latest_peak(spike, recent, now, quiet_length(config.alerts.quiet_hours if config.alerts else None))
    name = f"spike:{rule.id}"
    last = store.last_run(name) if peak else None
    if peak is None or (last is not None and peak.at - last.slot < spike.within):
        return ()
    found = store.hits(rule=rule.id, since=peak.at - spike.within, until=peak.at)
    hits = [hit for hit in found if hit.status == "live" and not hit.backfilled]
    stories = store.stories_of({hit.story_id for hit in hits})
    digest = alerts.compose_spike_alert(rule, spike.within, peak, hits, stories, context=_context(store, config, hits))
    targets = dict.fromkeys((*(config.alerts.targets if config.alerts else ()), *rule.notify))
    alert = _add_openings(store, config, digest)
    rendered = [config.render_alert(alert, each, now) for each in targets]
    messages = [message for of_target, _ in rendered for message in of_target]
    bugs = [bug for _, of_target in rendered for bug in of_target]
    if not messages:
        raise_bugs(bugs)
    since = digest.window.since
    shown = [hit_id for story in digest.stories for hit_id in story.hit_ids] if messages else []
    run = store.record_run(name, peak.at, since=since, until=peak.at, hit_ids=shown, messages=messages, now=now)
    raise_bugs(bugs)
    return (digest,) if run is not None and messages else ()
