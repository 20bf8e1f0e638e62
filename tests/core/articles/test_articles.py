from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_samples import BODY, LEAD, TITLE, page, pdf

from monitor.core.articles import count_words, drop_impossible_date, extract, extract_plain, from_feed
from monitor.core.model import Entry
from monitor.core.text import MAX_TEXT_CHARS

WHEN = datetime(2026, 6, 3, tzinfo=UTC)
ENTRY = Entry(key="k", link="https://example.org/a", title="From the feed", author="I. V.", published_at=WHEN)
NONE = Entry(key="")


def test_an_article_takes_title_author_and_date_from_the_feed_before_the_page():
    head = '<meta property="article:published_time" content="2020-01-01"><meta name="author" content="Somebody">'
    article = extract(page(head=head).encode(), "text/html", ENTRY)
    assert (article.title, article.author, article.published_at) == ("From the feed", "I. V.", WHEN)
    assert article.url == ENTRY.link
    assert article.quality == "full"
    assert article.partial is False
    assert article.partial_reason == ""


def test_without_an_entry_the_page_tells_title_author_date_and_language():
    head = '<meta property="article:published_time" content="2026-06-03"><meta name="author" content="Ilse Varga">'
    article = extract(page(head=head).encode(), "text/html; charset=utf-8", NONE)
    assert (article.title, article.author, article.published_at, article.language) == (TITLE, "Ilse Varga", WHEN, "en")
    assert article.text.split("\n\n") == BODY


def test_a_date_that_cannot_be_is_taken_back():
    now, article = datetime(2026, 6, 4, tzinfo=UTC), from_feed(ENTRY, "")
    assert drop_impossible_date(article, now) == article
    assert drop_impossible_date(from_feed(NONE, ""), now).published_at is None
    assert drop_impossible_date(article, WHEN.replace(year=2020)) == from_feed(replace(ENTRY, published_at=None), "")


def test_the_words_tell_the_language_against_a_wrong_declaration():
    assert extract(page(language="de").encode(), "text/html", NONE).language == "en"


HOSTILE = {
    "empty": (b"", "text/html", "empty page"),
    "white space": (b" \n ", "", "empty page"),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0", "image/png", "not a page: image/png"),
    "unknown bytes": (b"\0\1\2\3", "", "not a page: unknown type"),
    "json": (b'{"a": 1}', "application/json; charset=utf-8", "not a page: application/json"),
    "broken pdf": (b"%PDF-1.4 nothing", "application/pdf", "unreadable pdf: "),
    "pdf without text": (pdf(""), "application/pdf", "pdf without text"),
    "teaser": (page([LEAD]).encode(), "text/html", "short page: "),
    "script only": (
        b"<html><body><div id=app></div><script>run()</script>",
        "text/html",
        "nothing readable in the page; ",
    ),
    "only a comment": (b"<html><!-- nothing -->", "text/html", "nothing readable in the page; short page: 0 words"),
    "only a doctype": (b"<!doctype html>", "text/html", "no html in the page; short page: 0 words"),
    "nested 3000 deep": (b"<div>" * 3000, "text/html", "nested too deeply; short page: 0 words"),
}


