"""How words are written as characters, and which blocks of ids a search reads."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.search.blocks import SMALLEST, Bounds, newest, next_number
from monitor.core.search.coded_query import CodedPhrase
from monitor.core.search.codes import FIRST_NUMBERS, LAST_NUMBER, Numbers, code, length_class, split_key

NUMBERS = st.integers(0, LAST_NUMBER)
ONE_OR_TWO = st.integers(44_960, 45_010)
"""Numbers that are written as one character, and those that are written as two."""


@given(st.lists(NUMBERS, max_size=30), st.lists(NUMBERS, min_size=1, max_size=2))
def test_words_in_a_row_are_found_where_they_are_and_nowhere_else(article, phrase):
    written, wanted = "".join(map(code, article)), "".join(map(code, phrase))
    starts = range(len(article) - len(phrase) + 1)
    assert (wanted in written) == any(article[start : start + len(phrase)] == phrase for start in starts)


@given(NUMBERS)
def test_the_code_of_a_word_can_be_stored_and_quoted(number):
    word = code(number)
    assert word.encode().decode() == word
    assert not set(word) & set("\x00\t\n '\"\\")


@given(st.sets(st.integers(44_986, LAST_NUMBER), min_size=2, max_size=2))
def test_codes_of_two_characters_have_their_two_keys_for_themselves(numbers):
    keys = [split_key(f"t{code(number)}") for number in numbers]
    assert all(len(each) == 2 for each in keys)
    assert set(keys[0]) != set(keys[1])


def test_no_two_codes_of_two_characters_with_the_same_first_one_are_the_same():
    numbers = range(44_986, LAST_NUMBER + 1, 10_240)
    codes = list(map(code, numbers))
    assert len({each[0] for each in codes}) == 1
    assert len(set(codes)) == len(numbers) == 7_631


@given(st.lists(ONE_OR_TWO, max_size=30), st.sets(ONE_OR_TWO, min_size=21, max_size=40))
def test_any_of_many_words_is_found_and_counted(article, wanted):
    phrase = CodedPhrase((), tuple(map(code, wanted)), title=False)
    written = "".join(map(code, article))
    assert phrase.count(written) == sum(number in wanted for number in article)
    assert phrase.is_in(written) == (not wanted.isdisjoint(article))


def test_frequent_words_get_the_shortest_codes_as_long_as_there_are_any():
    assert [length_class(count, 100) for count in (100, 30, 29, 2, 1, 0)] == [0, 0, 1, 1, 2, 2]
    assert length_class(3, 3) == 2
    numbers = Numbers(FIRST_NUMBERS)
    taken = [numbers.take(0) for _ in range(FIRST_NUMBERS[2] + 5)]
    assert sorted(taken) == list(range(FIRST_NUMBERS[2] + 5))
    assert {len(code(number).encode()) for number in taken} == {1, 2, 3}
    assert numbers.holds(taken[-1])
    assert not numbers.holds(taken[-1] + 1)


def test_words_past_the_last_number_share_it():
    numbers = Numbers((*FIRST_NUMBERS[:2], LAST_NUMBER - 1))
    assert [numbers.take(2) for _ in range(4)] == [LAST_NUMBER - 1, *[LAST_NUMBER] * 3]
    assert len(code(LAST_NUMBER)) == 2


def blocks_of(article_id):
    return {f"b{level}x{article_id // (SMALLEST * 4**level)}" for level in range(7)}


@given(st.integers(0, 10_000_000), st.integers(1, 10_000_000), st.lists(st.integers(0, 2_000), max_size=9), st.data())
def test_every_id_of_a_range_is_in_the_blocks_that_are_read_the_newest_first(low, size, found, data):
    wanted = data.draw(st.integers(low, low + size - 1))
    bounds, number, steps = Bounds(low, low + size), 1, []
    for holding in [*found, *[0] * 30]:
        if bounds.low >= bounds.high:
            break
        keys, rest = newest(bounds, number)
        assert (wanted >= rest.high) == (wanted >= bounds.high or bool(set(keys) & blocks_of(wanted)))
        bounds, number = rest, next_number(number, holding, 1_000)
        steps.append(keys)
    assert bounds.low >= bounds.high
    assert max(map(len, steps)) < 60


def test_as_many_blocks_are_read_as_should_hold_what_is_missing():
    assert [next_number(1, found, 900) for found in (0, 10, 300, 2_000)] == [12, 12, 5, 1]
