"""What is told at once: urgent hits, gathered for a while, and spikes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from monitor.core.digests import alerts
from monitor.core.model import AlertConfig

if TYPE_CHECKING:
    from collections.abc import Collection

    from monitor.core.digests import Digest
    from monitor.core.matching.rulebook import Rule, Spike
    from monitor.core.model import Delivery, Message
    from monitor.deliver._known import Known
    from monitor.store import Store

THE_END = datetime(9999, 1, 1, tzinfo=UTC)
"""Up to here, hits are read that a clock which was ahead has dated to come."""
REACH = timedelta(hours=48)
"""An urgent hit that could not be alerted for so long is left to the digest."""
_DELIVERIES_AT_FIRST = 500
_SPIKE_REACH = 3
"""Windows of a spike that are replayed: a count that never fell since gives a moment too old to be told."""


def run_alerts(store: Store, known: Known, now: datetime) -> list[Digest]:
    """Alert what is urgent, once its window has passed and its story has not been alerted lately."""
    config = known.alerts or AlertConfig()
    hits = store.unalerted(now - REACH, THE_END, config.min_priority)
    heard = {hit.id for found in alerts.audience(config, hits, known.rules).values() for hit in found}
    hits = [hit for hit in hits if hit.id in heard]
    alerted = store.story_alerted_at({hit.story_id for hit in hits})
    left = _left_today(store, known, config, now) if hits else None
    room = _room_of_rules(store, known, {hit.rule_id for hit in hits}, now)
    plan = alerts.plan(config, hits, alerted, now, room=left is None or left > 0, of_rules=room)
    if plan.settled:
        store.record_alert([hit.id for hit in plan.settled], [], now)
    return _alert(store, known, plan, now, last_today=left == 1) if plan.told else []


def _alert(store: Store, known: Known, plan: alerts.Plan, now: datetime, *, last_today: bool) -> list[Digest]:
    """Write to everyone who hears of some of these hits, and settle them in one transaction."""
    config = known.alerts or AlertConfig()
    waiting = alerts.audience(config, plan.beyond, known.rules)
    told: dict[tuple[tuple[int, ...], int], Digest] = {}
    written: list[Message] = []
    for channel, found in alerts.audience(config, plan.told, known.rules).items():
        beyond = len({hit.story_id for hit in waiting.get(channel, ())})
        what = tuple(hit.id for hit in found), beyond
        if what not in told:
            stories = store.stories_of({hit.story_id for hit in found})
            told[what] = alerts.compose_alert(
                found, stories, known.background, now, last_today=last_today, beyond=beyond
            )
        written += known.write(told[what], [channel], told[what].id)
    if not written or not store.record_alert([hit.id for hit in plan.told], written, now):
        return []
    return list(told.values())


def _left_today(store: Store, known: Known, config: AlertConfig, now: datetime) -> int | None:
    """Count how many alerts the day has left; None: as many as there will be."""
    if config.max_per_day is None:
        return None
    midnight = _midnight(now, ZoneInfo(known.background.timezone))
    keys = {delivery.message_key for delivery in _made_since(store, midnight)}
    today = {key.split("/")[2] for key in keys if key.startswith("alert/alerts/")}
    return max(0, config.max_per_day - len(today))


def _room_of_rules(store: Store, known: Known, rule_ids: Collection[str], now: datetime) -> dict[str, int]:
    """Count how many stories each rule that has a limit may tell until midnight."""
    limits = {rule_id: most for rule_id, most in known.limits.items() if rule_id in rule_ids}
    midnight = _midnight(now, ZoneInfo(known.background.timezone))
    return {rule_id: most - _alerted_since(store, rule_id, midnight) for rule_id, most in limits.items()}


def _alerted_since(store: Store, rule_id: str, instant: datetime) -> int:
    """Count the stories of a rule that were alerted since then."""
    found = {hit.story_id for hit in store.hits(rule=rule_id, since=instant - REACH)}
    return sum(at >= instant for at in store.story_alerted_at(found).values())


def _midnight(now: datetime, zone: ZoneInfo) -> datetime:
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _made_since(store: Store, instant: datetime) -> list[Delivery]:
    """Read the deliveries made since then; an alert may have thousands of recipients."""
    limit = _DELIVERIES_AT_FIRST
    while len(read := store.deliveries(limit=limit)) == limit and read[-1].created_at >= instant:
        limit *= 4
    return [delivery for delivery in read if delivery.created_at >= instant]


def alerted_at(store: Store, known: Known, story_ids: Collection[int], by: datetime) -> dict[int, datetime]:
    """Tell when each story was last told in an alert or a spike, not later than `by`."""
    spikes = [f"spike:{rule.id}" for rule in known.rules.values() if rule.spike]
    told = [store.story_alerted_at(story_ids), *(store.story_told_at(name, story_ids, by) for name in spikes)]
    times: dict[int, datetime] = {}
    for story_id, at in (pair for each in told for pair in each.items()):
        if at <= by:
            times[story_id] = max(at, times.get(story_id, at))
    return times


def run_spikes(store: Store, known: Known, now: datetime) -> list[Digest]:
    """Alert each rule that finds more than it calls usual, at most once in its window."""
    watched = [(rule, rule.spike) for rule in known.rules.values() if rule.spike and rule.status == "live"]
    told = (_run_spike(store, known, rule, spike, now) for rule, spike in watched)
    return [digest for digest in told if digest is not None]


def _run_spike(store: Store, known: Known, rule: Rule, spike: Spike, now: datetime) -> Digest | None:
    found = store.hits(rule=rule.id, since=now - _SPIKE_REACH * spike.within, until=now)
    hits = [hit for hit in found if hit.status == "live" and not hit.backfilled]
    peak = alerts.latest_peak(spike, hits, now)
    name = f"spike:{rule.id}"
    last = store.last_run(name) if peak else None
    if peak is None or (last is not None and peak.at - last.slot < spike.within):
        return None
    stories = store.stories_of({hit.story_id for hit in hits})
    digest = alerts.compose_spike(rule, spike.within, peak, hits, stories, known=known.background)
    channels = dict.fromkeys((*(known.alerts.channels if known.alerts else ()), *rule.notify))
    written = known.write(digest, channels, digest.id)
    since = digest.window.since
    shown = [hit_id for story in digest.stories for hit_id in story.hit_ids] if written else []
    run = store.record_run(name, peak.at, since=since, until=peak.at, hit_ids=shown, messages=written, now=now)
    return digest if run is not None and written else None
