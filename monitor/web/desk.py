"""What every page starts from: the configuration as it is now, the library, the clock, and the keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from monitor.app import App

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.app import Clock
    from monitor.core.rules import Rule
    from monitor.settings import Settings
    from monitor.store import Library
    from monitor.web.keys import Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What lives as long as the page."""

    current: Callable[[], Settings]
    """The configuration that is in force."""
    library: Library
    clock: Clock
    keys: Keys
    hosts: tuple[str, ...] | None = None
    """Names by which the page may be asked for; None: any."""

    @property
    def settings(self) -> Settings:
        """The configuration that is in force."""
        return self.current()

    @property
    def app(self) -> App:
        """The use-cases, on connections that only read."""
        return App(settings=self.settings, store=self.library, clock=self.clock)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of times that are shown."""
        return ZoneInfo(self.settings.monitor.timezone)

    def rules(self) -> dict[str, Rule]:
        """Rules by id."""
        return {str(rule.id): rule for rule in self.settings.rules.rules}

    def topics(self) -> dict[str, str]:
        """Titles of topics by id, in their order."""
        named = self.settings.rules.topics
        order = sorted(named, key=lambda topic: (named[topic].order, named[topic].title))
        titles = {topic: named[topic].title for topic in order}
        return titles | {rule.topic: rule.topic for rule in self.settings.rules.rules if rule.topic not in titles}

    def feeds(self) -> dict[str, str]:
        """Titles of feeds by id."""
        return {str(feed.id): feed.title or str(feed.id) for feed in self.settings.feeds}
