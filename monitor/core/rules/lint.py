"""Lint: what a rule file may say and probably does not mean. Warnings, each with the place and the remedy.

What is said of a list is said once, where the list stands. A rule silences a code for itself and for the lists that it
uses by `suppress`, with a reason. What only the archive can tell is in archive_lint.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from monitor.core.matching.expressions import AnyOf, NamedList, nodes, terms_of
from monitor.core.matching.logic import AllOf, NoneOf
from monitor.core.matching.terms import Term
from monitor.core.rules.overlaps import Shorter, contains, same_words
from monitor.core.rules.rule_tests import lacking
from monitor.core.text import is_cjk
from monitor.core.text.chinese import to_traditional
from monitor.core.text.english import KNOWN_ACRONYMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from monitor.core.documents import Mark
    from monitor.core.errors import Problem
    from monitor.core.matching.expressions import Expression
    from monitor.core.matching.rulebook import Rule, RuleBook, Topic

CODES = tuple(f"W{number}" for number in range(101, 120))
_SHORT = 3
_SEPARATORS = r"""\-‐‑‒–—―'’‘ʼ"“”„«»‹›/\\.,:;!?¡¿()\[\]·•、。，：；！？（）「」『』《》〈〉【】…*"""  # noqa: RUF001
_ODD = re.compile(rf"[^\w\s{_SEPARATORS}]|_")
_WILD = re.compile(r"(?<=\w)[?!](?=\w)|^\w+[?!]$")
"""What other programs take for a wildcard: within a word, or at the end of a single one."""
_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN")


def lint(book: RuleBook, *, complete: bool) -> list[Problem]:
    """Give the warnings about a set of rules; `complete` is False when rules with errors were left out of it."""
    found: list[Problem] = []
    silenced: dict[str, set[str]] = {name: set() for name in book.lists}
    unused = set(book.lists)
    for rule in book.rules:
        found += (problem for problem in _rule(rule, book.topics) if problem.code not in rule.suppress)
        for each in nodes(rule.expressions):
            if isinstance(each, NamedList):
                unused.discard(each.name)
                silenced[each.name].update(rule.suppress)
    for name, listed in book.lists.items():
        found += (problem for problem in _entries([listed.operand]) if problem.code not in silenced[name])
        if complete and name in unused and listed.mark:
            found.append(listed.mark.warning("W111", f"list '${name}' is not used by any rule"))
    return found


def _rule(rule: Rule, topics: Mapping[str, Topic]) -> Iterator[Problem]:
    yield from _entries(rule.expressions)
    for term in alone(rule.condition):
        yield from _broad(term, rule.mark)
    yield from _dead(rule)
    if topics and rule.topic not in topics:
        yield rule.mark.warning("W116", f"topic '{rule.topic}' of rule '{rule.id}' has no title under topics:")
    if rule.status in {"test", "live"} and not rule.tests:
        yield rule.mark.warning("W108", f"rule '{rule.id}' has no tests; add a hit and a miss under tests:")
    elif (gap := lacking(rule)) is not None:
        yield gap


def _entries(expressions: Iterable[Expression]) -> Iterator[Problem]:
    """Look at the terms and choices that stand here, not at those of the lists that are named."""
    for entry in nodes(expressions, lists=False):
        if isinstance(entry, Term) and entry.mark:
            yield from _spelling(entry, entry.mark)
        elif isinstance(entry, AnyOf):
            yield from _choice(entry)


# ---------------------------------------------------------------- single terms


def _spelling(term: Term, mark: Mark) -> Iterator[Problem]:
    if len(term.words) == 1 and not term.cased and term.text in KNOWN_ACRONYMS:
        upper = term.text.upper()
        yield mark.warning("W105", f"'{term.text}' in lower case also finds the word; for the acronym write {upper}")
    if not term.text.isascii():
        for word in term.words:
            scripts = _scripts(word)
            if len(scripts) > 1:
                yield mark.warning(
                    "W106", f"'{term.text}' mixes {' and '.join(scripts)} letters in one word; type it again"
                )
                break
    odd = _ODD.findall(term.text)
    wild = _WILD.search(term.text)
    lost = "".join(dict.fromkeys(char for char in odd if unicodedata.category(char)[0] in "SP"))
    if lost or wild:
        kept = " ".join(term.words)
        sign = lost or (wild and wild[0][-1])
        rest = "the only wildcard is a * at the end" if wild else "is that enough?"
        yield mark.warning("W115", f"'{term.text}' is looked for as '{kept}': {sign} does not count; {rest}")


