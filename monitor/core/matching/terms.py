"""Terms: the words and phrases that rules look for, normalized; the leaves of an expression.

Equal terms have equal keys wherever they are written; the index and the match context know terms by key only.
`term_parser` makes them of what a rule file says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from monitor.core.matching.derivations import Derivation, prominence_score
from monitor.core.text.acronyms import WORDS_OF_ANY_LANGUAGE
from monitor.core.yaml_nodes import Mark

if TYPE_CHECKING:
    from monitor.core.matching.context import MatchContext, Occurrence
    from monitor.core.matching.misses import Cause, MissExplainer
    from monitor.core.matching.presearch import TermRequirement, TermRequirements

MIN_STEM_LETTERS = 4
"""A wildcard needs this many letters before it: the index looks stems up by at least four letters."""
SINGULAR = "|singular"
"""The mark in the key of a term that is not inflected."""
MIN_INNER_LETTERS = 5
"""Letters of a term that is found inside longer words; the index looks such terms up by as many letters."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a rule, normalized."""

    text: str
    """The term as the rule file writes it, without sigils."""
    key: str
    """Equal for equal terms."""
    words: tuple[str, ...]
    """Folded (core.text); the last is the stem of a wildcard."""
    last_forms: frozenset[str]
    """The folded forms that the last word may take: itself and its plural or singular."""
    cased: tuple[str, ...] = ()
    """The words with their case; empty unless the term is case-sensitive."""
    cased_last_forms: frozenset[str] = frozenset()
    wildcard: bool = False
    crosses: bool = False
    """True if it may cross the end of a sentence or clause, since it contains one: `Mission: Impossible`."""
    within: bool = False
    """True if it is also found inside longer words, as in German compounds."""
    lang: tuple[str, ...] = ()
    """Languages of the articles in which the term is looked for; empty for all."""
    mark: Mark | None = None
    list_name: str = ""

    positional: ClassVar[bool] = True
    only_terms: ClassVar[bool] = True
    zones: ClassVar[frozenset[str]] = frozenset()
    depth: ClassVar[int] = 1
    size: ClassVar[int] = 1

    @property
    def spells_a_word(self) -> bool:
        """True for an acronym that is also a word of some language, like US, WHO or UN."""
        return (
            bool(self.cased)
            and len(self.words) == 1
            and self.cased[0].isupper()
            and self.words[0] in WORDS_OF_ANY_LANGUAGE
        )

    @property
    def short_form(self) -> str:
        """The term in quotes, for messages."""
        return f"'{self.text}'"

    # The members below are those of expressions.Operator, for the leaves of the tree.

    def required_terms(self, requirements: TermRequirements) -> TermRequirement:
        """Require the term itself."""
        return requirements.of_term(self)

    def standalone_terms(self) -> list[Term]:
        """Return the term itself."""
        return [self]

    def occurrences(self, context: MatchContext, low: int, high: int) -> list[Occurrence]:
        """Return the occurrences within the scope in the order of the text."""
        return [(first, after, self) for first, after in context.spans_of(self.key, low, high)]

    def holds(self, context: MatchContext, low: int, high: int) -> bool:
        """Return True if there is an occurrence within the scope."""
        return self.key in context.spans and bool(context.spans_of(self.key, low, high))

    def derive(self, context: MatchContext, low: int, high: int) -> Derivation:
        """Return prominence and evidence of a term that was found within the scope."""
        occurrences = self.occurrences(context, low, high)
        return Derivation(prominence_score(context.document, occurrences), "", (tuple(occurrences),))

    def explain_miss(self, explainer: MissExplainer, low: int, high: int) -> list[Cause]:
        """Return the cause for which the term was not found within the scope."""
        return [explainer.missing_terms(self.short_form, [self], low, high)]
