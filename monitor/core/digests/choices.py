"""Which hits a digest is configured to tell: every list that is given chooses, and several together mean *and*.

The surprise: what is not known leaves nothing out, be it the language of an article or the tier of a feed that the
configuration no longer has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.model import PRIORITIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from monitor.core.model import DigestConfig, Feed, FeedId, Hit


def wanted(config: DigestConfig, hits: Iterable[Hit], feeds: Mapping[FeedId, Feed]) -> list[Hit]:
    """Choose the hits that a digest is configured to tell."""
    tests = _tests(config, feeds)
    return [hit for hit in hits if all(test(hit) for test in tests)]


def _tests(config: DigestConfig, feeds: Mapping[FeedId, Feed]) -> list[Callable[[Hit], bool]]:
    lowest = PRIORITIES.index(config.min_priority)
    tests: list[Callable[[Hit], bool]] = [lambda hit: PRIORITIES.index(hit.priority) >= lowest]
    if config.topics:
        tests.append(lambda hit: hit.topic in config.topics)
    if config.rules:
        tests.append(lambda hit: hit.rule_id in config.rules)
    if config.feeds:
        tests.append(lambda hit: hit.feed_id in config.feeds)
    if config.languages:
        tests.append(lambda hit: not hit.language or hit.language in config.languages)
    if config.tiers:
        tests.append(lambda hit: (feed := feeds.get(hit.feed_id)) is None or feed.tier in config.tiers)
    return tests
