"""The store and the rule lab compare a new article with the same earlier ones."""

from __future__ import annotations

import random
from datetime import timedelta

import sqlalchemy as sa
from sample_polls import FEED, NOW, a_find, a_poll

from monitor.core.model import Article
from monitor.core.stories.clusterer import StoryClusterer
from monitor.core.stories.fingerprints import StoryFingerprint, hash_shingles
from monitor.core.stories.frequencies import TermFrequencies
from monitor.core.stories.terms import find_terms, weigh
from monitor.store import _story_candidates, _term_frequencies
from monitor.store._archiving import Archived
from monitor.store._incoming_tables import ArticleRow

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
        connection.execute(sa.text("DELETE FROM shingles"))
        connection.execute(sa.text("DELETE FROM story_terms"))
        connection.execute(sa.text("DELETE FROM term_frequencies"))
        connection.execute(sa.text("DELETE FROM fingerprints"))
        (row,) = connection.execute(sa.select(ArticleRow)).mappings()
        story_id = connection.execute(sa.text("SELECT id FROM stories")).scalar_one()
        for number, (title, words) in enumerate(generate(random.Random(1))):
            hashes, terms = hash_shingles(words, "en"), find_terms(title, " ".join(words))
            archived = Archived(
                id=FIRST_ID + number,
                entry_id=1,
                feed_id=FEED,
                text_hash="",
                stored_at=NOW + number * timedelta(minutes=7.5),
                article=Article(title=title, text="", url="", language="en"),
                matches=(),
                shingle_hashes=hashes,
                terms=terms,
            )
            own = {"id": archived.id, "version": archived.id, "title": title, "stored_at": archived.stored_at}
            connection.execute(sa.insert(ArticleRow), dict(row) | own)
            fingerprint = StoryFingerprint(title=title, language="en", shingle_hashes=hashes, feed_id=FEED)
            frequencies = TermFrequencies(_term_frequencies.read(connection, terms.hashes))
            new = _story_candidates.NewArticle.of(archived, weigh(terms, frequencies.counts))
            assert new.terms == weigh(terms, clusterer.frequencies.counts)
            frequencies.count(terms.hashes)
            _term_frequencies.add(connection, frequencies.added)
            rows = _story_candidates.find_candidates(connection, new)
            found = [row["article_id"] - FIRST_ID for row in rows]
            assert found == clusterer.candidates(new.keys)
            _story_candidates.index_article(connection, new, story_id)
            clusterer.add(archived.stored_at, fingerprint, terms)
            numbers.append(len(found))
            lengths.append(len(hashes))
    assert sum(number > 0 for number in numbers) > ARTICLES / 4
    assert sum(0 < length < 120 for length in lengths) > 50, "short texts, of which all hashes are kept"
