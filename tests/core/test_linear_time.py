"""Functions on publishers' text take linear time for any text: matching in the main process cannot be killed.

Each case has a size at which a quadratic algorithm needs minutes and a linear one some tenths of a second. It is
stopped after LIMIT seconds of processor time, so that a busy machine is no failure. `python -m benchmarks scaling`
measures many more texts and all functions.
"""

from __future__ import annotations

import signal
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from benchmarks.text_functions import calls
from monitor.core import feeds
from monitor.core.articles import clutter, extract, page_facts, paragraph_edits, parsing, standfirst
from monitor.core.matching.matcher import Matcher
from monitor.core.model import Article, Changed, Entry, Feed, FeedId, Response, Source
from monitor.core.newsletters import html_body
from monitor.core.rules import SourceFile, load
from monitor.core.seeds.phrases import find_phrases
from monitor.core.sources import page_links
from monitor.core.stories.headlines import headline_features
from monitor.core.stories.title_kinds import title_kind
from monitor.core.stories.weighted_terms import find_terms
from monitor.core.text import MAX_TEXT_CHARS
from monitor.core.text.sentences import sentences
from monitor.runtime.logs import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 5.0
SIZE = MAX_TEXT_CHARS // 2
"""Characters of most texts: half a text takes a quadratic algorithm a quarter of the time."""
NOW = datetime(2026, 11, 24, tzinfo=UTC)


