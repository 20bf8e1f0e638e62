"""Lint of a choice (`any`, a list): terms that say the same as others beside them, and missing traditional Chinese."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.core.errors import Problem
from monitor.core.matching.alternatives import AnyOf, NamedList
from monitor.core.matching.expressions import terms_of
from monitor.core.matching.terms import Term
from monitor.core.rules.overlaps import ContainedTerms, same_words
from monitor.core.text.simplified import to_traditional


class ChoiceLint:
    """Compares the terms of a choice with each other and with those of its lists, each of which is indexed once."""

    def __init__(self) -> None:
        self._indexes: dict[NamedList, ContainedTerms] = {}

    def lint(self, entry: AnyOf) -> Iterator[Problem]:
        """Return the warnings about the terms of a choice; those of its lists are checked where they are defined."""
        own: list[Term] = [each for each in entry.operands if isinstance(each, Term)]
        if not own:
            return
        lists = [each for each in entry.operators if isinstance(each, NamedList) and each.only_terms]
        index = ContainedTerms(own, map(self._index_of, lists))
        if index.shared_forms:
            yield from _duplicates([term for term in own if index.shares_form(term)])
        distinct = list({term.key: term for term in own}.values())
        yield from _redundant_phrases(distinct, index)
        yield from _simplified_only(distinct, own, lists)

    def _index_of(self, named_list: NamedList) -> ContainedTerms:
        if named_list not in self._indexes:
            self._indexes[named_list] = ContainedTerms(terms_of([named_list]))
        return self._indexes[named_list]


def _duplicates(terms: list[Term]) -> Iterator[Problem]:
    by_form: dict[tuple[object, ...], Term] = {}
    as_written: dict[tuple[object, ...], Term] = {}
    for term in terms:
        written, *forms = same_words(term)
        other = by_form.get(written) or next((as_written[form] for form in forms if form in as_written), None)
        if other is not None and term.mark:
            yield term.mark.warning("W102", f"'{term.text}' is the same as '{other.text}': it finds the same words")
        as_written.setdefault(written, term)
        for form in forms:
            by_form.setdefault(form, term)


def _redundant_phrases(own: list[Term], index: ContainedTerms) -> Iterator[Problem]:
    """Report phrases that contain another entry: wherever they occur, that one occurs."""
    for term in own:
        other = index.within(term)
        if other is not None and term.mark:
            message = f"'{term.text}' adds nothing to '{other.text}' beside it, which finds it already"
            yield term.mark.warning("W103", message)


def _simplified_only(distinct: list[Term], own: list[Term], lists: Sequence[NamedList]) -> Iterator[Problem]:
    """Report simplified Chinese whose traditional form is neither among the own terms nor in the lists."""
    # Japanese has some of the same characters.
    chinese = [term for term in distinct if not term.text.isascii() and (not term.lang or "zh" in term.lang)]
    simplified = [(term, other) for term in chinese if (other := to_traditional(term.text)) != term.text]
    if not simplified:
        return
    texts = {term.text for term in (*own, *terms_of(lists))}
    for term, other in simplified:
        if other not in texts and term.mark:
            message = f"'{term.text}' is simplified Chinese; add the traditional '{other}' beside it"
            yield term.mark.warning("W110", message)
