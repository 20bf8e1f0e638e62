"""How words are written as characters, and how the articles with a word are listed."""

from __future__ import annotations

from array import array
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.core.search.coded_query import CodedPhrase, encoded_article
from monitor.core.search.codes import (
    BREAK_CODE,
    FIRST_IDS,
    LAST_ID,
    TITLE_END,
    WordIds,
    codes_in,
    decode_id,
    encode_id,
    from_bytes,
    length_class,
    to_bytes,
)
from monitor.core.search.postings import POSTING_BUCKETS, SEGMENT_ARTICLES, find, join, locate, read, write_segment
from monitor.core.search.volume_ids import IdsByPlace, decode_ids, encode_ids

NUMBERS = st.integers(0, LAST_ID)
TWO_OR_THREE = st.integers(6_240, 6_290)
"""Numbers that are written as two bytes, and those that are written as three."""


@given(st.lists(NUMBERS, max_size=30), st.lists(NUMBERS, min_size=1, max_size=2))
def test_words_in_a_row_are_found_where_they_are_and_nowhere_else(article, phrase):
    written, wanted = "".join(map(encode_id, article)), "".join(map(encode_id, phrase))
    starts = range(len(article) - len(phrase) + 1)
    assert (wanted in written) == any(article[start : start + len(phrase)] == phrase for start in starts)


@given(NUMBERS)
def test_the_code_of_a_word_can_be_stored_and_quoted(number):
    word = encode_id(number)
    assert from_bytes(to_bytes(word)) == word
    assert not set(word) & set("\x00\t\n ")


@given(st.lists(NUMBERS, max_size=30))
def test_the_numbers_of_words_are_read_from_their_codes(numbers):
    stored = to_bytes(BREAK_CODE.join(map(encode_id, numbers)))
    assert {decode_id(each) for each in codes_in(from_bytes(stored))} == set(numbers)


@given(st.lists(TWO_OR_THREE, max_size=30), st.sets(TWO_OR_THREE, min_size=21, max_size=40))
def test_any_of_many_words_is_found_and_counted(article, wanted):
    phrase = CodedPhrase((), tuple(map(encode_id, wanted)), title=False)
    title, text = article[:5], article[5:]
    written = encoded_article(to_bytes(TITLE_END.join("".join(map(encode_id, part)) for part in (title, text))))
    assert phrase.count(written) == tuple(sum(number in wanted for number in part) for part in (title, text))
    assert phrase.is_in(written) == (not wanted.isdisjoint(article))
    assert replace(phrase, title=True).is_in(written) == (not wanted.isdisjoint(title))


def test_frequent_words_get_the_shortest_codes_as_long_as_there_are_any():
    assert [length_class(count, 100) for count in (100, 30, 29, 2, 1, 0)] == [0, 0, 1, 1, 2, 2]
    assert length_class(3, 3) == 2
    numbers = WordIds(FIRST_IDS)
    taken = [numbers.allocate(0) for _ in range(FIRST_IDS[2] + 5)]
    assert sorted(taken) == list(range(FIRST_IDS[2] + 5))
    assert {len(to_bytes(encode_id(number))) for number in taken} == {1, 2, 3}
    assert numbers.is_allocated(taken[-1])
    assert not numbers.is_allocated(taken[-1] + 1)


def test_words_past_the_last_number_share_it():
    numbers = WordIds((*FIRST_IDS[:2], LAST_ID - 1))
    assert [numbers.allocate(2) for _ in range(4)] == [LAST_ID - 1, *[LAST_ID] * 3]
    assert len(encode_id(LAST_ID)) == 4


KEYS = st.sets(st.builds(lambda kind, number: kind + encode_id(number), st.sampled_from(["", "#", "@", "%"]), NUMBERS))


@settings(max_examples=30)
@example([[{encode_id(256 * POSTING_BUCKETS), f"#{encode_id(256 * POSTING_BUCKETS)}"}]], POSTING_BUCKETS).via(
    "across the ends of two keys"
)
@given(st.lists(st.lists(KEYS, min_size=1, max_size=8), min_size=1, max_size=3), NUMBERS)
def test_the_articles_with_a_key_are_found_in_one_segment_and_in_joined_ones(segments, absent):
    written = [write_segment(each) for each in segments]
    every = {key for segment in segments for article in segment for key in article}
    for key in every | {encode_id(absent)}:
        bucket, entry = locate(key)
        expected = {
            number: bytes(article for article, keys in enumerate(segment) if key in keys)
            for number, segment in enumerate(segments)
            if any(key in keys for keys in segment)
        }
        parts = [(number, each[bucket]) for number, each in enumerate(written) if bucket in each]
        assert dict(find(read(join(parts)), entry)) == expected
        first = dict(find(written[0].get(bucket, b""), entry))
        assert first == {number: places for number, places in expected.items() if not number}


RUNS = st.lists(st.tuples(st.one_of(st.integers(-1, 9), st.integers(1, 2**31 - 600)), st.integers(1, 600)), min_size=1)


@settings(max_examples=30)
@given(RUNS.filter(lambda runs: sum(count for _, count in runs) > SEGMENT_ARTICLES), st.randoms())
def test_ids_are_read_as_they_were_written_all_or_those_of_some_places(runs, rng):
    ids = [first + each if first > 0 else first for first, count in runs for each in range(count)]
    written = encode_ids(ids)
    assert len(written) <= 8 * len(runs) + 1
    assert decode_ids(written).tolist() == ids
    segment = rng.randrange(len(ids) // SEGMENT_ARTICLES)
    places = rng.sample(range(SEGMENT_ARTICLES), 20)
    expected = [ids[segment * SEGMENT_ARTICLES + each] for each in places]
    assert IdsByPlace(written).of(segment, places) == expected
    assert IdsByPlace(array("i", ids).tobytes()).of(segment, places) == expected
