import pytest

from monitor.core.feeds import ampersands


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"R&D and AT&T x&y=1", b"R&amp;D and AT&amp;T x&amp;y=1"),
        (b"&amp; &lt; &#8217; &#x2019; &nbsp;", b"&amp; &lt; &#8217; &#x2019; &nbsp;"),
        (b"a & b &; &#; &#xzz; &", b"a &amp; b &amp;; &amp;#; &amp;#xzz; &amp;"),
        (b"&x<![CDATA[R&D ?a&b]]>&y<![CDATA[&]]>", b"&amp;x<![CDATA[R&D ?a&b]]>&amp;y<![CDATA[&]]>"),
        (b"&<!-- R&D -->&<!-- R&D", b"&amp;<!-- R&D -->&amp;<!-- R&D"),
        (b"<![CDATA[<!--&]]>&<!--&-->&", b"<![CDATA[<!--&]]>&amp;<!--&-->&amp;"),
        (b"<![CDATA[never & closed", b"<![CDATA[never & closed"),
    ],
)
def test_what_begins_no_reference_is_escaped_outside_of_cdata(body, expected):
    assert ampersands.escape_ampersands(body) == expected


@pytest.mark.parametrize("flood", [b"&", b"& ", b"&x"])
def test_a_document_of_nothing_but_ampersands_loses_them_and_does_not_grow(flood):
    body = b"<a>" + flood * 300_000 + b"<![CDATA[&]]></a>"
    assert ampersands.escape_ampersands(body) == b"<a>" + flood.replace(b"&", b" ") * 300_000 + b"<![CDATA[&]]></a>"


def test_a_long_document_keeps_its_ampersands_as_long_as_most_are_escaped():
    body = b"&amp;" * 400_000 + b"R&D"
    assert ampersands.escape_ampersands(body) == b"&amp;" * 400_000 + b"R&amp;D"
