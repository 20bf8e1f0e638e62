"""No output has characters that move a cursor, begin a line, or change the direction of text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.control_characters import clean, escape_control, remove_control

UNSAFE = "\x00\x1b\x7f\x85\x9b\u061c\u200e\u2028\u202e\u2066\ud800\uffff"


@pytest.mark.parametrize("character", UNSAFE)
def test_every_output_loses_characters_that_terminals_and_readers_obey(character):
    text = f"AI{character}Act"
    assert character not in clean(text)
    assert remove_control(text) == "AIAct"
    assert json.loads(escape_control(json.dumps(text, ensure_ascii=False))) == text
    assert character not in escape_control(json.dumps(text, ensure_ascii=False))


def test_all_kinds_of_line_breaks_become_newlines_in_a_text():
    assert clean("a\r\nb\rc\vd\fe\x1cf\x85g\u2028h\u2029i") == "\n".join("abcdefghi")


@given(st.text())
def test_an_output_keeps_all_printable_characters_newlines_and_tabs(text):
    kept = "".join(character for character in text if character.isprintable() or character in "\n\t")
    removed = remove_control(text)
    assert [character for character in removed if character in kept] == list(kept)
    removed.encode()
