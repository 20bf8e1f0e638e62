"""Warnings about `retention` that removes what digests have not sent yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from monitor.core.digests.slots import longest_wait
from monitor.core.durations import format_duration
from monitor.core.errors import Problem
from monitor.settings.monitor_yaml import RetentionSection
from monitor.settings.yaml_document import YamlDocument

SHORT_RETENTION = "C117"
_LONGEST_WAIT = timedelta(days=365)
_REMOVED = {"hits": "hits are removed, sent or not,", "articles": "texts, which say what happened, are removed"}


def check_retention(digests: YamlDocument, retention: RetentionSection) -> Iterator[Problem]:
    """Warn of digests that come so rarely that hits, or the texts of their articles, are removed before."""
    kept = {"hits": retention.hits, "articles": retention.articles}
    if min(kept.values()) >= _LONGEST_WAIT:
        return
    for location, digest in digests.entries("digests"):
        recipients = digest.get("recipients")
        readers = [each for each in recipients if isinstance(each, Mapping)] if isinstance(recipients, list) else []
        schedules = [str(each["schedule"]) for each in (digest, *readers) if each.get("schedule")]
        wait = max(map(longest_wait, schedules), default=timedelta(0))
        for key, period in kept.items():
            if period < wait:
                message = (
                    f"schedule: {_REMOVED[key]} after {format_duration(period)} (retention.{key} in monitor.yaml), and "
                    f"up to {format_duration(wait)} pass between two of these digests; keep them longer"
                )
                yield digests.mark((*location, "schedule")).warning(SHORT_RETENTION, message)
