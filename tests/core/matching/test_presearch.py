"""Only rules of which a required term was found are evaluated."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.core.matching import words
from monitor.core.matching.alternatives import AnyOf
from monitor.core.matching.expressions import Expression, requires_terms
from monitor.core.matching.index import TermIndex
from monitor.core.matching.logic import AllOf, AtLeast, NoneOf
from monitor.core.matching.matcher import Matcher
from monitor.core.matching.proximity import Near
from monitor.core.matching.term_parser import parse_term
from monitor.core.matching.tokenized_document import TokenizedDocument
from monitor.core.model import Article, Source
from monitor.core.rules import SourceFile, load
from tests.core.rule_samples import HEAD, book

ALPHA, BETA = parse_term("alpha"), parse_term("beta")
NONE = NoneOf((ALPHA,))


def _looked_at(conditions: str, title: str, *, text: str = "", lists: str = "") -> list[str]:
    written = (f"lists:\n{lists}" if lists else "") + "rules:\n"
    for number, condition in enumerate(conditions.splitlines()):
        written += f"- {{id: rule-{number}, title: T, topic: t, {condition}}}\n"
    rules, problems = load([SourceFile("r.yaml", written)])
    assert [problem for problem in problems if problem.level == "error"] == []
    made = Matcher(rules.rules)
    context = made.scan(Article(title=title, text=text), Source())
    return [rule.id for rule in made.candidates(context)]


def test_all_and_near_require_their_rarest_entry() -> None:
    both = "[alpha, one rare phrase]"
    conditions = f"all: {both}\nnear: 5, of: {both}\nsame: sentence, of: {both}"

    assert _looked_at(conditions, "alpha") == []
    assert _looked_at(conditions, "one rare phrase") == ["rule-0", "rule-1", "rule-2"]


def test_any_requires_each_entry_and_at_least_for_enough_of_them() -> None:
    assert _looked_at("any: [alpha, beta]", "beta") == ["rule-0"]
    assert _looked_at("at_least: 2, of: [regulat*, one rare phrase, another rare phrase]", "regulation") == []
    assert _looked_at("at_least: 2, of: [regulat*, one rare phrase, another rare phrase]", "another rare phrase") == [
        "rule-0"
    ]


def test_what_excludes_is_never_a_reason_to_look() -> None:
    assert _looked_at("any: [alpha], none: [beta]", "beta") == []


def test_a_list_stands_for_all_rules_that_name_it_and_for_lists_within_it() -> None:
    lists = "  outer: [alpha, $inner]\n  inner: [beta]\n"

    assert _looked_at("any: [$outer]\nall: [$outer]\nany: [$inner]", "beta", lists=lists) == [
        "rule-0",
        "rule-1",
        "rule-2",
    ]
    assert _looked_at("any: [$outer]\nany: [$inner]", "alpha", lists=lists) == ["rule-0"]


@pytest.mark.parametrize(
    ("condition", "needs"),
    [
        (ALPHA, True),
        (NONE, False),
        (AllOf((ALPHA, NONE)), True),
        (AllOf((NONE,)), False),
        (AnyOf((ALPHA, NONE)), False),
        (AtLeast((ALPHA, BETA, NONE), count=2), True),
        (AtLeast((ALPHA, NONE), count=1), False),
    ],
)
def test_what_can_hold_without_a_term_is_known(condition: Expression, needs: bool) -> None:
    assert requires_terms(condition) is needs


def test_a_condition_without_a_term_is_a_bug_here_since_the_loader_refuses_it() -> None:
    rule = book(HEAD + "  any: [alpha]\n").rules[0]

    with pytest.raises(ValueError, match="requires no term"):
        Matcher([replace(rule, condition=NONE)])


def test_within_a_rule_too_only_operators_whose_rarest_entry_was_found_are_evaluated() -> None:
    near = "{near: 5, of: [alpha, one rare phrase]}"
    rule = book(HEAD + f"  any: [{near}, {{mentions: 2, of: [alpha]}}, {{any: [beta], none: [alpha]}}]\n").rules[0]
    operators = rule.condition.operands
    context = Matcher([rule]).scan(Article(title="alpha", text=""), Source())

    new = Near((ALPHA, BETA), distance=5)
    assert context.possible(operators, *context.default_scope) == [operators[1]]
    assert context.possible([new], *context.default_scope) == [new], "of an operator of another rule"


def test_what_a_zone_must_hold_is_not_evaluated_for_a_term_elsewhere() -> None:
    in_title = "any: [{in: title, any: [alpha]}]"

    assert _looked_at(in_title, "beta", text="alpha") == []
    assert _looked_at(in_title, "alpha", text="beta") == ["rule-0"]
    assert _looked_at("any: [{in: body, all: [{in: title, any: [alpha]}, beta]}]", "alpha", text="beta") == ["rule-0"]
    assert _looked_at(in_title, "", text="alpha. More.") == ["rule-0"], (
        "of an article without title, its first sentence"
    )


def test_a_list_in_two_zones_is_looked_for_in_each() -> None:
    rules = book(
        "lists: {words: [alpha, {mentions: 2, of: [beta]}]}\n"
        + HEAD
        + "  any: [{in: title, any: [$words]}, {in: lead, any: [$words]}]\n"
    ).rules

    for article in (
        Article(title="alpha", text=""),
        Article(title="", text="Beta. Beta, beta."),
        Article(title="x", text="beta beta"),
    ):
        assert Matcher(rules).match(article, Source())
    assert not Matcher(rules).match(Article(title="beta", text="beta"), Source())


def test_what_stands_nowhere_has_no_places() -> None:
    context = Matcher(()).scan(Article(title="alpha", text=""), Source())

    assert AllOf((ALPHA,)).occurrences(context, 0, 9) == []


def test_the_walk_finds_terms_within_terms_and_each_ending() -> None:
    terms = [
        parse_term(text)
        for text in (
            "a b",
            "a b c",
            "b",
            "b cats*",
            "b cato*",
            "a b cats*",
            "a b catsu*",
            "b catsup",
            "a b",
            "c",
            "chip*",
            "chips",
            "chipset*",
        )
    ]
    document = TokenizedDocument(Article(title="a b catsuit, a b c", text="b chips"), Source())

    assert TermIndex(terms).scan(document) == {
        "a b": [(0, 2), (3, 5)],
        "a b c": [(3, 6)],
        "b": [(1, 2), (4, 5), (7, 8)],
        "b cats*": [(1, 3)],
        "a b cats*": [(0, 3)],
        "a b catsu*": [(0, 3)],
        "c": [(5, 6)],
        "chip*": [(8, 9)],
        "chips": [(8, 9)],
    }


def test_the_cache_of_words_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_CACHED_WORDS", 3)
    made = TermIndex([ALPHA])

    for title in ("alpha b c d e", "alpha"):
        assert made.scan(TokenizedDocument(Article(title=title, text=""), Source())) == {"alpha": [(0, 1)]}
    assert len(made._kinds) <= 3
    assert len(made._single_words) <= 3
