"""What became of the rules since an earlier state of them, one line a rule, for the readers of a digest.

Drafts are nobody's business: a rule that is a draft on both sides is not told.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from monitor.core.digests import RuleChange
from monitor.core.matching.expressions import terms_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from monitor.core.matching.rulebook import Rule

MOST_TERMS = 3
_SAID_AS_IT_IS = ("status", "priority", "topic")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleState:
    """What is told of a rule when it changes: little enough to be kept for every change there ever was."""

    title: str
    status: str
    priority: str
    topic: str
    hash: str
    terms: Mapping[str, str] = field(default_factory=dict)
    """As they are written, by what tells them apart."""


def states(rules: Iterable[Rule]) -> dict[str, RuleState]:
    """Return what each rule is, by its id."""
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


def changes(
    before: Mapping[str, RuleState], after: Mapping[str, RuleState], author_of: Callable[[str], str] = lambda _id: ""
) -> tuple[RuleChange, ...]:
    """Tell what changed; `author_of` names who changed the rule of an id, or says nothing."""
    told = []
    for rule_id in sorted(before.keys() | after.keys()):
        was, now = before.get(rule_id), after.get(rule_id)
        what = "; ".join(_said(was, now))
        if what:
            told.append(RuleChange(rule_id=rule_id, what=what, author=author_of(rule_id) if now else ""))
    return tuple(told)


def _said(was: RuleState | None, now: RuleState | None) -> Iterator[str]:
    if {rule.status if rule else "draft" for rule in (was, now)} == {"draft"}:
        return
    if now is None:
        yield "removed"
    elif was is None:
        yield f"new, {now.status}"
    else:
        yield from _edits(was, now)


def _edits(was: RuleState, now: RuleState) -> Iterator[str]:
    for name in _SAID_AS_IT_IS:
        if getattr(was, name) != getattr(now, name):
            yield f"{name} {getattr(was, name)} -> {getattr(now, name)}"
    if was.title != now.title:
        yield f"renamed from “{was.title}”"
    if was.hash != now.hash:
        yield from _in_condition(was, now)


def _in_condition(was: RuleState, now: RuleState) -> Iterator[str]:
    gained = [text for key, text in now.terms.items() if key not in was.terms]
    lost = [text for key, text in was.terms.items() if key not in now.terms]
    if gained:
        yield f"looks for {_some(gained)} too"
    if lost:
        yield f"no longer for {_some(lost)}"
    if not gained and not lost:
        yield "its condition was edited"


def _some(terms: list[str]) -> str:
    named = ", ".join(terms[:MOST_TERMS])
    return f"{named} and {len(terms) - MOST_TERMS} more" if len(terms) > MOST_TERMS else named
