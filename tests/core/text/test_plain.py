from hypothesis import given
from hypothesis import strategies as st
from page_samples import BODY, LEAD, TABLE_IN_TABLE, page

from monitor.core.text import plain


def test_the_words_of_a_page_come_by_paragraphs_without_menus_scripts_and_footers():
    text = plain.read(page())
    assert text.split("\n\n")[1:6] == BODY
    assert "never prose" not in text
    assert "Sport" not in text
    assert "All rights" not in text


def test_inline_markup_does_not_break_a_paragraph_and_entities_are_read():
    assert plain.read("<div>The <b>AI</b>&nbsp;Act &amp; <a href=x>more</a><p>Next") == "The AI Act & more\n\nNext"


def test_comments_and_unclosed_scripts_hide_nothing_else():
    assert plain.read("a<!-- <p>no</p> -->b<script>if (a < b) x()</SCRIPT>c<style>p {}</style>d") == "ab\n\nc\n\nd"
    assert plain.read("<p>before</p><script>never closed <p>after</p>") == "before\n\nnever closed\n\nafter"
    assert plain.read("a<!-- never closed") == "a never closed"


def test_capitals_do_not_matter_to_the_end_of_a_script():
    assert plain.read("<p>a<script>x</SCRIPT><p>b<Script>y</script><p>c") == "a\n\nb\n\nc"


def test_twenty_thousand_scripts_that_never_end_are_read_in_one_pass():
    assert plain.read("<script>" * 20_000 + "<!--" * 20_000 + LEAD) == LEAD


def test_a_page_that_stands_in_a_form_is_read_all_the_same():
    assert LEAD in plain.read(f"<body><form><p>{LEAD}</p></form>")
    assert LEAD in plain.read(f"<body><nav><a>never closed<p>{LEAD}</p>")


def test_a_comparison_is_no_tag():
    assert plain.read("<p>if 3 < 4 and 5 > 2</p>") == "if 3 < 4 and 5 > 2"


def test_any_nesting_is_read():
    assert plain.read("<div>" * 20_000 + LEAD) == LEAD
    assert len(plain.read(TABLE_IN_TABLE).split("\n\n")) == 600


def test_a_page_without_end_is_read_to_the_cap():
    assert len(plain.read("word " * 1_000_000)) < plain.MAX_CHARS


@given(st.text(alphabet="<>/!-ab \n&;\"'=pscript", max_size=300))
def test_no_markup_makes_reading_fail(markup):
    assert isinstance(plain.read(markup), str)
