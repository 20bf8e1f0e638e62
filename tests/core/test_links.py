import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core import links

BASE = "https://www.example.org/news/feed.xml"


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://a.example/x", "https://a.example/x"),
        (" /x ", "https://www.example.org/x"),
        ("item?id=1", "https://www.example.org/news/item?id=1"),
        ("//b.example/x", "https://b.example/x"),
        ("http://a.example/a b", "http://a.example/a%20b"),
        ("https://a.exa\nmple/x", "https://a.example/x"),
        ('<a href="https://acer.example/doc">Read</a>', "https://acer.example/doc"),
        ("<https://a.example/x>", "https://a.example/x"),
        ("", ""),
        ("javascript:alert(1)", ""),
        ("JaVaScRiPt:alert(1)", ""),
        ("data:text/html,<script>", ""),
        ("mailto:x@example.org", ""),
        ("ftp://example.org/x", ""),
        ("http://", ""),
        ("http://[::1", ""),
        ("http://a.example:99999/", ""),
        ("https://a.example/" + "x" * 3000, ""),
    ],
)
def test_a_link_is_absolute_and_http_or_empty(link, expected):
    assert links.resolve_link(BASE, link) == expected


@pytest.mark.parametrize(
    "link",
    [
        "http://example.org/a/b",
        "https://example.org/a/b/",
        "https://www.example.org/a/b",
        "https://EXAMPLE.org:443/a/b",
        "http://example.org:80/a//b",
        "https://example.org/a/b?utm_source=rss&utm_medium=feed&fbclid=1x",
        "https://example.org/a/b?mc_cid=12ab#comments",
        "https://example.org/a/b#top",
    ],
)
def test_one_article_under_many_links_has_one_canonical_form(link):
    assert links.canonical(link) == "https://example.org/a/b"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/news?id=1", "https://example.org/news?id=2"),
        ("https://example.org/view.php?cid=20394", "https://example.org/view.php?cid=20395"),
        ("https://example.org/view.php?uid=11", "https://example.org/view.php?uid=12"),
        ("https://example.org/article?12345", "https://example.org/article?12346"),
        ("https://example.org/A", "https://example.org/a"),
        ("https://one.example.org/a", "https://two.example.org/a"),
        ("https://example.org/a?page=", "https://example.org/a?page=2"),
    ],
)
def test_two_articles_keep_two_canonical_forms(one, other):
    assert links.canonical(one) != links.canonical(other)


def test_the_order_of_a_query_does_not_matter():
    assert links.canonical("https://example.org/?b=2&a=1") == links.canonical("https://example.org/?a=1&b=2")


def test_a_fragment_is_kept_only_where_it_is_asked_for():
    assert links.with_fragment("https://example.org/log/#v2") == "https://example.org/log#v2"
    assert links.canonical("https://example.org/log/#v2") == "https://example.org/log"
    assert links.with_fragment("") == ""


@pytest.mark.parametrize("link", ["http://[::1/x", "https://a.example:port/x"])
def test_what_cannot_be_read_stays_as_it_is(link):
    assert links.canonical(link)


@pytest.mark.parametrize(
    ("link", "host"), [("https://WWW.Example.org:8/x", "example.org"), ("", ""), ("http://[::1", "")]
)
def test_the_host_of_a_link(link, host):
    assert links.host(link) == host


urls = st.builds(
    "{}://{}{}{}{}".format,
    st.sampled_from(["http", "https"]),
    st.sampled_from(["example.org", "www.example.org", "EXAMPLE.org:443", "xn--bcher-kva.example", "a.b.example"]),
    st.text("abc/%2E.-_~é", max_size=12).map(lambda text: "/" + text),
    st.text("abcutm_source=&;1?", max_size=16).map(lambda text: "?" + text),
    st.text("abc!/?", max_size=5).map(lambda text: "#" + text),
)


@given(urls)
def test_a_canonical_form_is_its_own_canonical_form(link):
    once = links.canonical(link)
    assert links.canonical(once) == once


@given(st.text(max_size=100), st.text(max_size=100))
def test_no_text_breaks_a_link(base, link):
    found = links.resolve_link(base, link)
    assert found == "" or found.lower().startswith(("http://", "https://"))
    links.canonical(link)
    links.canonical(found)
    links.host(link)
