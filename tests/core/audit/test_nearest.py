"""A miss belongs to the rule whose hits are most like it."""

from __future__ import annotations

from monitor.core.audit.nearest import RuleNeighbours

GENERAL = frozenset(f"word{number}" for number in range(200))


def hits(*own: str, general: frozenset[str] = frozenset()) -> list[frozenset[str]]:
    return [frozenset({*own, f"day{number}"}) | general for number in range(3)]


def test_the_rule_with_the_hits_most_like_the_miss_is_nearest_and_not_the_one_with_the_longest() -> None:
    miss = frozenset({"layoffs", "workers", "word1", "word2", "word3", "word4", "word5", "word6"})
    found = {"jobs": hits("layoffs", "workers"), "reports": hits("panel", "treaty", general=GENERAL)}
    assert RuleNeighbours(found).nearest(miss) == "jobs"


def test_many_hits_that_share_one_word_each_do_not_outweigh_a_few_that_share_several() -> None:
    miss = frozenset({"layoffs", "workers", "unions", *(f"word{number}" for number in range(30))})
    many = [frozenset({f"word{number}", f"day{number}"}) for number in range(30)]
    assert RuleNeighbours({"jobs": hits("layoffs", "workers", "unions"), "reports": many}).nearest(miss) == "jobs"


def test_a_rule_with_two_hits_is_left_out() -> None:
    miss = frozenset({"layoffs"})
    assert RuleNeighbours({"jobs": hits("layoffs")[:2], "arms": hits("drones")}).nearest(miss) == "arms"
    assert RuleNeighbours({"jobs": hits("layoffs")[:2]}).nearest(miss) is None
