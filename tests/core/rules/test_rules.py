"""Rules as values: each field, what stays text, and what a rule's hash depends on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.core.matching.rulebook import Rule, SourceFilter, Spike, Topic
from monitor.core.model import Source
from monitor.core.rules import SourceFile, load
from tests.core.rule_samples import HEAD, body_lines, book, lines

FULL = """version: 1
topics:
  chips: {title: Chips and export controls, order: 20}
  acts: Laws
  bare: {order: 3}
lists:
  chips: [GPU, HBM]
rules:
- id: full-rule
  title: "  All  there is "
  topic: chips
  description: >
    What it wants,
    over two lines.
  owner: chips-team
  status: live
  priority: high
  notify: [chips-daily, outbox]
  lang: [no, pt-BR, EN]
  sources: {only: [Europa.eu, official], not: press}
  tags: [topic.compute, region]
  seed: act-2024#chips
  references: https://example.org/act
  created: 2026-01-31
  any: [$chips]
  ignore: GPU cooler
  prominence: major
  spike: {stories: 5, within: 24h, min_sources: 3}
  max_per_day: 5
  suppress: {W101: both are meant}
  tests:
  - hit: New GPU rules
  - hit: {title: Nye GPU-regler, body: "HBM  her\\n\\nog der", lang: no, source: ec-digital, url: "https://www.example.org/a"}
    because: [GPU, HBM]
    note: two zones
  - miss: {article: cases/one.json}
    todo: yes
