"""What a deliverer knows of the configuration, and how it writes messages with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.core import messages
from monitor.core.digests.alerts import Background
from monitor.core.messages import Rendering
from monitor.core.model import PRIORITIES, AlertConfig
from monitor.deliver._channel_watch import target

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from monitor.channels import Channel
    from monitor.core.digests import Digest
    from monitor.core.matching.rulebook import Rule, Topic
    from monitor.core.model import DigestConfig, Feed, FeedId, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The configuration in force; replaced as a whole."""

    channels: Mapping[str, Channel]
    digests: Mapping[str, DigestConfig]
    alerts: AlertConfig | None
    feeds: Mapping[FeedId, Feed]
    topics: Mapping[str, Topic]
    rules: Mapping[str, Rule]

    @property
    def titles(self) -> dict[str, str]:
        """Return the rules' titles."""
        return {rule_id: rule.title for rule_id, rule in self.rules.items()}

    @property
    def limits(self) -> dict[str, int]:
        """Return how many stories of a day may be told of the rules that have a limit."""
        return {rule_id: rule.max_per_day for rule_id, rule in self.rules.items() if rule.max_per_day is not None}

    @property
    def limits_in_digests(self) -> dict[str, int]:
        """Return those of rules that are never alerted: what an alert left out, the digest is to tell."""
        return {rule_id: most for rule_id, most in self.limits.items() if not self._is_alerted(self.rules[rule_id])}

    def _is_alerted(self, rule: Rule) -> bool:
        config = self.alerts or AlertConfig()
        is_urgent = PRIORITIES.index(rule.priority) >= PRIORITIES.index(config.min_priority)
        return is_urgent and bool(config.channels or rule.notify)

    @property
    def background(self) -> Background:
        """Return what alerts are composed with."""
        of_digests = next((config.timezone for config in self.digests.values()), "UTC")
        timezone = (self.alerts.timezone if self.alerts else "") or of_digests
        return Background(topics=self.topics, feeds=self.feeds, rules=self.titles, timezone=timezone)

    def write(self, digest: Digest, channels: Iterable[str], name: str) -> tuple[Message, ...]:
        """Write the messages of a digest for these channels, `name` being that of the run."""
        rendering = Rendering(digest)
        return tuple(
            message
            for channel in channels
            if channel in self.channels
            for message in messages.of_digest(rendering, target(self.channels[channel]), name)
        )
