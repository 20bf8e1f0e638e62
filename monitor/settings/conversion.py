"""From what the files hold to the values of the core, which know nothing of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.messages.channel_configs import (
    AppriseChannel,
    ChannelConfig,
    ConsoleChannel,
    EmailChannel,
    FileChannel,
    SlackChannel,
    WebhookChannel,
)
from monitor.core.model import AlertConfig, DigestConfig, Feed, FeedId
from monitor.settings.channels_yaml import ApprisePart, ConsolePart, EmailPart, FilePart, SlackPart

if TYPE_CHECKING:
    from monitor.settings.channels_yaml import ChannelPart
    from monitor.settings.digests_yaml import AlertsPart, DigestPart
    from monitor.settings.feeds_yaml import FeedPart


def feed(part: FeedPart) -> Feed:
    """Make the feed that the poller knows."""
    return Feed(
        id=FeedId(part.id),
        url=part.url,
        title=part.title,
        language=part.language or "",
        country=part.country,
        tier=part.tier,
        tags=part.tags,
        kind=part.kind,
        fulltext=part.fulltext,
        interval=part.interval,
        headers=part.headers,
        robots=part.robots,
        revisit=part.revisit,
        allow_networks=part.allow_networks,
        max_per_day=part.max_per_day,
    )


def channel(name: str, part: ChannelPart) -> ChannelConfig:
    """Make the configuration that a channel is built from."""
    if isinstance(part, FilePart):
        return FileChannel(name=name, dir=part.dir)
    if isinstance(part, ConsolePart):
        return ConsoleChannel(name=name)
    if isinstance(part, EmailPart):
        return EmailChannel(name=name, smtp=part.smtp, sender=part.sender, to=part.to, bcc=part.bcc)
    if isinstance(part, SlackPart):
        return SlackChannel(
            name=name, webhook=part.webhook, token=part.token, channel=part.channel, api_url=part.api_url
        )
    if isinstance(part, ApprisePart):
        return AppriseChannel(name=name, url=part.url)
    return WebhookChannel(name=name, url=part.url, secret=part.secret)


def digest(part: DigestPart, timezone: str) -> DigestConfig:
    """Make the digest that the deliverer knows; `timezone` is for one that names none."""
    return DigestConfig(
        id=part.id,
        title=part.title,
        schedule=part.schedule,
        timezone=part.timezone or timezone,
        topics=part.topics,
        rules=part.rules,
        feeds=part.feeds,
        tiers=part.tiers,
        languages=part.languages,
        min_priority=part.min_priority,
        channels=part.channels,
        when_empty=part.when_empty,
        max_stories=part.max_stories,
    )


def alerts(part: AlertsPart, timezone: str) -> AlertConfig:
    """Make the alerts that the deliverer knows."""
    return AlertConfig(
        min_priority=part.min_priority,
        channels=part.channels,
        window=part.window,
        cooldown=part.cooldown,
        max_per_day=part.max_per_day,
        timezone=timezone,
    )
