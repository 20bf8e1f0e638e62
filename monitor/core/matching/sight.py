"""An article while one matcher looks at it: where each term was found, and what has been worked out from that.

Made for one article and thrown away. Shared lists are looked at once and remembered; what a rule ignores is hidden
while that rule is being looked at, and only then.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitor.core.matching.expressions import Expression
    from monitor.core.matching.reading import Reading
    from monitor.core.matching.terms import Term

Place = tuple[int, int]
"""First token, and the one after the last."""
Spot = tuple[int, int, "Term"]
Found = dict[str, list[Place]]


class Sight:
    """What was found in one article, as expressions ask for it."""

    __slots__ = ("_unlimited", "found", "hidden", "pairs", "reading", "seen", "whole")

    def __init__(self, reading: Reading, found: Found) -> None:
        self.reading = reading
        self.found = found
        self.hidden: list[Place] = []
        """Merged and in order: what the rule at hand ignores."""
        self.seen: dict[object, list[Spot]] = {}
        """Lists already looked at, by identity."""
        self.pairs: dict[tuple[int, int, str], tuple[Spot, Spot]] = {}
        """What stands at both ends of a `near` that counts as one occurrence, by its place and the term it goes by."""
        self.whole = (0, reading.body_end)
        """The scope where a rule names none: title and body."""
        self._unlimited = reading.body_end if reading.only_title_and_body else len(reading.words)

    def places(self, key: str, low: int, high: int) -> list[Place]:
        """Give a term's places within the scope, without those hidden."""
        places = self.found.get(key, [])
        if self.shows_all(low, high):
            return places
        return [place for place in places if low <= place[0] and place[1] <= high and not self.hides(place)]

    def shows_all(self, low: int, high: int) -> bool:
        """Say whether the scope leaves nothing out that was read, and nothing is hidden."""
        return not self.hidden and low == 0 and high >= self._unlimited

    def parts(self, spot: Spot) -> Iterator[Spot]:
        """Give the terms that an occurrence is made of: mostly itself; of a `near` those at its ends."""
        pair = self.pairs.get((spot[0], spot[1], spot[2].key))
        if pair is None:
            yield spot
        else:
            yield from chain.from_iterable(map(self.parts, pair))

    def look_away(self, ignore: Expression | None) -> None:
        """Make what overlaps an expression invisible, and what was invisible before visible again."""
        self.hidden = []
        if ignore is None:
            return
        hidden: list[Place] = []
        for first, after, _ in ignore.spots(self, 0, len(self.reading.words)):
            if hidden and first <= hidden[-1][1]:
                hidden[-1] = (hidden[-1][0], max(after, hidden[-1][1]))
            else:
                hidden.append((first, after))
        self.hidden = hidden

    def hides(self, place: Place) -> bool:
        """Say whether a place overlaps what is hidden."""
        if not self.hidden:
            return False
        at = bisect_left(self.hidden, (place[1], 0)) - 1
        return at >= 0 and self.hidden[at][1] > place[0]
