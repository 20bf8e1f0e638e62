"""Alerts: which urgent hits are told at once, to whom, and the short digest that tells them; and spikes.

Hits are gathered until the first of them is `window` old, then told in one message a channel. A story that was alerted
within `cooldown` is settled without a message, and so is everything beyond the day's limit: the next digest tells it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.core.digests import Digest, Window, compose
from monitor.core.digests.limits import limit, within
from monitor.core.digests.spikes import Watch
from monitor.core.model import PRIORITIES, DigestConfig

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from monitor.core.digests.spikes import Peak
    from monitor.core.matching.rulebook import Rule, Spike, Topic
    from monitor.core.model import AlertConfig, Feed, FeedId, Hit, Story

CLOCKS_DIFFER = timedelta(minutes=1)
MOST_STORIES = 20
"""In one alert; the others are counted, and told by the next digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do with the hits that no alert has settled; those in neither list are still being gathered."""

    told: tuple[Hit, ...] = ()
    settled: tuple[Hit, ...] = ()
    """Told by the digest alone: their story was alerted lately, or a limit of the day is reached."""
    beyond: tuple[Hit, ...] = ()
    """Those of the settled that are so because the alert is full, or their rules are at their limit of the day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """What an alert knows beside its hits."""

    topics: Mapping[str, Topic]
    feeds: Mapping[FeedId, Feed]
    rules: Mapping[str, str]
    """Titles."""
    timezone: str = "UTC"


def plan(
    config: AlertConfig,
    hits: Sequence[Hit],
    alerted: Mapping[int, datetime],
    now: datetime,
    *,
    room: bool = True,
    of_rules: Mapping[str, int] | None = None,
) -> Plan:
    """Decide what is told now; `alerted`: when each story was last alerted; `room`: the day's limit is not reached.

    `of_rules`: how many stories more each rule may tell today, for the rules that have a limit.
    """
    lately = [hit for hit in hits if hit.story_id in alerted and now - alerted[hit.story_id] < config.cooldown]
    settled = {hit.id for hit in lately}
    fresh = [hit for hit in hits if hit.id not in settled]
    gathered = bool(fresh) and _is_over(config.window, min(hit.found_at for hit in fresh), now)
    if not gathered:
        return Plan(settled=tuple(lately))
    if not room:
        return Plan(settled=(*lately, *fresh))
    stories = _by_story(fresh)
    by_rules = ((story_id, [hit.rule_id for hit in found]) for story_id, found in stories.items())
    kept = set(within(by_rules, of_rules or {})[:MOST_STORIES])
    told = tuple(hit for hit in fresh if hit.story_id in kept)
    beyond = tuple(hit for hit in fresh if hit.story_id not in kept)
    return Plan(told=told, settled=(*lately, *beyond), beyond=beyond)


def _is_over(window: timedelta, since: datetime, now: datetime) -> bool:
    """Tell whether a window has passed; also when the clock was put back behind its beginning, which nobody waits for.

    Up to CLOCKS_DIFFER, the clocks of the machines that found the hit and that alert may merely differ.
    """
    return now - since >= window or since - now > CLOCKS_DIFFER


def _by_story(hits: Iterable[Hit]) -> dict[int, list[Hit]]:
    """Sort hits by story, the worthiest story first."""
    stories: dict[int, list[Hit]] = {}
    for hit in sorted(hits, key=lambda hit: (-PRIORITIES.index(hit.priority), -hit.score, hit.found_at, hit.id)):
        stories.setdefault(hit.story_id, []).append(hit)
    return stories


def audience(config: AlertConfig, hits: Iterable[Hit], rules: Mapping[str, Rule]) -> dict[str, tuple[Hit, ...]]:
    """Sort hits by the channels that hear of them: those of the alerts hear all, those of a rule what it found."""
    heard: dict[str, list[Hit]] = {}
    for hit in hits:
        of_rule = rules[hit.rule_id].notify if hit.rule_id in rules else ()
        for channel in dict.fromkeys((*config.channels, *of_rule)):
            heard.setdefault(channel, []).append(hit)
    return {channel: tuple(found) for channel, found in heard.items()}


def compose_alert(
    hits: Sequence[Hit],
    stories: Iterable[Story],
    known: Background,
    now: datetime,
    *,
    last_today: bool = False,
    beyond: int = 0,
) -> Digest:
    """Make the alert: a digest without coverage, of its moment.

    `last_today`: the day's limit is reached with it; `beyond`: stories that the plan leaves to the digest.
    """
    as_digest = DigestConfig(id="alerts", title="Alert", schedule="", timezone=known.timezone)
    window = Window(since=min(now, *(hit.found_at for hit in hits)), until=now, slot=now.replace(microsecond=0))
    digest = compose(
        as_digest,
        hits,
        stories,
        coverage=None,
        topics=known.topics,
        feeds=known.feeds,
        window=window,
        rules=known.rules,
        kind="alert",
    )
    return limit(replace(digest, remark=_remark(beyond, last_today=last_today)), MOST_STORIES)


def _remark(beyond: int, *, last_today: bool) -> str:
    """Say what the limits of a day leave to the next digest."""
    stories = "1 story more is" if beyond == 1 else f"{beyond} stories more are"
    left = f"{stories} beyond what one alert, or a rule in a day, may tell: in the next digest." if beyond else ""
    last = "This is the last alert of the day, as configured: what is urgent after it is in the next digest."
    return " ".join(filter(None, (left, last if last_today else "")))


# ---------------------------------------------------------------- spikes


def latest_peak(spike: Spike, hits: Sequence[Hit], now: datetime) -> Peak | None:
    """Find the last moment at which a rule's hits made a spike; None when it is older than the spike's window."""
    watch = Watch(spike)
    peaks = [watch.add(hit.found_at, hit.story_id, hit.feed_id) for hit in sorted(hits, key=lambda hit: hit.found_at)]
    last = next((peak for peak in reversed(peaks) if peak), None)
    return last if last and now - last.at < spike.within else None


def compose_spike(
    rule: Rule, within: timedelta, peak: Peak, hits: Sequence[Hit], stories: Iterable[Story], *, known: Background
) -> Digest:
    """Make the alert of a spike: what the rule found in its window."""
    inside = [hit for hit in hits if peak.at - within < hit.found_at <= peak.at]
    digest = compose_alert(inside, stories, known, peak.at)
    hours = within.total_seconds() / 3600
    headline = f"{peak.stories} stories from {peak.sources} sources within {hours:g} h: {rule.title}"
    return replace(digest, id=f"spike-{rule.id}", headline=headline)
