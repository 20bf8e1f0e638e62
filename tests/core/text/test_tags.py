from hypothesis import given
from hypothesis import strategies as st
from page_samples import BODY, LEAD, TABLE_IN_TABLE, page

from monitor.core.text import tags


def test_the_words_of_a_page_come_by_paragraphs_without_menus_scripts_and_footers():
    text = tags.strip_tags(page())
    assert text.split("\n\n")[1:6] == BODY
    assert "never prose" not in text
    assert "Sport" not in text
    assert "All rights" not in text


def test_inline_markup_does_not_break_a_paragraph_and_entities_are_read():
    assert tags.strip_tags("<div>The <b>AI</b>&nbsp;Act &amp; <a href=x>more</a><p>Next") == "The AI Act & more\n\nNext"


def test_comments_and_unclosed_scripts_hide_nothing_else():
    assert tags.strip_tags("a<!-- <p>no</p> -->b<script>if (a < b) x()</SCRIPT>c<style>p {}</style>d") == "ab\n\nc\n\nd"
    assert tags.strip_tags("<p>before</p><script>never closed <p>after</p>") == "before\n\nnever closed\n\nafter"
    assert tags.strip_tags("a<!-- never closed") == "a never closed"


def test_capitals_do_not_matter_to_the_end_of_a_script():
    assert tags.strip_tags("<p>a<script>x</SCRIPT><p>b<Script>y</script><p>c") == "a\n\nb\n\nc"


def test_twenty_thousand_scripts_that_never_end_are_read_in_one_pass():
    assert tags.strip_tags("<script>" * 20_000 + "<!--" * 20_000 + LEAD) == LEAD


def test_a_page_that_stands_in_a_form_is_read_nevertheless():
    assert LEAD in tags.strip_tags(f"<body><form><p>{LEAD}</p></form>")
    assert LEAD in tags.strip_tags(f"<body><nav><a>never closed<p>{LEAD}</p>")


def test_a_comparison_is_no_tag():
    assert tags.strip_tags("<p>if 3 < 4 and 5 > 2</p>") == "if 3 < 4 and 5 > 2"


def test_any_nesting_is_read():
    assert tags.strip_tags("<div>" * 20_000 + LEAD) == LEAD
    assert len(tags.strip_tags(TABLE_IN_TABLE).split("\n\n")) == 600


def test_a_page_without_end_is_read_to_the_cap():
    assert len(tags.strip_tags("word " * 1_000_000)) < tags.MAX_MARKUP_CHARS


@given(st.text(alphabet="<>/!-ab \n&;\"'=pscript", max_size=300))
def test_no_markup_makes_reading_fail(markup):
    assert isinstance(tags.strip_tags(markup), str)
