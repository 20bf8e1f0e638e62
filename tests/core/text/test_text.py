"""Tokens: what the normalisation keeps and drops, and the positions of tokens."""

# ruff: noqa: RUF001
from __future__ import annotations

import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.text import (
    BREAK,
    cased_term,
    chunks,
    clean,
    clean_line,
    find_tokens,
    folded_term,
    folding,
    is_cjk,
    tokenize,
    words,
)

ANY_TEXT = st.text(
    st.one_of(
        st.sampled_from("aAéÉßİıøЙйが\u3099\u0301\u0345か中国한ᄒ\u1161\u11abกำ’'. -\n\t①ﬁﷺ½\u00ad\u200b_S.U1,"),
        st.characters(exclude_categories=("Cs",)),
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("written", "tokens"),
    [
        ("the EU’s AI Act", "the eu ai act"),
        ("U.S.-China A.I. race; A.I rules", "us china ai race ai rules"),
        ("中国A.I.监管 A.I监管 日本のU.S.スチール", "中 国 ai 监 管 ai 监 管 日 本 の us ス チ ー ル"),
        ("中国A.B", "中 国 ab"),
        ("open-source / open‑source / opensource", "open source open source opensource"),
        ("co\u00adoperation, cafe\u0301 = café", "cooperation cafe cafe"),
        ("Straße STRASSE", "strasse strasse"),
        ("İstanbul ISTANBUL", "istanbul istanbul"),
        ("ＡＩ ① ﬁnal", "ai 1 final"),
        ("がくせい й", "が く せ い й"),
        ("中国AI监管2025", "中 国 ai 监 管 2025"),
        ("OpenAI's GPT-5.2", "openai gpt 5 2"),
        ("règlement sur l’IA, dell'IA", "reglement sur l ia dell ia"),
    ],
)
def test_the_vectors_of_the_specification(written: str, tokens: str) -> None:
    assert words(written) == tokens.split()


@pytest.mark.parametrize(
    ("written", "tokens"),
    [
        ("हिन्दी", "हिंदी"),
        ("ｶﾞｲﾄﾞ", "ガ イ ド"),
        ("か\u3099くせい", "が く せ い"),
        (unicodedata.normalize("NFD", "한국"), "한 국"),
        ("ﷺ", "صلى الله عليه وسلم"),
        ("1️⃣ x² ½", "1 x2 1 2"),
        ("snake_case", "snake case"),
        ("ørsted Łódź Đà ılk", "orsted lodz da ilk"),
        ("CHINA'S chips' it's", "china chips it"),
        ("J.R.R. Tolkien, John F. Kennedy, e.g. this", "jrr tolkien john f kennedy e g this"),
        ("A.I.'s U.K’s", "ai uk"),
        ("AI\u200b監管", "ai 監 管"),
        ("*** — … \u0301", ""),
        ("\u0e17\u0e33\u0e07\u0e32\u0e19", "\u0e17 \u0e4d\u0e32 \u0e07 \u0e32 \u0e19"),
        ("\u0e17\u0e4d\u0e32\u0e07\u0e32\u0e19", "\u0e17 \u0e4d\u0e32 \u0e07 \u0e32 \u0e19"),
        ("\u0e33", "\u0e4d\u0e32"),
        ("\u309f", "よ り"),
        ("საქართველოს კანონი", "საქართველოს კანონი"),
        ("ſtop K ς Σ", "stop k σ σ"),
        ("ʼn Okinaʻs", "n okinaʻs"),
        ("中\u0345", "中 ι"),
        ("한\u0345a ά\u0345", "한 ιa αι"),
    ],
)
def test_each_script_comes_out_as_a_reader_would_expect(written: str, tokens: str) -> None:
    assert words(written) == tokens.split()


@given(ANY_TEXT)
def test_normalising_twice_changes_nothing(written: str) -> None:
    once = words(written)

    assert words(" ".join(once)) == once


@given(ANY_TEXT)
def test_every_token_is_found_again_at_its_place(written: str) -> None:
    tokens = tokenize(written)

    for index, word in enumerate(tokens.words):
        if word != BREAK:
            start, end = tokens.span(index, index + 1)
            assert word in words(written[start:end])


@given(ANY_TEXT)
def test_a_token_has_the_same_place_however_many_were_asked_for_before(written: str) -> None:
    tokens = tokenize(written)
    first = [tokens.span(index, index + 1) for index, word in enumerate(tokens.words) if word != BREAK]
    again = [tokens.span(index, index + 1) for index, word in enumerate(tokens.words) if word != BREAK]

    assert first == again == sorted(first)


@given(ANY_TEXT)
def test_words_and_parts_agree(written: str) -> None:
    assert [token.folded for token in find_tokens(written)] == words(written)


def test_letters_of_every_alphabet_are_folded_within_a_word_as_tokens_with_a_position_are() -> None:
    for letter in map(chr, range(0xC0, 0x700)):
        tokens = find_tokens(word := f"a{letter}Z{letter}")
        assert folded_term(word) == tuple(token.folded for token in tokens)
        assert cased_term(word) == tuple(token.cased for token in tokens)


def test_a_token_keeps_its_case_and_its_place_in_the_original() -> None:
    written = "The U.S.’s “Straße” — İstanbul"

    found = [(token.cased, written[token.start : token.end]) for token in find_tokens(written)]

    assert found == [("The", "The"), ("US", "U.S."), ("Straße", "Straße"), ("Istanbul", "İstanbul")]


def test_paragraphs_are_separated_by_a_blank_line_and_by_nothing_less() -> None:
    tokens = tokenize("one\ntwo\n \n\nthree\r\n\r\nfour")

    assert tokens.words == ["one", "two", BREAK, "three", BREAK, "four"]
    assert [tokens.paragraph(index) for index in (0, 1, 3, 5)] == [0, 0, 1, 2]
    assert tokens.span(0, 2) == (0, 7)


def test_a_paragraph_without_a_word_still_counts() -> None:
    tokens = tokenize("one\n\n***\n\ntwo")

    assert tokens.words == ["one", BREAK, BREAK, "two"]
    assert tokens.span(3, 4)[0] == 10
    assert tokens.bounds(1) == (5, 8)


def test_a_long_text_without_spaces_keeps_its_places_too() -> None:
    written = "x 中" + "国人" * 30 + "AI" + "監か\u3099" * 10
    tokens = tokenize(written)

    assert [tokens.span(index, index + 1) for index in range(len(tokens.words))] == [
        (token.start, token.end) for token in find_tokens(written)
    ]
    written_tokens = [(written[token.start : token.end], token.folded) for token in find_tokens(written)]
    assert all(text.casefold() in (folded, "か\u3099") for text, folded in written_tokens)
    assert [tokens.cased(index) for index in (0, 62)] == ["x", "AI"]


def test_a_pilcrow_in_the_text_is_no_paragraph_break() -> None:
    assert tokenize("one ¶ two").words == ["one", "two"]


def test_the_cache_of_chunks_is_bounded_and_leaves_long_ones_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "_MAX_CACHED", 3)
    folded, placed = chunks.ChunkWords("folded"), chunks.ChunkTokens()

    for chunk in ("a", "b", "c", "d", "x" * 500):
        assert folded[chunk] == (chunk,)
        assert placed[chunk][0].folded == chunk

    assert set(folded) == {"d"} == set(placed)


