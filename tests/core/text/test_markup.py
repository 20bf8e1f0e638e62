import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.text.markup import html_to_line, html_to_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("", ""),
        ("just words", "just words"),
        ("two\nlines", "two lines"),
        ("a paragraph\n\nand another", "a paragraph\n\nand another"),
        ("<p>One</p><p>Two <b>bold</b>&nbsp;words</p>", "One\n\nTwo bold words"),
        ("AT&amp;T &lt; 5 &gt; 3", "AT&T < 5 > 3"),
        ("3 < 5 and 7 > 2", "3 < 5 and 7 > 2"),
        ("&lt;p&gt;escaped &lt;b&gt;markup&lt;/b&gt;&lt;/p&gt;", "escaped markup"),
        ("&amp;lt;p&amp;gt;escaped twice&amp;lt;/p&amp;gt;", "escaped twice"),
        ('&lt;div class="field--author"&gt;n0042abc&lt;/div&gt;Tue, 03/03/2026', "n0042abc\n\nTue, 03/03/2026"),
        ("before<script>alert('x')</script>after", "before\n\nafter"),
        ("<style>p {color: red}</style>text", "text"),
        ("<!-- a comment -->text", "text"),
        ('<img src="x" onerror="alert(1)">text', "text"),
        ("line<br/>break", "line\n\nbreak"),
    ],
)
def test_markup_becomes_its_words(markup, text):
    assert html_to_text(markup) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [("7" * 5_000, "\ufffd"), ("0" * 5_000 + "65", "A"), ("00000065", "A"), ("12345678", "\ufffd")],
)
@pytest.mark.parametrize("times", ["&#{};", "&amp;#{};", "<p>&#{};</p>"])
def test_a_reference_to_a_character_may_be_of_any_length(number, text, times):
    assert html_to_text(times.format(number)) == text


def test_a_title_is_one_line():
    assert html_to_line("<b>One</b><br>two\n&amp; three") == "One two & three"


@given(st.text(alphabet="<>&;/ abpsdivltg#x27\"'!-\n", max_size=300) | st.text(max_size=300))
def test_no_tag_is_left_however_it_was_escaped(markup):
    left = html_to_text(markup)
    assert "<script" not in left.lower()
    assert "<p>" not in left.lower()
