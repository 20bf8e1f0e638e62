# ruff: noqa: RUF001  # other scripts are what is tested here
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.articles.pages import decode, kind

GERMAN = "Über die Prüfung künstlicher Intelligenz müssen Behörden öffentlich berichten, heißt es im Gesetz."


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
    assert kind(page, content_type) == expected


@pytest.mark.parametrize(
    ("encoding", "content_type", "head"),
    [
        ("utf-8", "", ""),
        ("utf-8-sig", "", ""),
        ("utf-16", "text/html", ""),
        ("utf-32", "text/html", ""),
        ("latin-1", "text/html; charset=iso-8859-1", ""),
        ("cp1252", "text/html; charset=ISO-8859-1", ""),
        ("cp1252", "text/html", '<meta charset="windows-1252">'),
        ("cp1252", "text/html", '<meta http-equiv="Content-Type" content="text/html; charset=latin1">'),
        ("latin-1", "text/html; charset=utf-8", ""),
        ("latin-1", "text/html", ""),
        ("utf-8", "text/html; charset=latin-1", '<meta charset="iso-8859-1">'),
        ("latin-1", "text/html; charset=nonsense", ""),
        ("latin-1", "text/html; charset=hex", ""),
        ("utf-16-le", "text/html; charset=utf-16-le", ""),
    ],
)
def test_a_german_page_is_read_right_whatever_its_declaration(encoding, content_type, head):
    assert GERMAN in decode(f"<html>{head}<p>{GERMAN}</p>".encode(encoding), content_type)


@pytest.mark.parametrize(
    ("text", "encoding", "label"),
    [
        ("人工智能治理行动计划在上海发布", "gb18030", "gb2312"),
        ("人工智慧治理行動計畫在台北發表", "big5", "big5"),
        ("人工知能の規則について政府が発表した", "cp932", "Shift_JIS"),
        ("人工知能の規則について政府が発表した", "euc_jp", "euc-jp"),
        ("人工知能の規則について政府が発表した", "iso2022_jp", "iso-2022-jp"),
        ("인공지능 규칙을 정부가 발표했다", "cp949", "euc-kr"),
        ("Правительство опубликовало правила", "cp1251", "windows-1251"),
        ("Правительство опубликовало правила", "koi8-r", "koi8-r"),
        ("Η κυβέρνηση δημοσίευσε τους κανόνες", "iso8859-7", "iso-8859-7"),
    ],
)
def test_each_declared_encoding_is_read(text, encoding, label):
    assert text in decode(f"<p>{text}</p>".encode(encoding), f"text/html; charset={label}")
    assert text in decode(f'<meta charset="{label}"><p>{text}</p>'.encode(encoding))


def test_an_undeclared_encoding_is_guessed_from_its_words():
    russian = (
        "Правительство опубликовало правила применения искусственного интеллекта в государственных учреждениях. " * 4
    )
    assert "искусственного интеллекта" in decode(f"<html><body><p>{russian}</p>".encode("cp1251"))


def test_a_page_with_one_broken_character_keeps_its_encoding():
    page = f"<p>{GERMAN * 20}</p>".encode() + b"\xff" + b"<p>Ende</p>"
    text = decode(page, "text/html; charset=utf-8")
    assert GERMAN in text
    assert text.count("\ufffd") == 1


def test_bytes_in_no_encoding_at_all_are_read_somehow():
    assert isinstance(decode(bytes(range(128, 256)) * 40), str)


@given(
    st.binary(max_size=400),
    st.sampled_from(["", "text/html; charset=utf-8", "text/html; charset=utf-7", "x; charset=big5"]),
)
def test_no_bytes_make_reading_fail(page, content_type):
    assert isinstance(decode(page, content_type), str)
    assert kind(page, content_type) in ("html", "pdf", "text", "empty", "other")
