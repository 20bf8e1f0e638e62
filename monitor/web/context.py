"""What every view needs: the current settings, the store for reading, the clock, and the signer of sessions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from monitor.app import App, Clock
from monitor.core.matching.rulebook import RuleSummary
from monitor.core.model import Refusal
from monitor.lab.preview_process import PreviewProcess
from monitor.settings import Settings
from monitor.store import WebStore
from monitor.web.signing import Signer


@dataclass(frozen=True, slots=True, kw_only=True)
class WebContext:
    """Shared by all requests while the server runs."""

    current_settings: Callable[[], Settings]
    """Returns the settings in force; they change when the configuration is reloaded."""
    store: WebStore
    clock: Clock
    signer: Signer
    previews: PreviewProcess
    allowed_hosts: tuple[str, ...] | None = None
    """Lower-case values of the Host header that are served; None: any."""

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.current_settings()

    @property
    def app(self) -> App:
        """The use-cases, on read-only connections."""
        return App(settings=self.settings, store=self.store, clock=self.clock)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which pages show times."""
        return ZoneInfo(self.settings.monitor.timezone)

    def refusals(self) -> tuple[Refusal, ...]:
        """Return the edits of the configuration that are not in force: here, or with the daemon."""
        return tuple(dict.fromkeys((*self.settings.refusals, *self.store.refusals())))

    def rules_by_id(self) -> dict[str, RuleSummary]:
        """Return the configured rules by id."""
        return {str(rule.id): rule for rule in self.settings.rule_summaries}

    def rule_titles(self) -> dict[str, str]:
        """Return titles of rules by id."""
        return {rule_id: rule.title for rule_id, rule in self.rules_by_id().items()}

    def topic_titles(self) -> dict[str, str]:
        """Return titles of topics by id, in display order; a topic without a title has its id for one."""
        topics = self.settings.topics
        order = sorted(topics, key=lambda topic: (topics[topic].order, topics[topic].title))
        titles = {topic: topics[topic].title for topic in order}
        return titles | {rule.topic: rule.topic for rule in self.settings.rule_summaries if rule.topic not in titles}

    def feed_titles(self) -> dict[str, str]:
        """Return titles of feeds by id; a feed without a title has its id for one."""
        return {str(feed.id): feed.title or str(feed.id) for feed in self.settings.feeds}
