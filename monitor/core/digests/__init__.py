"""Digests: the stories found in a window of time, grouped by topic, with a report of which feeds were covered.

`digest` has the values, `composing` makes them from hits; other modules decide when one is due and what is cut.
"""

from __future__ import annotations

from monitor.core.digests.composing import DigestContext, compose, with_openings
from monitor.core.digests.digest import (
    MAX_PART_LINE_CHARS,
    CrossReference,
    Digest,
    ExtraPart,
    PartLine,
    RuleChange,
    Section,
    Window,
)

__all__ = [
    "MAX_PART_LINE_CHARS",
    "CrossReference",
    "Digest",
    "DigestContext",
    "ExtraPart",
    "PartLine",
    "RuleChange",
    "Section",
    "Window",
    "compose",
    "with_openings",
]
