"""The sentence that matched, with marked terms and of limited length."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from sample_news import evidence_of

from monitor.core.matching.passages import MAX_PASSAGE_CHARS, Piece, best_sentence, mark_spans, plain_text
from monitor.core.model import Evidence

SENTENCE = "The AI Act binds providers of general-purpose AI."


def marked(passage):
    return [piece.text for piece in passage if piece.marked]


def test_terms_are_marked_where_they_stand():
    best = best_sentence(evidence_of(SENTENCE, "AI Act", "general-purpose AI", start=500))
    assert best.zone == "lead"
    assert mark_spans(best.text, best.marks) == (
        Piece("The "),
        Piece("AI Act", marked=True),
        Piece(" binds providers of "),
        Piece("general-purpose AI", marked=True),
        Piece("."),
    )


def test_terms_that_overlap_are_one_mark():
    assert marked(mark_spans(SENTENCE, [(4, 10), (7, 16), (4, 10)])) == ["AI Act binds"]


def test_the_sentence_with_most_different_terms_is_chosen_and_text_before_title():
    title = evidence_of(
        "AI Act: general-purpose AI and providers", "AI Act", "general-purpose AI", "providers", zone="title"
    )
    short = evidence_of("Nobody reads the AI Act.", "AI Act", zone="lead", start=0)
    long = evidence_of(SENTENCE, "AI Act", "providers", zone="body", start=300)
    assert best_sentence([*title, *short, *long]).text == SENTENCE
    assert best_sentence(title).zone == "title"


def test_among_equals_the_first_is_chosen():
    first, later = (
        evidence_of("The AI Act is here.", "AI Act", start=10),
        evidence_of("The AI Act is there.", "AI Act", start=90),
    )
    assert best_sentence([*later, *first]).text == "The AI Act is here."


def test_without_evidence_there_is_no_best_sentence():
    assert best_sentence([]) is None
    assert best_sentence([Evidence(term="x", as_written="x", zone="url", start=0, end=1, sentence=" ")]) is None


def test_evidence_that_points_outside_its_sentence_is_shown_unmarked():
    assert mark_spans("Short.", [(3, 90), (-4, 2), (2, 2)]) == (Piece("Short."),)


def test_a_long_sentence_is_cut_between_words_around_its_first_mark():
    sentence = f"{'before ' * 90}the AI Act {'after ' * 90}."
    start = sentence.index("AI Act")
    passage = mark_spans(sentence, [(start, start + 6)])
    text = plain_text(passage)
    assert len(text) <= MAX_PASSAGE_CHARS + 2
    assert text.startswith("…before ")
    assert text.endswith("after…")
    assert marked(passage) == ["AI Act"]


def test_a_long_sentence_in_chinese_is_cut_without_words():
    sentence = "监管" * 400
    text = plain_text(mark_spans(sentence, [(400, 402)]))
    assert len(text) == MAX_PASSAGE_CHARS + 2
    assert text[0] == text[-1] == "…"


def test_a_mark_that_the_cut_leaves_out_is_left_out():
    assert marked(mark_spans("AI " + "word " * 200 + "AI", [(0, 2), (1003, 1005)])) == ["AI"]


def test_line_breaks_and_controls_become_spaces_or_nothing_also_at_the_edges_of_a_mark():
    passage = mark_spans("the\nAI\u202e\x00 Act\u2028is", [(4, 12)])
    assert passage == (Piece("the "), Piece("AI Act", marked=True), Piece(" is"))


@given(
    sentence=st.text(max_size=600),
    marks=st.lists(st.tuples(st.integers(-5, 700), st.integers(-5, 700)), max_size=6),
)
def test_any_text_becomes_one_clean_line(sentence, marks):
    text = plain_text(mark_spans(sentence, marks))
    assert len(text) <= MAX_PASSAGE_CHARS + 2
    assert len(text.splitlines()) <= 1
    assert not set(text) & set("\x00\x1b\u202e\u2066\ud800")