@contextmanager
def _bounded() -> Iterator[None]:
    """Fail if more than LIMIT seconds of processor time are used; regular expressions can be interrupted too."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"more than {LIMIT:g} seconds of the processor: not linear")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, LIMIT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _filled(unit: str, size: int = SIZE) -> str:
    return (unit * (size // len(unit) + 1))[:size]


@pytest.mark.parametrize("unit", [".", "!", "?", "…", ".!?…", "...x", ".)", "。", "“.", ". ", "U.S. "])
def test_runs_of_marks_are_split_into_sentences_in_linear_time(unit: str) -> None:
    text = _filled(unit)
    with _bounded():
        found = sentences(text)
    assert found[0][0] == 0


@pytest.mark.parametrize("space", [" ", "\n", "\t\u00a0"])
def test_space_behind_the_last_sentence_takes_linear_time(space: str) -> None:
    text = "It passed." + _filled(space)
    with _bounded():
        assert len(sentences(text)) == 1


def _apply(before: Article, changes: tuple[paragraph_edits.Edit, ...]) -> list[str]:
    """Apply the edits to the paragraphs of an article; the order is lost."""
    left = [before.title, *before.text.split("\n\n")]
    for change in changes:
        if change.mark == "-":
            left.remove(change.text)
    return sorted([*left, *(change.text for change in changes if change.mark == "+")])


def _article(paragraphs: list[str]) -> Article:
    return Article(title="Guidance", text="\n\n".join(paragraphs))


HOSTILE_EDITS = {
    "two lines by turns": (["a", "b"] * 20_000, ["b", "a"] * 20_000),
    "reversed": ([str(number) for number in range(30_000)], [str(number) for number in range(30_000, 0, -1)]),
    "few words, shuffled": (
        [str(number * 7919 % 97) for number in range(40_000)],
        [str(number * 104_729 % 97) for number in range(40_000)],
    ),
    "every other line changed": (
        [str(number) for number in range(30_000)],
        [f"{number}!" if number % 2 else str(number) for number in range(30_000)],
    ),
    "no paragraph": ([""] * 60_000, ["", "a"] * 30_000),
}


@pytest.mark.parametrize("name", HOSTILE_EDITS)
def test_edits_of_hostile_articles_are_found_in_bounded_time(name: str) -> None:
    before, after = map(_article, HOSTILE_EDITS[name])
    with _bounded():
        changes = paragraph_edits.compare_versions(before, after)
    assert changes


def test_edits_past_the_limit_of_the_exact_comparison_still_turn_one_version_into_the_other() -> None:
    lines = [f"{number}" for number in range(3_000)]
    moved = [*lines[:10], *lines[2_000:], *lines[10:900], "new", *lines[1_000:2_000]]
    before, after = _article(lines), _article(moved)
    changes = paragraph_edits.compare_versions(before, after)
    assert _apply(before, changes) == sorted([after.title, *moved])
    assert paragraph_edits.Edit("+", "new") in changes
    assert len(changes) < 2_200  # what moved, not everything


def test_masks_of_many_rules_take_time_for_what_they_hide_and_not_for_all_terms() -> None:
    words, times = [f"w{at}" for at in range(1_000)], 30
    rule = f"rules:\n  - {{id: all-of-them, title: All, topic: all, any: [{', '.join(words)}]}}\n"
    matcher = Matcher(load([SourceFile("r.yaml", rule)], warn=False)[0].rules)
    context, term = matcher.scan(Article(title="", text=" ".join(words * times)), Source()), matcher.terms[0]
    with _bounded():
        for at, word in enumerate(words):
            context.mask([(at + 1, at + 2, term)])  # behind the title
            assert len(context.spans_of(word, *context.default_scope)) == times - 1


def test_the_benchmark_of_scaling_can_call_all_functions_that_it_names() -> None:
    for call in calls().values():
        call("The AI Act. <b>One</b>")


# ---------------------------------------------------------------- matching

RULES = """version: 1
rules:
- {id: one-sentence, title: t, topic: t, same: sentence, of: [export, ban]}
- {id: close-by, title: t, topic: t, near: 3, of: [export, ban]}
"""


def test_a_paragraph_of_many_sentences_that_all_have_a_term_is_matched_in_linear_time() -> None:
    matcher = Matcher(load([SourceFile("r.yaml", RULES)])[0].rules)
    article = Article(title="", text=_filled("Export. Ban. "))
    with _bounded():
        found = matcher.match(article, Source())
    assert [match.rule_id for match in found] == ["close-by"]


# ---------------------------------------------------------------- what stands around an article


@pytest.mark.parametrize("unit", ["U.S. Department open. Weight ", "open: weight ", "open\n- weight ", "中.国"])
@pytest.mark.parametrize("zone", ["title", "text"])
def test_phrases_with_marks_between_their_words_are_checked_in_linear_time(unit: str, zone: str) -> None:
    rule = "{id: the-rule, title: T, topic: t, any: [US Department, open weight, 中国]}"
    matcher = Matcher(load([SourceFile("r.yaml", f"rules:\n  - {rule}\n")])[0].rules)
    text = _filled(unit)
    article = Article(title=text, text="") if zone == "title" else Article(title="T", text=text)
    with _bounded():
        found = matcher.match(article, Source())
    assert bool(found) == unit.startswith("U.S.")


@pytest.mark.parametrize("unit", [".", "… ", "[…] "])
def test_a_summary_of_marks_is_compared_with_its_text_in_linear_time(unit: str) -> None:
    with _bounded():
        assert standfirst.missing_sentences(_filled(unit), "Another text.", "Title") == ""


def test_a_summary_of_many_sentences_is_compared_with_a_long_text_in_bounded_time() -> None:
    text = _filled("of it. word ")
    summary = " ".join(f"Word {number} of it." for number in range(10_000))
    with _bounded():
        assert standfirst.missing_sentences(summary, text, "Title") == summary


def test_a_summary_of_more_sentences_than_are_searched_for_is_still_known_by_the_texts_own_sentences() -> None:
    known = [f"Sentence {number} says so." for number in range(700)]
    text = " ".join([*reversed(known), "The end."])
    assert standfirst.missing_sentences(" ".join([*known, "This is new."]), text, "Title") == "This is new."


@pytest.mark.parametrize("space", [" ", "\t", "\u00a0"])
def test_titles_of_white_space_are_read_in_linear_time(space: str) -> None:
    title = f"Ministers meet{_filled(space)}again"
    with _bounded():
        assert headline_features.__wrapped__(title).folded == "ministers meet again"
        tree, _ = parsing.parse_html(f'<meta property="og:title" content="{title}"><h1>Another headline</h1>')
        assert tree is not None
        assert page_facts.read_page_facts(tree).title.split() == ["Ministers", "meet", "again"]


@pytest.mark.parametrize("unit", ["a", "a+", "x://y:z", "?token_", "?a-token_b-key-", "&api_key"])
def test_secrets_are_looked_for_in_linear_time(unit: str) -> None:
    with _bounded():
        Redactor()(None, "", {"event": _filled(unit)})


def test_the_links_of_deeply_nested_blocks_are_measured_in_one_pass() -> None:
    depth = parsing.MAX_PAGE_DEPTH // 2 - 20
    tree, complete = parsing.parse_html("<li><a href=/x>link</a> " * depth + _filled("some words ", 5_000_000))
    assert complete
    with _bounded():
        clutter.remove_link_blocks(tree)


def test_a_page_that_is_nested_deeper_than_in_browsers_is_read_without_the_extractor() -> None:
    page = f"<p>{'The committee met on Monday. ' * 30}</p>{'<a href=/x><div>' * 900}".encode()
    with _bounded():
        article = extract(page, "text/html", Entry(key="k", title="", link="https://news.example/1"))
    assert (article.quality, article.partial_reason.partition(";")[0]) == ("plain", "nested too deeply")


def test_phrases_of_a_document_are_counted_in_linear_time() -> None:
    different = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(5_000))
    with _bounded():
        assert find_phrases([different, different], "zh")


@pytest.mark.parametrize("unit", ["'", ".'", "[", ":", ":: "])
def test_phrases_of_a_document_of_punctuation_are_found_in_linear_time(unit: str) -> None:
    with _bounded():
        assert not find_phrases([f"It met. {_filled(unit, 100_000)}"], "en")


# ---------------------------------------------------------------- newsletters and lists


@pytest.mark.parametrize(
    "markup",
    [
        _filled(f"<span hidden>x</span>{'y' * 99} ", 4_000_000),
        f"<a href=https://a.example/x>{_filled('!', 100_000)}x</a>",
        "".join(f"<a href=https://a.example/{number}>here</a> " for number in range(1_000)) + _filled("x ", 3_000_000),
    ],
    ids=["elements that are removed", "a link of marks", "links in one block"],
)
def test_newsletters_are_read_in_linear_time(markup: str) -> None:
    with _bounded():
        assert html_body.parse_body(markup, with_links=True).text


def test_links_of_marks_are_told_from_titles_in_linear_time() -> None:
    with _bounded():
        assert not page_links.is_generic_text(f"{_filled('!', 100_000)}x")


# ---------------------------------------------------------------- rules


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("any: ['A" + ", " * 50_000 + "b']", {"W121"}),
        (f"any: [alpha], ignore: [{', '.join(f'$list-{number}' for number in range(12_000))}]", set()),
    ],
    ids=["commas in one term", "lists under ignore"],
)
def test_rules_are_checked_in_linear_time(text: str, codes: set[str]) -> None:
    lists = "".join(f"  list-{number}: [word{number}]\n" for number in range(12_000))
    rule = f"rules:\n- {{id: the-rule, title: T, topic: t, status: draft, {text}}}\n"
    with _bounded():
        _, problems = load([SourceFile("r.yaml", rule if codes else f"lists:\n{lists}{rule}")])
    assert {problem.code for problem in problems} == codes


# ---------------------------------------------------------------- feeds


@pytest.mark.parametrize("element", ["author", "dc:creator", "managingEditor", "webMaster", "itunes:author"])
def test_a_feed_with_an_author_of_the_longest_size_is_read_in_linear_time(element: str) -> None:
    written = f"<{element}>{_filled('a.', MAX_TEXT_CHARS)}</{element}>"
    feed = Feed(id=FeedId("f"), url="https://news.example/feed")
    names = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    body = f'<rss version="2.0" {names}><channel>{written}<item><title>One</title>{written}</item></channel></rss>'
    with _bounded():
        outcome = feeds.parse(feed, Response(url=feed.url, status=200, body=body.encode()), NOW)
    assert isinstance(outcome, Changed)
    assert [entry.title for entry in outcome.entries] == ["One"]


@pytest.mark.parametrize("unit", ["a", "stock ", "股", "關稅", "9,", "rattl", "to watch ", "-", "\n"])
def test_terms_and_kind_of_a_title_are_found_in_linear_time(unit: str) -> None:
    text = _filled(unit)
    with _bounded():
        assert title_kind(text) in {"report", "market move", "column"}
        assert len(find_terms(text, text).hashes) < 1_000
