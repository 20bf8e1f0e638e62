"""Query strings: each form has the meaning of its YAML."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.rule_samples import HEAD, body_lines, book, hits

LISTS = "lists: {l: [alpha, beta]}\n"


def _hash(body: str) -> str:
    return book(LISTS + HEAD.removeprefix("version: 1\n") + body).rules[0].hash


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("alpha AND beta AND gamma", "all: [alpha, beta, gamma]"),
        ("alpha OR beta", "any: [alpha, beta]"),
        ('"export control" OR "open source*"', "any: [export control, open source*]"),
        ("alpha NOT beta NOT gamma", "all: [{any: [alpha]}]\n  none: [beta, gamma]"),
        ("(alpha OR beta) AND gamma", "all: [{any: [alpha, beta]}, gamma]"),
        ("alpha NEAR/5 beta", "near: 5\n  of: [alpha, beta]"),
        ("(alpha OR beta) ONEAR/5 gamma", "near: 5\n  ordered: yes\n  of: [{any: [alpha, beta]}, gamma]"),
        ("alpha SENTENCE beta", "same: sentence\n  of: [alpha, beta]"),
        ("alpha PARAGRAPH beta", "same: paragraph\n  of: [alpha, beta]"),
        ("(alpha NEAR/2 beta) NEAR/5 gamma", "near: 5\n  of: [{near: 2, of: [alpha, beta]}, gamma]"),
        ("2 OF (alpha, beta, gamma)", "at_least: 2\n  of: [alpha, beta, gamma]"),
        ("2 OF (alpha, (beta AND gamma), delta NEAR/2 eta)",
         "at_least: 2\n  of: [alpha, {all: [beta, gamma]}, {near: 2, of: [delta, eta]}]"),
        ("title:(alpha OR beta)", "in: title\n  any: [alpha, beta]"),
        ("author : (alpha OR beta)", "in: author\n  any: [alpha, beta]"),
        ('=Alpha OR ="Beta Gamma"', "any: [=Alpha, {term: Beta Gamma, case: exact}]"),
        ("$l OR gamma", "any: [$l, gamma]"),
        ("regulat* OR AI", "any: [regulat*, AI]"),
        ("|\n    (alpha OR\n     beta) AND\n    gamma", "all: [{any: [alpha, beta]}, gamma]"),
    ],
)  # fmt: skip
def test_a_query_means_what_its_yaml_means(query: str, body: str) -> None:
    written = query if query.startswith("|") else f"'{query}'"

    if "NOT" in query:  # one term and not any of one term: the same in effect, not in form
        assert hits(f"  query: {written}\n", "alpha") == hits(f"  {body}\n", "alpha") is True
        assert hits(f"  query: {written}\n", "alpha gamma") == hits(f"  {body}\n", "alpha gamma") is False
    else:
        assert _hash(f"  query: {written}\n") == _hash(f"  {body}\n")


def test_quotes_take_operators_for_words() -> None:
    assert hits('  query: \'"command AND control" OR "NEAR/5"\'\n', "Command and control")


def test_the_query_of_the_specification_means_what_its_branch_means() -> None:
    lists = "lists: {chips: [GPU], controls: [export ban]}\n"
    query = "  query: '($chips NEAR/20 $controls) NOT (horoscope OR title:\"earnings preview\")'\n"
    text = lists + HEAD.removeprefix("version: 1\n") + query
    rule = book(text).rules[0]

    assert [type(each).__name__ for each in rule.condition.operands] == ["Near", "NoneOf"]  # type: ignore[union-attr]


@given(
    st.lists(
        st.sampled_from(
            ["alpha", '"b c"', "AND", "OR", "NOT", "(", ")", "NEAR/3", "$l", "title:", ",", "2", "OF", '"', "*", "="]
        )
    )
)
def test_no_string_makes_it_fail(pieces: list[str]) -> None:
    query = " ".join(pieces)

    for line in body_lines(f"  query: '{query}'\n"):
        assert line.startswith("r.yaml:7:")
