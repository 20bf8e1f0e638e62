"""The results for hits: who was notified, and why others were not.

The stored claims say what digests and alerts did with a hit. For a hit that no digest has claimed, the reason follows
from the configuration in force: it waits for a digest that would include it now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor.core.digests.alerts import MAX_HIT_AGE
from monitor.core.digests.filters import failed_filters
from monitor.core.model import PRIORITIES, AlertConfig, DigestConfig, Feed, FeedId, LedgerHit, LedgerLine, LineKind

ALERT_CONSUMER = "alerts"
"""The consumer name of alerts in claims."""
_NEAREST_FIRST = (
    "past_lookback", "no_channel", "min_priority", "tags", "countries", "tiers", "languages", "feeds", "rules",
    "topics", "no_digest",
)  # fmt: skip
"""If several digests do not include a hit, the reason of the one that came nearest to it counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextDigest:
    """The next run of a digest."""

    config: DigestConfig
    looks_back_to: datetime
    """Hits that were found earlier are not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipients:
    """The configuration that decides who is notified of a hit."""

    digests: Sequence[NextDigest] = ()
    alerts: AlertConfig = field(default_factory=AlertConfig)
    rules_with_channels: frozenset[str] = frozenset()
    """Rules whose alerts go to channels of their own."""
    feeds: Mapping[FeedId, Feed] = field(default_factory=dict)


def hit_lines(hits: Iterable[LedgerHit], recipients: Recipients) -> tuple[LedgerLine, ...]:
    """Count the hits by what became of them."""
    return _lines(_outcome(hit, recipients) for hit in hits)


def alert_lines(hits: Iterable[LedgerHit], recipients: Recipients, now: datetime) -> tuple[LedgerLine, ...]:
    """Count the hits that are urgent enough for an alert by what became of them."""
    lowest = PRIORITIES.index(recipients.alerts.min_priority)
    urgent = [hit for hit in hits if hit.status == "live" and PRIORITIES.index(hit.priority) >= lowest]
    return _lines(_alert_outcome(hit, recipients, now) for hit in urgent)


def _lines(outcomes: Iterable[tuple[LineKind, str]]) -> tuple[LedgerLine, ...]:
    counts = Counter(outcomes)
    order = ("notified", "waiting", "held_back")
    return tuple(
        LedgerLine(kind, item, count)
        for (kind, item), count in sorted(counts.items(), key=lambda pair: (order.index(pair[0][0]), pair[0][1]))
    )


def _outcome(hit: LedgerHit, recipients: Recipients) -> tuple[LineKind, str]:
    claims = [claim for claim in hit.claims if claim.notified]
    if any(not claim.reason for claim in claims):
        return "notified", "notified"
    if claims:
        return "held_back", claims[0].reason
    if hit.status != "live":
        return "held_back", "rule_status"
    reasons = {_reason_left_out(hit, each, recipients.feeds) for each in recipients.digests} or {"no_digest"}
    if "" in reasons:
        return "waiting", "waiting"
    return "held_back", min(reasons, key=_NEAREST_FIRST.index)


def _reason_left_out(hit: LedgerHit, digest: NextDigest, feeds: Mapping[FeedId, Feed]) -> str:
    """Return why the next run of a digest leaves a hit out; empty if it includes it."""
    if failed := failed_filters(digest.config, hit, feeds):
        return failed[0]
    if not digest.config.channels:
        return "no_channel"
    return "" if hit.found_at > digest.looks_back_to else "past_lookback"


def _alert_outcome(hit: LedgerHit, recipients: Recipients, now: datetime) -> tuple[LineKind, str]:
    claim = next((claim for claim in hit.claims if claim.consumer == ALERT_CONSUMER), None)
    if claim is not None:
        return ("notified", "alerted") if claim.notified else ("held_back", claim.reason or "unspecified")
    if hit.backfilled:
        return "held_back", "backfilled"
    if not recipients.alerts.targets and hit.rule_id not in recipients.rules_with_channels:
        return "held_back", "no_channel"
    return ("waiting", "collecting") if hit.found_at > now - MAX_HIT_AGE else ("held_back", "too_old")
