import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.articles.parsing import detect_kind


@pytest.mark.parametrize(
    ("page", "content_type", "expected"),
    [
        (b"<!doctype html><p>x", "", "html"),
        (b"<p>x", "text/plain", "html"),
        (b"<!-- " + b"words " * 1000 + b"--><html>", "", "html"),
        (b"words", "text/html; charset=utf-8", "html"),
        (b"words", "text/plain", "text"),
        (b"words", "", "text"),
        (b"%PDF-1.7 ...", "text/html", "pdf"),
        (b"\x89PNG\r\n\0\0", "image/png", "other"),
        (b"\x89PNG\r\n\0\0", "", "other"),
        (b"{}", "application/json", "other"),
        (b"", "text/html", "empty"),
        (b" \n\t ", "text/html", "empty"),
    ],
)
def test_the_bytes_say_what_a_page_is_and_the_header_where_they_do_not(page, content_type, expected):
    assert detect_kind(page, content_type) == expected


@given(
    st.binary(max_size=400),
    st.sampled_from(["", "text/html; charset=utf-8", "text/html; charset=utf-7", "x; charset=big5"]),
)
def test_no_bytes_make_reading_fail(page, content_type):
    assert detect_kind(page, content_type) in ("html", "pdf", "text", "empty", "other")
