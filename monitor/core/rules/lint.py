"""Lint: warnings about what is allowed in a rule file and probably not meant.

A named list is checked once, where it is defined. `suppress` of a rule, with a reason, applies to the rule and to the
lists that it uses. `term_lint` checks single terms; warnings that need the archive are in `core.lab.archive_lint`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from monitor.core.errors import Problem
from monitor.core.matching.alternatives import AnyOf, NamedList
from monitor.core.matching.expressions import Expression, terms_of, walk_expressions
from monitor.core.matching.logic import AllOf
from monitor.core.matching.rulebook import ANY_TOPIC, Rule, RuleBook
from monitor.core.matching.terms import Term
from monitor.core.problems import did_you_mean
from monitor.core.rules.overlaps import ContainedTerms, TermsByWord, same_words
from monitor.core.rules.rule_tests import missing_kinds
from monitor.core.rules.term_lint import lint_breadth, lint_spelling
from monitor.core.text.simplified import to_traditional

LINT_CODES = tuple(f"W{number}" for number in range(101, 122))
_NOT_OF_IGNORED = frozenset({"W103"})
"""Under `ignore` a longer phrase is useful beside a part of it, since it hides further words."""


def lint(book: RuleBook, *, complete: bool) -> list[Problem]:
    """Return the warnings about a rule set.

    `complete` is False if rules with errors are missing from it: what they use and suppress is unknown then, so that
    there are no warnings about lists.
    """
    warnings: list[Problem] = []
    suppressed: dict[str, set[str]] = {name: set() for name in book.lists}
    unused, unused_or_ignored = set(book.lists), set(book.lists)
    lists = _ListNames()
    for rule in book.rules:
        warnings += (problem for problem in _lint_rule(rule) if problem.code not in rule.suppress)
        used = lists.names_in(rule.expressions)
        unused.difference_update(used)
        unused_or_ignored.difference_update(lists.names_in([rule.condition]))
        for name in used:
            suppressed[name].update(rule.suppress)
    if not complete:
        return warnings
    warnings += _unknown_topics(book)
    for name in unused_or_ignored - unused:
        suppressed[name].update(_NOT_OF_IGNORED)
    for name, named_list in book.lists.items():
        warnings += (problem for problem in _lint_entries([named_list.operand]) if problem.code not in suppressed[name])
        if name in unused and named_list.mark:
            meant = _terms_named(name, book.rules)
            warnings.append(named_list.mark.warning("W111", f"list '${name}' is not used by any rule{meant}"))
    return warnings


def _terms_named(name: str, rules: Iterable[Rule]) -> str:
    """Say where a term is the name of a list, which was probably meant; empty if none is."""
    entries = walk_expressions((expression for rule in rules for expression in rule.expressions), into_lists=False)
    marks = (each.mark for each in entries if isinstance(each, Term) and each.text.lower() == name.lower())
    where = next((f"{mark.path}:{mark.line}" for mark in marks if mark), "")
    return f"; {where} looks for the word {name}: write ${name} for the list" if where else ""


class _ListNames:
    """Finds the names of the lists in expressions; reads a list once, since thousands of rules may use a long one."""

    def __init__(self) -> None:
        self._within: dict[str, frozenset[str]] = {}

    def names_in(self, expressions: Iterable[Expression]) -> frozenset[str]:
        """Return the names of the lists in expressions, and of those within these lists."""
        lists = (each for each in walk_expressions(expressions, into_lists=False) if isinstance(each, NamedList))
        return frozenset().union(*map(self._names_of, lists))

    def _names_of(self, named_list: NamedList) -> frozenset[str]:
        name = named_list.name
        if name not in self._within:
            self._within[name] = self.names_in([named_list.operand]) | {name}
        return self._within[name]


def _lint_rule(rule: Rule) -> Iterator[Problem]:
    yield from _lint_entries([rule.condition])
    if rule.ignore:
        yield from (problem for problem in _lint_entries([rule.ignore]) if problem.code not in _NOT_OF_IGNORED)
    for term in rule.condition.standalone_terms():
        yield from lint_breadth(term, rule.mark)
    yield from _never_counting(rule)
    if rule.status in {"test", "live"} and not rule.tests:
        yield rule.mark.warning("W108", f"rule '{rule.id}' has no tests; add a hit and a miss under tests:")
    elif (gap := missing_kinds(rule)) is not None:
        yield gap


def _unknown_topics(book: RuleBook) -> Iterator[Problem]:
    """Warn of each topic without a title, and of each in `unless_topic` that no rule has."""
    topics = {ANY_TOPIC, *book.topics, *(rule.topic for rule in book.rules)}
    for rule in book.rules:
        if book.topics and rule.topic not in book.topics and "W116" not in rule.suppress:
            hint = did_you_mean(rule.topic, book.topics)
            message = f"topic '{rule.topic}' of rule '{rule.id}' has no title under topics{hint}"
            yield rule.mark.warning("W116", message)
        for topic in set(rule.unless_topic) - topics if "W120" not in rule.suppress else ():
            hint = did_you_mean(topic, topics)
            message = f"unless_topic of rule '{rule.id}': no rule has the topic '{topic}'{hint}"
            yield rule.mark.warning("W120", message)


def _lint_entries(expressions: Iterable[Expression]) -> Iterator[Problem]:
    """Check terms and choices, but not the entries of named lists."""
    for entry in walk_expressions(expressions, into_lists=False):
        if isinstance(entry, Term) and entry.mark:
            yield from lint_spelling(entry, entry.mark)
        elif isinstance(entry, AnyOf):
            yield from _lint_choice(entry)


# ---------------------------------------------------------------- terms beside each other


def _lint_choice(entry: AnyOf) -> Iterator[Problem]:
    own: list[Term] = [each for each in entry.operands if isinstance(each, Term)]
    if not own:
        return
    all_terms = own + [
        term for each in entry.operators if isinstance(each, NamedList) and each.only_terms for term in terms_of([each])
    ]
    yield from _duplicates(own)
    own = list({term.key: term for term in own}.values())
    yield from _redundant_phrases(own, all_terms)
    yield from _simplified_only(own, all_terms)


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


def _redundant_phrases(own: list[Term], all_terms: list[Term]) -> Iterator[Problem]:
    """Report phrases that contain another entry: wherever they occur, that one occurs."""
    shorter = ContainedTerms(all_terms)
    for term in own:
        other = shorter.within(term)
        if other is not None and term.mark:
            message = f"'{term.text}' adds nothing to '{other.text}' beside it, which finds it already"
            yield term.mark.warning("W103", message)


def _simplified_only(own: list[Term], all_terms: list[Term]) -> Iterator[Problem]:
    texts = {term.text for term in all_terms}
    for term in own:
        if term.lang and "zh" not in term.lang:
            continue  # Japanese has some of the same characters
        other = term.text if term.text.isascii() else to_traditional(term.text)
        if other not in texts and term.mark:
            yield term.mark.warning(
                "W110", f"'{term.text}' is simplified Chinese; add the traditional '{other}' beside it"
            )


# ---------------------------------------------------------------- what can never match


def _never_counting(rule: Rule) -> Iterator[Problem]:
    """Report terms of which every occurrence is excluded or ignored."""
    excluding, required = _split_exclusions(rule.condition)
    ignoring = rule.ignore.standalone_terms() if rule.ignore else []
    if not excluding and not ignoring:
        return
    others = [*ignoring, *excluding]
    by_word = TermsByWord(others)
    for term in terms_of(required):
        for index in by_word.contained_in(term):
            mark = term.mark if term.mark and not term.list_name else rule.mark
            verb, reason = ("count", "ignore always hides") if index < len(ignoring) else ("match", "none excludes")
            message = f"'{term.text}' can never {verb} in '{rule.id}': '{others[index].text}' under {reason} it"
            yield mark.warning("W104", message)


def _split_exclusions(condition: Expression) -> tuple[list[Term], list[Expression]]:
    """Return the terms that exclude an article by themselves, and the other operands."""
    if not isinstance(condition, AllOf):
        return [], [condition]
    excluding = [
        term for none in condition.exclusions for operand in none.operands for term in operand.standalone_terms()
    ]
    return excluding, list(condition.without_exclusions().operands)
