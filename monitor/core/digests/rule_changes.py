"""How the rules differ from an earlier state of them: one line per rule, for the readers of a digest.

A rule that is a draft before and after is left out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from monitor.core.digests.digest import RuleChange
from monitor.core.matching.expressions import Expression
from monitor.core.matching.logic import NoneOf
from monitor.core.matching.terms import Term
from monitor.core.text import NORM, words

if TYPE_CHECKING:
    from monitor.core.matching.rulebook import Rule

MAX_CHANGED_TERMS = 3
_DIGEST_CHARS = 32
_MIN_SHARED_TERMS = 10
"""Fewer terms take no more room with each state than in a row of their own."""
_COMPARED_FIELDS = ("status", "priority", "topic")

Key = TypeVar("Key")
Terms = Mapping[str, str]
"""Terms as they are written, by their key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleState:
    """The parts of a rule whose changes are reported; the store keeps one for every change."""

    title: str
    status: str
    priority: str
    topic: str
    hash: str
    terms: Terms = field(default_factory=dict)
    """Its own terms."""
    lists: Mapping[str, Terms] = field(default_factory=dict)
    """The terms of each named list that it uses, by their digest: rules share most of their terms, and the store keeps
    each list once."""
    norm: str = ""
    """The version of the text normalization, on which its hash and the keys of its terms depend; empty: not known."""
    excluded: Sequence[str] = ()
    """Keys of its own terms that it only excludes (`none`, `ignore`), and digests of such lists; none in states that
    older programs stored."""

    def all_terms(self) -> dict[str, str]:
        """Return its own terms and those of its lists."""
        return {key: text for terms in (self.terms, *self.lists.values()) for key, text in terms.items()}

    def excluded_terms(self) -> set[str]:
        """Return the terms that it only excludes, as they are written."""
        excluded = set(self.excluded)
        own = {text for key, text in self.terms.items() if key in excluded}
        return own.union(*(terms.values() for digest, terms in self.lists.items() if digest in excluded))


def rule_states(rules: Iterable[Rule]) -> dict[str, RuleState]:
    """Return the state of each rule, by its id; states of rules that use the same list share its terms."""
    lists: dict[str, Terms] = {}
    digests: dict[str, tuple[Terms, str]] = {}
    states = {}
    for rule in rules:
        left_out: list[Expression] = [] if rule.ignore is None else [rule.ignore]
        by_list = _terms_by_list([rule.condition], left_out)
        excluded_by_list = _terms_by_list(left_out)
        own, excluded_own = (terms.pop("", {}) for terms in (by_list, excluded_by_list))
        excluded = sorted(excluded_own.keys() - own.keys())
        used = []
        for name, terms in (excluded_by_list | by_list).items():
            if name not in digests or digests[name][0] != terms:  # a rule in an earlier version has its lists as well
                digests[name] = terms, _digest(terms)
            used.append(digests[name][1])
            lists.setdefault(used[-1], terms)
            if name not in by_list:
                excluded.append(used[-1])
        states[str(rule.id)] = RuleState(
            title=rule.title,
            status=rule.status,
            priority=rule.priority,
            topic=rule.topic,
            hash=rule.hash,
            terms=excluded_own | own,
            excluded=excluded,
            lists={digest: lists[digest] for digest in used},
            norm=NORM,
        )
    return states


def _terms_by_list(
    expressions: Iterable[Expression], excluded: list[Expression] | None = None
) -> dict[str, dict[str, str]]:
    """Return the terms of expressions by the name of their list; those under an empty name are in no list.

    What `none` excludes is appended to `excluded` instead, if that is given.
    """
    found: dict[str, dict[str, str]] = {}
    seen: set[int] = set()
    waiting = list(expressions)[::-1]
    while waiting:
        expression = waiting.pop()
        if isinstance(expression, Term):
            found.setdefault(expression.list_name, {})[expression.key] = expression.text
        elif excluded is not None and isinstance(expression, NoneOf):
            excluded.extend(expression.operands)
        elif id(expression) not in seen:
            seen.add(id(expression))
            waiting += expression.operands[::-1]
    return found


