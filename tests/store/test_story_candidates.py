"""The store and the rule lab compare a new article with the same earlier ones."""

from __future__ import annotations

import random
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa
from sample_polls import FEED, NOW, a_find, a_poll

from monitor.core.model import Article
from monitor.core.stories.candidates import MAX_ARTICLES_OF_KEY, MAX_CANDIDATES, IndexKeys
from monitor.core.stories.clusterer import StoryClusterer
from monitor.core.stories.fingerprints import hash_shingles
from monitor.core.stories.frequencies import TOTAL, DocumentFrequencies
from monitor.core.stories.weighted_terms import find_terms, weigh
from monitor.store import Store, _document_frequencies, _story_keys
from monitor.store._archiving import ArchivedArticle
from monitor.store._incoming_tables import ArticleRow
from monitor.store._story_candidates import NewArticle, StoryIndex

ARTICLES = 800
FIRST_ID = 1000
WORDS = [f"{first}{second}{third}" for first in "bdfgklmnprst" for second in "aeiou" for third in ("ra", "ton", "lex")]
NOTICE = random.Random(7).choices(WORDS, k=60)
"""What a publisher prints under everything."""


def generate(rng):
    """Generate titles and texts: short and long ones, cut copies, texts with a notice, titles that share words."""
    earlier = []
    for _ in range(ARTICLES):
        if earlier and rng.random() < 0.3:
            title, words = rng.choice(earlier[-300:])
            words = words[: int(len(words) * rng.uniform(0.4, 1))] + rng.choices(WORDS, k=rng.randrange(60))
            title = title if rng.random() < 0.3 else " ".join(rng.sample(title.split(), 6) + rng.sample(WORDS, 2))
        else:
            words = rng.choices(WORDS, k=rng.choice((20, 60, 90, 150, 400)))
            title = " ".join(rng.sample(WORDS, 8))
        earlier.append((title, words))
        yield title, words + (NOTICE if rng.random() < 0.2 else [])


def test_the_store_and_the_rule_lab_find_the_same_candidates(sqlite_store):
    sqlite_store.record(a_poll(a_find("probe", "inquiries")))
    clusterer, numbers, lengths = StoryClusterer(), [], []
    with sqlite_store._writing() as connection:
        connection.execute(sa.text("DELETE FROM logged_story_keys"))
        connection.execute(sa.text("DELETE FROM term_frequencies"))
        connection.execute(sa.text("DELETE FROM fingerprints"))
        (row,) = connection.execute(sa.select(ArticleRow)).mappings()
        story_id = connection.execute(sa.text("SELECT id FROM stories")).scalar_one()
        articles = list(enumerate(generate(random.Random(1))))
        while articles:
            at_once = random.Random(len(articles)).randrange(1, 7)
            terms_of = [find_terms(title, " ".join(words)) for _, (title, words) in articles[:at_once]]
            hashes = [term for terms in terms_of for term in terms.hashes]
            frequencies = DocumentFrequencies(_document_frequencies.read(connection, hashes))
            several = []
            for (number, (title, words)), terms in zip(articles, terms_of, strict=False):
                archived = ArchivedArticle(
                    id=FIRST_ID + number,
                    entry_id=1,
                    feed_id=FEED,
                    text_hash="",
                    stored_at=NOW + number * timedelta(minutes=7.5),
                    article=Article(title=title, text="", url="", language="en"),
                    matches=(),
                    shingle_hashes=hash_shingles(words, "en"),
                    terms=terms,
                )
                own = {"id": archived.id, "version": archived.id, "title": title, "stored_at": archived.stored_at}
                connection.execute(sa.insert(ArticleRow), dict(row) | own)
                several.append(NewArticle.of(archived, weigh(terms, frequencies.counts)))
                frequencies.count(terms.hashes)
            _document_frequencies.add(connection, frequencies.added)
            index = StoryIndex(connection, several)
            for new in several:
                assert new.terms == weigh(new.archived.terms, clusterer.frequencies.counts)
                found = [article_id - FIRST_ID for article_id in index.candidates(new)]
                assert found == clusterer.candidates(new.keys)
                index.add(new, story_id)
                clusterer.add(new.archived.stored_at, replace(new.fingerprint, terms=b""), new.archived.terms)
                numbers.append(len(found))
                lengths.append(len(new.archived.shingle_hashes))
            index.save()
            articles = articles[at_once:]
        longest = connection.execute(sa.text("SELECT max(length(articles)) FROM story_keys")).scalar_one()
    assert longest == 4 * MAX_ARTICLES_OF_KEY, (
        "no look-up reads more, however many articles share what is printed under them"
    )
    assert sum(number > 0 for number in numbers) > ARTICLES / 4
    assert sum(0 < length < 120 for length in lengths) > 50, "short texts, of which all hashes are kept"


def test_counts_of_terms_follow_other_processes_and_transactions_that_were_undone(any_store):
    def count(store, bucket=8, *, undone=False):
        with suppress(InterruptedError), store._writing() as connection:
            read = _document_frequencies.read(connection, [6, 7])
            _document_frequencies.add(connection, {TOTAL: 1, bucket: 1})
            if undone:
                raise InterruptedError
        return read

    with closing(Store(any_store._address)) as other:
        assert [count(any_store), count(any_store)] == [{}, {TOTAL: 1, 8: 1}]
        assert count(other) == {TOTAL: 2, 8: 2}
        assert count(any_store, 7, undone=True) == {TOTAL: 3, 8: 3}
        assert count(other) == {TOTAL: 3, 8: 3}, "as many articles as the transaction that was undone counted"
        assert count(any_store) == {TOTAL: 4, 8: 4}


def test_keys_of_articles_follow_other_processes_and_transactions_that_were_undone(any_store):
    def add(store, *article_ids, title=5, undone=False):
        keys = IndexKeys(hashes=[], titles=[title], terms=[])
        with suppress(InterruptedError), store._writing_archive() as connection:
            held = _story_keys.read(connection, [keys])
            found = sorted(held.newest.find(keys))
            for article_id in article_ids:
                held.newest.add(keys, article_id)
            if undone == "early":
                raise InterruptedError
            _story_keys.save(connection, held, [(article_id, keys) for article_id in article_ids])
            if undone:
                raise InterruptedError
        return found

    def stored(statement):
        with any_store._reading() as connection:
            return connection.execute(sa.text(statement)).scalars().all()

    with closing(Store(any_store._address)) as other:
        assert [add(any_store, 1), add(other, 2)] == [[], [1]]
        assert add(any_store, 3, undone="early") == add(any_store, 3, undone="late") == [1, 2]
        assert [add(other, 4), add(any_store, 5)] == [[1, 2], [1, 2, 4]]
        assert stored("SELECT key FROM story_keys") == [], "few articles are only logged"
        add(other, *range(1000, 1000 + _story_keys.MAX_LOGGED), title=9)
        assert stored("SELECT key FROM story_keys ORDER BY key") == [5, 9]
        assert stored("SELECT count(*) FROM logged_story_keys") == [1]
        assert [add(any_store, 6), add(other, 7)] == [[1, 2, 4, 5], [1, 2, 4, 5, 6]]
        assert len(add(other, title=9)) == MAX_CANDIDATES
