"""Reads the part of a digest on articles that the rules may have missed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from monitor.core.audit.report import POOLED, Judged, recall_report, rule_precisions
from monitor.core.audit.sampling import threshold
from monitor.core.digests.digest import Digest, PartLine
from monitor.core.digests.digest_stories import MAX_STORY_TITLE_CHARS
from monitor.core.digests.possibly_missed import with_possibly_missed
from monitor.core.model import Feed, FeedId
from monitor.core.text import clean_line
from monitor.deliver._configuration import DeliverySettings
from monitor.store import Store


def add_possibly_missed(
    digest: Digest, store: Store, most: int, feeds: Mapping[FeedId, Feed], *, since: datetime
) -> Digest:
    """Add the recall, and the articles that a ranking first listed from `since` to the digest's end, up to a limit."""
    if not most:
        return digest
    until = digest.window.until
    start = until - POOLED
    judged = Judged(
        samples=store.audit_samples(start), judgements=store.judgements(start), hits=store.judged_hits(start)
    )
    misses = store.possible_misses(since, until, most, threshold(judged.judgements))
    return with_possibly_missed(digest, misses, recall_report(judged) if judged.samples else None, feeds)


def imprecise_rules(store: Store, config: DeliverySettings, until: datetime) -> list[PartLine]:
    """Name the rules whose judged hits are mostly wrong, the lowest precision first."""
    found = rule_precisions(store.judged_hits(until - POOLED)).values()
    low = [each for each in found if each.is_below(config.min_precision)]
    lines = []
    for each in sorted(low, key=lambda each: (each.precision, each.rule_id)):
        title = clean_line(config.rule_titles.get(each.rule_id, each.rule_id), limit=MAX_STORY_TITLE_CHARS)
        lines.append(PartLine(f"{title} has a low {each.sentence}"))
    return lines
