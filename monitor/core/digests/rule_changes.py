"""What became of the rules since an earlier state of them, one line a rule, for the readers of a digest.

Drafts are nobody's business: a rule that is a draft on both sides is not told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.digests import RuleChange
from monitor.core.matching.expressions import terms_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from monitor.core.rules.rulebook import Rule, RuleBook

MOST_TERMS = 3
_SAID_AS_IT_IS = ("status", "priority", "topic")


def changes(before: RuleBook, after: RuleBook, author_of: Callable[[Rule], str]) -> tuple[RuleChange, ...]:
    """Tell what changed; `author_of` names who did it, or says nothing."""
    old, new = ({rule.id: rule for rule in book.rules} for book in (before, after))
    told = []
    for rule_id in sorted(old.keys() | new.keys()):
        was, now = old.get(rule_id), new.get(rule_id)
        what = "; ".join(_said(was, now))
        if what:
            told.append(RuleChange(rule_id=rule_id, what=what, author=author_of(now) if now else ""))
    return tuple(told)


def _said(was: Rule | None, now: Rule | None) -> Iterator[str]:
    if {rule.status if rule else "draft" for rule in (was, now)} == {"draft"}:
        return
    if now is None:
        yield "removed"
    elif was is None:
        yield f"new, {now.status}"
    else:
        yield from _edits(was, now)


def _edits(was: Rule, now: Rule) -> Iterator[str]:
    for name in _SAID_AS_IT_IS:
        if getattr(was, name) != getattr(now, name):
            yield f"{name} {getattr(was, name)} -> {getattr(now, name)}"
    if was.title != now.title:
        yield f"renamed from “{was.title}”"
    if was.hash != now.hash:
        yield from _in_condition(was, now)


def _in_condition(was: Rule, now: Rule) -> Iterator[str]:
    old, new = ({term.key: term.text for term in terms_of(rule.expressions)} for rule in (was, now))
    gained = [text for key, text in new.items() if key not in old]
    lost = [text for key, text in old.items() if key not in new]
    if gained:
        yield f"looks for {_some(gained)} too"
    if lost:
        yield f"no longer for {_some(lost)}"
    if not gained and not lost:
        yield "its condition was edited"


def _some(terms: list[str]) -> str:
    named = ", ".join(terms[:MOST_TERMS])
    return f"{named} and {len(terms) - MOST_TERMS} more" if len(terms) > MOST_TERMS else named
