"""How the rules differ from an earlier state of them: one line per rule, for the readers of a digest.

A rule that is a draft before and after is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from monitor.core.digests.digest import RuleChange
from monitor.core.matching.expressions import terms_of

if TYPE_CHECKING:
    from monitor.core.matching.rulebook import Rule

MAX_CHANGED_TERMS = 3
_COMPARED_FIELDS = ("status", "priority", "topic")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleState:
    """The parts of a rule whose changes are reported: small, since the store keeps one for every change."""

    title: str
    status: str
    priority: str
    topic: str
    hash: str
    terms: Mapping[str, str] = field(default_factory=dict)
    """Terms as they are written, by their key."""


def rule_states(rules: Iterable[Rule]) -> dict[str, RuleState]:
    """Return the state of each rule, by its id."""
    return {
        rule.id: RuleState(
            title=rule.title,
            status=rule.status,
            priority=rule.priority,
            topic=rule.topic,
            hash=rule.hash,
            terms={term.key: term.text for term in terms_of(rule.expressions)},
        )
        for rule in rules
    }


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
            changes.append(RuleChange(rule_id=rule_id, description=description, author=author))
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
    added = [text for key, text in new.terms.items() if key not in old.terms]
    removed = [text for key, text in old.terms.items() if key not in new.terms]
    if added:
        yield f"added {_quote_terms(added)}"
    if removed:
        yield f"removed {_quote_terms(removed)}"
    if not added and not removed:
        yield "condition edited"


def _quote_terms(terms: list[str]) -> str:
    """Quote terms, so that they cannot be taken for the sentence around them."""
    named = ", ".join(f"“{term}”" for term in terms[:MAX_CHANGED_TERMS])
    return f"{named} and {len(terms) - MAX_CHANGED_TERMS} more" if len(terms) > MAX_CHANGED_TERMS else named
