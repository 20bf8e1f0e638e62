"""Alerts and spikes: which urgent hits are sent at once, to which channels, and the short digest that contains them.

Hits are collected until the oldest is `window` old, then sent in one message per channel. Hits of a story that was
alerted within `cooldown`, or beyond the daily limit, are left to the next digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from monitor.core.counts import count
from monitor.core.digests.composing import DigestContext, compose_digest
from monitor.core.digests.digest import Digest, DigestWindow
from monitor.core.digests.limits import limit_stories, select_within_limits
from monitor.core.digests.spikes import Peak
from monitor.core.grouping import group_by
from monitor.core.model import PRIORITIES, AlertConfig, DigestConfig, Hit, Story

if TYPE_CHECKING:
    from monitor.core.matching.rulebook import RuleSummary

MAX_HIT_AGE = timedelta(hours=48)
"""An urgent hit that could not be alerted for so long is left to the digest."""
CLOCK_TOLERANCE = timedelta(minutes=1)
MAX_ALERT_STORIES = 20
"""The most stories of one alert, in each channel; the others are counted and left to the next digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPlan:
    """What to do with hits that no alert has processed; hits in neither list are still being collected."""

    to_send: tuple[Hit, ...] = ()
    left_to_digest: tuple[Hit, ...] = ()
    """Hits that are not alerted, as their story was alerted within the cooldown or a limit is reached."""
    reasons: Mapping[int, str] = field(default_factory=dict)
    """Why each of `left_to_digest` is, by its id: `cooldown` or `max_per_day`."""
    over_limit: tuple[Hit, ...] = ()
    """Hits among `left_to_digest` that are beyond the day's limit of their rules."""


@dataclass(frozen=True, kw_only=True)
class AlertContext(DigestContext):
    """What alerts are composed with."""

    kind: Literal["digest", "alert"] = "alert"
    readers_language: str = "en"
    timezone: str = "UTC"


def plan_alert(
    config: AlertConfig,
    hits: Sequence[Hit],
    alerted_at: Mapping[int, datetime],
    now: datetime,
    *,
    below_daily_limit: bool,
    remaining_per_rule: Mapping[str, int] | None,
) -> AlertPlan:
    """Decide which hits are sent now; `alerted_at` maps ids of stories to their last alert.

    `remaining_per_rule`: how many more stories each rule with a limit may send today.
    """
    recent = [hit for hit in hits if hit.story_id in alerted_at and now - alerted_at[hit.story_id] < config.cooldown]
    recent_ids = {hit.id for hit in recent}
    new = [hit for hit in hits if hit.id not in recent_ids]
    if not new or not _has_passed(config.window, min(hit.found_at for hit in new), now):
        return _plan(recent)
    if not below_daily_limit:
        return _plan(recent, over_daily_limit=new)
    by_rules = ((story_id, [hit.rule_id for hit in of_story]) for story_id, of_story in _by_story(new).items())
    selected = set(select_within_limits(by_rules, remaining_per_rule or {}))
    return _plan(
        recent,
        over_daily_limit=[hit for hit in new if hit.story_id not in selected],
        to_send=[hit for hit in new if hit.story_id in selected],
    )


def _plan(recent: Sequence[Hit], *, over_daily_limit: Sequence[Hit] = (), to_send: Sequence[Hit] = ()) -> AlertPlan:
    """Make the plan; the hits beyond a limit are announced in the alert, if there is one."""
    left = {"cooldown": recent, "max_per_day": over_daily_limit}
    return AlertPlan(
        to_send=tuple(to_send),
        left_to_digest=tuple(hit for hits in left.values() for hit in hits),
        reasons={hit.id: reason for reason, hits in left.items() for hit in hits},
        over_limit=tuple(over_daily_limit) if to_send else (),
    )


def cut_to_room(hits: Sequence[Hit]) -> tuple[list[Hit], list[Hit]]:
    """Split the hits of one alert into those of the MAX_ALERT_STORIES stories of highest rank, and the others."""
    shown = set(list(_by_story(hits))[:MAX_ALERT_STORIES])
    return [hit for hit in hits if hit.story_id in shown], [hit for hit in hits if hit.story_id not in shown]


def _has_passed(window: timedelta, since: datetime, now: datetime) -> bool:
    """Return True if the window has passed, or if its beginning lies in the future because the clock was put back.

    A beginning up to CLOCK_TOLERANCE ahead is a difference between the clocks of two machines.
    """
    return now - since >= window or since - now > CLOCK_TOLERANCE


def _by_story(hits: Iterable[Hit]) -> dict[int, list[Hit]]:
    """Group hits by story, the story of highest rank first."""
    in_order = sorted(hits, key=lambda hit: (-PRIORITIES.index(hit.priority), -hit.score, hit.found_at, hit.id))
    return group_by(in_order, lambda hit: hit.story_id)


def hits_by_channel(
    config: AlertConfig, hits: Iterable[Hit], rules: Mapping[str, RuleSummary]
) -> dict[str, tuple[Hit, ...]]:
    """Group hits by receiver: the channels and readers of `alerts` get all, those of `notify` the hits of that rule."""
    by_channel: dict[str, list[Hit]] = {}
    for hit in hits:
        of_rule = rules[hit.rule_id].notify if hit.rule_id in rules else ()
        for channel in dict.fromkeys((*config.targets, *of_rule)):
            by_channel.setdefault(channel, []).append(hit)
    return {channel: tuple(received) for channel, received in by_channel.items()}


def compose_alert(
    hits: Sequence[Hit],
    stories: Iterable[Story],
    context: AlertContext,
    now: datetime,
    *,
    is_last_today: bool = False,
    over_limit: int = 0,
) -> Digest:
    """Compose an alert: a digest without a coverage report.

    `is_last_today`: this alert reaches the day's limit. `over_limit`: number of stories left to the digest.
    """
    config = DigestConfig(
        id="alerts", title="Alert", schedule="", timezone=context.timezone, language=context.readers_language
    )
    window = DigestWindow(since=min(now, *(hit.found_at for hit in hits)), until=now, slot=now.replace(microsecond=0))
    digest = compose_digest(config, hits, stories, window, context)
    return limit_stories(replace(digest, remark=_remark(over_limit, is_last_today=is_last_today)), MAX_ALERT_STORIES)


def _remark(over_limit: int, *, is_last_today: bool) -> str:
    """Say which stories the limits leave to the next digest."""
    stories = "1 more story exceeds" if over_limit == 1 else f"{over_limit} more stories exceed"
    left_out = f"{stories} the limits for alerts and will be in the next digest." if over_limit else ""
    last = "This is the last alert today (daily limit); later urgent stories will be in the next digest."
    return " ".join(filter(None, (left_out, last if is_last_today else "")))


def compose_spike_alert(
    rule: RuleSummary,
    within: timedelta,
    peak: Peak,
    hits: Sequence[Hit],
    stories: Iterable[Story],
    *,
    context: AlertContext,
) -> Digest:
    """Compose the alert of a spike; `hits`: those of the rule in the window that ends at the peak."""
    digest = compose_alert(hits, stories, context, peak.at)
    hours = within.total_seconds() / 3600
    period = "1 hour" if hours == 1 else f"{hours:g} hours"
    stories_of_peak, sources = count(peak.stories, "story", "stories"), count(peak.sources, "source")
    headline = f"{stories_of_peak} from {sources} in {period}: {rule.title}"
    return replace(digest, id=f"spike-{rule.id}", headline=headline)