"""


def _rule(text: str = FULL) -> Rule:
    return book(text).rules[0]


def test_every_field_becomes_a_value() -> None:
    rule = _rule()

    assert (rule.id, rule.title, rule.topic, rule.status, rule.priority) == (
        "full-rule", "All there is", "chips", "live", "high",
    )  # fmt: skip
    assert rule.description == "What it wants, over two lines."
    assert (rule.owner, rule.seed, rule.created) == ("chips-team", "act-2024#chips", "2026-01-31")
    assert (rule.notify, rule.tags) == (("chips-daily", "outbox"), ("topic.compute", "region"))
    assert (rule.lang, rule.references) == (("en", "no", "pt"), ("https://example.org/act",))
    assert rule.sources == SourceFilter(only=("europa.eu", "official"), never=("press",))
    assert rule.spike == Spike(5, timedelta(hours=24), 3)
    assert rule.max_per_day == 5
    assert (rule.prominence, dict(rule.suppress)) == ("major", {"W101": "both are meant"})
    assert (rule.mark.line, rule.mark.column) == (9, 3)


def test_what_is_not_said_has_a_default() -> None:
    rule = _rule(HEAD + "  any: [alpha]\n")

    assert (rule.status, rule.priority, rule.prominence) == ("test", "normal", "any")
    assert rule.spike is rule.ignore is rule.max_per_day is None
    assert rule.expressions == (rule.condition,)


def test_topics_have_a_title_and_an_order() -> None:
    assert book(FULL).topics == {
        "chips": Topic("Chips and export controls", 20),
        "acts": Topic("Laws", 1),
        "bare": Topic("bare", 3),
    }


def test_tests_become_articles() -> None:
    one, two, three = _rule().tests

    assert (one.kind, one.article.title, one.article.text, one.name) == ("hit", "New GPU rules", "", "New GPU rules")
    assert (two.article.text, two.article.language, two.article.url) == (
        "HBM  her\n\nog der",
        "no",
        "https://www.example.org/a",
    )
    assert two.source == Source(id="ec-digital")
    assert (two.because, two.note, two.todo) == (("GPU", "HBM"), "two zones", False)
    assert (three.kind, three.fixture, three.todo, three.name) == ("miss", "cases/one.json", True, "cases/one.json")


def test_a_fixture_is_found_beside_the_rule_file() -> None:
    made, _ = load([SourceFile("config/rules/eu.yaml", FULL)])

    assert made.rules[0].tests[2].fixture == "config/rules/cases/one.json"


@pytest.mark.parametrize(
    ("source", "url", "made"),
    [
        ("ec-digital", "", Source(id="ec-digital")),
        ("www.example.org", "", Source(id="www.example.org", domain="example.org")),
        ("", "https://www.Example.org:8080/a", Source(domain="example.org")),
        ("", "https://[nonsense", Source()),
        ("", "", Source()),
    ],
)
def test_a_source_is_an_id_a_domain_or_the_address_of_the_article(source: str, url: str, made: Source) -> None:
    text = HEAD.replace("{hit: anything}", f"{{hit: {{title: x, source: '{source}', url: '{url}'}}}}")

    assert book(text + "  any: [alpha]\n").rules[0].tests[0].source == made


@pytest.mark.parametrize("empty", ["", "# nothing\n", "~\n", "version: 1\n", "rules: []\nlists: ~\ntopics:\n"])
def test_a_warning_says_that_a_file_holds_no_rule(empty: str) -> None:
    said = "holds no rule, list or topic: is it empty, or is all of it commented out?"

    assert lines(empty) == [f"r.yaml: warning: W122 {said}"]


def test_country_codes_times_and_numbers_stay_text() -> None:
    body = "  any: [no, on, 12:30, 0100, 1e55, 2026-01-31, off-label]\n  suppress: {W101: short on purpose}\n"

    assert [entry.text for entry in _rule(HEAD + body).condition.operands] == [  # type: ignore[union-attr]
        "no", "on", "12:30", "0100", "1e55", "2026-01-31", "off-label",
    ]  # fmt: skip


def test_one_term_may_stand_without_brackets() -> None:
    assert _rule(HEAD + "  any: alpha beta\n").hash == _rule(HEAD + "  any: [alpha beta]\n").hash


def _hash(body: str, extra: str = "") -> str:
    return book(extra + HEAD.removeprefix("version: 1\n") + body).rules[-1].hash


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("  any: [alpha, beta]\n", "  any: [beta, alpha]\n"),
        ("  any: [alpha, beta gamma]\n", "  any: [$l]\n"),
        ("  any: [open-source]\n", "  any: [Open Source]\n"),
        ("  query: alpha AND beta\n", "  all: [beta, alpha]\n"),
        ("  query: (alpha OR beta) NOT gamma\n", "  none: [gamma]\n  any: [alpha, beta]\n"),
        ("  any: [alpha]\n  all: [beta]\n", "  all: [{any: [alpha]}, {all: [beta]}]\n"),
        ("  any: [alpha]\n", "  any: [alpha]\n  priority: urgent\n  status: live\n  description: other\n"),
        ("  near: 3\n  of: [alpha, beta]\n", "  near: 3\n  ordered: no\n  of: [beta, alpha]\n"),
    ],
)
def test_rules_that_find_the_same_have_the_same_hash(one: str, other: str) -> None:
    lists = "lists: {l: [beta gamma, alpha]}\n"

    assert _hash(one, lists) == _hash(other, lists)


def test_whatever_changes_what_a_rule_finds_changes_its_hash() -> None:
    bodies = [
        "  any: [alpha]\n", "  any: [alphas]\n", "  any: [alpha, beta]\n", "  all: [alpha, beta]\n",
        "  any: [ALPHA]\n", "  any: [=Alpha]\n", "  any: [alpha*]\n", "  any: [{term: alpha, plural: no}]\n",
        "  any: [{term: alpha, lang: [en]}]\n", "  in: title\n  any: [alpha]\n", "  any: [alpha]\n  ignore: [beta]\n",
        "  any: [alpha]\n  none: [beta]\n", "  any: [alpha]\n  lang: [en]\n", "  any: [alpha]\n  prominence: major\n",
        "  any: [alpha]\n  sources: {only: [en]}\n", "  any: [alpha]\n  sources: {not: [en]}\n",
        "  near: 3\n  of: [alpha, beta]\n", "  near: 4\n  of: [alpha, beta]\n",
        "  near: 3\n  ordered: yes\n  of: [alpha, beta]\n", "  near: 3\n  ordered: yes\n  of: [beta, alpha]\n",
        "  same: sentence\n  of: [alpha, beta]\n", "  same: paragraph\n  of: [alpha, beta]\n",
        "  at_least: 1\n  of: [alpha, beta]\n", "  at_least: 2\n  of: [alpha, beta]\n",
        "  mentions: 1\n  of: [alpha, beta]\n", "  mentions: 2\n  of: [alpha, beta]\n",
    ]  # fmt: skip

    assert len({_hash(body) for body in bodies}) == len(bodies)


def test_known_names_are_not_reported_and_unknown_ones_are() -> None:
    body = "  any: [alpha]\n  notify: [outbox]\n  seed: doc#theme\n"

    assert body_lines(body, channels=["outbox"], themes=["doc#theme"]) == []
    assert body_lines(body) == []
    assert body_lines(body, channels=["console"], themes=["other#x"]) == [
        "r.yaml:8:12: error: E060 unknown channel 'outbox'; it must be in channels.yaml",
        "r.yaml:9:9: error: E061 unknown theme 'doc#theme'; no file of seeds/ has it",
    ]


@pytest.mark.parametrize(
    "of",
    [
        "[{in: lead, any: [alpha]}, {in: body, any: [beta]}]",
        "[{in: body, any: [alpha]}, {any: [beta, {in: title, any: [gamma]}]}]",
        "[{any: [{in: title, any: [alpha]}, {in: body, any: [alpha]}]}, {in: title, any: [beta]}]",
    ],
)
def test_what_may_share_a_zone_may_be_near(of: str) -> None:
    assert body_lines(f"  near: 5\n  of: {of}\n") == []
