"""Running the tests inside rules."""

from __future__ import annotations

import json

import pytest

from monitor.core.model import Article, Source
from monitor.core.rules.edits import untrusted_rules
from monitor.core.rules.rule_tests import (
    RuleTestResult,
    fixture_paths,
    missing_fixtures,
    missing_kinds,
    parse_article,
    run_tests,
)
from tests.core.rule_samples import book


def _rules(tests: str, body: str = "any: [alpha, BETA]", status: str = "test") -> str:
    return f"rules:\n- id: the-rule\n  title: T\n  topic: t\n  status: {status}\n  {body}\n  tests:\n{tests}"


def _run(tests: str, texts: dict[str, str] | None = None, **more: str) -> list[RuleTestResult]:
    return list(run_tests(book(_rules(tests, **more)).rules, texts or {}))


@pytest.mark.parametrize(
    ("test", "failure"),
    [
        ("hit: An alpha", ""),
        ("hit: Nothing", "must match, but did not: any ['alpha', 'BETA'] not found"),
        ("miss: Nothing", ""),
        ("miss: An alpha in alphas", "must not match, but did: any[0]: 'alpha' in title, 'alphas' in title"),
        ("hit: {title: x, body: alpha BETA, because: [alpha, BETA]}", ""),
        ("hit: {title: x, body: alphas, because: [alphas]}", ""),
        (
            "hit: {title: An alpha, because: [BETA, gamma]}",
            "matches, but not because of 'BETA', 'gamma'; the evidence is any[0]: 'alpha' in title",
        ),
    ],
)
def test_a_test_says_how_it_failed(test: str, failure: str) -> None:
    (result,) = _run(f"  - {test}\n")

    assert (result.failure, result.fatal) == (failure, bool(failure))


def test_because_is_checked_against_all_evidence_and_not_only_what_a_digest_would_show() -> None:
    (result,) = _run("  - hit: {title: x, body: '" + "alpha " * 50 + "alphas', because: [alphas]}\n")

    assert result.failure == ""


def test_a_known_failure_is_reported_and_is_not_fatal() -> None:
    one, two = _run("  - {hit: nothing, todo: yes}\n  - {hit: alpha, todo: yes}\n")

    assert (bool(one.failure), one.fatal) == (True, False)
    assert (two.failure, two.fatal) == ("", False)


@pytest.mark.parametrize(("status", "number"), [("draft", 1), ("test", 1), ("live", 1), ("retired", 0)])
def test_a_draft_is_tested_and_a_retired_rule_is_not(status: str, number: int) -> None:
    results = _run("  - hit: alpha\n", status=status)

    assert [result.failure for result in results] == [""] * number


def test_language_and_source_of_a_test_count() -> None:
    results = _run(
        "  - hit: {title: alpha, lang: fr, source: ec.europa.eu}\n"
        "  - miss: {title: alpha, lang: en, source: ec.europa.eu}\n"
        "  - miss: {title: alpha, lang: fr, url: 'https://example.org/x'}\n",
        body="any: [alpha]\n  lang: [fr]\n  sources: {only: [europa.eu]}",
    )

    assert [result.failure for result in results] == ["", "", ""]


@pytest.mark.parametrize("source", ["ec-presscorner", "official", "eu-law", "news.europa.eu"])
def test_a_test_may_come_from_a_feed_a_tier_a_tag_or_a_domain(source: str) -> None:
    only = "any: [alpha]\n  sources: {only: [ec-presscorner, official, eu-law, europa.eu]}"
    tests = f"  - hit: {{title: alpha, source: {source}}}\n  - miss: {{title: alpha, source: elsewhere}}\n"

    assert [result.failure for result in _run(tests, body=only)] == ["", ""]


FIXTURE = "  - hit: {article: cases/one.json}\n"


def test_a_fixture_is_an_article_as_match_reads_it() -> None:
    fixture = {
        "title": "x",
        "body": "alpha",
        "language": "en",
        "source": "ec",
        "author": "A",
        "url": "https://example.org",
    }

    assert fixture_paths(book(_rules(FIXTURE)).rules) == {"cases/one.json"}
    assert [result.failure for result in _run(FIXTURE, {"cases/one.json": json.dumps(fixture)})] == [""]


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({}, "there is no file cases/one.json"),
        ({"cases/one.json": "{"}, "cases/one.json cannot be read: Expecting property name enclosed in double quotes"),
        ({"cases/one.json": "[]"}, 'cases/one.json cannot be read: not an object like {"title": ..., "text": ...}'),
        ({"cases/one.json": "{}"}, "cases/one.json cannot be read: neither title nor text"),
        (
            {"cases/one.json": '{"titel": "An act", "text": "A text"}'},
            "cases/one.json cannot be read: unknown field 'titel'; did you mean 'title'?",
        ),
        ({"cases/one.json": '{"title": 5}'}, "cases/one.json cannot be read: title must be text"),
    ],
)
def test_a_fixture_that_cannot_be_read_fails_its_test_and_the_check(texts: dict[str, str], said: str) -> None:
    rules = book(_rules(FIXTURE)).rules

    (result,) = run_tests(rules, texts)
    (problem,) = missing_fixtures(rules, texts)

    assert result.failure.startswith(said)
    assert str(problem).startswith(f"r.yaml:8:10: error: E050 {said}")


def test_an_article_keeps_its_text_as_it_is() -> None:
    article, source = parse_article(
        {"title": " a ", "text": "b\r\nc", "lang": "en", "url": "https://www.example.org/x"}
    )

    assert article == Article(title=" a ", text="b\r\nc", language="en", url="https://www.example.org/x")
    assert source == Source(domain="example.org")


@pytest.mark.parametrize(
    ("status", "tests", "said"),
    [
        ("live", "  - hit: a\n", "it has no miss"),
        ("live", "  - miss: a\n", "it has no hit"),
        ("live", "  - hit: a\n  - miss: a\n", None),
        ("test", "  - hit: a\n", None),
    ],
)
def test_a_live_rule_needs_a_hit_and_a_miss(status: str, tests: str, said: str | None) -> None:
    gap = missing_kinds(book(_rules(tests, status=status)).rules[0])

    assert (gap and gap.message) == (said and f"live rule 'the-rule' needs a test of each kind: {said}")


def test_only_so_many_failures_of_each_rule_are_explained_as_wanted() -> None:
    tests = "  - {hit: No, todo: yes}\n  - hit: Nothing\n  - hit: Nobody\n"
    rules = book(_rules(tests) + _rules(tests).removeprefix("rules:\n").replace("the-rule", "another")).rules

    failures = [result.failure for result in run_tests(rules, {}, explained=1)]

    short, explained = "must match, but did not", "must match, but did not: any ['alpha', 'BETA'] not found"
    assert failures == [explained, explained, short] * 2


def test_a_long_failure_is_cut_between_words() -> None:
    title = "Regulators everywhere discuss governance extensively throughout administrations"
    terms = ", ".join(f"governance{number} regulation" for number in range(30))
    tests = f"  - {{hit: {{title: {title}, body: an alpha}}, because: [{terms}]}}\n"

    message = untrusted_rules(book(_rules(tests, status="live")).rules, {})["the-rule"].message

    name, reason = message.split("…")[:2]
    assert title.startswith(name.rpartition("'")[2] + " ")
    assert terms.replace(", ", "', '").find(reason.rpartition("because of '")[2] + " ") == 0
