"""How words are written as characters, and which blocks of ids a search reads."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.search.blocks import SMALLEST, Bounds, block_keys, newest_first
from monitor.core.search.codes import FIRST_NUMBERS, Numbers, code, length_class

NUMBERS = st.integers(0, 3_000_000)


@given(st.lists(NUMBERS, max_size=30), st.lists(NUMBERS, min_size=1, max_size=2))
def test_words_in_a_row_are_found_where_they_are_and_nowhere_else(article, phrase):
    written, wanted = "".join(map(code, article)), "".join(map(code, phrase))
    starts = range(len(article) - len(phrase) + 1)
    assert (wanted in written) == any(article[start : start + len(phrase)] == phrase for start in starts)


@given(NUMBERS)
def test_the_code_of_a_word_can_be_stored_and_quoted(number):
    word = code(number)
    assert word.encode().decode() == word
    assert not set(word) & set("\x00\t\n '\"\\&|!():*")


def test_frequent_words_get_the_shortest_codes_as_long_as_there_are_any():
    assert [length_class(count, 100) for count in (100, 50, 49, 2, 1)] == [0, 0, 1, 1, 2]
    assert length_class(3, 3) == 2
    numbers = Numbers(FIRST_NUMBERS)
    taken = [numbers.take(0) for _ in range(FIRST_NUMBERS[2] + 5)]
    assert sorted(taken) == list(range(FIRST_NUMBERS[2] + 5))
    assert {len(code(number).encode()) for number in taken} == {1, 2, 3}
    assert numbers.holds(taken[-1])
    assert not numbers.holds(taken[-1] + 1)


@given(st.integers(0, 10_000_000), st.integers(1, 10_000_000), st.data())
def test_every_id_of_a_range_is_in_the_blocks_that_are_read_the_newest_first(low, size, data):
    bounds = Bounds(low, low + size)
    steps = list(newest_first(bounds))
    assert sum(map(len, steps)) < 80
    number = data.draw(st.integers(low, low + size - 1))
    (step,) = [place for place, keys in enumerate(steps) if set(keys) & set(block_keys(number))]
    assert step > 0 or bounds.high - number <= SMALLEST
    assert (bounds.high - 1 - number) // SMALLEST < 4 ** (step + 1)
