"""The state of matching one article: the spans of all terms found in it, and caches for the operators.

A `MatchContext` is made for one article and used by one thread. Occurrences of named lists are cached across rules.
What a rule ignores is masked while that rule is evaluated (`matcher.mask_ignored`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterable, Iterator, Set
from itertools import chain
from typing import TypeVar

from monitor.core.matching.terms import Term
from monitor.core.matching.tokenized_document import TokenizedDocument

TokenSpan = tuple[int, int]
"""The index of the first token, and the index after the last."""
Occurrence = tuple[int, int, Term]
"""A TokenSpan and the term that was found there."""
T = TypeVar("T", bound=Hashable)
SpansByTerm = dict[str, list[TokenSpan]]
"""Spans by `Term.key`, in the order of the text."""


class MatchContext:
    """The terms found in one article, as expressions query them."""

    __slots__ = (
        "_indexed",
        "_unrestricted_end",
        "default_scope",
        "document",
        "list_occurrences",
        "lists_that_hold",
        "masked",
        "may_hold",
        "near_pairs",
        "spans",
    )

    def __init__(
        self,
        document: TokenizedDocument,
        spans: SpansByTerm,
        indexed: Set[object] = frozenset(),
        may_hold: Set[object] = frozenset(),
    ) -> None:
        """Of the operators `indexed`, only those in `may_hold` can hold in the article; any other operator can."""
        self.document = document
        self.spans = spans
        self._indexed, self.may_hold = indexed, may_hold
        self.masked: list[TokenSpan] = []
        """What the current rule ignores: merged and in order."""
        self.list_occurrences: dict[object, list[Occurrence]] = {}
        """Occurrences of named lists, by list and scope, without regard to the mask."""
        self.lists_that_hold: dict[object, bool] = {}
        """Whether a named list of other operators than terms holds, by list and scope, while nothing is masked."""
        self.near_pairs: dict[tuple[int, int, str], tuple[Occurrence, Occurrence]] = {}
        """The two sides of each `near` that counts as one occurrence, by span and term key."""
        self.default_scope = (0, document.body_end)
        """The scope of a rule that names no zone: title and body."""
        self._unrestricted_end = document.body_end if document.only_title_and_body else len(document.words)

    def spans_of(self, key: str, low: int, high: int) -> list[TokenSpan]:
        """Return the unmasked spans of a term within the scope."""
        spans = self.spans.get(key, [])
        if self.is_unrestricted(low, high):
            return spans
        return [span for span in spans if low <= span[0] and span[1] <= high and not self.is_masked(span)]

    def possible(self, operators: Iterable[T]) -> list[T]:
        """Return those of some operators that can hold in the article."""
        return [each for each in operators if self.can_hold(each)]

    def can_hold(self, operator: Hashable) -> bool:
        """Return True if an operator can hold in the article, by the terms found anywhere in it."""
        return operator in self.may_hold or operator not in self._indexed

    def is_unrestricted(self, low: int, high: int) -> bool:
        """Return True if every span lies within the scope and nothing is masked."""
        return not self.masked and low == 0 and high >= self._unrestricted_end

    def terms_in(self, occurrence: Occurrence) -> Iterator[Occurrence]:
        """Yield the occurrences of single terms: of a `near` those of its two sides, else the occurrence itself."""
        pair = self.near_pairs.get((occurrence[0], occurrence[1], occurrence[2].key))
        if pair is None:
            yield occurrence
        else:
            yield from chain.from_iterable(map(self.terms_in, pair))

    def mask(self, occurrences: Iterable[Occurrence]) -> None:
        """Hide all spans that overlap these occurrences, given in the order of the text; replaces the earlier mask."""
        masked: list[TokenSpan] = []
        for first, after, _ in occurrences:
            if masked and first <= masked[-1][1]:
                masked[-1] = (masked[-1][0], max(after, masked[-1][1]))
            else:
                masked.append((first, after))
        self.masked = masked

    def is_masked(self, span: TokenSpan) -> bool:
        """Return True if a span overlaps what the rule ignores."""
        if not self.masked:
            return False
        at = bisect_left(self.masked, (span[1], 0)) - 1
        return at >= 0 and self.masked[at][1] > span[0]


def span_of(occurrence: Occurrence) -> TokenSpan:
    """Return the token span of an occurrence: the sort key for the order in the text."""
    return occurrence[0], occurrence[1]
