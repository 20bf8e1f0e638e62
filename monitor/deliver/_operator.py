"""Find what needs the operator's attention, and queue the messages that report it.

What a condition is, is defined in `core.messages.operator_conditions`, when it is reported in `operator_notices`. All
functions are synchronous and short; `report` is meant for the database thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from monitor.channels import Channel
from monitor.core import backups, jobs, messages
from monitor.core.messages import operator_conditions, operator_notices
from monitor.core.messages.operator_conditions import Condition
from monitor.core.model import Delivery, DeliveryState, FeedId, FeedState, ReportedCondition
from monitor.runtime import disks
from monitor.settings import Settings
from monitor.store import LAST_OPERATOR_MESSAGE, Store

_GIVEN_UP = frozenset({DeliveryState.DEAD, DeliveryState.CANCELLED})
log = structlog.get_logger("monitor.operator")


def find_conditions(
    store: Store, settings: Settings, heartbeats: Mapping[str, datetime], now: datetime
) -> list[Condition]:
    """Return the conditions of this moment; the coverage only after the first round of polls."""
    monitor = settings.monitor
    started = heartbeats.get(jobs.DAEMON_STARTED)
    backup_sentences = backups.backup_problems(store.backup_state(), monitor.backup.every, now, running_since=started)
    failing = operator_conditions.failing_channels(store.channel_states().values(), settings.channels, now)
    conditions = [
        *operator_conditions.downtime(heartbeats.get(jobs.GAP_BEGAN), heartbeats.get(jobs.GAP_ENDED), now),
        *operator_conditions.refused_edits(store.refusals(), now),
        *failing,
        *operator_conditions.lasting_delays(failing),
        *operator_conditions.delayed_messages(store.queued_deliveries(), now),
        *operator_conditions.failing_backups(backup_sentences, now),
        *_disk(store, now),
    ]
    states = store.states()
    if started is None or now - started > monitor.catch_up:
        conditions += operator_conditions.low_coverage(settings.feeds, states, monitor.coverage.alert_below, now)
    return [*conditions, *_failing_feeds(store, settings, states, now)]


def _disk(store: Store, now: datetime) -> list[Condition]:
    folder = disks.database_folder(store.url)
    free = disks.free_space(folder)
    return [] if free is None else operator_conditions.low_disk(free, str(folder), now)


def _failing_feeds(
    store: Store, settings: Settings, states: Mapping[FeedId, FeedState], now: datetime
) -> list[Condition]:
    never = [feed_id for feed_id, state in states.items() if state.last_success_at is None]
    first_polls = store.first_polls(never) if never else {}
    after = settings.monitor.operator.after
    return operator_conditions.failing_feeds(settings.feeds, states, first_polls, now, after)


def report(
    store: Store,
    channels: Sequence[Channel],
    configured: Mapping[str, Channel],
    conditions: Sequence[Condition],
    now: datetime,
) -> bool:
    """Queue a message about conditions that began or ended; returns True if one was queued.

    The message goes to each of `channels`. The end of a condition is also reported through every other `configured`
    channel that got the message about its beginning: one does while no channel of the operator works. When that
    begins, it is also told what lasts and has reached nobody yet.
    """
    last_message_at = store.heartbeats().get(LAST_OPERATOR_MESSAGE)
    before = store.reported_conditions()
    decision = operator_notices.plan_notice(conditions, before, last_message_at, now)
    if not decision.is_message_due:
        if list(decision.reported) != before:
            store.save_conditions(decision.reported, [], now)
        return False
    for condition in decision.began:
        log.warning("problem", problem=condition.title, advice=condition.advice)
    for ended in decision.ended:
        log.info("problem resolved", problem=ended.title)
    unread = _unread(store, conditions, before) if any(each.channel for each in decision.began) else []
    by_channel = {}
    for channel in channels:
        untold = tuple(each for each, waits_in in unread if channel.name not in waits_in)
        by_channel[channel.name] = replace(decision, began=decision.began + untold)
    notified = {each.reported_at: _notified_channels(store, configured, each.reported_at) for each in decision.ended}
    for name in [name for name in configured if name not in by_channel]:
        if ended_here := tuple(each for each in decision.ended if name in notified[each.reported_at]):
            by_channel[name] = replace(decision, began=(), ended=ended_here)
    queued = [
        messages.plain_message("notice", *operator_notices.compose_notice(part, now), configured[name].target())
        for name, part in by_channel.items()
    ]
    store.save_conditions(decision.reported, queued, now)
    return bool(queued)


def _unread(
    store: Store, conditions: Iterable[Condition], reported: Iterable[ReportedCondition]
) -> list[tuple[Condition, set[str]]]:
    """Return the lasting conditions whose message no channel has accepted, with the channels in which it waits."""
    lasting = {each.key: each for each in conditions if each.is_reported}
    notices: dict[datetime, list[Delivery]] = {}
    unread = []
    for each in reported:
        if each.key not in lasting:
            continue
        if each.reported_at not in notices:
            name = operator_notices.message_name(each.reported_at)
            notices[each.reported_at] = store.deliveries_of_notice(name)
        deliveries = notices[each.reported_at]
        if deliveries and all(delivery.state is not DeliveryState.SENT for delivery in deliveries):
            waiting = {delivery.channel for delivery in deliveries if delivery.state not in _GIVEN_UP}
            unread.append((lasting[each.key], waiting))
    return unread


def _notified_channels(store: Store, configured: Mapping[str, Channel], at: datetime) -> set[str]:
    """Return the present names of the channels that got the message of an instant, perhaps under an earlier name."""
    deliveries = store.deliveries_of_notice(operator_notices.message_name(at))
    accepted = [each for each in deliveries if each.state not in _GIVEN_UP]
    names = {each.channel for each in accepted}
    by_removed = {each.recipient for each in accepted if each.channel not in configured}
    renamed = {name for name, channel in configured.items() if by_removed.issuperset(channel.target().recipients)}
    return names | renamed
