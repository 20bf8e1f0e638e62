"""Where a phrase ends: text by text, whether a phrase is found in it."""

# ruff: noqa: RUF001
from __future__ import annotations

import pytest

from monitor.core.matching.matcher import Matcher, match_rule
from monitor.core.model import Article, Source
from monitor.core.rules import SourceFile, load
from monitor.core.rules.why_not import why_not
from monitor.core.text.sentences import sentences

_RULE = """
version: 1
rules:
  - id: the-rule
    title: T
    topic: t
    any: ['%s']
"""


def _matcher(term: str) -> Matcher:
    book, problems = load([SourceFile("r.yaml", _RULE % term.replace("'", "''"))])
    assert not [problem for problem in problems if problem.level == "error"]
    return Matcher(book.rules)


NOT_FOUND = [
    # the end of a sentence
    ("open weight", "The shop stays open. Weight loss is in fashion."),
    ("open weight", "Is it still open? Weight watchers ask."),
    ("open weight", "It is open! “Weight training” starts at nine."),
    ("open weight", "It is open…\nWeight training starts at nine."),
    ("AI office", "The minister praised A.I. The office closed at noon; AI. Office rents rose."),
    ("us the", "They invested in the U.S. The plant opened."),
    ("alpha beta", "He called Alpha Ltd. But beta tests went on; at Alpha Ltd. Beta was no topic."),
    # a colon and a semicolon
    ("model law", "Less fashion, more model: law firm hires dancer"),
    ("model law", "She was a model; law came later."),
    ("model law", "She was a model：law came later."),
    # a list item
    ("model law", "They want\n- a new model\n- law and order"),
    ("model law", "They want\n1. a new model\n2. law and order"),
    ("model law", "They want\n(a) a new model\n(b) law and order"),
    ("model law", "They want\n• a new model\nLaw and order was no topic."),
    # Chinese, Japanese and others
    ("数据保护", "他们收集数据。保护环境很重要。"),
    ("数据保护", "他们收集数据，保护环境。"),
    ("数据保护", "他们收集数据、保护环境。"),
    ("数据保护", "他们收集数据：保护环境。"),
    ("数据保护", "他们收集数据；保护环境。"),
    ("数据保护", "他们收集数据！保护环境！"),
    ("数据保护", "他们收集数据？保护环境。"),
    ("数据保护", "他们收集数据,保护环境."),
    ("数据保护", "他们收集数据\n保护环境"),
    ("情報公開", "会社の情報｡公開は未定｡"),
    ("AI監管", "他們喜歡AI。監管不在議程上。"),
    ("सूचना अधिकार", "यह सूचना। अधिकार की बात।"),
    ("قانون الطاقة", "هل صدر القانون؟ أم قانون؟ الطاقة غالية."),
    ("قانون الطاقة", "صدر قانون؛ الطاقة غالية."),
]
FOUND = [
    ("open weight", "An open-weight model"),
    ("open weight", "The “open” weight"),
    ("open weight", "The open (weight) class"),
    ("open weight", "It is open, weight is given."),
    ("open weight", "open/weight"),
    ("open weight", "It is open\nweight and all."),
    ("open weight", "they said open. weight is given in lower case"),
    ("US Department", "The U.S. Department of Examples"),
    ("J Sample", "President J. Sample resigned"),
    ("Dr Sample", "It was Dr. Sample who said so"),
    ("No 5", "Order No. 5 was signed"),
    ("St Anywhere", "In St. Anywhere it rained"),
    ("Prof. The", "Prof. The Anh speaks"),
    ("A. Sample", "It was\nA. Sample who spoke"),
    ("数据保护", "他们谈数据保护。"),
    ("数据保护", "他们谈“数据”保护。"),
    ("数据保护", "他们谈数据（保护）。"),
    # a phrase that itself contains such a mark
    ("Rules: Now", "The film Rules: Now is out"),
    ("Rules: Now", "Rules now"),
    ("Wow! Magazine", "In Wow! Magazine she said"),
]


@pytest.mark.parametrize("where", ["title", "text"])
@pytest.mark.parametrize(("term", "text"), NOT_FOUND)
def test_a_phrase_does_not_cross_the_end_of_a_sentence_clause_or_list_item(term: str, text: str, where: str) -> None:
    article = Article(title="None", text=text) if where == "text" else Article(title=text, text="")

    assert not _matcher(term).match(article, Source())


@pytest.mark.parametrize(("term", "text"), FOUND)
def test_a_phrase_crosses_what_ends_nothing(term: str, text: str) -> None:
    assert _matcher(term).match(Article(title="None", text=text), Source())


def test_a_phrase_written_with_a_mark_is_another_term_than_without() -> None:
    assert not _matcher("Rules Now").match(Article(title="Rules: Now", text=""), Source())


def test_a_wildcard_phrase_does_not_cross_either() -> None:
    assert not _matcher("open weigh*").match(Article(title="It is open. Weighing starts", text=""), Source())
    assert _matcher("open weigh*").match(Article(title="It is open-weighted", text=""), Source())


@pytest.mark.parametrize(
    "expected",
    [
        ["He left the U.S. ", "The ban stays."],
        ["It was plan B. ", "But nobody knew."],
        ["Lawyers of Acme Inc. and Sample Corp. Holding met Mr. The Anh."],
        ["They want\n", "- a law\n", "- a panel\n", "Nobody objects."],
        ["They want\n", "- a law\nfor all\n", "2) a panel"],
        ["It was on\nMonday, 5\nMay"],
    ],
)
def test_list_items_and_what_follows_an_abbreviation_are_sentences(expected: list[str]) -> None:
    text = "".join(expected)

    assert [text[start:end] for start, end in sentences(text)] == [each.rstrip() for each in expected]


def test_why_not_says_that_a_sentence_ends_within_the_phrase() -> None:
    rule = _matcher("open weight").rules[0]
    article = Article(title="It stays open. Weight is no topic", text="")

    assert match_rule(rule, _matcher("open weight").scan(article, Source()), Source()) is None
    assert "a sentence, clause or list item ends between the words" in str(why_not(rule, article, Source()))