def test_asking_for_a_token_that_is_not_there_is_a_bug() -> None:
    with pytest.raises(IndexError):
        tokenize("one").span(1, 2)


@given(st.text(alphabet="aB1.'’é国が \n-—U“", max_size=60), st.data())
def test_a_run_of_tokens_reaches_from_its_first_to_its_last(text: str, data: st.DataObject) -> None:
    tokens, again = tokenize(text), tokenize(text)
    rows = "".join("|" if word == BREAK else "x" for word in tokens.words)
    for run in re.finditer("x+", rows):
        first = data.draw(st.integers(run.start(), run.end() - 1))
        after = data.draw(st.integers(first + 1, run.end()))

        assert tokens.span(first, after) == (again.span(first, first + 1)[0], again.span(after - 1, after)[1])


@pytest.mark.parametrize(
    ("token", "cjk"), [("国", True), ("が", True), ("한", True), ("น้", True), ("ai", False), ("й", False)]
)
def test_scripts_without_spaces_are_known(token: str, cjk: bool) -> None:
    assert is_cjk(token) is cjk


def test_cleaning_drops_what_could_harm_and_keeps_the_lines() -> None:
    assert clean("a\x00b\r\nc\u2028d\ud800e\u202ef\x1b[31m\x85g\vh\ufeff") == "ab\nc\ndef[31m\ng\nh\ufeff"


def test_no_control_no_half_of_a_character_and_nothing_that_turns_the_line_round_stays() -> None:
    turns = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    for char in map(chr, range(sys.maxunicode + 1)):
        harms = unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or unicodedata.bidirectional(char) in turns
        assert not harms or char == "\t" or clean(char) in ("", "\n"), hex(ord(char))


def test_a_clean_line_is_one_line_within_its_limit() -> None:
    assert clean_line(" a\r\nBcc: x\tb\u2029c ") == "a Bcc: x b c"
    assert clean_line("abcdef", limit=6) == "abcdef"
    assert clean_line("abc defgh", limit=5) == "abc…"
    assert clean_line("abc", limit=0) == "…"


@given(st.text())
def test_a_clean_line_never_breaks_again(written: str) -> None:
    line = clean_line(written)

    assert len(line.splitlines()) <= 1
    assert line == clean_line(line)
    line.encode("utf-8")
