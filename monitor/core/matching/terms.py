"""Terms: the words and phrases that rules look for, normalized.

Equal terms have equal keys wherever they are written; the index and the match context know terms by key only.
`term_parser` makes them of what a rule file says; as leaves of an expression they are `expressions.TermExpression`s.
"""

from __future__ import annotations

from typing import NamedTuple

from monitor.core.text.acronyms import WORDS_OF_ANY_LANGUAGE
from monitor.core.yaml_nodes import Mark

MIN_STEM_LETTERS = 4
"""A wildcard needs this many letters before it: the index looks stems up by at least four letters."""
SINGULAR = "|singular"
"""The mark in the key of a term that is not inflected."""
MIN_INNER_LETTERS = 5
"""Letters of a term that is found inside longer words; the index looks such terms up by as many letters."""


class Term(NamedTuple):
    """One term of a rule, normalized; a tuple, since a rule set makes tens of thousands of them."""

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
    short_korean: bool = False
    """True for a Korean word of two or three syllables, which is found over a space only from the start of a word."""
    lang: tuple[str, ...] = ()
    """Languages of the articles in which the term is looked for; empty for all."""
    mark: Mark | None = None
    list_name: str = ""

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
