"""Tells whether `03/02/2021` is in February or in March by the other dates of the same list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})([/-])(\d{1,2})\2(\d{4})(?!\d)")
_MONTHS = 12


def resolve_day_order(written: Sequence[str]) -> list[str]:
    """Return dates as written; numeric ones in ISO 8601 if a day after the 12th shows which number is the day.

    If some show that the day comes first and others that the month does, none is changed.
    """
    found = [match for text in written if (match := _NUMERIC.search(text))]
    day_first = any(int(match[1]) > _MONTHS >= int(match[3]) for match in found)
    month_first = any(int(match[3]) > _MONTHS >= int(match[1]) for match in found)
    if day_first == month_first:
        return list(written)
    place = r"\4-\3-\1" if day_first else r"\4-\1-\3"
    return [_padded(_NUMERIC.sub(place, text)) for text in written]


def _padded(text: str) -> str:
    return re.sub(
        r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)", lambda each: f"{each[1]}-{each[2]:>02}-{each[3]:>02}", text
    )
