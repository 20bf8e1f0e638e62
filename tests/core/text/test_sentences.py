"""Where sentences end, and which full stops do not end one."""

# ruff: noqa: RUF001
from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.text.sentences import END, last_word, sentences


def _cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ["It passed.", "The minister agreed!", "Did she?", "Yes."],
        ["He said “No.”", "They left."],
        ["Dr. J. Smith of the U.S. Treasury met Mr. Li."],
        ["See Art. 5 of the Act.", "It applies."],
        ["Prices rose 3.5 percent.", "2026 was worse."],
        ["It was e.g. this."],
        ["he said. and went on"],
        [
            "The end",
        ],
        ["他说了。", "她走了！", "是吗？"],
        ["“Really?”", "“Yes.”"],
        ["It stopped…", "Then it went on."],
        ["$5.", "A lot."],
        ["Sie gilt ab dem 2. August 2026.", "Im 21. Jahrhundert ist das neu."],
        ["Es waren 3.", "Mehr kamen nicht."],
        ["La legge n. 132 vale.", "Ustawa, poz. 23 i ust. 5, jest nowa."],
        ["Es gilt i. d. R. für Banken, z. B. Sparkassen mit 14 Mio. Euro.", "EE. UU. kauft mehr."],
        ["डॉ. राव और एस. के. सेन ने कहा।", "वे प्रो. दास से मिले ।", "रु. 50 बचे |", "बैठक हुई।”", "वह आई."],
        ["See 50 U.S.C. 1701 et seq. Further acts apply."],
    ],
)
def test_text_is_cut_where_a_reader_would_pause(expected: list[str]) -> None:
    joint = "" if "。" in expected[0] else " "

    assert _cut(joint.join(expected)) == expected


def test_one_paragraph_can_be_cut_out_of_a_text() -> None:
    text = "First. Part.\n\nSecond one. Here.\n\nThird."

    assert [text[start:end] for start, end in sentences(text, 14, 31)] == ["Second one.", "Here."]


def test_an_empty_paragraph_is_one_empty_sentence() -> None:
    assert sentences("") == [(0, 0)]


def test_a_danda_needs_no_space_after_it() -> None:
    assert _cut("नियम बने।सरकार ने कहा| वे A|B और c।open हैं") == ["नियम बने।", "सरकार ने कहा|", "वे A|B और c।", "open हैं"]


@given(st.text(st.sampled_from("aB. !?。”'\n\u00a0"), max_size=40))
def test_sentences_cover_the_text_in_order(text: str) -> None:
    found = sentences(text)

    assert found[0][0] == 0
    assert found[-1][1] == len(text) or text[found[-1][1] :].isspace()
    for (_, end), (start, _) in pairwise(found):
        assert end <= start
        assert not text[end:start].strip()


_MARKS = re.compile(r"""[。！？｡।]+[”’」』）)"']*|[.!?…]+[”’"'»)\]]*(?=\s)""")
_LAST_WORD = re.compile(r"([^\s(“\"'‘]+)\.[”’\"'»)\]]*$")


@given(st.text(st.sampled_from("aBUSz1. !?।。！…”’\"'»)](（“‘「」\n\u00a0."), max_size=60))
def test_the_quick_way_to_marks_and_last_words_finds_what_the_plain_one_finds(text: str) -> None:
    marks = list(_MARKS.finditer(text))

    assert [mark.span() for mark in END.finditer(text)] == [mark.span() for mark in marks]
    for mark in marks:
        word = _LAST_WORD.search(mark.string, 0, mark.end())
        assert last_word(text[: mark.end()]) == (word[1] if word else "")
