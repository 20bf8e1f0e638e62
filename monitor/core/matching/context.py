"""The state of matching one article: the spans of all terms found in it, and caches for the operators.

A `MatchContext` is made for one article and used by one thread. Occurrences of named lists are cached across rules.
What a rule ignores is masked while that rule is evaluated (`matcher.mask_ignored`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterable, Iterator, Mapping, Set
from contextlib import contextmanager
from itertools import chain, starmap
from typing import NamedTuple, TypeVar

from monitor.core.matching.terms import Term
from monitor.core.matching.tokenized_document import TokenizedDocument

TokenSpan = tuple[int, int]
"""The index of the first token, and the index after the last."""
Occurrence = tuple[int, int, Term]
"""A TokenSpan and the term that was found there."""
T = TypeVar("T", bound=Hashable)
SpansByTerm = dict[str, list[TokenSpan]]
"""Spans by `Term.key`, in the order of the text."""


class OperatorsByTerms(NamedTuple):
    """Which operators can hold in a scope: of those `known` there only the `found` ones, and all that are not known."""

    known: Set[object] = frozenset()
    found: Set[object] = frozenset()


_NO_OPERATORS = OperatorsByTerms()


class MatchContext:
    """The terms found in one article, as expressions query them."""

    __slots__ = (
        "_found_by_mask",
        "_found_by_scope",
        "_keys_by_token",
        "_unrestricted_end",
        "default_scope",
        "document",
        "everywhere",
        "list_occurrences",
        "lists_that_hold",
        "masked",
        "may_hold",
        "near_pairs",
        "spans",
    )

    def __init__(self, document: TokenizedDocument, spans: SpansByTerm) -> None:
        self.document = document
        self.spans = spans
        self.may_hold: Mapping[TokenSpan, OperatorsByTerms] = {}
        """By scope (presearch.OperatorIndex)."""
        self.masked: list[TokenSpan] = []
        """What the current rule ignores: merged and in order."""
        self.list_occurrences: dict[object, list[Occurrence]] = {}
        """Occurrences of named lists, by list and scope, without regard to the mask."""
        self.lists_that_hold: dict[object, bool] = {}
        """Whether a named list holds, by list and scope, while nothing is masked."""
        self.near_pairs: dict[tuple[int, int, str], tuple[Occurrence, Occurrence]] = {}
        """The two sides of each `near` that counts as one occurrence, by span and term key."""
        self.default_scope = (0, document.body_end)
        """The scope of a rule that names no zone: title and body."""
        self.everywhere = (0, len(document.words))
        self._found_by_scope: dict[TokenSpan, SpansByTerm] = {}
        """Caches `found_in`, for the current mask."""
        self._found_by_mask: dict[tuple[TokenSpan, ...], dict[TokenSpan, SpansByTerm]] = {(): self._found_by_scope}
        """For each mask, since rules often ignore the same."""
        self._keys_by_token: dict[int, list[str]] | None = None
        """The keys of the terms found at each token; made when something is masked, since most masks hide few terms."""
        self._unrestricted_end = document.body_end if document.only_title_and_body else len(document.words)

    def spans_of(self, key: str, low: int, high: int) -> list[TokenSpan]:
        """Return the unmasked spans of a term within the scope."""
        return self.found_in(low, high).get(key, [])

    def found_in(self, low: int, high: int) -> SpansByTerm:
        """Return the unmasked spans within the scope of all terms that have one there; in a title they are few."""
        if self.is_unrestricted(low, high):
            return self.spans
        found = self._found_by_scope.get((low, high))
        if found is None:
            found = self._found_by_scope[low, high] = self._select_spans(low, high)
        return found

    def _select_spans(self, low: int, high: int) -> SpansByTerm:
        if not self.masked:
            return _spans_within(self.spans, low, high)
        with self.unmasked():
            unmasked = self.found_in(low, high)
        hidden = bytearray(len(self.document.words))
        for first, after in self.masked:
            hidden[first:after] = b"\1" * (after - first)
        selected = dict(unmasked)
        for key in self._keys_found_at(self.masked) & unmasked.keys():
            if spans := [span for span in unmasked[key] if hidden.find(1, *span) < 0]:
                selected[key] = spans
            else:
                del selected[key]
        return selected

    def _keys_found_at(self, spans: Iterable[TokenSpan]) -> set[str]:
        """Return the keys of the terms that are found in one of these spans, or overlap one."""
        if self._keys_by_token is None:
            self._keys_by_token = {}
            for key, found in self.spans.items():
                for at in chain.from_iterable(starmap(range, found)):
                    self._keys_by_token.setdefault(at, []).append(key)
        tokens = chain.from_iterable(starmap(range, spans))
        return set().union(*(self._keys_by_token.get(at, ()) for at in tokens))

    def possible(self, operators: Iterable[T], low: int, high: int) -> list[T]:
        """Return those of some operators that can hold within the scope."""
        known, found = self.may_hold.get((low, high), _NO_OPERATORS)
        return [each for each in operators if each in found or each not in known]

    def can_hold(self, operator: Hashable, low: int, high: int) -> bool:
        """Return True if an operator can hold within the scope, by the terms found there, masked ones included."""
        known, found = self.may_hold.get((low, high), _NO_OPERATORS)
        return operator in found or operator not in known

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
        self._use_mask(masked)

    def _use_mask(self, masked: list[TokenSpan]) -> None:
        self.masked = masked
        self._found_by_scope = self._found_by_mask.setdefault(tuple(masked), {})

    @contextmanager
    def unmasked(self) -> Iterator[None]:
        """Hide nothing for a while."""
        masked = self.masked
        self._use_mask([])
        try:
            yield
        finally:
            self._use_mask(masked)

    def is_masked(self, span: TokenSpan) -> bool:
        """Return True if a span overlaps what the rule ignores."""
        if not self.masked:
            return False
        at = bisect_left(self.masked, (span[1], 0)) - 1
        return at >= 0 and self.masked[at][1] > span[0]


def _spans_within(found: SpansByTerm, low: int, high: int) -> SpansByTerm:
    """Return the spans within a scope, of the terms that have one there."""
    near = ((key, spans) for key, spans in found.items() if spans[0][0] < high and spans[-1][0] >= low)
    inside = ((key, [span for span in spans if low <= span[0] and span[1] <= high]) for key, spans in near)
    return {key: spans for key, spans in inside if spans}


def span_of(occurrence: Occurrence) -> TokenSpan:
    """Return the token span of an occurrence: the sort key for the order in the text."""
    return occurrence[0], occurrence[1]
