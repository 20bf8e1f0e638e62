"""Alerts: which urgent hits are told at once, and the short digest that tells them.

Hits are gathered until the first of them is `window` old, then told in one message. A story that was alerted within
`cooldown` is settled without a message: the next digest tells what is new of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.core.digests import Digest, Window, compose, limit
from monitor.core.model import DigestConfig

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from monitor.core.model import AlertConfig, Feed, FeedId, Hit, Story
    from monitor.core.rules import Topic

MOST_STORIES = 20
"""In one alert; the others are counted, and told by the next digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to do with the hits that no alert has settled; those in neither list are still being gathered."""

    told: tuple[Hit, ...] = ()
    settled: tuple[Hit, ...] = ()
    """Of stories that were alerted lately: no message, the digest has them."""


def plan(config: AlertConfig, hits: Sequence[Hit], alerted: Mapping[int, datetime], now: datetime) -> Plan:
    """Decide what is told now; `alerted` says when each story was last alerted."""
    lately = [hit for hit in hits if hit.story_id in alerted and now - alerted[hit.story_id] < config.cooldown]
    fresh = [hit for hit in hits if hit not in lately]
    gathered = bool(fresh) and now - min(hit.found_at for hit in fresh) >= config.window
    return Plan(told=tuple(fresh) if gathered else (), settled=tuple(lately))


def compose_alert(
    config: AlertConfig,
    hits: Sequence[Hit],
    stories: Iterable[Story],
    *,
    topics: Mapping[str, Topic],
    feeds: Mapping[FeedId, Feed],
    rules: Mapping[str, str],
    now: datetime,
    timezone: str = "UTC",
) -> Digest:
    """Make the alert: a digest without coverage, of its moment."""
    as_digest = DigestConfig(
        id="alerts", title="Alert", schedule="", timezone=timezone, min_priority=config.min_priority
    )
    window = Window(since=min(hit.found_at for hit in hits), until=now, slot=now.replace(microsecond=0))
    digest = compose(
        as_digest, hits, stories, coverage=None, topics=topics, feeds=feeds, window=window, rules=rules, kind="alert"
    )
    return limit(digest, MOST_STORIES)
