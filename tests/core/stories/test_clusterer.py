"""Stories from a stream of articles: copies join, other news does not, and articles of last week are not compared."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from monitor.core.model import FeedId
from monitor.core.stories.clusterer import StoryClusterer
from monitor.core.stories.fingerprints import StoryFingerprint, hash_shingles
from monitor.core.stories.weighted_terms import find_terms
from monitor.core.text import words

START = datetime(2026, 11, 2, tzinfo=UTC)
ENDINGS = ("ra", "to", "ne", "li", "shu", "kem", "dol")
WORDS = [f"{first}{second}{third}" for third in ENDINGS for first in "abcdefghijklmnop" for second in ENDINGS]


def text(seed: int, number: int = 300) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=number))


def add(clusterer: StoryClusterer, at: datetime, title: str, body: str, feed: str) -> int:
    hashes = hash_shingles(words(body), "en")
    fingerprint = StoryFingerprint(title=title, language="en", shingle_hashes=hashes, feed_id=FeedId(feed), at=at)
    return clusterer.add(at, fingerprint, find_terms(title, body))


def test_a_copy_cut_and_retitled_joins_its_story() -> None:
    clusterer = StoryClusterer()
    whole = text(1)
    first = add(clusterer, START, "Ministry speaks of wafers", whole, "a")
    cut = " ".join(whole.split()[:180])
    assert add(clusterer, START + timedelta(hours=3), "Of wafers and ministers", cut, "b") == first
    assert clusterer.stories == 1


def test_other_news_begins_its_own_story() -> None:
    clusterer = StoryClusterer()
    numbers = [add(clusterer, START, f"Title {seed}", text(seed), "a") for seed in range(5)]
    assert numbers == [0, 1, 2, 3, 4]


def test_short_items_of_the_same_title_join() -> None:
    clusterer = StoryClusterer()
    title = "Brussels fines Harbour Cloud over training data disclosure"
    first = add(clusterer, START, title, "", "a")
    assert add(clusterer, START, title, "", "b") == first
    assert add(clusterer, START, "Parliament rejects ruling on fishing quotas", "", "c") != first


def test_titles_with_most_words_in_common_join() -> None:
    clusterer = StoryClusterer()
    first = add(clusterer, START, "Brussels fines Harbour Cloud over training data disclosure", "", "a")
    again = "Harbour Cloud fined by Brussels over training data disclosure"
    assert add(clusterer, START, again, "", "b") == first


def test_a_copy_of_an_article_older_than_the_window_begins_a_story() -> None:
    clusterer = StoryClusterer()
    first = add(clusterer, START, "Ministry speaks", text(1), "a")
    assert add(clusterer, START + timedelta(days=7), "Ministry speaks", text(1), "b") == first
    assert add(clusterer, START + timedelta(days=15), "Ministry speaks", text(1), "c") == 1


def test_articles_older_than_the_window_take_no_memory() -> None:
    clusterer = StoryClusterer()
    for day in range(60):
        add(clusterer, START + timedelta(days=day), f"Title {day}", text(day), "a")
    assert len(clusterer._members) == 8
    assert len(clusterer._newest.items()) < 8 * 50


def test_words_that_many_titles_have_join_no_articles() -> None:
    clusterer = StoryClusterer()
    for number in range(60):
        add(clusterer, START, f"Brussels weighs semiconductor licences {WORDS[number]}", "", "a")
    assert clusterer.stories == 60
    add(clusterer, START, "Brussels weighs semiconductor licences", "", "b")
    assert clusterer.stories == 61


def test_a_copy_is_found_among_many_that_share_more_of_what_is_printed_under_everything() -> None:
    clusterer = StoryClusterer()
    wire, wall = text(1), text(2, 700)
    first = add(clusterer, START, "Regulator fines Brightwave", wire, "a")
    for number in range(60):
        add(clusterer, START, f"Own title n{number}", f"{text(number + 10, 60)} {wall}", "b")
    assert add(clusterer, START, "Brightwave told to pay", f"{wire} {wall}", "c") == first
