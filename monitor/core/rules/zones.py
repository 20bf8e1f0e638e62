"""To which zones expressions are bound: what must stand in the title is never near what must stand in the text."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from monitor.core.matching.expressions import AnyOf, InZone, NamedList

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.core.matching.expressions import Expression

Zones = frozenset[str]


def apart(entries: Iterable[Expression]) -> tuple[Zones, Zones] | None:
    """Give the zones of two entries that can never stand beside each other; None when there are none such."""
    bound = [zones for entry in entries if (zones := _zones(entry))]
    return next(((one, other) for one, other in combinations(bound, 2) if not _wide(one) & _wide(other)), None)


def _zones(entry: Expression) -> Zones:
    """Name the zones to which an expression is bound; none when it may stand anywhere."""
    if isinstance(entry, InZone):
        return frozenset([entry.zone])
    if isinstance(entry, AnyOf | NamedList):
        each = [_zones(child) for child in entry.entries]
        return frozenset().union(*each) if all(each) else frozenset()
    return frozenset()


def _wide(zones: Zones) -> Zones:
    """Take the lead for the body that it is part of."""
    return frozenset("body" if zone == "lead" else zone for zone in zones)