def _digest(terms: Terms) -> str:
    return hashlib.sha256(json.dumps(sorted(terms.items())).encode()).hexdigest()[:_DIGEST_CHARS]


def share_terms(states: Mapping[Key, Terms]) -> dict[Key, tuple[Terms, dict[str, Terms]]]:
    """Return for each state the terms that it keeps and, by their digest, groups of terms that it shares."""
    states_with: dict[tuple[str, str], list[Key]] = {}
    for name, terms in states.items():
        for term in terms.items():
            states_with.setdefault(term, []).append(name)
    lists: dict[tuple[Key, ...], dict[str, str]] = {}
    for (key, text), names in states_with.items():
        lists.setdefault(tuple(names), {})[key] = text
    own: dict[Key, dict[str, str]] = {name: {} for name in states}
    shared: dict[Key, dict[str, Terms]] = {name: {} for name in states}
    for sharing, terms in lists.items():
        for name in sharing:
            if len(sharing) > 1 and len(terms) >= _MIN_SHARED_TERMS:
                shared[name][_digest(terms)] = terms
            else:
                own[name] |= terms
    return {name: (own[name], shared[name]) for name in states}


def compare_rules(
    before: Mapping[str, RuleState], after: Mapping[str, RuleState], author_of: Callable[[str], str] = lambda _id: ""
) -> tuple[RuleChange, ...]:
    """Describe what changed, by rule id; `author_of` returns who last changed a rule, or an empty text."""
    changes = []
    for rule_id in sorted(before.keys() | after.keys()):
        old, new = before.get(rule_id), after.get(rule_id)
        description = "; ".join(_describe(old, new))
        if description:
            author = author_of(rule_id) if new else ""
            title = next(rule.title for rule in (new, old) if rule)
            changes.append(RuleChange(rule_id=rule_id, description=description, title=title, author=author))
    _folded.cache_clear()  # it takes megabytes, and is of use only after an upgrade of the program
    return tuple(changes)


def _describe(old: RuleState | None, new: RuleState | None) -> Iterator[str]:
    if {rule.status if rule else "draft" for rule in (old, new)} == {"draft"}:
        return
    if new is None:
        yield "removed"
    elif old is None:
        yield f"new, {new.status}"
    else:
        yield from _describe_edits(old, new)


def _describe_edits(old: RuleState, new: RuleState) -> Iterator[str]:
    for name in _COMPARED_FIELDS:
        if getattr(old, name) != getattr(new, name):
            yield f"{name} {getattr(old, name)} -> {getattr(new, name)}"
    if old.title != new.title:
        yield f"renamed from “{old.title}”"
    if old.hash != new.hash:
        yield from _describe_condition(old, new)


def _describe_condition(old: RuleState, new: RuleState) -> Iterator[str]:
    before, after = old.all_terms(), new.all_terms()
    is_comparable = old.norm == new.norm
    if not is_comparable:  # another version of the program: a key may have changed without an edit
        before, after = ({_folded(text): text for text in terms.values()} for terms in (before, after))
    added = [text for key, text in after.items() if key not in before]
    removed = [text for key, text in before.items() if key not in after]
    for verb, excluding_verb, texts, excluded in (
        ("added", "excludes now", added, new.excluded_terms()),
        ("removed", "no longer excludes", removed, old.excluded_terms()),
    ):
        for shown, is_excluded in ((verb, False), (excluding_verb, True)):
            if chosen := [text for text in texts if (text in excluded) is is_excluded]:
                yield f"{shown} {_quote_terms(chosen)}"
    if is_comparable and not added and not removed:
        yield "condition edited"


@lru_cache(maxsize=50_000)
def _folded(term: str) -> str:
    """Return a term as this program folds it."""
    return " ".join(words(term)) + ("*" if term.endswith("*") else "")


def _quote_terms(terms: list[str]) -> str:
    """Quote terms, so that they cannot be taken for the sentence around them."""
    named = ", ".join(f"“{term}”" for term in terms[:MAX_CHANGED_TERMS])
    return f"{named} and {len(terms) - MAX_CHANGED_TERMS} more" if len(terms) > MAX_CHANGED_TERMS else named
