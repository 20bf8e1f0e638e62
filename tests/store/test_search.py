# ruff: noqa: RUF001  # other scripts are what is tested here
"""Search gives the answers of a search without an index, in the same order on both databases."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest
import sqlalchemy as sa
from sample_polls import DAY, FEED, NOW, a_find, a_poll, an_article, an_entry, drop_search_index, known_entries

from monitor.core.errors import UsageError
from monitor.core.search.index_words import indexed_phrases, words_of
from monitor.core.search.matches import article_holds, holds
from monitor.core.search.postings import POSTING_BUCKETS
from monitor.core.search.query import phrases
from monitor.core.search.query_parser import parse_query
from monitor.core.search.ranking import TITLE_WEIGHT, bm25, bm25_idf
from monitor.core.search.request import RANK_WINDOW, SearchRequest
from monitor.core.search.volume_ids import decode_ids
from monitor.core.text import tokenize
from monitor.store import RetentionCutoffs, Store, _search_words
from monitor.store._search_tables import SearchPostingsRow, SearchVolumeRow

WORDS = {
    "en": "regulator fines model licence export control chip court draft act the of minister delays ban AI",
    "de": "Aufsicht verhängt Bußgeld Modell Gesetz Entwurf Behörde der über KI-Verordnung Künstliche Straße",
    "fr": "règlement autorité modèle intelligence artificielle élection l'État œuvre français décret",
    "el": "κανονισμός τεχνητή νοημοσύνη ΑΡΧΗ αρχή νόμος",
    "zh": "人工智能 法案 监管 机构 发布 草案 芯片 出口 管制 欧盟 智能 人",
    "ja": "規制 モデル 人工知能 法案 が 生成AI の 政府",
    "ko": "인공지능 법 규제 정부 가 발표",
    "ar": "الذكاء الاصطناعي قانون هيئة تنظيم",
}


def an_archive(size: int = 120) -> list[tuple[str, str]]:
    """Titles and texts of few words, so that queries have many answers; some texts have paragraphs."""
    rng = random.Random(5)
    articles = []
    for number in range(size):
        words = list(WORDS.values())[number % len(WORDS)].split()
        joint = "" if number % len(WORDS) in (4, 5, 6) and number % 2 else " "
        text = joint.join(rng.choices(words, range(1, len(words) + 1), k=rng.randint(3, 40)))
        cut = len(text) // 2
        articles.append((joint.join(rng.choices(words, k=4)), f"{text[:cut]}\n\n{text[cut:]}" if number % 3 else text))
    return articles


def queries(count: int = 200) -> list[str]:
    """Queries of all forms, in all of the languages."""
    rng = random.Random(11)

    def unit() -> str:
        words = rng.choice(list(WORDS.values())).split()
        one, two = rng.sample(words, 2)
        return rng.choice(
            [
                one,
                one,
                one.upper(),
                f'"{one} {two}"',
                f"title:{one}",
                f"{one[:4]}*" if len(one) > 3 and one.isascii() else one,
            ]
        )

    return [
        rng.choice(["{0}", "{0}", "{0} {1}", "{0} OR {1}", "{0} -{1}", "({0} OR {1}) {2}", "{0} -({1} OR {2})"]).format(
            unit(), unit(), unit()
        )
        for _ in range(count)
    ]


def shrink_volumes(monkeypatch, articles, segments, buckets=POSTING_BUCKETS):
    """Write the postings of so many articles as a segment, and join so many segments, some buckets at once."""
    for module in (
        "core.search.postings",
        "core.search.volume_ids",
        "store._search_volumes",
        "store._search_index_check",
    ):
        monkeypatch.setattr(f"monitor.{module}.SEGMENT_ARTICLES", articles)
    for module in ("core.search.postings", "store._search_volumes", "store._search_newest"):
        monkeypatch.setattr(f"monitor.{module}.VOLUME_SEGMENTS", segments)
    monkeypatch.setattr("monitor.store._search_volumes.JOINED_AT_ONCE", buckets)


@pytest.fixture
def archive(any_store, monkeypatch):
    """Most of the articles in volumes of three segments, some in volumes of one, and some without postings.

    Of articles with one part of a query, few are looked up by their words, and more than two a volume by postings; two
    words are many to look for in an article.
    """
    shrink_volumes(monkeypatch, articles=11, segments=3)
    monkeypatch.setattr("monitor.store._search_newest.DOCUMENTS_FOR_LIST", 2)
    monkeypatch.setattr("monitor.store._search_newest.LISTS_FOR_DOCUMENT", 1)
    monkeypatch.setattr("monitor.core.search.postings._MAX_SINGLE_SEARCHES", 1)
    finds = [
        a_find(f"n{number}", article=an_article(f"n{number}", title=title, text=text))
        for number, (title, text) in enumerate(an_archive())
    ]
    any_store.record(a_poll(*finds))
    return any_store


def test_answers_and_their_order_are_those_of_a_search_without_an_index(archive):
    articles = [(each.article.title, each.article.text) for each in archive.articles(NOW - DAY)]
    assert sorted(articles) == sorted(an_archive())
    answered = 0
    for text, scores in answers_by_brute_force().items():
        answer = archive.search(SearchRequest(query=parse_query(text)), limit=RANK_WINDOW)
        found = [(each.article.title, each.article.text) for each in answer.articles]
        assert len(found) == len(scores), text
        assert set(found) == scores.keys(), text
        in_order = [scores[each] for each in found]
        assert in_order == sorted(in_order, reverse=True), text
        answered += bool(found)
    assert answered > 100


@cache
def answers_by_brute_force():
    """For each query the articles that hold, with their relevance; the same on both databases."""
    documents = {article: tuple(map(tokenized, article)) for article in an_archive()}
    answers = {}
    for text in queries():
        query = parse_query(text)
        holding = {article for article in documents if article_holds(query, *article)}
        answers[text] = {each: round(score, 3) for each, score in relevance(query, documents, holding).items()}
    return answers


def tokenized(text):
    return tuple(tokenize(text).words)


def relevance(query, documents, among):
    """BM25 of some of the documents by counting in the texts; a phrase weighs as its rarest word does."""
    mean = sum(len(title) + len(text) for title, text in documents.values()) / len(documents)
    scores = Counter()
    for phrase in phrases(query):
        weight = max(bm25_idf(len(documents), holding(forms, phrase, documents)) for forms in words_with_forms(phrase))
        for each in among:
            title, text = documents[each]
            count = TITLE_WEIGHT * occurrences(phrase, title) + (0 if phrase.title else occurrences(phrase, text))
            scores[each] += bm25(count, weight, len(title) + len(text), mean) if count else 0
    return scores


def words_with_forms(phrase):
    """The indexed words of a phrase, in scripts without spaces pairs of characters; the last with its forms."""
    alternatives = indexed_phrases(phrase)
    lasts = [(each.words[-1], each.prefix) for each in alternatives]
    return [*([(word, False)] for word in alternatives[0].words[:-1]), lasts]


def holding(forms, phrase, documents):
    def has(words):
        return any(word.startswith(form) if prefix else word == form for word in words for form, prefix in forms)

    return sum(
        has(words_in(title) if phrase.title else words_in(title) + words_in(text)) for title, text in documents.values()
    )


words_in = cache(words_of)


def occurrences(phrase, tokens):
    anywhere, size = replace(phrase, title=False), len(phrase.words)
    return sum(holds(anywhere, tokens[start : start + size], []) for start in range(len(tokens)))


def ids(store, text, **filters):
    return [each.id for each in store.search(SearchRequest(query=parse_query(text), **filters)).articles]


def titles(store, text, **filters):
    found = store.search(SearchRequest(query=parse_query(text), **filters)).articles
    return [each.article.title for each in found]


_SECONDS = itertools.count()


def record(store, name, text, *rules, at=NOW, **changes):
    """Store one article; no two polls of a feed begin at once."""
    article = an_article(name, title=name, text=text, **changes)
    store.record(a_poll(a_find(name, *rules, article=article), at=at + timedelta(seconds=next(_SECONDS))))


def edit(store, name, text, *, at):
    """Store another version of an article."""
    (known,) = known_entries(store, FEED, [an_entry(name).key]).values()
    entry, article = an_entry(name, content_hash="edited"), an_article(name, text=text)
    edited = a_find(name, entry=entry, article=article, entry_id=known.entry_id)
    store.record(a_poll(edited, at=at + timedelta(seconds=next(_SECONDS))))


def test_an_edit_is_found_by_its_new_words_only(any_store):
    record(any_store, "one", "Ministers discuss lighthouses.")
    edit(any_store, "one", "Ministers discuss harbours.", at=NOW + DAY)
    assert len(ids(any_store, "harbour")) == 1
    assert ids(any_store, "lighthouse") == []
    assert any_store.check() == []


def test_a_page_that_is_read_later_is_found_by_its_words(any_store):
    article = an_article("one", partial=True, partial_reason="timeout", quality="summary", text="A summary.")
    any_store.record(a_poll(a_find("one", article=article, retry_at=NOW)))
    (due,) = any_store.partial_articles(NOW)
    any_store.replace_article(due.article_id, a_find("one", article=an_article("one", text="The whole page.")), NOW)
    assert ids(any_store, "page") == [due.article_id]
    assert ids(any_store, "summary") == []
    assert any_store.check() == []


def test_removed_articles_and_texts_are_not_found(any_store):
    record(any_store, "old", "The lighthouse is old.", at=NOW - 3 * DAY)
    record(any_store, "kept", "The lighthouse has a hit.", "inquiries", at=NOW - 3 * DAY)
    record(any_store, "new", "The lighthouse is new.")
    bounds = RetentionCutoffs(articles=NOW - DAY, hits=NOW - 30 * DAY, polls=NOW - DAY)
    any_store.prune(before=bounds, now=NOW)
    assert titles(any_store, "lighthouse") == ["new"]
    assert any_store.check() == []


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"since": NOW - DAY}, ["recent", "French"]),
        ({"until": NOW - DAY}, ["early"]),
        ({"feeds": frozenset(["harbour"])}, []),
        ({"feeds": frozenset([FEED])}, ["recent", "French", "early"]),
        ({"language": "fr"}, ["French"]),
        ({"topic": "oversight"}, ["recent"]),
        ({"topic": "other"}, []),
        ({"matched": True}, ["recent"]),
        ({"matched": False}, ["French", "early"]),
        ({"matched": False, "language": "en", "since": NOW - 9 * DAY, "feeds": frozenset([FEED])}, ["early"]),
    ],
)
def test_answers_can_be_filtered(any_store, filters, expected):
    record(any_store, "early", "A lighthouse.", at=NOW - 5 * DAY)
    record(any_store, "French", "A lighthouse.", language="fr")
    record(any_store, "recent", "A lighthouse.", "inquiries", at=NOW + DAY / 24)
    assert titles(any_store, "lighthouse", **filters) == expected


@pytest.mark.parametrize("few", [1, 5])
def test_the_hits_of_a_common_word_are_articles_with_the_word_and_of_the_chosen_feeds(any_store, monkeypatch, few):
    """More articles have the word than are compared with hits one by one; more have hits, or fewer."""
    monkeypatch.setattr("monitor.store._search_candidates.MAX_AT_ONCE", few)
    for number in range(6):
        record(any_store, f"n{number}", "A lighthouse.", *["inquiries"] * (number < 3))
    record(any_store, "without the word", "A harbour.", "inquiries")
    article = an_article("of another feed", title="of another feed", text="A lighthouse.")
    any_store.record(a_poll(a_find("of another feed", "inquiries", article=article), feed="other", at=NOW + DAY))
    assert len(titles(any_store, "lighthouse", matched=True)) == 4
    assert titles(any_store, "lighthouse", matched=True, feeds=frozenset(["other"])) == ["of another feed"]
    assert titles(any_store, "lighthouse", topic="oversight", feeds=frozenset(["unknown"])) == []
    assert titles(any_store, "lighthouse", matched=False) == ["n5", "n4", "n3"]


def test_titles_count_more_than_texts_and_new_articles_more_than_old_ones(any_store):
    filler = " ".join(f"word{number}" for number in range(60))
    for number in range(9):
        record(any_store, f"other {number}", filler)
    record(any_store, "in the text", f"Export controls. {filler}", at=NOW - 300 * DAY)
    record(any_store, "newer", f"Export controls. {filler}")
    record(any_store, "Export controls", filler, at=NOW - 300 * DAY)
    assert titles(any_store, "export controls") == ["Export controls", "newer", "in the text"]


def test_all_answers_come_page_by_page_though_new_ones_are_stored_meanwhile(any_store):
    finds = [a_find(f"n{number}", article=an_article("lighthouse", text="")) for number in range(RANK_WINDOW + 150)]
    any_store.record(a_poll(*finds))
    request = SearchRequest(query=parse_query("lighthouse"))
    page = any_store.search(request, limit=400)
    assert str(page.total) == "more than 1,000"
    seen = [each.id for each in page.articles]
    while page.next is not None:
        record(any_store, f"new {page.next}", "lighthouse", at=NOW + DAY)
        page = any_store.search(request, page.next, limit=400)
        seen += [each.id for each in page.articles]
    assert len(seen) == len(set(seen)) == RANK_WINDOW + 150


def test_the_number_of_answers_is_counted(any_store):
    for number in range(3):
        record(any_store, f"n{number}", "A lighthouse.")
    found = any_store.search(SearchRequest(query=parse_query("lighthouse")), limit=1)
    assert (str(found.total), len(found.articles)) == ("3", 1)


def test_a_search_that_examined_as_many_articles_as_it_may_says_so_and_goes_on_with_older_ones(any_store):
    texts = ["Export of goods, and controls."] * 12
    texts[0] = texts[9] = "Export controls."
    finds = [a_find(f"n{number}", article=an_article(f"n{number}", text=text)) for number, text in enumerate(texts)]
    any_store.record(a_poll(*finds))
    request = SearchRequest(query=parse_query('"export controls" export'))
    first = any_store.search(request, examine=5)
    assert ([each.article.title for each in first.articles], str(first.total)) == (["Title of n9"], "at least 1")
    assert first.examined_since is not None
    second = any_store.search(request, first.next, examine=5)
    assert second.articles == ()
    third = any_store.search(request, second.next, examine=5)
    assert [each.article.title for each in third.articles] == ["Title of n0"]
    assert (third.next, third.examined_since) == (None, None)


def volumes(store):
    with store._reading() as connection:
        return set(connection.execute(sa.text("SELECT volume FROM search_postings")).scalars())


def test_articles_leave_their_volumes_and_few_that_are_left_come_into_others(any_store, monkeypatch):
    shrink_volumes(monkeypatch, articles=4, segments=2)
    for number in range(18):
        record(any_store, f"n{number}", f"A lighthouse, number{number}.", at=NOW + number * DAY)
    joined = volumes(any_store)
    assert len(joined) == 2
    for number in (1, 2, 3, 5, 6, 7, 0):  # of the first eight, one is left
        edit(any_store, f"n{number}", f"A harbour, number{number}.", at=NOW + 30 * DAY)
    assert min(joined) not in volumes(any_store)
    assert any_store.check() == []
    assert len(ids(any_store, "lighthouse")) == 11
    assert titles(any_store, "number4") == ["n4"]
    assert len(ids(any_store, "harbour")) == 7


def test_no_transaction_writes_postings_of_more_articles_than_it_adds_also_when_a_volume_is_dissolved(
    sqlite_store, monkeypatch
):
    shrink_volumes(monkeypatch, articles=1, segments=9)
    for number in range(12):
        record(sqlite_store, f"n{number}", f"A lighthouse, number{number}.", at=NOW + number * DAY)
    joined = min(volumes(sqlite_store))
    before = set()
    for number in range(7):
        before = volumes(sqlite_store)
        edit(sqlite_store, f"n{number}", f"A harbour, number{number}.", at=NOW + 30 * DAY)
    assert joined in before - volumes(sqlite_store)
    assert len(volumes(sqlite_store) - before) == 1
    assert len(ids(sqlite_store, "lighthouse")) == 5
    for number in range(2):
        record(sqlite_store, f"new {number}", "A lighthouse.", at=NOW + 40 * DAY)
    assert sqlite_store.check() == []


def test_articles_are_found_in_each_step_of_joining_volumes_also_when_one_is_dissolved_meanwhile(
    any_store, monkeypatch
):
    shrink_volumes(monkeypatch, articles=2, segments=3, buckets=POSTING_BUCKETS // 8)
    for number in range(16):
        record(any_store, f"n{number}", "A lighthouse.", at=NOW + number * DAY)
        if number == 5:
            for edited in (0, 1):
                edit(any_store, f"n{edited}", "A lighthouse.", at=NOW + 13 * DAY)
        assert len(ids(any_store, "lighthouse")) == number + 1
    assert any_store.check() == []
    with any_store._reading() as connection:
        stored = connection.execute(sa.text("SELECT ids FROM search_volumes WHERE volume > 0")).scalars()
        sizes = {len(decode_ids(each)) for each in stored}
    assert 2 * 3 in sizes


def test_few_long_articles_fill_a_segment_and_its_unused_places_do_not_count_as_removed(any_store, monkeypatch):
    shrink_volumes(monkeypatch, articles=16, segments=9)
    monkeypatch.setattr("monitor.store._search_volumes.SEGMENT_WORDS", 28)
    for number in range(7):
        record(any_store, f"n{number}", f"A lighthouse, number{number}. {'Much more. ' * 5}", at=NOW + number * DAY)
    assert volumes(any_store) == {1, 2, 3}
    edit(any_store, "n0", "A harbour.", at=NOW + 30 * DAY)
    assert volumes(any_store) == {1, 2, 3}
    assert any_store.check() == []
    assert sorted(titles(any_store, "lighthouse")) == [f"n{number}" for number in range(1, 7)]


def test_the_newest_answers_are_found_first_while_the_oldest_articles_have_no_postings_yet(any_store, monkeypatch):
    shrink_volumes(monkeypatch, articles=4, segments=2)
    for number in range(6):
        record(any_store, f"n{number}", f"A lighthouse, number{number}.", at=NOW + number * DAY)
    drop_search_index(any_store)
    while any_store.build_search_index(1):
        pass
    request = SearchRequest(query=parse_query("lighthouse"))
    found = any_store.search(request, examine=1)
    assert [each.article.title for each in found.articles] == ["n5"]


def test_many_rare_words_beside_a_common_one_are_looked_for_without_reading_all_articles_that_have_the_latter(
    sqlite_store, monkeypatch
):
    shrink_volumes(monkeypatch, articles=16, segments=9)
    texts = [f"A harbour{number}." if number < 30 else "A lighthouse." for number in range(63)]
    texts.append("A lighthouse, a harbour7.")
    finds = [a_find(f"n{number}", article=an_article(f"n{number}", text=text)) for number, text in enumerate(texts)]
    sqlite_store.record(a_poll(*finds))
    read = []

    def note_read(_, __, statement, parameters, *___):
        if "search_documents.words" in statement:
            read.extend(json.loads(parameters[0]))

    sa.event.listen(sqlite_store._engine, "before_cursor_execute", note_read)
    assert titles(sqlite_store, "lighthouse harbour*") == ["Title of n63"]
    assert len(read) < 5


def test_a_prefix_of_too_many_words_is_refused(any_store, monkeypatch):
    monkeypatch.setattr("monitor.store._search_words.MAX_COMPLETIONS", 2)
    record(any_store, "one", "Regulation, regulators and regulatory regimes.")
    with pytest.raises(UsageError, match=r"regulat\* stands for more than 2 words"):
        ids(any_store, "regulat*")
    assert len(ids(any_store, "regulatory*")) == 1


def number_and_fail(store, word):
    with store._writing() as connection:
        _search_words.codes_of_articles(connection, [{word}])
        _search_words.codes_of_articles(connection, [{word}])
        raise RuntimeError


def test_words_keep_their_numbers_if_a_transaction_fails(any_store):
    record(any_store, "one", "A lighthouse.")
    for _ in range(2):  # a word is cached the second time
        with pytest.raises(RuntimeError):
            number_and_fail(any_store, "harbour")
        record(any_store, "two", "A quay.")
    record(any_store, "three", "A harbour.")
    assert len(ids(any_store, "harbour")) == 1
    assert len(ids(any_store, "quay")) == 1
    assert any_store.check() == []


def test_phrases_are_found_in_texts_too_long_for_all_positions(any_store):
    long = " ".join(f"w{number}" for number in range(20_000))
    record(any_store, "late", f"{long} export controls")
    record(any_store, "apart", f"controls {long} export")
    record(any_store, "often", "the " * 400 + "of the state export controls")
    assert set(titles(any_store, '"export controls"')) == {"late", "often"}
    assert titles(any_store, 'export -"export controls"') == ["apart"]
    assert titles(any_store, '"the state"') == ["often"]


def test_a_text_of_very_many_different_words_is_found_by_the_first_of_them_and_counted(any_store, monkeypatch):
    record(any_store, "whole", "red green blue white black brown")  # by a program without the limit
    monkeypatch.setattr("monitor.core.search.index_words.MAX_DIFFERENT_WORDS", 5)
    record(any_store, "odd", "一丁七万丈一丁三上下丌")
    record(any_store, "more", "one two three four five one")
    assert [titles(any_store, each) for each in ("七万", "丁三", "上下", "三")] == [["odd"], [], [], []]
    assert titles(any_store, "five one") == ["more"]
    assert titles(any_store, "brown") == ["whole"]
    assert any_store.articles_indexed_in_part() == 1
    assert any_store.check() == []


@pytest.mark.parametrize("words", ["' or 1=1", "a':b*c", "near a", "{title} : a", "\\ \x00 a", "a''|!b", "- + ^ a"])
def test_what_databases_take_for_syntax_is_searched_for_as_words(any_store, words):
    record(any_store, "one", "Text.")
    assert ids(any_store, words) == []


# ---------------------------------------------------------------- building the index of an archive


def test_an_archive_is_indexed_newest_first_and_the_build_continues_after_an_interruption(any_store):
    for number in range(7):
        record(any_store, f"n{number}", "A lighthouse.", at=NOW + number * DAY)
    drop_search_index(any_store)
    assert ids(any_store, "lighthouse") == []
    any_store.build_search_index(3)
    found = any_store.search(SearchRequest(query=parse_query("lighthouse")))
    assert [each.article.title for each in found.articles] == ["n6", "n5", "n4"]
    assert NOW + 3 * DAY < found.missing_before < NOW + 4 * DAY
    assert any_store.unindexed_articles() == 4
    again = Store(any_store._address)  # another process, after the first was killed
    record(again, "n7", "A lighthouse, stored meanwhile.", at=NOW + 8 * DAY)
    while again.build_search_index(3):
        pass
    assert again.search_index_is_complete()
    again.close()
    assert len(ids(any_store, "lighthouse")) == 8
    assert any_store.check() == []


def test_two_processes_build_the_index_while_articles_are_stored_edited_and_removed(any_store):
    for number in range(30):
        record(any_store, f"n{number}", "A lighthouse.", at=NOW - (3 if number < 10 else 0) * DAY)
    drop_search_index(any_store)
    builders = [Store(any_store._address) for _ in range(2)]

    def build(store):
        while store.build_search_index(2):
            pass

    with ThreadPoolExecutor() as threads:
        built = [threads.submit(build, each) for each in builders]
        any_store.prune(before=RetentionCutoffs(articles=NOW - DAY, hits=NOW - 30 * DAY, polls=NOW - DAY), now=NOW)
        for number in range(20, 25):
            edit(any_store, f"n{number}", "A harbour.", at=NOW + DAY)
            record(any_store, f"new {number}", "A lighthouse.", at=NOW + 2 * DAY)
        for each in built:
            each.result()
    for each in builders:
        each.close()
    assert (len(ids(any_store, "lighthouse")), len(ids(any_store, "harbour"))) == (20, 5)
    assert any_store.check() == []


def test_check_names_what_the_index_lacks(any_store):
    record(any_store, "one", "A lighthouse.")
    with any_store._writing() as connection:
        connection.execute(sa.text("DELETE FROM search_documents"))
    assert any("lacks 1 article" in problem and "monitor db reindex" in problem for problem in any_store.check())


def test_check_names_articles_that_no_search_for_their_words_would_find(any_store, monkeypatch):
    shrink_volumes(monkeypatch, articles=1, segments=9)
    for name in ("one", "two"):
        record(any_store, name, "A lighthouse.")
    assert any_store.check() == []
    with any_store._writing() as connection:
        connection.execute(sa.text("DELETE FROM search_postings WHERE volume = 1"))
    assert any("not list 1 article under all words" in problem for problem in any_store.check())


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (sa.delete(SearchPostingsRow).where(SearchPostingsRow.volume == 1), "has lost all postings of 1 article"),
        (sa.update(SearchPostingsRow).values(postings=b"xx"), "cannot be read"),
        (sa.update(SearchVolumeRow).where(SearchVolumeRow.volume == 1).values(ids=bytes(4)), "has 1 article either"),
        (sa.update(SearchVolumeRow).values(first=7, last=7), "has 2 articles outside"),
        (sa.update(SearchVolumeRow).values(ids=b"odd"), "cannot be read"),
    ],
    ids=["lost", "unreadable", "unlisted", "outside", "odd"],
)
def test_check_names_damage_of_postings_that_building_the_index_anew_repairs(any_store, monkeypatch, damage, named):
    shrink_volumes(monkeypatch, articles=1, segments=9)
    for name in ("one", "two"):
        record(any_store, name, "A lighthouse.")
    with any_store._writing() as connection:
        connection.execute(damage)
    assert any(named in problem and "monitor db reindex" in problem for problem in any_store.check())
    any_store.restart_search_index()
    while any_store.build_search_index(1):
        pass
    assert any_store.check() == []
    assert sorted(titles(any_store, "lighthouse")) == ["one", "two"]


def test_check_names_articles_whose_indexed_words_are_not_theirs(any_store):
    record(any_store, "one", "A lighthouse.")
    with any_store._writing() as connection:
        connection.execute(sa.text("UPDATE articles SET text = 'A harbour.'"))
    assert any("other words than the archive for 1 article of" in problem for problem in any_store.check())


def test_a_reindex_mends_what_check_names_and_hides_nothing_meanwhile(any_store):
    for number in range(5):
        record(any_store, f"n{number}", "A lighthouse.")
    with any_store._writing() as connection:
        connection.execute(sa.text("DELETE FROM search_documents WHERE article_id = 2"))
        connection.execute(sa.text("UPDATE articles SET text = 'A harbour.' WHERE id = 3"))
    any_store.restart_search_index()
    assert len(ids(any_store, "lighthouse")) == 4
    while any_store.build_search_index(2):
        pass
    assert (len(ids(any_store, "lighthouse")), len(ids(any_store, "harbour"))) == (4, 1)
    assert any_store.check() == []


def test_a_copy_into_another_database_is_searchable_once_it_is_indexed(sqlite_store, postgres_url):
    record(sqlite_store, "one", "A lighthouse.")
    sqlite_store.copy_to(postgres_url)
    copy = Store(postgres_url)
    while copy.build_search_index(50):
        pass
    assert titles(copy, "lighthouse") == ["one"]
    assert copy.check() == []
    copy.close()
