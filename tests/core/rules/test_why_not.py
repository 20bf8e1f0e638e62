"""Causes of misses in the analyst's words, nearest first."""

# ruff: noqa: E501 - a table of what is said
from __future__ import annotations

import re
from pathlib import Path

import pytest

from monitor.core.model import Article, Source
from monitor.core.rules.why_not import explain_override, why_not
from tests.core.rule_samples import HEAD, book

LAB_PAGE = Path(__file__).parents[3] / "docs" / "lab.md"
EXPLAINED = [
    re.compile(
        re.sub(r"\d+", "[0-9.]+", re.sub(r"'[^']+'", "'.+'", re.escape(cause).replace(r"\.\.\.", ".*"))).replace(
            "words", "words?"
        )
    )
    for row in re.findall(r"^\| (`.*) \| ", LAB_PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    for cause in re.findall("`(.+?)`", row)
]
"""Patterns of the causes that the page explains; numbers, quotations and `...` stand for any, `words` for `word` too."""
CHIPS = "  chips: [advanced chip, GPU]\n  controls: [export ban, export control]\n"


def _causes(body: str, title: str = "", text: str = "", *, lists: str = "", lang: str = "en", **more: str) -> list[str]:
    written = HEAD + body
    if lists:
        written = written.replace("rules:\n", f"lists:\n{lists}rules:\n", 1)
    source = Source(id=more.pop("source", ""))
    article = Article(title=title, text=text, language=lang, **more)
    messages = [cause.message for cause in why_not(book(written).rules[0], article, source)]
    assert [each for each in messages if not any(cause.search(each) for cause in EXPLAINED)] == [], LAB_PAGE
    return messages


def test_the_three_answers_of_the_specification() -> None:
    body = "  near: 20\n  of: [$chips, $controls]\n  none: [earnings preview]\n"
    text = "Advanced chips led the gains.\n\nSeparately, lawmakers discussed an export ban on crude oil."

    assert _causes(body, "Chip makers rally", text, lists=CHIPS) == [
        "near: 20: closest pair 'advanced chip' body:0 / 'export ban' body:66 are in different paragraphs (1 apart)"
    ]
    title = "Nvidia earnings preview: GPU demand strong despite export controls"
    assert _causes(body, title, lists=CHIPS) == ["excluded by none: 'earnings preview' at title:7"]
    assert _causes(body, "New gpu rules", lists=CHIPS) == [
        "'GPU' of list $chips: seen as 'gpu' at title:4, but an all-capitals term is case-sensitive",
        "nothing of list $controls found (export ban, export control)",
    ]


@pytest.mark.parametrize(
    ("body", "title", "causes"),
    [
        ("  any: [alpha]\n", "alpha", []),
        ("  any: [alpha]\n", "beta", ["any ['alpha'] not found"]),
        ("  all: [alpha, beta]\n", "beta", ["'alpha' not found"]),
        ("  near: 1\n  of: [alpha, beta]\n", "alpha one two beta", ["near: 1: closest pair 'alpha' title:0 / 'beta' title:14 are 2 words apart"]),
        ("  near: 0\n  of: [alpha, beta]\n", "alpha one beta", ["near: 0: closest pair 'alpha' title:0 / 'beta' title:10 are 1 word apart"]),
        ("  near: 1\n  of: [alpha, beta]\n", "beta one two alpha", ["near: 1: closest pair 'beta' title:0 / 'alpha' title:13 are 2 words apart"]),
        ("  near: 1\n  ordered: yes\n  of: [alpha, beta]\n", "beta alpha", ["near: 1: 'alpha' title:5 / 'beta' title:0 are in the other order"]),
        ("  near: 1\n  of: [alpha, alpha beta]\n", "alpha beta", ["near: 1: 'alpha' at title:0 and 'alpha beta' at title:0 overlap"]),
        ("  at_least: 2\n  of: [alpha, beta, gamma]\n", "alpha", ["at_least: 2: 1 of them found; not found: 'beta', 'gamma'"]),
        ("  at_least: 2\n  of: [alpha, beta]\n", "x", ["at_least: 2: 0 of them found; not found: 'alpha', 'beta'"]),
        ("  mentions: 3\n  of: [alpha]\n", "alpha alpha", ["mentions: 3: 2 found: 'alpha' at title:0, 'alpha' at title:6"]),
        ("  mentions: 3\n  of: [alpha]\n", "x", ["'alpha' not found"]),
        ("  any: [=Alpha]\n", "ALPHA", ["'Alpha': seen as 'ALPHA' at title:0, but the case differs"]),
        ("  any: [US]\n", "TELL US MORE", ["'US': seen as 'US' at title:5, but where all is in capitals it is taken for the word"]),
        ("  any: [alpha]\n  ignore: [alpha beta]\n", "alpha beta", ["'alpha' at title:0 is hidden by ignore"]),
        ("  any: [{all: [alpha, beta]}, {all: [gamma, delta]}]\n", "gamma", ["'delta' not found; no other of the 2 entries of any holds"]),
        ("  any: [{all: [alpha, beta]}, GAMMA]\n", "gamma", ["'GAMMA': seen as 'gamma' at title:0, but an all-capitals term is case-sensitive"]),
        ("  any: [alpha]\n  none: [{all: [alpha, beta]}]\n", "alpha beta", ["excluded by none: 'alpha' at title:0"]),
        ("  any: [alpha]\n  none: [{in: title, none: [beta]}]\n", "alpha", ["excluded by none: in: title [none ['beta']]"]),
        ("  any: [{any: [alpha, {all: [beta]}]}]\n", "x", ["'alpha' not found; no other of the 2 entries of any holds"]),
        ("  any: [{any: [alpha, {all: [beta]}]}, {all: [delta]}, gamma]\n", "x", ["'alpha' not found; no other of the 3 entries of any holds"]),
        ("  in: title\n  any: [{any: [{all: ['x; no other of y']}, {all: [b1]}]}, {all: [c1]}, d1]\n", "z", ["in title: 'x; no other of y' not found; no other of the 3 entries of any holds"]),
    ],
)  # fmt: skip
def test_each_operator_says_what_was_missing(body: str, title: str, causes: list[str]) -> None:
    assert _causes(body, title) == causes


def test_near_in_two_zones_says_so() -> None:
    assert _causes("  near: 5\n  of: [alpha, beta]\n", "alpha", "beta") == [
        "near: 5: closest pair 'alpha' title:0 / 'beta' body:0 are in title and body"
    ]


def test_same_says_where_each_stands() -> None:
    assert _causes("  same: sentence\n  of: [alpha, beta]\n", "", "Alpha here. Beta there.") == [
        "same: sentence: no sentence holds them all: 'alpha' body:0, 'beta' body:12"
    ]
    assert _causes("  same: sentence\n  of: [alpha, beta]\n", "", "Alpha here.") == ["'beta' not found"]


def test_a_term_in_another_zone_is_a_near_miss() -> None:
    assert _causes("  in: title\n  any: [alpha]\n", "x", "An alpha") == [
        "in: title: 'alpha' at body:3 is outside the title"
    ]
    assert _causes("  in: title\n  any: [alpha]\n", "x", "y") == ["in title: any ['alpha'] not found"]
    assert _causes("  in: title\n  any: [GPU]\n", "x", "gpu") == ["in title: any ['GPU'] not found"]
    assert _causes("  in: title\n  all: [alpha, beta]\n", "beta", "alpha") == [
        "in title: 'alpha' at body:0 is in another zone"
    ]


def test_a_list_is_named_and_one_of_expressions_is_looked_into() -> None:
    lists = "  plain: [alpha]\n  deep: [{all: [alpha, beta]}]\n  long: [$deep, alpha, gamma, delta]\n"

    assert _causes("  any: [{all: [$plain]}]\n", "x", lists=lists) == ["nothing of list $plain found (alpha)"]
    assert _causes("  all: [$long]\n", "x", lists=lists) == ["nothing of list $long found (e.g. alpha, beta, gamma)"]
    assert _causes("  all: [$deep]\n", "alpha", lists=lists) == ["'beta' not found"]


def test_filters_come_with_what_the_article_is() -> None:
    body = "  any: [alpha]\n  lang: [fr]\n  sources: {only: [eu]}\n  status: draft\n"

    assert _causes(body, "alpha", source="cn") == [
        "the rule is draft, so it is not run",
        "lang: the article is in 'en', and the rule is for fr",
        "sources: the article is from 'cn', and the rule is for only eu",
    ]
    assert _causes("  any: [alpha]\n  sources: {not: [cn]}\n", "alpha", source="cn") == [
        "sources: the article is from 'cn', and the rule is for not cn"
    ]


def test_a_term_of_another_language_is_explained() -> None:
    assert _causes("  any: [{term: IA, lang: [fr, es]}]\n", "IA") == [
        "'IA': seen as 'IA' at title:0, but the article is in 'en', and the term is for es, fr"
    ]


def test_a_korean_word_that_is_parts_of_two_words_is_explained() -> None:
    assert _causes("  any: [아동]\n", text="구글·엔비디아 동시 방한", lang="ko") == [
        "'아동': seen as '아 동' at body:6, but the end of one word and the beginning of the next are no word"
    ]


def test_a_match_in_passing_is_explained_for_a_rule_that_requires_more() -> None:
    assert _causes("  any: [alpha]\n  prominence: major\n", "", "x " * 60 + "\n\nalpha") == [
        "prominence: major needs the title, the lead or 3 mentions; it matches by any[0], but in passing only (1 of 3)"
    ]


def test_an_article_of_which_only_the_summary_was_read_says_so_last() -> None:
    rule = book(HEAD + "  any: [alpha]\n").rules[0]
    article = Article(title="x", text="y", partial=True, partial_reason="http 403")

    assert [cause.message for cause in why_not(rule, article, Source())] == [
        "any ['alpha'] not found",
        "only the feed's own text was there (http 403)",
    ]
    partial = Article(title="alpha", text="", partial=True)
    assert why_not(rule, partial, Source()) == ()


def test_says_that_a_term_stands_in_boilerplate_only() -> None:
    news = "The council met on Monday and spoke of ferries."
    plea = "Our letter on GPU prices comes every Friday."
    text = f"{news}\n\n{plea}"
    places = ((len(news) + 2, len(text)),)
    expected = "only in boilerplate: 'GPU' at body:63 is in a paragraph that the source prints under many articles"

    assert _causes("  any: [GPU]\n", text=text, boilerplate=places) == [expected, "any ['GPU'] not found"]
    assert _causes("  any: [GPU]\n", text=text) == []
    assert _causes("  any: [H20]\n", text=text, boilerplate=places) == ["any ['H20'] not found"]
    assert _causes("  any: [GPU]\n", "GPU", text, boilerplate=places) == []
    assert expected in _causes("  lang: [fr]\n  any: [GPU]\n", text=text, boilerplate=places)
    assert expected not in _causes("  lang: [fr]\n  any: [GPU]\n", "GPU", text, boilerplate=places)


def test_a_rule_that_gives_way_names_the_rule_that_comes_first() -> None:
    text = HEAD + "  any: [GPU]\n- {id: the-rest, title: R, topic: rest, any: [law], unless_topic: any}\n"
    rules = book(text).rules

    cause = explain_override(rules[1], rules, Article(title="A law on the GPU", text=""), Source())

    assert cause is not None
    assert cause.message == "unless_topic: rule 'the-rule' of topic testing matches, so this rule has no hit"
    assert explain_override(rules[1], rules, Article(title="A law", text=""), Source()) is None
