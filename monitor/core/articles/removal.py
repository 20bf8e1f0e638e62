"""How pages and commands say that retention has removed the text of an article."""

from __future__ import annotations

from monitor.core.counts import count


def removal_note(days: int | None) -> str:
    """Return a sentence on a text that was removed `days` after it was stored; empty for None: it is there."""
    if days is None:
        return ""
    period = count(days, "day")
    return f"The text was removed after {period} (retention.articles); title, link and evidence of hits are kept."
