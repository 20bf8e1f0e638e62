"""Since when a channel receives which alerts, so that an edited configuration never alerts about the past.

A scope is what the configuration alerts: which channel receives hits from which priority, of all rules or of one. A hit
may go to a channel if the scope that was in force when the hit was found sent it there, too. Lowering a threshold,
adding a channel or naming one under `notify` therefore begins with the next hit. Channels that are
added while others are removed count as renamed: they also receive the hits that the removed ones would have received.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from monitor.core.model import PRIORITIES, AlertConfig, Hit

if TYPE_CHECKING:
    from monitor.core.matching.rulebook import RuleSummary

ANY_RULE = "*"


class Grant(NamedTuple):
    """A channel receives the hits of a rule, or of ANY_RULE, from a priority on."""

    rule_id: str
    channel: str
    min_priority: str


@dataclass(frozen=True, slots=True)
class AlertScope:
    """The grants that are in force since an instant."""

    since: datetime
    grants: frozenset[Grant]

    @property
    def channels(self) -> frozenset[str]:
        """The channels that receive anything, without readers."""
        return frozenset(grant.channel for grant in self.grants if not _is_reader(grant.channel))

    def includes(self, hit: Hit, channel: str) -> bool:
        """Return True if the channel receives the hit."""
        rank = PRIORITIES.index(hit.priority)
        return any(
            _receiver(grant.channel) == _receiver(channel)
            and grant.rule_id in {ANY_RULE, hit.rule_id}
            and PRIORITIES.index(grant.min_priority) <= rank
            for grant in self.grants
        )


def _is_reader(channel: str) -> bool:
    return ":" in channel


def _receiver(channel: str) -> str:
    """Return the address of a reader, whatever the channel, or the channel if it is not for a single reader."""
    return channel.partition(":")[2] or channel


def grants(config: AlertConfig, rules: Iterable[RuleSummary]) -> frozenset[Grant]:
    """Return the grants of a configuration."""
    of_all = {Grant(ANY_RULE, channel, config.min_priority) for channel in config.targets}
    return frozenset(
        of_all | {Grant(str(rule.id), channel, config.min_priority) for rule in rules for channel in rule.notify}
    )


def receivable_hits(
    by_channel: Mapping[str, tuple[Hit, ...]], scopes: Sequence[AlertScope]
) -> tuple[dict[str, tuple[Hit, ...]], list[Hit]]:
    """Return the hits that each channel may receive, and those that are too old for every channel.

    `scopes`: oldest first. A hit that was found before all of them is judged by the oldest one.
    """
    allowed = {
        channel: tuple(hit for hit in hits if _receives(channel, hit, _at(scopes, hit.found_at), scopes[-1]))
        for channel, hits in by_channel.items()
    }
    kept = {hit.id for hits in allowed.values() for hit in hits}
    past = {hit.id: hit for hits in by_channel.values() for hit in hits if hit.id not in kept}
    return {channel: hits for channel, hits in allowed.items() if hits}, list(past.values())


def _receives(channel: str, hit: Hit, found: AlertScope, present: AlertScope) -> bool:
    """Return True if the channel received a hit when it was found, or may be a renamed one that did."""
    if found.includes(hit, channel):
        return True
    is_new = channel in present.channels - found.channels
    return is_new and any(found.includes(hit, gone) for gone in found.channels - present.channels)


def _at(scopes: Sequence[AlertScope], instant: datetime) -> AlertScope:
    return next((scope for scope in reversed(scopes) if scope.since <= instant), scopes[0])
