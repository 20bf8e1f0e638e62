"""Makes a row of the table: what was measured, and whether it is good."""

from __future__ import annotations

import math
from typing import NamedTuple


class Row(NamedTuple):
    """One line of the table."""

    what: str
    measured: float
    unit: str
    limit: str
    good: bool


def verdict(row: Row) -> str:
    """Return `skipped` for a row without a figure, else whether its limit is kept."""
    return "skipped" if math.isnan(row.measured) else "ok" if row.good else "MISSED"


def format_row(row: Row) -> str:
    """Return a line for a terminal."""
    measured = "" if math.isnan(row.measured) else f"{row.measured:.3f}"
    return f"{row.what:80} {measured:>8} {row.unit:3} {row.limit:>9}  {verdict(row)}"
