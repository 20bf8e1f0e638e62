"""Which matches give way: a rule with `unless_topic` has no hit in an article that a rule of those topics matches.

Rules that name topics give way to rules without `unless_topic`, and rules with `any` to both, so that no circle is
possible. A live rule gives way to live rules only: what a rule on trial finds is not sent, and must not keep anything
else from being sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.core.matching.rulebook import Rule
from monitor.core.model import Match

ANY_TOPIC = "any"
"""In `unless_topic`: every topic, the rule's own included."""


def comes_first(other: Rule, rule: Rule) -> bool:
    """Return True if `rule` has no hit in an article that `other` matches."""
    if _rank(other) >= _rank(rule) or not (ANY_TOPIC in rule.unless_topic or other.topic in rule.unless_topic):
        return False
    return other.status == "live" or (other.status == "test" and rule.status != "live")


def _rank(rule: Rule) -> int:
    """Return 0 for a rule that comes first, 1 if it names topics, 2 if it gives way to everything."""
    return 2 if ANY_TOPIC in rule.unless_topic else 1 if rule.unless_topic else 0


def gives_way_to(rule: Rule, matched: Iterable[Rule]) -> Rule | None:
    """Return the first of the rules that match an article to which `rule` gives way there; None if to none."""
    return next((other for other in matched if comes_first(other, rule)), None) if rule.unless_topic else None


def without_yielding(found: Sequence[tuple[Rule, Match]]) -> tuple[Match, ...]:
    """Return the matches in one article without those that give way, in the same order."""
    matched = [rule for rule, _ in found]
    return tuple(match for rule, match in found if gives_way_to(rule, matched) is None)
