"""The text that a publisher's bytes encode."""

# ruff: noqa: RUF001  # other scripts are what is tested here
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.text.encodings import decode, is_whole_utf8

GERMAN = "Über die Prüfung künstlicher Intelligenz müssen Behörden öffentlich berichten, heißt es im Gesetz."


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


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Le décret sur l'intelligence artificielle a été adopté à l'unanimité", "cp1252"),
        ("Câmara aprova regulação da inteligência artificial", "cp1252"),
        ("El Gobierno aprobó la ley en España: ¿qué cambia?", "cp1252"),
        ("Regeringen föreslår nya regler för artificiell intelligens på arbetsplatsen", "cp1252"),
        ("Perché la novità è più che una formalità, così", "cp1252"),
        ("Prüfung der “Künstlichen Intelligenz” – 5 € für 10 m²", "cp1252"),
        ("Sejm przyjął ustawę o sztucznej inteligencji", "cp1250"),
        ("Vláda schválila zákon o umělé inteligenci, Úřad zveřejnil pravidla", "cp1250"),
        ("Правительство приняло закон об искусственном интеллекте", "cp1251"),
        ("Правительство приняло закон об искусственном интеллекте", "koi8-r"),
        ("Η κυβέρνηση δημοσίευσε τους κανόνες για την τεχνητή νοημοσύνη", "iso8859-7"),
        ("政府は人工知能に関する法律を可決した", "cp932"),
        ("政府は人工知能に関する法律を可決した", "euc_jp"),
        ("政府通过了人工知能法 国家网信办发布新规", "gb18030"),
        ("정부가 인공지능 규칙을 발표했다", "cp949"),
    ],
)
@pytest.mark.parametrize("claim", ["", "text/xml; charset=utf-8"])
def test_a_single_title_tells_its_encoding_where_the_one_it_claims_is_wrong(text, encoding, claim):
    page = f"<rss><channel><item><title>{text}</title><link>http://x.example/1</link></item></channel></rss>"
    assert decode(page.encode(encoding), claim) == page


@pytest.mark.parametrize("claim", ["", "text/xml; charset=utf-8", "text/xml; charset=iso-8859-1"])
@pytest.mark.parametrize("broken", [b"\xe2\x80", b"\xff", b"\xe9t\xe9"])
def test_a_broken_character_garbles_no_other(claim, broken):
    page = f"<p>{GERMAN}</p>".encode() + broken + "<p>’Правительство’</p>".encode()
    text = decode(page, claim)
    assert GERMAN in text
    assert "’Правительство’" in text


@given(st.text(), st.sampled_from(["", "text/xml; charset=iso-8859-1", "text/xml; charset=gb2312"]))
def test_what_is_utf_8_is_read_as_such_whatever_it_claims(text, claim):
    assert decode(text.encode("utf-8"), claim).removeprefix("\ufeff") == text.removeprefix("\ufeff")
    assert is_whole_utf8(text.encode("utf-8"), claim)


@given(
    st.binary(max_size=400),
    st.sampled_from(["", "text/html; charset=utf-8", "text/html; charset=utf-7", "x; charset=big5"]),
)
def test_no_bytes_make_decoding_fail(page, content_type):
    assert isinstance(decode(page, content_type), str)
    assert is_whole_utf8(page, content_type) in (True, False)
