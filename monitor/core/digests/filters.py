"""Which hits a digest includes: a hit must pass every filter of the configuration that is not empty.

A hit of unknown language, or of a feed that is no longer configured, passes the filter for languages or tiers, so that
missing metadata never hides a hit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.model import PRIORITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from monitor.core.model import DigestConfig, Feed, FeedId, Hit


def select_hits(config: DigestConfig, hits: Iterable[Hit], feeds: Mapping[FeedId, Feed]) -> list[Hit]:
    """Return the hits that pass all filters of the digest, in their order."""
    filters = _filters(config, feeds)
    return [hit for hit in hits if all(passes(hit) for passes in filters)]


def source_ids(config: DigestConfig, feeds: Mapping[FeedId, Feed]) -> set[str]:
    """Return the configured feeds from which the digest may contain hits."""
    chosen = (feed for feed in feeds.values() if not config.feeds or feed.id in config.feeds)
    return {feed.id for feed in chosen if not config.tiers or feed.tier in config.tiers}


def _filters(config: DigestConfig, feeds: Mapping[FeedId, Feed]) -> list[Callable[[Hit], bool]]:
    lowest = PRIORITIES.index(config.min_priority)
    filters: list[Callable[[Hit], bool]] = [lambda hit: PRIORITIES.index(hit.priority) >= lowest]
    if config.topics:
        filters.append(lambda hit: hit.topic in config.topics)
    if config.rules:
        filters.append(lambda hit: hit.rule_id in config.rules)
    if config.feeds:
        filters.append(lambda hit: hit.feed_id in config.feeds)
    if config.languages:
        filters.append(lambda hit: not hit.language or hit.language in config.languages)
    if config.tiers:
        filters.append(lambda hit: (feed := feeds.get(hit.feed_id)) is None or feed.tier in config.tiers)
    return filters
