"""Why a rule does not match an article that is named by number, address or file."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest
from archive_samples import RULES, SampleArticle, book, lab, store_samples

from monitor.core.errors import UsageError
from monitor.core.matching.matcher import Matcher
from monitor.lab import is_file, why_not_in_file
from monitor.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from monitor.core.lab.explanations import WhyNotAnswer

HIT = SampleArticle("New export controls on AI chips")
APART = SampleArticle(
    "Traders wait", "Export controls came first.\n\nThe AI chip came later.", link="https://harbour.example/a?id=7"
)


def causes(answer: WhyNotAnswer) -> list[str]:
    return [cause.message for cause in answer.causes]


def test_names_the_nearest_miss_of_an_article_of_the_archive(any_store: Store) -> None:
    store_samples(any_store, [APART])
    (stored,) = any_store.articles(APART.at)
    answer = lab(any_store).why_not("chip-controls", str(stored.id))
    assert answer.outcome == "miss"
    assert answer.stored == stored
    assert causes(answer) == [
        "near: 10: closest pair 'export control' body:0 / 'AI chip' body:33 are in different paragraphs (1 apart)"
    ]


@pytest.mark.parametrize(
    "address",
    [
        "https://harbour.example/a?id=7",
        "http://www.harbour.example/a/?id=7&utm_source=rss",
        "https://HARBOUR.example/a?id=7#top",
    ],
)
def test_finds_an_article_by_its_address_however_it_is_written(address: str, any_store: Store) -> None:
    store_samples(any_store, [SampleArticle("Other", link="https://harbour.example/b"), APART])
    assert lab(any_store).why_not("chip-controls", address).title == "Traders wait"


def test_takes_the_newest_of_several_articles_at_one_address(any_store: Store) -> None:
    link = "https://harbour.example/live"
    store_samples(
        any_store, [SampleArticle("Yesterday", link=link, days_ago=2), SampleArticle("Today", link=link, days_ago=1)]
    )
    assert lab(any_store).why_not("chip-controls", link).title == "Today"


def test_says_that_it_did_match(any_store: Store) -> None:
    (hit,) = store_samples(any_store, [HIT], Matcher(book().rules[:1]))
    answer = lab(any_store).why_not("chip-controls", str(hit.article_id))
    assert answer.outcome == "hit"
    assert answer.hit == hit
    assert answer.causes == ()


def test_says_that_a_hit_would_not_be_made_again(store: Store) -> None:
    (hit,) = store_samples(store, [HIT], Matcher(book().rules[:1]))
    stricter = book(RULES.replace("AI chip, GPU", "AI chipset, GPU"))
    answer = lab(store, stricter).why_not("chip-controls", str(hit.article_id))
    assert answer.outcome == "hit"
    assert answer.match is None
    assert causes(answer)


def test_says_that_it_matches_now_and_was_not_stored(store: Store) -> None:
    store_samples(store, [HIT])
    (stored,) = store.articles(HIT.at)
    answer = lab(store).why_not("chip-controls", str(stored.id))
    assert answer.outcome == "matches"
    assert answer.causes == ()


@pytest.mark.parametrize("status", ["draft", "retired"])
def test_says_that_a_rule_is_not_run(status: str, store: Store) -> None:
    store_samples(store, [HIT])
    (stored,) = store.articles(HIT.at)
    answer = lab(store, book(RULES.replace("status: live", f"status: {status}"))).why_not(
        "chip-controls", str(stored.id)
    )
    assert answer.outcome == "matches"
    assert causes(answer) == [f"the rule is {status}, so it is not run"]


def test_says_that_the_page_could_not_be_fetched(store: Store) -> None:
    sample = SampleArticle("Traders wait", "A short summary.", partial=True)
    store_samples(store, [sample])
    (stored,) = store.articles(sample.at)
    assert "only the feed's own text was there (http: 403)" in causes(lab(store).why_not("gpus", str(stored.id)))


@pytest.mark.parametrize(
    ("filter_", "cause"),
    [
        ("lang: [fr]", "lang: the article is in 'en', and the rule is for fr"),
        (
            "sources: {only: [official]}",
            "sources: the article is from 'harbour-post', and the rule is for only official",
        ),
        ("sources: {not: [trade]}", "sources: the article is from 'harbour-post', and the rule is for not trade"),
        ("ignore: [new export controls]", "'export controls' at title:4 is hidden by ignore"),
    ],
)
def test_names_the_filter_that_kept_an_article_out(filter_: str, cause: str, store: Store) -> None:
    store_samples(store, [HIT])
    (stored,) = store.articles(HIT.at)
    rules = book(RULES.replace("priority: urgent", f"priority: urgent\n    {filter_}"))
    assert cause in causes(lab(store, rules).why_not("chip-controls", str(stored.id)))


def test_an_article_of_a_feed_that_is_gone_is_judged_by_what_is_known_of_it(store: Store) -> None:
    sample = SampleArticle("New export controls on AI chips", feed="gone-gazette", link="https://gone.example/1")
    store_samples(store, [sample])
    (stored,) = store.articles(sample.at)
    rules = book(RULES.replace("priority: urgent", "priority: urgent\n    sources: {only: [gone.example]}"))
    assert lab(store, rules).why_not("chip-controls", str(stored.id)).outcome == "matches"


def test_reads_a_text_from_a_file_with_its_title_in_the_first_line(tmp_path: Path) -> None:
    file = tmp_path / "article.txt"
    file.write_text(
        "\ufeffChip makers rally\n\nAdvanced gpus led.\n\nLawmakers discussed an export ban.\n", encoding="utf-8"
    )
    answer = why_not_in_file(book(), "chip-controls", str(file))
    assert (answer.title, answer.stored, answer.outcome) == ("Chip makers rally", None, "miss")
    assert any("'gpus'" in cause for cause in causes(answer))


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("12345", "there is no article 12345 in the archive; `monitor search WORDS` shows their ids"),
        ("9" * 30, "there is no article 9"),
        ("https://nobody.example/x", "no feed has shown https://nobody.example/x"),
        ("nowhere.txt", "'nowhere.txt' cannot be read: no such file or directory; name an article by its number"),
        ("a\0b", "cannot be read: embedded null byte"),
        (sys.executable, "cannot be read: not a text file; name an article by its number"),
    ],
)
def test_refuses_what_names_no_article(named: str, said: str, store: Store) -> None:
    ask = partial(why_not_in_file, book()) if is_file(named) else lab(store).why_not
    with pytest.raises(UsageError) as refused:
        ask("chip-controls", named)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("rule_id", "said"),
    [
        ("chip-control", "there is no rule 'chip-control'; did you mean 'chip-controls'?"),
        ("x", "there is no rule 'x'; `monitor rules list` lists them"),
    ],
)
def test_refuses_an_unknown_rule_with_a_suggestion(rule_id: str, said: str, store: Store) -> None:
    with pytest.raises(UsageError) as refused:
        lab(store).why_not(rule_id, "1")
    assert str(refused.value) == said


def test_a_file_is_read_in_whatever_encoding_it_is(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes("Le règlement européen\n\nIl a été adopté.\n".encode("latin-1"))
    assert why_not_in_file(book(), "chip-controls", str(file)).title == "Le règlement européen"
