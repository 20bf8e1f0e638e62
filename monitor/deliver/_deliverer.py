"""Composes digests and alerts, queues their messages in the outbox, renders previews, and sends what is queued."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from itertools import chain

from monitor.core.digests.digest import Digest
from monitor.core.messages.operator_conditions import Condition
from monitor.core.model import Delivery
from monitor.deliver._alerts import run_alerts, spike_steps
from monitor.deliver._attempts import DeliveryResult
from monitor.deliver._composing import RuleAuthors
from monitor.deliver._configuration import DeliverySettings
from monitor.deliver._digest_runs import DigestRuns
from monitor.deliver._isolation import Step, raise_bugs, run_each
from monitor.deliver._operator import report
from monitor.deliver._recipients import present_channel
from monitor.deliver._sending import Sender
from monitor.store import DatabaseThread, Store


class Deliverer(DigestRuns):
    """The use cases of digests, alerts and the outbox; `configure` may replace the configuration at any time.

    All methods but `send_queued` and `close` are synchronous and short.
    """

    def __init__(
        self,
        *,
        store: Store,
        database: DatabaseThread,
        settings: DeliverySettings,
        clock: Callable[[], datetime],
        rule_authors: RuleAuthors = lambda _since, _until: lambda _rule_id: "",
    ) -> None:
        super().__init__(store, settings, clock, rule_authors)
        self._sender = Sender(store, clock, database, settings)

    def configure(self, settings: DeliverySettings) -> None:
        """Replace the configuration; queued messages stay as they were rendered."""
        self._replace_digests(settings)
        self._sender.configure(settings)

    # -- alerts

    def run_alerts(self) -> list[Digest]:
        """Queue alerts for urgent hits and for spikes; return them."""
        now, config = self._clock(), self._config
        alerts: Step[Sequence[Digest]] = "the alerts", partial(run_alerts, self._store, config, now)
        queued, bugs = run_each([alerts, *spike_steps(self._store, config, now)])
        raise_bugs(bugs)
        return list(chain.from_iterable(queued))

    # -- the operator

    def report_conditions(self, conditions: Sequence[Condition]) -> bool:
        """Queue a message about conditions that began or ended; returns True if one was queued."""
        channels = self._config.channels_for_conditions(conditions)
        return report(self._store, channels, self._config.channels, conditions, self._clock())

    # -- the outbox

    def present_channel(self, delivery: Delivery) -> str:
        """Return the name of the channel by which a delivery would be sent now; it may not be configured any more."""
        return present_channel(self._config, delivery)

    async def send_queued(self, within: float | None = None) -> list[DeliveryResult]:
        """Send the deliveries that are due and return the result of each attempt.

        `within` limits the call, in seconds; deliveries in progress continue, and the next call returns them.
        """
        return await self._sender.send_queued(within)

    def stop(self) -> None:
        """Start no further deliveries; those in progress continue."""
        self._sender.stopping = True

    async def close(self) -> None:
        """Wait a few seconds for deliveries in progress, cancel the rest, and record which of them may have arrived."""
        await self._sender.close()
