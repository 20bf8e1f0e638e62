import pytest

from monitor.core.feeds import ampersands


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"R&D and AT&T x&y=1", b"R&amp;D and AT&amp;T x&amp;y=1"),
        (b"&amp; &lt; &#8217; &#x2019; &nbsp;", b"&amp; &lt; &#8217; &#x2019; &nbsp;"),
        (b"a & b &; &#; &#xzz; &", b"a &amp; b &amp;; &amp;#; &amp;#xzz; &amp;"),
        (b"&x<![CDATA[R&D ?a&b]]>&y<![CDATA[&]]>", b"&amp;x<![CDATA[R&D ?a&b]]>&amp;y<![CDATA[&]]>"),
        (b"<![CDATA[never & closed", b"<![CDATA[never & closed"),
    ],
)
def test_what_begins_no_reference_is_escaped_outside_of_cdata(body, expected):
    assert ampersands.escaped(body) == expected


def test_a_document_of_nothing_but_ampersands_does_not_grow():
    body = b"&" * 100_000
    assert ampersands.escaped(body) == body
