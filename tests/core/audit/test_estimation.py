"""The estimate of recall, against small cases that can be enumerated, and its properties."""

from __future__ import annotations

from itertools import pairwise, product
from math import comb, prod, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.audit.estimation import JudgedStratum, estimate
from monitor.core.audit.strata import plan_judgements
from monitor.core.confidence_intervals import count_interval

TAIL = 0.025
judged_counts = st.integers(1, 300).flatmap(
    lambda size: st.integers(1, size).flatmap(
        lambda judged: st.tuples(st.just(size), st.just(judged), st.integers(0, judged))
    )
)


def chance(size: int, total: int, judged: int, drawn: int) -> float:
    """The probability of so many relevant ones among those drawn: hypergeometric, by counting."""
    return comb(total, drawn) * comb(size - total, judged - drawn) / comb(size, judged)


@pytest.mark.parametrize(("size", "judged"), [(1, 1), (7, 3), (12, 5), (20, 19), (30, 10)])
def test_an_interval_holds_the_totals_that_a_sample_does_not_refute(size: int, judged: int) -> None:
    for relevant in range(judged + 1):
        possible = [
            total
            for total in range(relevant, size - judged + relevant + 1)
            if sum(chance(size, total, judged, k) for k in range(relevant, judged + 1)) > TAIL
            and sum(chance(size, total, judged, k) for k in range(relevant + 1)) > TAIL
        ]
        interval = count_interval(size, judged, relevant)
        assert (interval.low, interval.high) == (min(possible), max(possible))


@pytest.mark.parametrize(("size", "judged"), [(15, 4), (25, 8), (40, 30)])
def test_an_interval_misses_the_true_total_in_five_samples_of_a_hundred_at_most(size: int, judged: int) -> None:
    for total in range(size + 1):
        covered = 0.0
        for drawn in range(max(0, judged + total - size), min(judged, total) + 1):
            interval = count_interval(size, judged, drawn)
            covered += chance(size, total, judged, drawn) * (interval.low <= total <= interval.high)
        assert covered >= 0.95


@pytest.mark.parametrize(
    "counts",
    [
        (9_500, 200, 0),
        (9_500, 200, 3),
        (360, 90, 60),
        (100_000, 400, 399),
        (4_000, 1, 1),
        (100_000, 50_000, 100),
        (5_000, 2_500, 2_490),
        (880, 877, 1),
    ],
)
def test_large_counts_give_the_limits_that_scipy_gives(counts: tuple[int, int, int]) -> None:
    from scipy.stats import hypergeom

    size, judged, relevant = counts
    estimated, low, high = count_interval(*counts)
    assert estimated is not None
    assert low <= estimated <= high
    assert hypergeom.sf(relevant - 1, size, low, judged) > TAIL or low == relevant
    assert low == 0 or hypergeom.sf(relevant - 1, size, low - 1, judged) <= TAIL
    assert hypergeom.cdf(relevant, size, high, judged) > TAIL
    assert high == size - judged + relevant or hypergeom.cdf(relevant, size, high + 1, judged) <= TAIL


def test_what_was_judged_whole_leaves_no_doubt() -> None:
    found = estimate([JudgedStratum(size=80, judged=80, found=60)], [JudgedStratum(size=40, judged=40, missed=20)])
    assert (found.low, found.recall, found.high) == (pytest.approx(0.75), pytest.approx(0.75), pytest.approx(0.75))
    assert (found.precision_low, found.precision, found.precision_high) == (0.75, 0.75, 0.75)


def test_one_doubtful_stratum_beside_known_hits_gives_the_limits_of_that_stratum() -> None:
    found = estimate([JudgedStratum(size=50, judged=50, found=50)], [JudgedStratum(size=1000, judged=100, missed=5)])
    missed = count_interval(1000, 100, 5)
    assert found.low == pytest.approx(50 / (50 + missed.high))
    assert found.high == pytest.approx(50 / (50 + missed.low))


def test_two_doubtful_numbers_are_combined_by_their_squared_distances() -> None:
    """At 96 % each, as the method is approximate. The lower limit solves, for the odds x of recall,
    TP - x FN = sqrt((TP - l)^2 + x^2 (u - FN)^2)."""
    found = estimate([JudgedStratum(size=200, judged=50, found=40)], [JudgedStratum(size=900, judged=90, missed=9)])
    hits, missed = count_interval(200, 50, 40, 0.96), count_interval(900, 90, 9, 0.96)
    odds = found.low / (1 - found.low)
    assert 160 - odds * 90 == pytest.approx(sqrt((160 - hits.low) ** 2 + (odds * (missed.high - 90)) ** 2))


