"""Plain English is split in a shorter way than other text, into the same words at the same places."""

# ruff: noqa: RUF001
from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.core.text import BREAK, find_tokens, tokenize, words


@given(st.text(alphabet="aBsS.1_'’“é国 \xa0\n-—…", max_size=40))
@example("the U.S. and A.I.")
@example("a's's and 's's")
@example("x's. X's' It’s 'S S.")
def test_plain_english_has_the_same_words_as_text_that_is_split_by_chunks(text: str) -> None:
    assert words(text) == [token.folded for token in find_tokens(text)]


@pytest.mark.parametrize("code", range(128))
def test_each_ascii_character_belongs_to_a_word_or_separates_words(code: int) -> None:
    written = f"A{chr(code)}b {chr(code)} c{chr(code)}"

    assert words(written) == [token.folded for token in find_tokens(written)]


@given(st.text(alphabet="aBU1.'’é国が \t\n-—“", max_size=60))
def test_a_token_has_its_place_and_its_capitals_as_it_is_written_whatever_spaces_are_around(text: str) -> None:
    tokens, written = tokenize(text), iter(find_tokens(text))

    for index, word in enumerate(tokens.words):
        if word != BREAK:
            token = next(written)
            assert (tokens.cased(index), tokens.span(index, index + 1)) == (token.cased, token[2:])
