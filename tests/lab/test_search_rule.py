"""A search as a draft of a rule, whose tests are of articles in the archive and pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from archive_samples import SampleArticle, store_samples

from monitor.core import rules
from monitor.core.rules.rule_tests import run_tests
from monitor.core.search.query_parser import parse_query
from monitor.core.search.request import SearchRequest
from monitor.lab.search_rule import draft_search_rule

if TYPE_CHECKING:
    from monitor.lab.search_rule import SearchRule
    from monitor.store import Store

SAMPLES = (
    SampleArticle("Brussels adopts export controls on chips", "Members of the council agreed."),
    SampleArticle("Potato chips sell well", "The harvest was good.", days_ago=2),
    SampleArticle("Ministers meet", "They spoke of export rules. Chips came last.", days_ago=3),
    SampleArticle("Ai Weiwei shows sculptures", "The artist returns.", days_ago=4),
    SampleArticle("AI chips are traded", "Export was not a subject.", days_ago=5),
)


def draft(store: Store, text: str) -> SearchRule:
    store_samples(store, SAMPLES)
    request = SearchRequest(query=parse_query(text))
    return draft_search_rule(store, request, store.search(request).articles)


def passing_tests(made: SearchRule) -> list[tuple[str, str]]:
    (rule,) = made.book.rules
    assert [result.failure for result in run_tests([rule], {})] == [""] * len(rule.tests)
    assert rules.load([rules.SourceFile("search.yaml", made.yaml)])[1] == []
    return [(test.kind, f"{test.article.title} | {test.article.text}".removesuffix(" | ")) for test in rule.tests]


@pytest.mark.parametrize(
    ("query", "tests"),
    [
        (
            "export chips",
            [("hit", "Brussels adopts export controls on chips"), ("miss", "Potato chips sell well")],
        ),
        (
            "export chips -controls -traded",
            [
                ("hit", "Ministers meet | They spoke of export rules. Chips came last."),
                ("miss", "AI chips are traded"),
                ("miss", "Brussels adopts export controls on chips"),
                ("miss", "Potato chips sell well"),
            ],
        ),
        (  # neither a title without a word of the search, nor one that the rule finds, is a miss
            "export chips -rules -agreed",
            [("hit", "AI chips are traded | Export was not a subject."), ("miss", "Potato chips sell well")],
        ),
        ("title:AI", [("hit", "AI chips are traded"), ("miss", "Ai Weiwei shows sculptures")]),
    ],
)
def test_a_draft_has_tests_of_what_the_rule_finds_and_of_what_it_nearly_finds(
    store: Store, query: str, tests: list[tuple[str, str]]
) -> None:
    found = passing_tests(draft(store, query))
    assert sorted(found) == tests


def test_a_draft_of_a_search_without_results_says_why_it_has_no_tests(store: Store) -> None:
    made = draft(store, "zeppelin")
    assert passing_tests(made) == []
    assert "# No test with hit: the rule finds none of the articles" in made.yaml
