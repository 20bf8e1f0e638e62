"""Makes a row of the table: what was measured, and whether it is good."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """One line of the table."""

    what: str
    measured: float
    unit: str
    limit: str
    good: bool
