"""Which hits a digest includes: a hit must pass every filter of the configuration that is not empty.

A hit of unknown language, or of a feed that is no longer configured, passes the filters for languages, tiers, tags
and countries, so that missing metadata never hides a hit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from monitor.core.model import PRIORITIES, DigestConfig, Feed, FeedId, Hit, LedgerHit

AnyHit = TypeVar("AnyHit", Hit, LedgerHit)


def select_hits(config: DigestConfig, hits: Iterable[Hit], feeds: Mapping[FeedId, Feed]) -> list[Hit]:
    """Return the hits that pass all filters of the digest, in their order."""
    return [hit for hit in hits if not failed_filters(config, hit, feeds)]


def source_ids(config: DigestConfig, feeds: Mapping[FeedId, Feed]) -> set[str]:
    """Return the configured feeds from which the digest may contain hits."""
    chosen = (feed for feed in feeds.values() if not config.feeds or feed.id in config.feeds)
    return {
        feed.id
        for feed in chosen
        if (not config.tiers or feed.tier in config.tiers)
        and (not config.tags or _overlap(feed.tags, config.tags))
        and (not config.countries or feed.country in config.countries)
    }


def _overlap(some: Iterable[str], others: Iterable[str]) -> bool:
    return not set(some).isdisjoint(others)


def failed_filters(config: DigestConfig, hit: AnyHit, feeds: Mapping[FeedId, Feed]) -> list[str]:
    """Return the keys of digests.yaml whose filters the hit does not pass; empty if the digest includes it."""
    filters: dict[str, Callable[[AnyHit], bool]] = {
        "topics": lambda hit: not config.topics or hit.topic in config.topics,
        "rules": lambda hit: not config.rules or hit.rule_id in config.rules,
        "feeds": lambda hit: not config.feeds or hit.feed_id in config.feeds,
        "languages": lambda hit: not config.languages or not hit.language or hit.language in config.languages,
        "tiers": lambda hit: not config.tiers or (feed := feeds.get(hit.feed_id)) is None or feed.tier in config.tiers,
        "tags": lambda hit: (
            not config.tags or (feed := feeds.get(hit.feed_id)) is None or _overlap(feed.tags, config.tags)
        ),
        "countries": lambda hit: (
            not config.countries or (feed := feeds.get(hit.feed_id)) is None or feed.country in config.countries
        ),
        "min_priority": lambda hit: PRIORITIES.index(hit.priority) >= PRIORITIES.index(config.min_priority),
    }
    return [key for key, passes in filters.items() if not passes(hit)]
