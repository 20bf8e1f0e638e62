"""Text that a source prints under all articles is detected, not matched, and kept in the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.articles.boilerplate import ParagraphHistory, is_boilerplate, paragraph_keys, split_paragraphs
from monitor.core.text import mask_spans

PLEA = "Sign up to our Friday letter, which Ilse Varga writes from the harbour."
NEWS = "The Assembly voted on Tuesday to register every use of automated decisions."


def history(*texts: str) -> ParagraphHistory:
    return ParagraphHistory({number: keys(text) for number, text in enumerate(texts)})


def keys(text: str) -> frozenset[int]:
    return paragraph_keys(split_paragraphs(text))


def articles_with_plea(number: int, plea: str = PLEA) -> list[str]:
    return [f"Piece number {n} about something else entirely.\n\n{plea}" for n in range(number)]


def found(text: str, seen: ParagraphHistory, entry_id: int | None = None) -> list[str]:
    return [text[start:end] for start, end in seen.boilerplate(split_paragraphs(text), entry_id)]


def test_a_paragraph_that_a_source_repeats_is_found():
    assert found(f"{NEWS}\n\n{PLEA}", history(*articles_with_plea(5))) == [PLEA]
    assert found(f"{PLEA}\n\n{NEWS}\n\n{PLEA}", history(*articles_with_plea(5))) == [PLEA, PLEA]


def test_four_articles_are_too_few():
    assert found(f"{NEWS}\n\n{PLEA}", history(*articles_with_plea(4))) == []
    assert found(f"{NEWS}\n\n{PLEA}", ParagraphHistory()) == []


def test_boilerplate_is_recognised_in_other_capitals():
    assert found(f"{PLEA}\n\n{NEWS}", history(*articles_with_plea(9, PLEA.upper()))) == [PLEA]


@pytest.mark.parametrize(
    ("count", "articles", "verdict"), [(4, 4, False), (5, 5, True), (5, 200, True), (5, 300, False)]
)
def test_five_articles_and_two_in_a_hundred_must_have_it(count, articles, verdict):
    assert is_boilerplate(count, articles) is verdict


def test_headings_and_names_are_never_boilerplate():
    text = f"Background\n\n{NEWS}\n\nIlse Varga"
    assert found(text, history(*[text] * 4, *["Background"] * 50)) == []
    assert keys("Background\n\nIlse Varga\n\n") == frozenset()


def test_an_article_of_boilerplate_only_is_a_republication_and_has_none():
    text = f"Background\n\n{NEWS}\n\n{PLEA}"
    assert found(text, history(*[text] * 9)) == []


def test_an_earlier_version_of_an_entry_is_not_counted():
    text = f"{NEWS}\n\n{PLEA}"
    seen = history(text, *articles_with_plea(4))
    assert found(text, seen) == [PLEA]
    assert found(text, seen, entry_id=0) == []
    assert found(text, history(text, *articles_with_plea(5)), entry_id=0) == [PLEA]


def test_an_earlier_version_does_not_complete_the_minimum_of_articles():
    text, other = f"{NEWS}\n\n{PLEA}", "Piece about something else entirely, without any plea."
    assert found(text, history(text, *articles_with_plea(4), other), entry_id=0) == []
    assert found(text, history(text, *articles_with_plea(4), other)) == [PLEA]


def test_repeated_paragraphs_in_scripts_without_spaces_are_found():
    plea, news = "请订阅我们的每周通讯。", "大会周二投票决定登记所有自动化决策的使用。"
    assert found(f"{news}\n\n{plea}", history(*articles_with_plea(5, plea))) == [plea]


def test_keys_are_signed_64_bit_integers():
    assert all(-(2**63) <= key < 2**63 for key in keys(f"{NEWS}\n\n{PLEA}"))
    assert len(keys(f"{NEWS}\n\n{NEWS}")) == 1


def test_masking_keeps_the_offsets_of_the_other_text():
    text = f"{PLEA}\n\n{NEWS}\n\n{PLEA}"
    masked = mask_spans(text, history(*articles_with_plea(5)).boilerplate(split_paragraphs(text)))
    assert masked.index(NEWS) == text.index(NEWS)
    assert masked.split() == NEWS.split()


@given(
    st.text(alphabet="ab \n", max_size=60),
    st.lists(st.tuples(st.integers(0, 70), st.integers(0, 20)), max_size=4),
)
def test_masking_keeps_the_length_of_any_text(text, spans):
    places = [(start, start + length) for start, length in spans if start < len(text)]
    masked = mask_spans(text, places)
    assert len(masked) == len(text)
    kept = [at for at in range(len(text)) if not any(start <= at < end for start, end in places)]
    assert [masked[at] for at in kept] == [text[at] for at in kept]