def _scripts(word: str) -> list[str]:
    names = {unicodedata.name(char, "").split(" ")[0] for char in word}
    return [script.title() for script in _SCRIPTS if script in names]


def alone(entry: Expression) -> list[Term]:
    """Give the terms that make a rule match all by themselves."""
    if isinstance(entry, Term):
        return [entry]
    if isinstance(entry, AnyOf | NamedList):
        return [term for each in entry.entries for term in alone(each)]
    if isinstance(entry, AllOf):
        wanted = [each for each in entry.entries if not isinstance(each, NoneOf)]
        return alone(wanted[0]) if len(wanted) == 1 else []
    return []


def _broad(term: Term, where: Mark) -> Iterator[Problem]:
    mark = term.mark or where
    if len(term.words) > 1 or term.wildcard:
        return
    if is_cjk(term.words[0]):
        yield mark.warning("W101", f"'{term.text}' alone is too broad: one character is found within other words")
    elif len(term.words[0]) <= _SHORT and not term.cased:
        yield mark.warning("W101", f"'{term.text}' alone is too broad: {_SHORT} letters or fewer and no acronym")


# ---------------------------------------------------------------- terms beside each other


def _choice(entry: AnyOf) -> Iterator[Problem]:
    own = [each for each in entry.entries if isinstance(each, Term)]
    known = own + [
        term for each in entry.others if isinstance(each, NamedList) and each.plain for term in terms_of([each])
    ]
    yield from _twice(own)
    own = list({term.key: term for term in own}.values())
    yield from _within(own, known)
    yield from _simplified(own, known)


def _twice(terms: list[Term]) -> Iterator[Problem]:
    first: dict[tuple[object, ...], Term] = {}
    for term in terms:
        for form in same_words(term):
            other = first.setdefault(form, term)
            if other is not term and term.mark:
                yield term.mark.warning("W102", f"'{term.text}' is the same as '{other.text}': it finds the same words")
                break


def _within(own: list[Term], known: list[Term]) -> Iterator[Problem]:
    """Find phrases that hold another entry: wherever they are found, that one is found already."""
    shorter = Shorter(known)
    for term in own:
        other = shorter.within(term)
        if other is not None and term.mark:
            said = f"'{term.text}' adds nothing to '{other.text}' beside it, which finds it already"
            yield term.mark.warning("W103", said)


def _simplified(own: list[Term], known: list[Term]) -> Iterator[Problem]:
    texts = {term.text for term in known}
    for term in own:
        other = term.text if term.text.isascii() else to_traditional(term.text)
        if other not in texts and term.mark:
            yield term.mark.warning(
                "W110", f"'{term.text}' is simplified Chinese; add the traditional '{other}' beside it"
            )


# ---------------------------------------------------------------- what can never match


def _dead(rule: Rule) -> Iterator[Problem]:
    """Report terms whose every occurrence is excluded or ignored."""
    ignored = terms_of([rule.ignore]) if rule.ignore else []
    excluded, wanted = _sides(rule.condition)
    if not (ignored or excluded):
        return
    for term in terms_of(wanted):
        mark = term.mark if term.mark and not term.list_name else rule.mark
        for other in ignored:
            if contains(term, other):
                said = f"'{term.text}' can never count in '{rule.id}': '{other.text}' under ignore always hides it"
                yield mark.warning("W104", said)
        for other in excluded:
            if contains(term, other):
                said = f"'{term.text}' can never match in '{rule.id}': '{other.text}' under none excludes it"
                yield mark.warning("W104", said)


def _sides(condition: Expression) -> tuple[list[Term], list[Expression]]:
    """Part a condition into the terms that exclude an article by themselves, and the rest."""
    if not isinstance(condition, AllOf):
        return [], [condition]
    none = [each for each in condition.entries if isinstance(each, NoneOf)]
    rest = [each for each in condition.entries if not isinstance(each, NoneOf)]
    return [term for each in none for entry in each.entries for term in alone(entry)], rest