@pytest.mark.parametrize(("body", "content_type", "reason"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_page_that_is_no_article_gives_the_feeds_own_text_and_says_why(body, content_type, reason):
    entry = Entry(key="k", title=TITLE, summary=" ".join(BODY), language="en")
    article = extract(body, content_type, entry)
    assert article.partial is True
    assert article.partial_reason.startswith(reason)
    assert article.partial_reason
    assert article.quality == "feed"
    assert article.text == entry.summary
    assert article.language == "en"


def test_a_page_nested_300_deep_is_read():
    article = extract(("<div>" * 300 + "".join(f"<p>{p}</p>" for p in BODY)).encode(), "text/html", NONE)
    assert article.text.split("\n\n") == BODY
    assert article.quality == "full"


def test_a_page_nested_3000_deep_gives_its_plain_words_and_says_why():
    article = extract(("<div>" * 3000 + "".join(f"<p>{p}</p>" for p in BODY)).encode(), "text/html", NONE)
    assert article.text.split("\n\n") == BODY
    assert article.quality == "plain"
    assert article.partial is False
    assert article.partial_reason == "nested too deeply"


def test_a_page_of_lists_in_lists_that_the_library_fails_on_is_read_nevertheless():
    lists = "".join(f"<ul><li>{paragraph}" for paragraph in BODY * 140)
    article = extract(f"<html><body><article><p>{LEAD}</p>{lists}".encode(), "text/html", NONE)
    assert article.text.split("\n\n") == [LEAD, *BODY * 140]


def test_a_page_with_less_text_than_the_feed_yields_to_it_and_one_with_more_does_not():
    teaser = page(BODY[:1]).encode()
    result = extract(teaser, "text/html", Entry(key="k", summary=" ".join(BODY)))
    assert result.quality == "feed"
    shown = extract(teaser, "text/html", Entry(key="k", summary="Short."))
    assert shown.quality == "full"
    assert shown.partial
    assert shown.text == f"Short.\n\n{LEAD}"
    assert shown.partial_reason.startswith("short page: ")


def test_a_feed_that_carries_the_whole_article_is_taken_where_the_page_shows_its_beginning():
    entry = Entry(key="k", title=TITLE, summary="\n\n".join(BODY), language="en")
    article = extract(page(BODY[:3]).encode(), "text/html", entry)
    assert article.text.split("\n\n") == BODY
    assert (article.quality, article.partial) == ("feed", False)
    assert article.partial_reason == "the feed carries more than the page"


PAYWALL = '<script type="application/ld+json">{"@type": "NewsArticle", "isAccessibleForFree": %s}</script>'


@pytest.mark.parametrize("flag", ["false", '"False"', '"http://schema.org/False"'])
def test_a_page_that_says_it_is_for_subscribers_and_breaks_off_is_partial(flag):
    begun = [*BODY[:6], "The minister then said that…"]
    article = extract(page(begun, head=PAYWALL % flag).encode(), "text/html", ENTRY)
    assert (article.quality, article.partial, article.partial_reason) == (
        "full",
        True,
        "paywall: the page shows the beginning",
    )
    assert article.text.startswith(LEAD)


def test_a_page_for_subscribers_that_carries_the_whole_text_is_an_article():
    whole = extract(
        page([*BODY, *(f"Later, {text}" for text in BODY)], head=PAYWALL % "false").encode(), "text/html", ENTRY
    )
    assert not whole.partial
    free = [*BODY[:6], "The minister then said that…"]
    assert not extract(page(free, head=PAYWALL % "true").encode(), "text/html", ENTRY).partial


def test_a_page_without_text_still_tells_its_title_and_date():
    head = '<meta name="date" content="2026-06-03">'
    article = extract(page([""], head=head).encode(), "text/html", NONE)
    assert (article.title, article.published_at, article.partial) == (TITLE, WHEN, True)


def test_a_wall_before_the_article_yields_to_the_feed():
    wall = [
        f"{sentence} This page is for customers, who may read it on the telephone and the tablet."
        for sentence in (
            "Please log in.",
            "Subscribe today and leave whenever you wish.",
            "We use cookies of partners.",
        )
    ]
    article = extract(page(wall, title="Log in").encode(), "text/html", Entry(key="k", title=TITLE, summary=LEAD))
    assert article.quality == "feed"
    assert article.text == LEAD
    assert article.partial_reason == "not the article: the page has none of the feed's words"


def test_a_long_page_that_tells_something_else_is_kept_below_the_feeds_words_and_fetched_again():
    result = "Herring and cod were landed in smaller numbers while mackerel fetched record prices at auction."
    long = [*BODY, *(f"Later, {text}" for text in BODY)]
    article = extract(page(long).encode(), "text/html", Entry(key="k", title="Fish prices", summary=result))
    assert article.quality == "full"
    assert article.partial_reason == "not the article: the page has none of the feed's words"
    assert article.text.startswith(f"{result}\n\n{LEAD}")


SHORT_PAGE = [
    f"{n}. We value your privacy and that of all who read these pages with us, wherever they may be." for n in range(5)
]


@pytest.mark.parametrize(
    ("form", "title", "reason"),
    [
        ("<input type='PassWord'>", "", "login wall: the page asks for a password"),
        ("", "Chatbot of Rotterdam halted", "not the article: the page has none of the title's words"),
        ("", "Privacy pages and how to read them", ""),
        ("", "AI law", ""),
    ],
    ids=["a form to log in with", "no word of the title", "its title", "a title that tells nothing"],
)
def test_a_short_page_may_be_another_one_and_the_feeds_words_are_kept_whatever_it_is(form, title, reason):
    entry = Entry(key="k", title=title, summary="An emergency shutdown.")
    article = extract(page([*SHORT_PAGE, form], title="").encode(), "text/html", entry)
    assert (article.partial, article.partial_reason) == (bool(reason), reason)
    assert article.text.startswith(f"An emergency shutdown.\n\n{SHORT_PAGE[0]}")


def test_a_form_to_log_in_with_beside_an_article_says_nothing():
    assert not extract(
        page([*BODY, *(f"Later, {text}" for text in BODY), "<input type=password>"]).encode(), "text/html", ENTRY
    ).partial


def test_a_pdf_is_read_with_its_title():
    article = extract(pdf("\n".join(BODY).replace("“", '"').replace("”", '"'), title=TITLE), "application/pdf", NONE)
    assert article.title == TITLE
    assert article.quality == "pdf"
    assert "register every public use" in article.text


def test_plain_text_is_an_article():
    article = extract("\n\n".join(BODY).encode(), "text/plain; charset=utf-8", NONE)
    assert article.quality == "plain"
    assert article.text.split("\n\n") == BODY


def test_publishers_bytes_are_cleaned():
    dirty = [f"{LEAD}\0\u202e\u2028", *BODY[1:]]
    text = extract(page(dirty).encode(), "text/html", NONE).text
    assert not set("\0\u202e\u2028") & set(text)


def test_a_text_without_end_is_cut_and_says_so():
    article = extract("".join(f"<p>{number}. {LEAD}</p>" for number in range(3000)).encode(), "text/plain", NONE)
    assert len(article.text) <= MAX_TEXT_CHARS
    assert article.truncated
    assert not extract(page().encode(), "text/html", NONE).truncated


def test_a_page_that_could_not_be_read_gives_its_plain_words_with_the_reason():
    article = extract_plain(page().encode(), "text/html", ENTRY, "extraction timeout: over 20 s")
    assert article.quality == "plain"
    assert article.partial_reason == "extraction timeout: over 20 s"
    assert article.partial is False
    assert all(paragraph in article.text for paragraph in BODY)


def test_bytes_without_words_give_the_feeds_text_with_the_reason():
    article = extract_plain(pdf("x"), "application/pdf", Entry(key="k", title=TITLE), "extraction crash")
    assert article.quality == "title"
    assert article.partial_reason == "extraction crash"


def test_an_article_from_the_feed_is_partial_and_has_a_language():
    assert from_feed(Entry(key="k", title=TITLE, language="fr-FR"), "x").language == "fr"
    assert from_feed(Entry(key="k", title="सरकार ने एआई के लिए नियम बनाए", language="en"), "x").language == "hi"
    article = from_feed(Entry(key="k", title=TITLE, summary=" ".join(BODY), author="A"), "feed only")
    assert (article.partial, article.partial_reason, article.quality, article.language) == (
        True,
        "feed only",
        "feed",
        "en",
    )


def test_words_are_counted_in_any_script():
    assert count_words("The AI Act, at last") == 5
    assert count_words("人工智能治理") == 3
    assert count_words("") == 0


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=2000), st.sampled_from(["text/html", "text/plain", "application/pdf", ""]))
def test_no_bytes_make_extraction_fail(body, content_type):
    for prefix in (b"", b"<html><body><p>", b"%PDF-1.4\n"):
        article = extract(prefix + body, content_type, NONE)
        assert len(article.text) <= MAX_TEXT_CHARS


def test_a_text_of_navigation_is_partial_and_says_so():
    labels = "".join(f"<p>Section {n} of this port</p>" for n in range(40))
    wrong = "navigation: no sentence in the text of the page"
    article = extract(f"<html><body><div>{labels}</div></body></html>".encode(), "text/html", NONE)
    assert (article.partial, article.partial_reason) == (True, f"{wrong}; read by the library alone")


def test_the_text_is_taken_from_what_the_selector_of_the_feed_finds():
    text = f'<div id="text"><h2>Minutes</h2><p>{LEAD}</p><ul><li>{BODY[1]}</li></ul><p>{BODY[2]}</p></div>'
    article = extract(page(extra=f'<div class="nav-menu">{text}</div>').encode(), "text/html", NONE, "#text, #text li")
    assert article.text.split("\n\n") == ["Minutes", LEAD, f"- {BODY[1]}", BODY[2]]
    assert (article.quality, article.partial_reason) == ("full", "")


def test_a_selector_that_finds_nothing_is_said_and_the_text_is_found_as_usual():
    article = extract(page().encode(), "text/html", NONE, "div.story-of-last-year")
    assert article.text.split("\n\n") == BODY
    assert (article.partial, article.partial_reason) == (False, "fulltext_select finds nothing")
