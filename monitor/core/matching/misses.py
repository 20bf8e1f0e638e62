"""Causes of misses: why an expression does not hold in an article, and how near the article came.

Each operator explains its own misses with the help of a `MissExplainer`. Causes outside of the condition, such as the
status or the sources of a rule, are added by `core.rules.why_not`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from monitor.core.matching.context import MatchContext, Occurrence
from monitor.core.matching.index import TermIndex, is_ordinary_word, language_matches
from monitor.core.matching.terms import Term
from monitor.core.text.languages import language_code

_EXAMPLES = 3
"""Terms that stand for a list in a message."""
ABSENT = 100.0
"""The distance of a term that does not occur at all; whatever occurs is nearer."""


@dataclass(frozen=True, slots=True, order=True)
class Cause:
    """One reason why a rule did not match, and how far the article was from matching there."""

    distance: float
    """The distance from a match, from 0 to ABSENT; two words too many weigh less than a missing term."""
    reason: str
    zones: tuple[str, ...] = ()
    """The zones within which the reason holds, outermost first: those of the `in` around it."""
    alternatives: int = 0
    """Number of entries of the `any` of which none holds, and of whose nearest entry this is the reason; else 0."""

    @property
    def message(self) -> str:
        """The cause in one sentence: `in title: alpha not found; no other of the 3 entries of any holds`."""
        where = "".join(f"in {zone}: " for zone in self.zones)
        others = f"; no other of the {self.alternatives} entries of any holds" if self.alternatives else ""
        return f"{where}{self.reason}{others}"


def relaxed_index(terms: Iterable[Term]) -> TermIndex:
    """Return an index that finds terms in any case and language, and over any gap."""
    return TermIndex([term._replace(cased=(), lang=(), crosses=True, short_korean=False) for term in terms])


class MissExplainer:
    """The article of a miss, and where terms occur in another case or language, or over a gap that no term crosses.

    `relaxed` is the `relaxed_index` of these terms.
    """

    def __init__(self, context: MatchContext, relaxed: TermIndex) -> None:
        self.context = context
        self.causes_of_lists: dict[tuple[object, int, int], list[Cause]] = {}
        """By list and scope: a rule may name a list of thousands of terms dozens of times."""
        self._document = context.document
        self._relaxed_spans = relaxed.scan(self._document)

    def missing_terms(self, name: str, terms: Iterable[Term], low: int, high: int) -> Cause:
        """Explain by the nearest of some terms that none of them was found; `name` is what to call them."""
        return self._nearest(terms, low, high) or Cause(ABSENT, f"{name} not found")

    def missing_list(self, name: str, terms: Iterable[Term], low: int, high: int) -> Cause | None:
        """Explain the absence of all terms of a list, named with the first ones; None if one of them is there."""
        listed = list(terms)
        if any(self.context.spans_of(term.key, low, high) for term in listed):
            return None
        examples = ("e.g. " if len(listed) > _EXAMPLES else "") + ", ".join(term.text for term in listed[:_EXAMPLES])
        return self._nearest(listed, low, high) or Cause(ABSENT, f"nothing of list {name} found ({examples})")

    def _nearest(self, terms: Iterable[Term], low: int, high: int) -> Cause | None:
        near = [cause for term in terms if (cause := self._near_miss(term, low, high)) is not None]
        return min(near, default=None)

    def _near_miss(self, term: Term, low: int, high: int) -> Cause | None:
        if spans := self.context.spans.get(term.key):
            inside = [span for span in spans if low <= span[0] and span[1] <= high]
            if inside:
                return Cause(1, f"{self.quote((*inside[0], term))} is hidden by ignore")
            return Cause(2, f"{self.quote((*spans[0], term))} is in another zone")
        for first, after in self._relaxed_spans.get(term.key, []):
            if low <= first and after <= high:
                return self._relaxed_match(term, (first, after, term))
        return None

    def _relaxed_match(self, term: Term, occurrence: Occurrence) -> Cause:
        language = self._document.article.language
        if term.lang and not language_matches(language, term.lang):
            languages = ", ".join(term.lang)
            reason = f"the article is in '{language_code(language)}', and the term is for {languages}"
        elif not (term.crosses or self._document.is_unbroken(occurrence[0], occurrence[1])):
            reason = "a sentence, clause or list item ends between the words"
        elif term.short_korean and not self._document.is_korean_word(*occurrence[:2]):
            reason = "the end of one word and the beginning of the next are no word"
        elif term.spells_a_word and is_ordinary_word(term, self._document, occurrence[0]):
            capitals = self._document.is_all_caps(occurrence[0])
            where = "where all is in capitals" if capitals else "in an article of this language"
            reason = f"{where} it is taken for the word"
        elif term.cased[-1].isupper():
            reason = "an all-capitals term is case-sensitive"
        else:
            reason = "the case differs"
        seen = f"seen as '{self._as_written(occurrence)}' at {self._position(occurrence)}"
        of_list = f" of list ${term.list_name}" if term.list_name else ""
        return Cause(1, f"{term.short_form}{of_list}: {seen}, but {reason}")

    def quote(self, occurrence: Occurrence) -> str:
        """Quote an occurrence as the article writes it, with its zone and character offset: 'chips' at body:12."""
        return f"'{self._as_written(occurrence)}' at {self._position(occurrence)}"

    def locate(self, occurrence: Occurrence) -> str:
        """Quote the term of an occurrence as the rule writes it, with its zone and character offset."""
        return f"'{occurrence[2].text}' {self._position(occurrence)}"

    def _as_written(self, occurrence: Occurrence) -> str:
        start, end = self._document.char_span(occurrence[0], occurrence[1])
        return self._document.zone_text(occurrence[0])[start:end]

    def _position(self, occurrence: Occurrence) -> str:
        zone = self._document.zone_name(occurrence[0]).replace("lead", "body")
        return f"{zone}:{self._document.char_span(occurrence[0], occurrence[1])[0]}"
