import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.feeds import prolog

REST = b"<rss><channel/></rss>"


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b'<?xml version="1.0"?>',
        b'<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/rss-0.91.dtd">',
        b"<rss><item><![CDATA[<!DOCTYPE html [<!ENTITY a 'b'>]>]]></item></rss>",
        b"<!-- <!DOCTYPE rss [<!ENTITY a 'b'>]> -->",
    ],
)
def test_a_document_without_entities_is_left_alone(start):
    assert prolog.strip_entities(start + REST) == start + REST


@pytest.mark.parametrize(
    ("doctype", "kept"),
    [
        (b'<!DOCTYPE rss [<!ENTITY a "&b;&b;">]>', b""),
        (b"<!doctype rss [<!ENTITY a '%b;'>]>", b""),
        (b'<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>', b""),
        (b'<!DOCTYPE rss [<!ENTITY % a "b"> %a;]>', b""),
        (b'<!DOCTYPE rss [<!ENTITY a "' + b"a" * 50_000 + b'">]>', b""),
        (b"<!DOCTYPE rss [<!ENTITY a '>]>'>]>", b'<!DOCTYPE rss [\n<!ENTITY a ">]>">\n]>'),
        (b"<!DOCTYPE rss [<!-- ]> ' --> ]>", b""),
        (
            b'<!DOCTYPE rss [<!ENTITY nbsp "&#160;"><!ENTITY x "&nbsp;">]>',
            b'<!DOCTYPE rss [\n<!ENTITY nbsp "&#160;">\n]>',
        ),
        (
            b'\n<?xml version="1.0"?>\n<!-- c -->\n<!DOCTYPE rss [\n <!ENTITY a "b">\n]>',
            b'\n<?xml version="1.0"?>\n<!-- c -->\n<!DOCTYPE rss [\n<!ENTITY a "b">\n]>',
        ),
    ],
)
def test_only_entities_that_name_a_few_characters_stay(doctype, kept):
    cleaned = prolog.strip_entities(doctype + REST)
    expected = kept if kept.startswith((b"<", b"\n")) else b""
    assert cleaned == expected + REST


@pytest.mark.parametrize(
    "body", [b"<!DOCTYPE", b"<!DOCTYPE rss [", b"<!DOCTYPE rss ['", b"<!DOCTYPE rss [<!--", b"<!DOCTYPE rss [<!ENTITY"]
)
def test_a_document_whose_doctype_has_no_end_does_not_grow(body):
    assert len(prolog.strip_entities(body)) <= len(body)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_two_bytes_a_character_become_utf_8(encoding):
    text = '<?xml version="1.0" encoding="utf-16"?><rss>é</rss>'
    body = prolog.transcode_to_utf8(text.encode(encoding), "")
    assert body is not None
    assert body.decode() == '<?xml version="1.0"?><rss>é</rss>'


@pytest.mark.parametrize("body", [b"", b"<rss/>", b"\xef\xbb\xbf<rss/>", "<rss>é</rss>".encode()])
def test_utf_8_is_left_as_it_is(body):
    assert prolog.transcode_to_utf8(body, "text/xml; charset=utf-8") is None


@pytest.mark.parametrize("declared", ["", " encoding='windows-1252'", " encoding='utf-8'"])
def test_utf_8_under_another_name_loses_the_name(declared):
    body = f"<?xml version='1.0'{declared}?><rss>é</rss>".encode()
    assert (
        prolog.transcode_to_utf8(body, "text/xml; charset=iso-8859-1") == "<?xml version='1.0'?><rss>é</rss>".encode()
    )
    assert prolog.transcode_to_utf8(body, "") == (
        None if "1252" not in declared else body.replace(declared.encode(), b"")
    )


def test_any_other_encoding_becomes_utf_8_and_is_not_declared_any_more():
    text = '<?xml version="1.0" encoding="iso-8859-1"?><rss>é</rss>'
    assert prolog.transcode_to_utf8(text.encode("latin-1"), "") == '<?xml version="1.0"?><rss>é</rss>'.encode()


@given(st.text("<!DOCTYPE rss[]>\"'-EN%&;?xml", max_size=120))
def test_nothing_that_refers_to_something_is_left_in_a_doctype(text):
    cleaned = prolog.strip_entities(text.encode())
    assert prolog.strip_entities(cleaned) == cleaned or b"<!ENTITY" not in cleaned
