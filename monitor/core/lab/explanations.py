"""Why a stored hit was made: its passages with the terms marked, and whether rule and text are still what they were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.core.matching.misses import Cause
    from monitor.core.matching.rulebook import Rule
    from monitor.core.model import Evidence, Hit, Match, StoredArticle, Story


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of text, and where in it terms stand."""

    zone: str
    text: str
    marks: tuple[tuple[int, int], ...]
    """Start and end within `text`, in order, none within another."""
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """All there is to say about a hit."""

    hit: Hit
    passages: tuple[Passage, ...]
    rule: Rule | None
    """The rule as it is now; None when it is no longer there."""
    match: Match | None
    """What the rule as it is now finds in the article."""
    text_hash: str
    """Of the article's text as it is now; empty when retention has removed it."""
    story: Story | None

    @property
    def rule_state(self) -> Literal["same", "changed", "gone"]:
        """Whether the rule that made the hit is the rule that there is."""
        if self.rule is None:
            return "gone"
        return "same" if self.rule.hash == self.hit.rule_hash else "changed"

    @property
    def text_state(self) -> Literal["same", "changed", "gone"]:
        """Whether the evidence still points into the text that there is."""
        if not self.text_hash:
            return "gone"
        return "same" if self.text_hash == self.hit.text_hash else "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Whether a rule finds an article, and why not."""

    rule: Rule
    title: str
    url: str
    stored: StoredArticle | None
    """None for a text that is not of the archive."""
    hit: Hit | None
    """What is stored of the two, by whichever version of both."""
    match: Match | None
    """What the rule as it is now finds; a rule that is not run is asked all the same."""
    causes: tuple[Cause, ...]
    """Why it does not match, nearest miss first."""

    @property
    def outcome(self) -> Literal["hit", "matches", "miss"]:
        """`hit`: stored; `matches`: it does now, and nothing is stored; `miss`: neither."""
        if self.hit is not None:
            return "hit"
        return "miss" if self.match is None else "matches"


def passages(evidence: Iterable[Evidence]) -> tuple[Passage, ...]:
    """Put evidence of one sentence together, sentences in the order of their first term."""
    together: dict[tuple[str, int, str], list[Evidence]] = {}
    for each in evidence:
        together.setdefault((each.zone, each.sentence_start, each.sentence), []).append(each)
    return tuple(Passage(zone, text, _marks(found), tuple(found)) for (zone, _, text), found in together.items())


def _marks(evidence: Iterable[Evidence]) -> tuple[tuple[int, int], ...]:
    """Give the places of terms in their sentence, those that overlap as one."""
    marks: list[tuple[int, int]] = []
    for start, end in sorted((each.start - each.sentence_start, each.end - each.sentence_start) for each in evidence):
        if marks and start < marks[-1][1]:
            marks[-1] = (marks[-1][0], max(marks[-1][1], end))
        else:
            marks.append((start, end))
    return tuple(marks)
