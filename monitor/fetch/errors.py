"""The error of a fetch that says itself how it failed."""

from __future__ import annotations


class FetchError(Exception):
    """A fetch failed; `reason` is one of `core.feeds.failures`."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason}: {detail}")
