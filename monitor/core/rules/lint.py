"""Lint: warnings about what is allowed in a rule file and probably not meant.

A named list is checked once, where it is defined. `suppress` of a rule, with a reason, applies to the rule and to the
lists that it uses. `term_lint` checks single terms, `choice_lint` terms beside each other; warnings that need the
archive are in `core.lab.archive_lint`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from monitor.core.errors import Problem
from monitor.core.matching.alternatives import AnyOf, NamedList
from monitor.core.matching.expressions import Expression, walk_expressions
from monitor.core.matching.logic import AllOf
from monitor.core.matching.rulebook import ANY_TOPIC, Rule, RuleBook
from monitor.core.matching.terms import Term
from monitor.core.problems import did_you_mean
from monitor.core.rules.choice_lint import ChoiceLint
from monitor.core.rules.overlaps import TermsByWord
from monitor.core.rules.rule_tests import missing_kinds
from monitor.core.rules.term_lint import lint_breadth, lint_spelling

LINT_CODES = tuple(f"W{number}" for number in range(101, 122))
_Identity = tuple[str, str]
"""Key and text of a term, which decide whether it contains another: equal terms may have different capitals."""
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
    lists, choices, excluded = _ListNames(), ChoiceLint(), _ExcludedTerms(book.rules)
    for rule in book.rules:
        found = (*_lint_rule(rule, choices), *_never_counting(rule, excluded), *_lint_tests(rule))
        warnings += (problem for problem in found if problem.code not in rule.suppress)
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
        problems = _lint_entries([named_list.operand], choices)
        warnings += (problem for problem in problems if problem.code not in suppressed[name])
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


def _lint_rule(rule: Rule, choices: ChoiceLint) -> Iterator[Problem]:
    yield from _lint_entries([rule.condition], choices)
    if rule.ignore:
        yield from (each for each in _lint_entries([rule.ignore], choices) if each.code not in _NOT_OF_IGNORED)
    for term in rule.condition.standalone_terms():
        yield from lint_breadth(term, rule.mark)


def _lint_tests(rule: Rule) -> Iterator[Problem]:
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


def _lint_entries(expressions: Iterable[Expression], choices: ChoiceLint) -> Iterator[Problem]:
    """Check terms and choices, but not the entries of named lists."""
    for entry in walk_expressions(expressions, into_lists=False):
        if isinstance(entry, Term) and entry.mark:
            yield from lint_spelling(entry, entry.mark)
        elif isinstance(entry, AnyOf):
            yield from choices.lint(entry)


class _ExcludedTerms:
    """The terms under `none` and `ignore` of all rules, and the few other terms that contain one of them.

    Each term and each list is looked at once, since thousands of rules may use a long list.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        excluded = (term for rule in rules for each in _split_exclusions(rule)[:2] for term in each)
        index = TermsByWord({_identity(term): term for term in excluded}.values())
        self._contained: dict[_Identity, list[_Identity]] = {}
        for term in walk_expressions(rule.condition for rule in rules):
            if isinstance(term, Term) and (found := index.contained_in(term)):
                self._contained[_identity(term)] = [_identity(each) for each in found]
        self._keys = {key for key, _ in self._contained}
        self._of_lists: dict[NamedList, dict[str, Term]] = {}

    def containing(self, expressions: Iterable[Expression]) -> dict[str, Term]:
        """Return the terms of expressions and of their lists, by key, that contain one in some spelling."""
        found: dict[str, Term] = {}
        for each in walk_expressions(expressions, into_lists=False):
            if isinstance(each, Term):
                if each.key in self._keys:
                    found.setdefault(each.key, each)
            elif isinstance(each, NamedList):
                if each not in self._of_lists:
                    self._of_lists[each] = self.containing([each.operand])
                for key, term in self._of_lists[each].items():
                    found.setdefault(key, term)
        return found

    def contained_in(self, term: Term) -> list[_Identity]:
        """Return the terms of which every occurrence of this one contains one."""
        return self._contained.get(_identity(term), [])


def _identity(term: Term) -> _Identity:
    return term.key, term.text


def _never_counting(rule: Rule, excluded: _ExcludedTerms) -> Iterator[Problem]:
    """Report terms of which every occurrence is excluded or ignored."""
    ignoring, excluding, required = _split_exclusions(rule)
    if not excluding and not ignoring:
        return
    others = [*ignoring, *excluding]
    indexes: defaultdict[_Identity, list[int]] = defaultdict(list)
    for index, other in enumerate(others):
        indexes[_identity(other)].append(index)
    for term in excluded.containing(required).values():
        for index in sorted(index for each in excluded.contained_in(term) for index in indexes.get(each, ())):
            mark = term.mark if term.mark and not term.list_name else rule.mark
            verb, reason = ("count", "ignore always hides") if index < len(ignoring) else ("match", "none excludes")
            message = f"'{term.text}' can never {verb} in '{rule.id}': '{others[index].text}' under {reason} it"
            yield mark.warning("W104", message)


def _split_exclusions(rule: Rule) -> tuple[list[Term], list[Term], list[Expression]]:
    """Return the terms that the rule ignores, those that exclude an article by themselves, and the other operands."""
    condition = rule.condition
    ignoring = rule.ignore.standalone_terms() if rule.ignore else []
    if not isinstance(condition, AllOf):
        return ignoring, [], [condition]
    excluding = [
        term for none in condition.exclusions for operand in none.operands for term in operand.standalone_terms()
    ]
    return ignoring, excluding, list(condition.without_exclusions().operands)
