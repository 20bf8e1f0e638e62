"""The rules that ship: sound, tested, and covering the document they come from."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from pathlib import Path

import pytest
import shipped_config
import yaml

from monitor.core.matching.matcher import Matcher
from monitor.core.matching.term_parser import parse_term
from monitor.core.matching.terms import Term
from monitor.core.model import Article, Source
from monitor.core.rules import rule_tests
from monitor.core.rules.untested_parts import untested_parts
from monitor.core.text.languages import guess_language

HOME = Path(__file__).parent.parent
RULES = HOME / "config" / "rules"
RULE_FILES = sorted(RULES.glob("**/*.yaml"))
SEED_FILES = sorted((HOME / "seeds").glob("*.yaml"))
TOPICS = {
    "global-ai-governance", "china-ai-policy", "us-federal-ai-policy", "us-deregulation", "eu-ai-act", "ai-summits",
    "chip-export-controls", "open-source-ai", "ai-safety-and-security", "disinformation", "jobs",
    "privacy-and-discrimination", "global-south", "military-ai", "copyright-and-ai", "other-ai-governance",
}  # fmt: skip
ASKED_THEMES = {
    "global-framework-and-consensus", "china-led-cooperation-organisation", "us-deregulation-and-leadership",
    "us-china-rivalry", "misinformation", "job-displacement", "loss-of-control", "privacy-and-discrimination",
    "open-source-ai", "global-south-and-monopoly", "chip-export-controls", "critical-sectors",
    "un-and-summit-envoys", "eu-ai-act", "declaration-of-58-countries", "innovation-security-ethics",
}  # fmt: skip


SHARES = 9
"""Shares of the rules whose tests run one after the other: several processes then finish at the same time."""


def seeds() -> dict[str, dict]:
    loaded = (yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader) for path in SEED_FILES)
    return {seed["id"]: seed for seed in loaded}


THEMES = {f"{seed_id}#{theme['id']}" for seed_id, seed in seeds().items() for theme in seed["themes"]}


@pytest.fixture(scope="module")
def book():
    return shipped_config.shipped().rules


@pytest.fixture(scope="module")
def live(book):
    return [rule for rule in book.rules if rule.status == "live"]


@pytest.fixture(scope="module")
def matcher(book):
    return Matcher(book.rules)


def test_they_load_without_errors_and_without_warnings():
    assert [str(problem) for problem in shipped_config.shipped().warnings] == []


def test_their_plain_terms_are_parsed_in_the_shorter_way_as_in_the_other(book):
    """With a space before it, no term is parsed in the shorter way of plain words."""
    operands = (operand for named in book.lists.values() for operand in named.operand.operands)
    terms = [operand for operand in operands if isinstance(operand, Term)][::3]
    assert len(terms) > 1000
    for term in terms:
        assert parse_term(term.text, lang=term.lang) == parse_term(f" {term.text}", lang=term.lang)


def test_a_warning_is_only_silenced_with_a_reason(book):
    assert [rule.id for rule in book.rules for reason in rule.suppress.values() if len(reason) < 10] == []


def test_they_are_about_exactly_the_sixteen_topics_each_with_a_live_rule(book, live):
    assert set(book.topics) == TOPICS
    assert {rule.topic for rule in live} == TOPICS
    assert len({topic.order for topic in book.topics.values()}) == len(TOPICS)


@pytest.mark.parametrize("first", range(SHARES))
def test_every_test_in_every_rule_passes(book, first):
    done = rule_tests.run_tests(book.rules[first::SHARES], {})
    assert [f"{r.rule.id}: {r.test.mark.line}: {r.test.name}: {r.failure}" for r in done if r.failure] == []


def test_every_rule_has_four_hits_and_four_misses(book):
    counts = {rule.id: Counter(test.kind for test in rule.tests) for rule in book.rules}
    assert {rule_id: each for rule_id, each in counts.items() if min(each["hit"], each["miss"]) < 4} == {}


def test_every_rule_says_what_it_wants_what_not_and_where_it_comes_from(live):
    assert [rule.id for rule in live if "Not wanted" not in rule.description] == []
    assert [rule.id for rule in live if not (rule.seed or rule.references)] == []


def test_every_rule_is_tried_in_english_chinese_and_another_language(live):
    of_all = [rule for rule in live if not rule.lang]
    tried = {rule.id: {test.article.language or "en" for test in rule.tests if test.kind == "hit"} for rule in of_all}
    assert [rule_id for rule_id, languages in tried.items() if not {"en", "zh"} <= languages] == []
    assert [rule_id for rule_id, languages in tried.items() if not languages & {"fr", "de", "es"}] == []


def test_every_theme_of_every_seed_has_a_live_rule(live):
    assert THEMES - {rule.seed for rule in live} == set()


def test_the_first_seed_has_the_themes_that_were_asked_for():
    assert {f"waic-2025-07-28#{theme}" for theme in ASKED_THEMES} <= THEMES


@pytest.mark.parametrize("seed", seeds().values(), ids=lambda seed: seed["id"])
def test_a_seed_says_where_its_document_is_from_and_where_each_theme_stands(seed):
    assert seed["title"]
    assert seed["place"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", str(seed["date"]))
    assert re.fullmatch(r"[0-9a-f]{64}", seed["sha256"])
    for theme in seed["themes"]:
        assert set(theme) >= {"id", "summary", "actors", "instruments", "events", "paragraphs"}
        assert theme["summary"].strip()
        assert theme["actors"]
        assert theme["paragraphs"]
        assert all(1 <= number <= seed["paragraphs"] for number in theme["paragraphs"])


def test_the_page_about_them_names_every_rule_under_its_topic_and_only_files_that_are_there(live):
    page = (HOME / "docs" / "rules-shipped.md").read_text(encoding="utf-8")

    assert [rule.id for rule in live if f"| `{rule.id}` |" not in page] == []
    assert [topic for topic in TOPICS if f"| `{topic}` |" not in page] == []
    assert f"{len(live)} live rules for {len(TOPICS)} topics" in page
    texts = [page, *(path.read_text(encoding="utf-8") for path in RULE_FILES)]
    named = {
        name for text in texts for name in re.findall(r"lists/[a-z/-]+\.yaml|(?<=the rule in )[a-z-]+\.yaml", text)
    }
    assert named - {path.relative_to(RULES).as_posix() for path in RULE_FILES} == set()


def test_the_index_of_lists_says_of_each_file_what_its_second_line_says():
    page = (HOME / "docs" / "rules-lists.md").read_text(encoding="utf-8")
    lists = [path for path in RULE_FILES if path.is_relative_to(RULES / "lists")]
    said = {path.relative_to(RULES / "lists").as_posix(): _second_line(path) for path in lists}

    assert dict(re.findall(r"^\| `([a-z/-]+\.yaml)` \| (.+) \|$", page, re.MULTILINE)) == said


def test_every_list_has_a_comment_that_says_what_belongs_in_it():
    assert [list_name for path in RULE_FILES for list_name in _without_comment(path)] == []


def _without_comment(path):
    lists = path.read_text(encoding="utf-8").partition("\nlists:\n")[2].partition("\nrules:\n")[0].split("\n")
    first_lines = ((before, line) for before, line in itertools.pairwise(["", *lists]) if re.match(r"  \w+:", line))
    return [line.strip().partition(":")[0] for before, line in first_lines if not before.startswith("  # ")]


def test_no_file_of_rules_is_longer_than_250_lines():
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in RULE_FILES}
    assert {str(path): length for path, length in lengths.items() if length > 250} == {}


def _second_line(path):
    return path.read_text(encoding="utf-8").split("\n")[1].removeprefix("# ")


LOOK_ALIKES = [
    ("Assistant gets voice mode and a cheaper plan", "The AI app can now read e-mail aloud. OpenAI says it is faster."),
    ("Chip stocks rally as AI demand grows", "Allocation of Nvidia and AMD rose after record earnings."),
    ("AI start-up raises 90 million dollars in Series B", "The round values the company at a billion."),
    ("New language model tops reasoning benchmark", "The paper compares LLMs on puzzles and reports higher scores."),
    ("Watchdog fines shop chain over customer data", "The regulator found a breach of the GDPR in its loyalty card."),
    ("Foundation publishes version 3 of its open source licence", "The change concerns patents."),
    ("Tariffs on steel and cars rise next week", "The United States and the European Union failed to agree on trade."),
    ("某公司发布新一代大模型", "该模型在多项测试中表现优异。"),
    ("Constructeur automobile : un assistant IA à bord", "La voiture répond aux questions des passagers."),
    ("Neues Smartphone mit KI-Kamera im Test", "Die Bilder werden schärfer, der Akku hält länger."),
]


@pytest.mark.parametrize(("title", "body"), LOOK_ALIKES, ids=[title for title, _ in LOOK_ALIKES])
def test_look_alikes_are_left_alone_by_all_rules(matcher, title, body):
    article = Article(title=title, text=body, language=guess_language(f"{title}\n\n{body}"))
    assert [match.rule_id for match in matcher.match(article, Source())] == []


@pytest.mark.parametrize("first", range(SHARES))
def test_no_part_of_a_rule_could_be_left_out_unnoticed(live, first):
    assert [f"{each.path}: {each.message}" for each in untested_parts(live[first::SHARES], {})] == []


def headlines():
    lines = (Path(__file__).parent / "shipped_headlines.txt").read_text(encoding="utf-8").splitlines()
    return [re.fullmatch(r"([+-]) (\w\w) \| (.+)", line).groups() for line in lines if not line.startswith("#")]


def authorities_and_acts():
    path = Path(__file__).parent / "authorities_and_acts.yaml"
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


@pytest.mark.parametrize("language", authorities_and_acts())
def test_every_authority_is_found_with_every_act_whether_or_not_such_an_article_was_ever_seen(matcher, language):
    parts = authorities_and_acts()[language]
    space = "" if language in {"zh", "ja"} else " "
    titles = [f"{who}{space}{act}" for who, act in itertools.product(parts["who"], parts["acts"])]

    missed = [
        title for title in titles if not matcher.match(Article(title=title, text="", language=language), Source())
    ]

    assert missed == []


def subjects():
    paths = [Path(__file__).parent / name for name in ("subjects_east.yaml", "subjects_west.yaml")]
    loaded = [yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader) for path in paths]
    return {language: subjects.values() for each in loaded for language, subjects in each.items()}


@pytest.mark.parametrize("language", subjects())
def test_every_act_on_a_subject_is_found_with_every_actor_in_languages_other_than_english(matcher, language):
    code = language.removesuffix("-hant")
    space = "" if code in {"zh", "ja"} else " "
    lists = subjects()[language]
    titles = [f"{who}{space}{act}" for each in lists for who, act in itertools.product(each["who"], each["acts"])]

    missed = [title for title in titles if not matcher.match(Article(title=title, text="", language=code), Source())]

    assert missed == []


@pytest.mark.parametrize("language", sorted({language for _, language, _ in headlines()}))
def test_headlines_on_policy_are_found_in_every_language_and_those_on_products_are_not(matcher, language):
    told_apart = [
        (title, bool(matcher.match(Article(title=title, text="", language=language), Source())) is (sign == "+"))
        for sign, lang, title in headlines()
        if lang == language
    ]

    assert [title for title, right in told_apart if not right] == []
