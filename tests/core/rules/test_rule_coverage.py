"""Coverage: which parts of a rule could be removed without a failing test."""

from __future__ import annotations

import pytest

from monitor.core.rules.untested_parts import untested_parts
from tests.core.rule_samples import book


def _lost(body: str, *tests: str, lists: str = "") -> list[str]:
    text = f"lists:\n{lists}" if lists else ""
    text += f"rules:\n- id: the-rule\n  title: T\n  topic: t\n{body}  tests:\n" + "".join(
        f"  - {test}\n" for test in tests
    )
    found = untested_parts(book(text).rules, {})
    assert {problem.code for problem in found} <= {"W114"}
    return [problem.message.removeprefix("no test of 'the-rule' notices when ") for problem in found]


@pytest.mark.parametrize(
    ("body", "tests", "lost"),
    [
        ("  any: [alpha]\n", ("hit: alpha",), []),
        ("  any: [alpha]\n", ("miss: beta",), []),
        ("  any: [alpha, beta]\n", ("hit: alpha beta",), ["'alpha' is left out of any", "'beta' is left out of any"]),
        ("  any: [alpha, beta]\n", ("hit: {title: alpha beta, because: [beta]}", "hit: alpha"), []),
        ("  all: [alpha, beta]\n", ("hit: alpha beta",), ["'alpha' is left out of all", "'beta' is left out of all"]),
        ("  all: [alpha, beta]\n", ("hit: alpha beta", "miss: alpha", "miss: beta"), []),
        ("  any: [alpha]\n  none: [beta]\n", ("hit: alpha",), ["none ['beta'] is left out of all of"]),
        (
            "  any: [alpha]\n  none: [beta, gamma]\n",
            ("hit: alpha", "miss: alpha beta"),
            ["'gamma' is left out of none"],
        ),
        (
            "  any: [alpha]\n  ignore: [alpha x, alpha y]\n",
            ("hit: alpha", "miss: alpha x"),
            ["'alpha y' is left out of ignore"],
        ),
        (
            "  near: 1\n  of: [alpha, beta]\n",
            ("hit: alpha beta", "miss: beta"),
            ["'beta' is left out of near: 1"],
        ),
        ("  in: title\n  any: [alpha]\n", ("hit: alpha",), ["the zone 'title' is left out of in"]),
        ("  in: title\n  any: [alpha]\n", ("hit: alpha", "miss: {title: x, body: alpha}"), []),
        (
            "  any: [alpha, {all: [beta, gamma]}]\n",
            ("hit: alpha",),
            ["all ['beta', 'gamma'] is left out of any"],
        ),
        ("  at_least: 2\n  of: [alpha, beta, gamma]\n", ("hit: alpha beta",), ["'gamma' is left out of at_least: 2"]),
    ],
)
def test_what_no_test_misses_is_named(body: str, tests: tuple[str, ...], lost: list[str]) -> None:
    assert _lost(body, *tests) == lost


def test_an_entry_of_a_list_is_left_out_wherever_the_list_is_used() -> None:
    body, lists = "  any:\n  - all: [$l, x]\n  - all: [$l, y]\n", "  l: [alpha, beta, gamma]\n"

    assert _lost(body, "hit: alpha x", "hit: beta y", "miss: x", "miss: y", "miss: alpha beta", lists=lists) == []
    lost = _lost(body, "hit: alpha beta x", "hit: gamma y", "miss: x", "miss: y", "miss: alpha beta gamma", lists=lists)
    assert lost == ["'alpha' is left out of $l", "'beta' is left out of $l"]


def test_a_list_that_only_ignores_is_looked_into_too() -> None:
    lost = _lost("  any: [alpha]\n  ignore: [$l]\n", "hit: alpha", "miss: x alpha", lists="  l: [x alpha, y alpha]\n")

    assert lost == []


def test_a_rule_without_tests_is_reported_by_lint_and_not_here() -> None:
    text = "rules:\n- {id: the-rule, title: T, topic: t, any: [alpha], tests: [{hit: {article: x.json}}]}\n"

    assert untested_parts(book(text).rules, {}) == []
    assert len(untested_parts(book(text).rules, {"x.json": '{"title": "alpha"}'})) == 0


def test_of_a_list_of_variants_one_example_is_asked_for() -> None:
    lists = "  l: {variants: [alpha, beta]}\n"

    assert _lost("  any: [$l]\n", "hit: alpha beta", "miss: x", lists=lists) == []
    assert _lost("  all: [{any: [$l, x]}, y]\n", "hit: x y", "miss: x", "miss: y", "miss: alpha", lists=lists) == [
        "$l is left out of any"
    ]
    assert _lost("  all: [$l, gamma]\n", "miss: gamma", "miss: alpha", lists=lists) == [
        "an example of $l is left out of the tests"
    ]
