# ruff: noqa: RUF001  # other scripts are what is tested here
"""The query language: what a query finds, what is refused and how, and the snippets of results."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from monitor.core import rules
from monitor.core.matching.matcher import Matcher
from monitor.core.matching.passages import marked_text
from monitor.core.model import Article, Source
from monitor.core.search.as_rule import ExampleTest, related_query, rule_id, rule_yaml
from monitor.core.search.index_words import index_article
from monitor.core.search.matches import article_holds
from monitor.core.search.query import phrases
from monitor.core.search.query_parser import QueryError, parse_query
from monitor.core.search.snippets import marked_title, snippet

FOUND = [
    ("licence", "Licences for chips"),
    ("licences", "A licence"),
    ("Reglement", "Le Règlement européen"),
    ("règlement", "REGLEMENT"),
    ("ai", "AI policy"),
    ('"AI Act"', "The AI Acts"),
    ("“AI Act”", "The AI Act"),
    ("fine OR penalty", "A penalty"),
    ("(fine OR penalty) chips", "Chips: a fine"),
    ("fine AND chips", "Chips: a fine"),
    ("AI -football", "AI policy"),
    ("AI NOT football", "AI policy"),
    ('AI -"football club"', "AI for the club of football"),
    ("AI -(football OR club)", "AI policy"),
    ("regulat*", "Deregulation, regulators"),
    ('"export cont"*', "Export controls"),
    ("title:licence", "Licences"),
    ("title:(fine OR ban)", "A ban"),
    ("人工智能", "欧盟人工智能法案"),
    ("智", "人工智能"),
    ("法案 欧盟", "欧盟人工智能法案"),
    ("AI - what now?", "AI: what now"),
    ("EU – China", "China and the EU"),
    ("AI –football", "AI policy"),
    ("AI —“football club”", "AI for the club of football"),
    ("AI −(football OR club)", "AI policy"),
    ("e-mail", "An e-mail"),
    ("U.S.", "US chips"),
    ('"or"', "This or that"),
]
MISSED = [
    ("AI", "Said the mayor"),
    ("licence", "Licensing"),
    ('"AI Act"', "Act on AI"),
    ('"AI Act"', "About AI\n\nAct now"),
    ("AI -football", "AI in football"),
    ("AI –football", "AI in football"),
    ("AI −(football OR club)", "AI in a club"),
    ("fine chips", "A fine"),
    ("智人", "人工智能"),
    ("title:text", "Only in the"),
]


@pytest.mark.parametrize(("query", "title"), FOUND)
def test_a_query_finds(query, title):
    assert article_holds(parse_query(query), title, "The text.")


@pytest.mark.parametrize(("query", "title"), MISSED)
def test_a_query_does_not_find(query, title):
    assert not article_holds(parse_query(query), title, "The text.")


def test_plurals_of_another_language_are_found_if_the_language_is_given():
    assert not article_holds(parse_query("gesetz"), "Neue Gesetze", "")
    assert article_holds(parse_query("gesetz", ("de",)), "Neue Gesetze", "")


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("", "the query holds no word"),
        ('  ... "…" ', "the query holds no word"),
        ("-football", "column 1: only excluded words"),
        ("AI (", "column 4: this bracket is not closed"),
        ("AI )", "column 4: this bracket closes none"),
        ("AI ()", "column 4: there is nothing between the brackets"),
        ('AI "Act', "column 4: this quotation mark is not closed"),
        ("OR AI", "column 1: OR needs a word on both sides"),
        ("AI OR", "column 4: a word must follow OR"),
        ("AI AND", "column 4: a word must follow AND"),
        ("AI OR -act", "column 7: an excluded word cannot follow OR"),
        ("AI -act OR law", "column 9: OR cannot follow an excluded word"),
        ("re*", "column 1: * needs at least 3 letters before it"),
        ("title: AI", "column 1: title: must be followed by a word"),
        ("((((((AI))))))", "column 6: more than 5 brackets"),
        ("a " * 41, "more than 40 words"),
        ("a" * 501, "longer than 500 characters"),
    ],
)
def test_what_is_wrong_with_a_query_is_said_with_its_column(query, problem):
    with pytest.raises(QueryError) as refused:
        parse_query(query)
    assert problem in str(refused.value)


@given(st.text(alphabet='ab"()-*: ORANDtile“”„人\n\x00', max_size=40))
def test_any_text_is_a_query_or_is_refused(text):
    try:
        query = parse_query(text)
    except QueryError:
        return
    assert isinstance(article_holds(query, text, text), bool)
    assert len(marked_text(snippet(query, text), before="", after="")) <= len(text)


def brackets(passage):
    return marked_text(passage, before="[", after="]")


def test_a_snippet_shows_the_passage_with_the_most_of_the_query():
    query = parse_query('"export control" chips')
    text = f"Chips are small. {'Filler. ' * 200}The export controls hit chips. {'Filler. ' * 200}"
    shown = brackets(snippet(query, text))
    assert "The [export controls] hit [chips]." in shown
    assert len(shown) < 400
    before = f"{'Filler. ' * 200}The chip export controls hit chips."
    assert brackets(snippet(query, before)).endswith("Filler. The [chip] [export controls] hit [chips].")
    assert brackets(snippet(query, "Nothing of it.")) == "Nothing of it."
    repeated = f"Chips, chip by chip, and more chips. {'Filler. ' * 200}Chips need export controls."
    assert brackets(snippet(query, repeated)).endswith("[Chips] need [export controls].")


def test_a_snippet_begins_with_a_sentence_and_not_with_the_links_above_a_newsletter():
    text = "View in browser\n\nThe Gazette\n\nThe ministers agreed on chips and export controls.\n\nUnsubscribe"
    whole = "…The ministers agreed on chips and export controls. Unsubscribe"
    assert brackets(snippet(parse_query("gazettes"), "View in browser")) == "View in browser"
    assert brackets(snippet(parse_query("title:gazette"), text)) == whole
    assert brackets(snippet(parse_query("controls"), text)) == whole.replace("controls", "[controls]")
    assert brackets(marked_title(parse_query("title:licence x"), "Licences of x")) == "[Licences] of [x]"


def test_a_search_becomes_a_rule_that_finds_the_same():
    query = parse_query('"AI Act" (fine OR penalt*) title:chips -football')
    tests = [
        ExampleTest("hit", "AI Act", "Fines for chips: 50 % # of turnover"),
        ExampleTest("miss", 'A "quoted" title \\ about football'),
    ]
    text = rule_yaml(query, tests)
    assert yaml.safe_load(text)["rules"][0]["status"] == "draft"
    other = rules.SourceFile("other.yaml", rule_yaml(parse_query("chips")))
    book, problems = rules.load([rules.SourceFile("search.yaml", text), other])
    assert problems == []
    assert [(test.kind, test.article.title, test.article.text) for test in book.rules[0].tests] == [
        (test.kind, test.title, test.body) for test in tests
    ]


def test_a_draft_without_tests_says_why():
    assert "# No test with hit: the rule finds none" in rule_yaml(parse_query("chips"))
    assert "# No test with miss: no title has a word" in rule_yaml(parse_query("chips"), [ExampleTest("hit", "Chips")])


def test_a_related_query_finds_any_word_also_without_what_is_excluded():
    related = related_query(parse_query('"chip export" (ban OR licen*) -football & "OR"'))
    assert {phrase.written for phrase in phrases(related)} == {"chip", "export", "ban", "licen", "OR"}
    assert related_query(parse_query('title:"chips" -football')) == parse_query("chips")


def test_a_query_of_the_greatest_length_has_a_related_one():
    words = [f"regulation{number:02}" for number in range(38)]
    assert [phrase.written for phrase in phrases(related_query(parse_query(" ".join(words))))] == words


def test_an_article_is_indexed_by_pairs_of_characters_where_words_have_no_spaces():
    words = index_article("人工智能 AI 法", "第一\n\n第二")
    assert words.title == ["人工", "工智", "智能", "能", "ai", "法"]
    assert words.text == ["第一", "一", "¶", "第二", "二"]


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("chips source:reuters", "column 7: source: is not a field: choose a feed with the filter"),
        ("intitle:chips", "title: finds words of the title"),
        ("-lang:de chips", "column 2: lang: is not a field"),
        ('"data centre" NEAR/5 water', "column 15: NEAR/5 is for rules; searches know AND, OR, NOT"),
        ("author:Smith", "the only field is title:"),
    ],
)
def test_fields_of_other_search_engines_are_refused_with_what_to_use_instead(query, hint):
    with pytest.raises(QueryError, match=hint):
        parse_query(query)


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("https://example.org/a", "See https://example.org/a for more"),
        ("AI:ethics", "AI: ethics"),
        ('"source:reuters"', "Source: Reuters"),
        ("2024/1689", "Regulation (EU) 2024/1689"),
        ("5G", "Auctions of 5g bands"),
        ("C++", "C++ in kernels"),
        ("d’exportation", "Licences d'exportation"),
        ("l'État", "L’Etat actionnaire"),
        ("don't", "Don’t ban it"),
        ("ปัญญาประดิษฐ์", "กฎหมายปัญญาประดิษฐ์ฉบับแรก"),
        ("인공지능", "정부, 인공지능법 발표"),
        ("الذكاء", "قانون الذكاء الاصطناعي"),
        ("生成AI 規制", "生成AIの規制案"),
        ('title:"export cont"*', "Export controls"),
        ("title:(chips OR fabs) licence*", "Licences for chips"),
        ("state-of-the-art", "The state of the art"),
        ("🙂 chips", "Chips"),
    ],
)
def test_numbers_signs_and_other_scripts_are_searched_as_words(query, title):
    assert article_holds(parse_query(query), title, "The text.")


@pytest.mark.parametrize(
    ("query", "expected"),
    [("Règlement 2024 1689", "search-reglement-2024-1689"), ("Überwachung AND (chips)", "search-uberwachung-chips")],
)
def test_the_id_of_a_rule_has_the_words_of_its_search_without_accents(query, expected):
    assert rule_id(parse_query(query)) == expected


def test_searches_with_the_same_words_and_other_operators_become_rules_with_different_ids():
    queries = (
        *("fine chips", "fine OR chips", '"fine chips"', "fine chips*", "title:fine chips", "title:(fine chips)"),
        *("fine-chips", "fine chips -potato", "fine chips -crisps", "fine chips 人工智能", "fine chips интеллект"),
    )
    ids = [rule_id(parse_query(query)) for query in queries]
    assert len(set(ids)) == len(queries)
    assert ids == [rule_id(parse_query(query)) for query in queries]
    assert all(each.startswith("search-fine-chips") for each in ids)


@pytest.mark.parametrize(("acronym", "word"), [("US", "us"), ("GPUs", "gpus"), ("chips US", "chips us")])
def test_searches_for_an_acronym_and_for_a_word_become_rules_with_different_ids(acronym, word):
    ids = [rule_id(parse_query(query)) for query in (acronym, word)]
    assert ids[1] == f"search-{word.replace(' ', '-')}"
    assert ids[0].startswith(f"{ids[1]}-")


def test_long_searches_that_begin_alike_become_rules_with_different_ids():
    begin = "international regulation of artificial intelligence models"
    written = [rule_yaml(parse_query(f"{begin} {end}")) for end in ("Brussels", "London")]
    book, problems = rules.load([rules.SourceFile(f"{text}.yaml", text) for text in written], warn=False)
    assert problems == []
    assert len({rule.id for rule in book.rules}) == len(written)


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("人工智能*", "欧盟人工智能法案"),
        ('title:"AI 人工"*', "AI人工智能法案"),
        ("인공지능*", "정부, 인공지능법 발표"),
        ("กฎหมาย*", "กฎหมายปัญญาประดิษฐ์"),
    ],
)
def test_a_prefix_in_a_script_without_spaces_becomes_a_rule_that_finds_the_same(query, title):
    book, problems = rules.load([rules.SourceFile("search.yaml", rule_yaml(parse_query(query)))], warn=False)
    assert problems == []
    matcher = Matcher([replace(rule, status="test") for rule in book.rules])
    assert article_holds(parse_query(query), title, "")
    assert matcher.match(Article(title=title, text=""), Source())


def test_searches_without_a_latin_letter_become_rules_with_different_ids():
    written = [rule_yaml(parse_query(query)) for query in ("人工智能", "интеллект", "الذكاء")]
    book, problems = rules.load([rules.SourceFile(f"{text}.yaml", text) for text in written], warn=False)
    assert len(book.rules) == 3
    assert problems == []


def test_the_index_keeps_a_word_of_many_articles_once():
    shared: dict[str, str] = {}
    articles = [index_article("Chips and controls", f"Chips again, number {at}", shared) for at in "12"]
    kept = [word for each in articles for word in (*each.title, *each.text)]
    assert len({id(word) for word in kept}) == len(set(kept)) < len(kept)


@pytest.mark.parametrize("query", ["🙂", "©", "++", "- -", "*"])
def test_signs_alone_are_no_query(query):
    with pytest.raises(QueryError):
        parse_query(query)
