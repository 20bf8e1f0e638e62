"""The configuration that digests and alerts are composed with, and the messages rendered for its channels."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Self

from monitor.channels import Channel
from monitor.core import messages
from monitor.core.digests.alerts import AlertContext
from monitor.core.digests.digest import Digest
from monitor.core.digests.filters import AnyHit
from monitor.core.digests.rule_changes import RuleState
from monitor.core.digests.slots import quiet_until
from monitor.core.digests.web_links import WebLinks, label_key
from monitor.core.matching.rulebook import RuleSummary, Topic
from monitor.core.messages import RenderedDigest
from monitor.core.messages.operator_conditions import Condition
from monitor.core.model import (
    PRIORITIES,
    AlertConfig,
    AlertReader,
    DigestConfig,
    Feed,
    FeedId,
    Message,
    bare_address,
)
from monitor.deliver._isolation import run_each
from monitor.deliver._unrendered import unrendered_message
from monitor.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """The part of the configuration that a Deliverer needs, by id; a reload replaces it as a whole."""

    channels: Mapping[str, Channel]
    digests: Mapping[str, DigestConfig]
    alerts: AlertConfig | None
    feeds: Mapping[FeedId, Feed]
    topics: Mapping[str, Topic]
    rules: Mapping[str, RuleSummary] = field(default_factory=dict)
    rule_states: Callable[[], Mapping[str, RuleState]] = dict
    """Returns what digests report changes of, by rule id; it takes much memory."""
    identities: Mapping[str, str] = field(default_factory=dict)
    """A text for each channel that changes with any edit of its configuration, secrets included."""
    alert_below: float = 0.0
    """The least share of a digest's sources that must have been polled, else it warns and is sent even if empty."""
    min_precision: float = 0.0
    """Rules whose precision is surely below this share are named in the review of a week."""
    is_audited: bool = False
    """Articles that no rule matched are ranked, once there are enough hits to learn from."""
    operator_channels: Sequence[str] = ()
    """Channels for messages to the operator."""
    links: WebLinks | None = None
    """Links to the web page; None without an address that readers can open."""
    is_last_good: bool = False
    """The files have an error, so that an older configuration is in force: they may name other readers."""

    @classmethod
    def of(cls, settings: Settings, channels: Mapping[str, Channel]) -> Self:
        """Select what delivery needs of the settings; `channels` are those built from them."""
        web = settings.monitor.web
        return cls(
            channels=channels,
            identities={name: config.identity(name) for name, config in settings.channels.items()},
            digests={config.id: config for config in settings.digests},
            alerts=settings.alerts,
            feeds={feed.id: feed for feed in settings.feeds},
            topics=settings.topics,
            rules={rule.id: rule for rule in settings.rule_summaries},
            rule_states=settings.rule_states,
            alert_below=settings.monitor.coverage.alert_below,
            min_precision=settings.monitor.audit.min_precision,
            is_audited=settings.monitor.audit.weekly > 0,
            operator_channels=settings.operator_channels,
            links=WebLinks(web.base_url, label_key(web.label_secret)) if web.base_url else None,
            is_last_good=any(not refusal.rule_id for refusal in settings.refusals),
        )

    def channels_by_preference(self) -> list[Channel]:
        """List all channels: those of the operator first, and in both parts files and the console last."""
        first = self.operator_channels
        return sorted(
            self.channels.values(), key=lambda channel: (channel.name not in first, not channel.preferred_for_notices)
        )

    def configured_operator_channels(self) -> list[Channel]:
        """List the channels of the operator."""
        return [self.channels[name] for name in self.operator_channels if name in self.channels]

    def channels_for_conditions(self, conditions: Iterable[Condition]) -> list[Channel]:
        """List the channels of the operator, with another one if none of them accepts messages."""
        channels = self.configured_operator_channels()
        delayed = {condition.channel for condition in conditions}
        if channels and delayed.issuperset(channel.name for channel in channels):
            channels += [each for each in self.channels_by_preference() if each.name not in delayed][:1]
        return channels

    @property
    def rule_titles(self) -> dict[str, str]:
        """Titles of the rules, by id."""
        return {rule_id: rule.title for rule_id, rule in self.rules.items()}

    @property
    def limits_per_rule(self) -> dict[str, int]:
        """The most stories per day, for the rules with a limit."""
        return {rule_id: rule.max_per_day for rule_id, rule in self.rules.items() if rule.max_per_day is not None}

    @property
    def digest_limits_per_rule(self) -> dict[str, int]:
        """`limits_per_rule` without the rules that are alerted: a digest includes what their alerts left out."""
        return {
            rule_id: most for rule_id, most in self.limits_per_rule.items() if not self._is_alerted(self.rules[rule_id])
        }

    def _is_alerted(self, rule: RuleSummary) -> bool:
        config = self.alerts or AlertConfig()
        reaches_min_priority = PRIORITIES.index(rule.priority) >= PRIORITIES.index(config.min_priority)
        return reaches_min_priority and bool(config.targets or rule.notify)

    @property
    def alert_context(self) -> AlertContext:
        """What alerts are composed with; language and default time zone are those of the first digest."""
        first = next(iter(self.digests.values()), None)
        timezone = (self.alerts.timezone if self.alerts else "") or (first.timezone if first else "UTC")
        return AlertContext(
            topics=self.topics,
            feeds=self.feeds,
            rules=self.rule_titles,
            timezone=timezone,
            readers_language=first.language if first else "en",
        )

    def in_current_topics(self, hits: Iterable[AnyHit]) -> list[AnyHit]:
        """Move hits that were stored under a topic that their rule no longer has into the present one."""
        topics: dict[str, str] = {rule.id: rule.topic for rule in self.rules.values()}
        return [replace(hit, topic=topics.get(hit.rule_id, hit.topic)) for hit in hits]

    def translates_into(self, language: str) -> bool:
        """Return True if headlines are translated into a language."""
        return any(config.translate and config.language == language for config in self.digests.values())

    def render_messages(
        self, digest: Digest, channels: Iterable[str], name: str, recipient: str = ""
    ) -> tuple[list[Message], list[Exception]]:
        """Render the messages of a digest for each of these channels that exists; `name` is that of the run.

        `recipient`: the only one; empty: the recipients of the channels. Returns also the bugs, for `raise_bugs`, in
        rendering for a channel; its message is rendered when it is sent.
        """
        rendered = RenderedDigest(replace(digest, links=self.links))
        queued: list[Message] = []
        bugs: list[Exception] = []
        for channel in dict.fromkeys(channel for channel in channels if channel in self.channels):
            step = partial(self._render_for, channel, rendered, name, recipient)
            parts, failed = run_each([(f"the {digest.kind} {name} for {channel}", step)])
            unrendered = [partial(self._store_for, channel, digest, name, recipient, bug) for bug in failed]
            stored, unstorable = run_each((f"storing {name} for {channel}", each) for each in unrendered)
            queued += [*chain.from_iterable(parts), *stored]
            bugs += [*failed, *unstorable]
        return queued, bugs

    def render_alert(self, digest: Digest, target: str, now: datetime) -> tuple[list[Message], list[Exception]]:
        """Render the messages of an alert as `render_messages` does, for one channel or reader.

        In quiet hours of the reader they are held.
        """
        reader = self._alert_readers.get(target)
        if reader is None:
            channel, name, address, held_until = target, digest.id, "", None
        else:
            channel, name, address = reader.via, f"{digest.id}:{bare_address(reader.address)}", reader.address
            held_until = quiet_until(reader.quiet_hours, now, reader.timezone)
            digest = replace(digest, timezone=reader.timezone)
        rendered, bugs = self.render_messages(digest, [channel], name, address)
        return [replace(message, not_before=held_until) for message in rendered], bugs

    def _store_for(self, channel: str, digest: Digest, name: str, recipient: str, bug: Exception) -> Message:
        recipients = (recipient,) if recipient else self.channels[channel].recipients()
        return unrendered_message(digest, channel, recipients, name, bug)

    @property
    def _alert_readers(self) -> dict[str, AlertReader]:
        return {reader.name: reader for reader in self.alerts.readers} if self.alerts else {}

    def _render_for(self, channel: str, rendered: RenderedDigest, name: str, recipient: str) -> tuple[Message, ...]:
        target = self.channels[channel].target()
        if recipient:
            target = replace(target, recipients=(recipient,))
        return messages.digest_messages(rendered, target, name)