@pytest.mark.parametrize(
    ("hits", "strata"),
    [((100, 80, 15), ((20, 3, 15), (60, 2, 40))), ((40, 35, 30), ((30, 4, 25), (60, 3, 45)))],
)
def test_strata_that_were_judged_nearly_whole_give_intervals_that_hold_the_recall(hits, strata) -> None:
    everything = (hits, *strata)  # each with its articles, the relevant ones, and the judged ones
    right, missed = hits[1], sum(relevant for _, relevant, _ in strata)
    covered = 0.0
    for drawn in product(*(range(max(0, judged - size + relevant), min(relevant, judged) + 1) for size, relevant, judged in everything)):  # fmt: skip  # noqa: E501
        probability = prod(chance(size, relevant, judged, number) for (size, relevant, judged), number in zip(everything, drawn, strict=True))  # fmt: skip  # noqa: E501
        found = estimate(
            [JudgedStratum(size=hits[0], judged=hits[2], found=drawn[0])],
            [
                JudgedStratum(size=size, judged=judged, missed=number)
                for (size, _, judged), number in zip(strata, drawn[1:], strict=True)
            ],
        )
        covered += probability * (found.low <= right / (right + missed) <= found.high)
    assert covered >= 0.95


def test_nothing_judged_gives_no_share_and_no_limits() -> None:
    found = estimate([JudgedStratum(size=10, judged=0)], [JudgedStratum(size=90, judged=0)])
    assert (found.recall, found.low, found.high) == (None, 0.0, 1.0)
    assert (found.precision, found.precision_low, found.precision_high) == (None, 0.0, 1.0)


def test_nothing_at_all_gives_no_share() -> None:
    found = estimate([JudgedStratum(size=0, judged=0)], [])
    assert (found.recall, found.low, found.high) == (None, 0.0, 1.0)


def test_a_stratum_without_judgements_counts_as_the_worst() -> None:
    found = estimate([JudgedStratum(size=30, judged=30, found=30)], [JudgedStratum(size=10, judged=0)])
    assert (found.recall, found.low, found.high) == (None, pytest.approx(0.75), 1.0)


def test_judged_misses_that_an_edited_rule_finds_raise_recall() -> None:
    hits = JudgedStratum(size=100, judged=50, found=45)
    before = estimate([hits], [JudgedStratum(size=400, judged=80, missed=10)])
    after = estimate([hits], [JudgedStratum(size=400, judged=80, missed=4, found=6)])
    assert before.recall == pytest.approx(90 / 140)
    assert after.recall == pytest.approx(120 / 140)
    assert after.low <= 120 / 140 <= after.high


@given(hits=judged_counts, strata=st.lists(judged_counts, max_size=5))
@settings(max_examples=60, deadline=None)
def test_an_interval_contains_its_estimate_and_ignores_the_order_of_strata(hits, strata) -> None:
    total = JudgedStratum(size=hits[0], judged=hits[1], found=hits[2])
    parts = [JudgedStratum(size=size, judged=judged, missed=missed) for size, judged, missed in strata]
    found = estimate([total], parts)
    assert 0 <= found.low <= found.high <= 1
    assert found.recall is None or found.low - 1e-9 <= found.recall <= found.high + 1e-9
    assert found.precision is not None
    assert found.precision_low <= found.precision <= found.precision_high
    again = estimate([total], parts[::-1])
    assert (again.low, again.high) == (pytest.approx(found.low, abs=1e-9), pytest.approx(found.high, abs=1e-9))


@given(share=st.integers(0, 10), size=st.integers(2_000, 5_000))
@settings(max_examples=25, deadline=None)
def test_an_interval_shrinks_with_more_judgements(share: int, size: int) -> None:
    def width(judged: int) -> float:
        part = JudgedStratum(size=size, judged=judged, missed=judged * share // 10)
        found = estimate([JudgedStratum(size=500, judged=judged, found=judged * 8 // 10)], [part])
        return found.high - found.low

    widths = [width(judged) for judged in (20, 80, 320)]
    assert all(more <= less + 1e-9 for less, more in pairwise(widths))


@given(hits=st.integers(0, 3_000), ranked=st.integers(0, 50_000), judgements=st.integers(1, 2_000))
@settings(max_examples=200, deadline=None)
def test_a_plan_spends_all_judgements_and_divides_all_articles(hits: int, ranked: int, judgements: int) -> None:
    drawn = plan_judgements(hits, ranked, judgements)
    assert drawn.hits + sum(part.drawn for part in drawn.strata) == min(judgements, hits + ranked)
    assert sum(part.size for part in drawn.strata) == ranked
    assert all(0 <= part.drawn <= part.size for part in drawn.strata)
    assert 0 <= drawn.hits <= hits
