"""The totals of a run of polls, as `monitor poll` prints them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from monitor.core.model import Changed, Failed, Poll, Unchanged


@dataclass(frozen=True, slots=True, kw_only=True)
class PollTotals:
    """The polls of one run and its duration."""

    polls: tuple[Poll, ...]
    seconds: float

    @property
    def failures(self) -> list[tuple[str, str]]:
        """Return (feed, reason) of each failed poll."""
        return [(str(poll.feed_id), poll.outcome.reason) for poll in self.polls if isinstance(poll.outcome, Failed)]

    def counts(self) -> dict[str, Any]:
        """Return the counts by the names that `monitor poll` prints."""
        found = [item for poll in self.polls for item in poll.found]
        return {
            "polled": len(self.polls),
            "changed": sum(isinstance(poll.outcome, Changed) for poll in self.polls),
            "unchanged": sum(isinstance(poll.outcome, Unchanged) for poll in self.polls),
            "failed": len(self.failures),
            "entries_new": sum(not item.updated for item in found),
            "articles": len(found),
            "partial": sum(item.article.partial for item in found),
            "hits": sum(len(item.matches) for item in found),
            "seconds": round(self.seconds, 3),
        }
