"""The answers of `rules why` and `rules why-not`: values without text; `serializers` and the CLI format them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from monitor.core.matching.misses import Cause
from monitor.core.matching.passages import MarkedSentence
from monitor.core.matching.rulebook import Rule
from monitor.core.model import Hit, Match, StoredArticle, Story


@dataclass(frozen=True, slots=True, kw_only=True)
class HitExplanation:
    """A hit with its evidence, and whether rule and text are unchanged."""

    hit: Hit
    sentences: tuple[MarkedSentence, ...]
    rule: Rule | None
    """The rule as it is now; None if it was deleted."""
    match: Match | None
    """The match of the rule as it is now."""
    text_hash: str
    """The hash of the article's text as it is now; empty if retention has removed it."""
    removed_after_days: int | None
    """Days after which retention removed the text; None if it is there."""
    story: Story | None

    @property
    def rule_state(self) -> Literal["same", "changed", "gone"]:
        """State of the rule since the hit."""
        if self.rule is None:
            return "gone"
        return "same" if self.rule.hash == self.hit.rule_hash else "changed"

    @property
    def text_state(self) -> Literal["same", "changed", "gone"]:
        """State of the text since the hit; if it has changed, the offsets of the evidence are void."""
        if not self.text_hash:
            return "gone"
        return "same" if self.text_hash == self.hit.text_hash else "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyNotAnswer:
    """A rule and an article: whether the rule matches, and if not, why."""

    rule: Rule
    title: str
    url: str
    stored: StoredArticle | None
    """The stored article; None for a text that is not in the archive."""
    hit: Hit | None
    """The stored hit of this rule and article, whatever their versions were."""
    match: Match | None
    """The match of the rule as it is now, whatever its status."""
    causes: tuple[Cause, ...]
    """Why it does not match, nearest miss first."""
    truncated: bool = False
    """True if the text was cut at core.text.MAX_TEXT_CHARS characters."""

    @property
    def is_of_empty_file(self) -> bool:
        """True for a file without any text, whose first line would be the title."""
        return self.stored is None and not self.title

    @property
    def outcome(self) -> Literal["hit", "matches", "miss"]:
        """`hit`: a hit is stored; `matches`: the rule matches and no hit is stored; `miss`: neither."""
        if self.hit is not None:
            return "hit"
        return "miss" if self.match is None else "matches"
