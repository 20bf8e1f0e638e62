"""Lists on pages whose items are not one element with one headline each."""

import gzip
import json
import sys

import pytest
from lxml import html

from monitor.core.feeds.outcomes import MAX_FINGERPRINT_CHARS
from monitor.core.sources.embedded_json import find_embedded_list
from monitor.core.sources.page import NO_ADDRESS
from tests.core.sources.samples import parse, rows
from tests.core.sources.test_page import EXPECTED, HEADLINES, page


def each(layout, headlines=HEADLINES):
    """Write a layout once for each headline, with its number, title and day."""
    return "".join(layout.format(n=n, title=title, day=day) for n, (title, day) in enumerate(headlines))


LAYOUTS = {
    "terms and descriptions": "<dt>{day}</dt><dd><a href='/news/{n}'>{title}</a></dd>",
    "documents of a term": "<dt>{title}</dt><dd>{day} <a href='/news/{n}'>PDF</a></dd>",
    "date before a heading": "<p>{day}</p><h3><a href='/news/{n}'>{title}</a></h3>",
    "date after a heading": "<h3><a href='/news/{n}'>{title}</a></h3><p>Filed {day}. <a href='/news/{n}'>More</a></p>",
    "lines of a paragraph": "<a href='/news/{n}'>{title}</a> ({day})<br>",
    "a heading for each day": "<h3>Published on {day}</h3><ul><li><a href='/news/{n}'>{title}</a></li></ul>",
    "shortened text of the link": "<p><a href='/news/{n}' title='{title}'>{title:.20}...</a> <i>{day}</i></p>",
    "a number for a title": (
        "<tr><td>{day}</td><td><a href='/news/{n}'>No. 23-{n}</a> <a href='/help'>Help</a></td><td>{title}</td>"
        "<td>Opinion of the majority, in full</td></tr>"
    ),
    "several languages": (
        "<li><i>{day}</i><a href='/news/{n}'>{title}</a> <a href='/fr/{n}'>FR</a> <a href='/de/{n}'>DE</a></li>"
    ),
    "a card with a button": (
        "<div class=card><h3>{title}</h3><p>{day}</p><p>A long text about what it is that was published there.</p>"
        "<a href='/topics/ai'>Artificial intelligence</a><a href='/news/{n}'>Read more</a></div>"
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=list(LAYOUTS))
def test_address_title_and_date_of_each_item_are_found_wherever_they_stand(layout):
    body = f"<table>{each(layout)}</table>" if layout.startswith("<tr") else f"<div>{each(layout)}</div>"
    assert rows(parse(page(body), kind="page")) == EXPECTED


def test_two_items_below_the_heading_of_a_day_have_its_date():
    items = "<li><a href='/news/{n}'>{title}</a></li><li><a href='/more/{n}'>Corrected: {title}</a></li>"
    two = f"<h3>{{day}}</h3><ul>{items}</ul>"
    found = rows(parse(page(f"<main>{each(two)}</main>"), kind="page"))
    assert found[::2] == EXPECTED
    assert [day for _, _, day in found[1::2]] == [day for _, _, day in EXPECTED]


def test_an_item_that_links_one_document_is_that_document():
    linked = "<li><h3><a href='/about/{n}'>{title}</a></h3>{day} <a href='/news/{n}.pdf'>Download</a></li>"
    found = rows(parse(page(f"<main><ul>{each(linked)}</ul></main>"), kind="page"))
    assert found == [(f"{link}.pdf", title, day) for link, title, day in EXPECTED]


def test_links_to_further_pages_within_the_list_are_no_items():
    item = "<li><i>{day}</i><a href='/news/{n}'>{title}</a></li>"
    pages = "<li><a href='?page=2'>2</a></li><li><a href='/news/?page=3'>To the oldest of our articles</a></li>"
    body = f"<main><ul>{each(item)}{pages}<li><a href='/special/1'>An undated item that is pinned</a></li></ul></main>"
    found = rows(parse(page(body), kind="page"))
    assert found == [*EXPECTED, ("https://ministry.example/special/1", "An undated item that is pinned", "")]


def test_items_with_the_same_title_are_all_kept():
    items = "".join(f"<li>2026-11-0{n} <a href='/case/{n}'>Red Bobtail Transportation</a></li>" for n in range(1, 5))
    found = rows(
        parse(
            page(f"<main><ul>{each('<li>{day} <a href=/news/{n}>{title}</a></li>') * 4}{items}</ul></main>"),
            kind="page",
        )
    )
    assert len(found) == len(HEADLINES) + 4


def test_an_address_that_counts_the_rows_of_a_page_is_none():
    """Tomorrow another application is the first row, and its address is the same."""
    row = "<h4><a href='/details.do?index={n}'>{title}</a></h4><p>Lodged {day} by somebody</p>"
    bodies = (each(row), each(row, HEADLINES[::-1]))
    days = [parse(page(f"<main>{body}</main>"), kind="page").outcome.entries for body in bodies]
    assert {entry.link for entry in days[0]} == {"https://ministry.example/news/"}
    assert [entry.title for entry in days[0]] == [title for title, _ in HEADLINES]
    assert all(entry.summary.startswith("Lodged") and entry.no_page == NO_ADDRESS for entry in days[0])
    assert [entry.key for entry in days[0]] == [entry.key for entry in reversed(days[1])]
    assert len({entry.key for entry in days[0]}) == len(HEADLINES)


def test_the_list_of_a_page_that_scripts_build_is_read_from_its_data():
    articles = [{"headline": title, "url": f"/news/{n}", "date": day} for n, (title, day) in enumerate(HEADLINES)]
    menu = [{"title": f"Section of the ministry, number {n}", "url": f"/section/{n}"} for n in range(3)]
    data = json.dumps({"props": {"menu": menu, "pageProps": {"articles": articles}}})
    body = page(f"<div id=__next></div><script id=__NEXT_DATA__ type='application/json'>{data}</script>")
    parsed = parse(body, kind="page")
    assert rows(parsed) == EXPECTED
    assert parsed.outcome.fingerprint == "script.props.pageProps.articles"


def test_the_data_of_a_page_that_links_its_articles_itself_is_not_read():
    data = json.dumps([{"name": title, "url": f"/news/{n}"} for n, (title, _) in enumerate(HEADLINES[:3])])
    listed = each("<li>{day} <a href='/news/{n}'>{title}</a></li>")
    body = page(f"<main><ul>{listed}</ul></main><script type='application/ld+json'>{data}</script>")
    assert rows(parse(body, kind="page")) == EXPECTED


def test_a_page_that_is_gzip_without_saying_so_is_read():
    body = page("<main><ul>" + each("<li>{day} <a href='/news/{n}'>{title}</a></li>") + "</ul></main>")
    assert rows(parse(gzip.compress(body.encode()), kind="page")) == EXPECTED


def test_what_is_beyond_the_limits_of_a_page_is_counted_and_said():
    body = "".join(
        f"<li>2026-11-20 <a href='/news/{n}'>The committee met for the {n}th time</a></li>" for n in range(12_000)
    )
    outcome = parse(page(f"<main><ul>{body}</ul></main>"), kind="page").outcome
    assert outcome.items == outcome.truncated + len(outcome.entries) >= 10_000 - 12
    assert outcome.malformed == "of the links only the first 10,000 were read"


def links_of_other_tags(number):
    """Items whose links are each in an element of another name: as many lists of the same three items."""
    links = "".join(
        f"<x{n}><a href='/news/{{item}}-{n}'>The committee met for the {n}th time</a></x{n}>" for n in range(number)
    )
    return "".join(f"<div>{links.format(item=item)}</div>" for item in range(3))


def texts_beside_documents(number):
    """Items with so many texts beside a link without a title."""
    texts = "".join(f"<span>The committee met for the {n}th time</span>" for n in range(number))
    return "".join(f"<div><a href='/news/{item}.pdf'>PDF</a>{texts}</div>" for item in range(4))


def calls_to_read(body):
    """Count the calls of functions by which a page is read."""
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        parse(f"<html><body>{body}</body></html>", kind="page")
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("build", [links_of_other_tags, texts_beside_documents])
def test_reading_a_list_takes_steps_linear_in_its_length(build):
    assert calls_to_read(build(400)) < 2.6 * calls_to_read(build(200))


def list_within(depth):
    links = (f"<a href='/news/{n}'>The committee met for the {n}th time</a>" for n in range(100))
    items = "".join("<li>" + "<div>" * 8 + link + "</div>" * 8 + "</li>" for link in links)
    return "<div>" * depth + f"<ul>{items}</ul>" + "</div>" * depth


def test_the_items_of_a_list_are_not_read_again_for_each_element_around_it():
    assert calls_to_read(list_within(200)) < 3.5 * calls_to_read(list_within(20))


def test_the_names_that_lead_to_an_embedded_list_are_cut_as_each_of_its_values_has_a_copy():
    rows = [{"title": f"Council agrees on regulation {n}", "url": f"/news/{n}"} for n in range(5)]
    tree = html.document_fromstring(f"<script type='application/json'>{json.dumps({'long' * 1_000: rows})}</script>")
    found = find_embedded_list(tree, "https://ministry.example/", "en")
    assert found is not None
    assert len(found.path) <= MAX_FINGERPRINT_CHARS


SCRIPTS = {
    "a script sets the location": """<a href='#' onclick="location.href='/news/{n}'">{title}</a>""",
    "an attribute has the address": "<a href='javascript:void(0)' data-href='/news/{n}'>{title}</a>",
    "a script opens a window": """<a href="javascript:window.open('/news/{n}', '_blank')">{title}</a>""",
}


@pytest.mark.parametrize("link", SCRIPTS.values(), ids=list(SCRIPTS))
def test_addresses_that_scripts_of_links_open_are_those_of_the_items(link):
    found = rows(parse(page(f"<main><ul>{each(f'<li>{{day}} {link}</li>')}</ul></main>"), kind="page"))
    assert found == EXPECTED


def test_items_whose_links_call_a_function_have_the_address_of_the_page_and_their_own_text():
    row = "<li><a href='#' onclick=\"fn_view('31{n}')\">{title}</a> <i>{day}</i></li>"
    faq = "".join(
        f"<dt><a href='#' onclick='unfold({n})'>What does the ministry do on day {n}?</a></dt>" for n in range(9)
    )
    bodies = [f"<dl>{faq}</dl><main><ul>{items}</ul></main>" for items in (each(row), each(row.replace("31", "47")))]
    entries, later = (parse(page(body), kind="page").outcome.entries for body in bodies)
    assert {entry.link for entry in entries} == {"https://ministry.example/news/"}
    assert [(entry.title, f"{entry.published_at:%F}") for entry in entries] == [
        (title, day) for _, title, day in EXPECTED
    ]
    assert all(entry.no_page == NO_ADDRESS for entry in entries)
    assert [entry.key for entry in entries] == [entry.key for entry in later]


def test_questions_that_unfold_are_no_items_beside_a_list_of_links_without_dates():
    faq = "".join(
        f"<dt><a href='#' onclick='unfold({n})'>What does the ministry do on day {n}?</a></dt>" for n in range(9)
    )
    news = each("<li><a href='/news/{n}'>{title}</a></li>")
    found = rows(parse(page(f"<dl>{faq}</dl><main><ul>{news}</ul></main>"), kind="page"))
    assert [(link, title) for link, title, _ in found] == [(link, title) for link, title, _ in EXPECTED]


def test_buttons_at_dated_comments_are_no_items_beside_a_list_of_links_without_dates():
    comments = "".join(
        f"<li>2026-11-{n} I agree <a href='#' onclick='reply({n})'>Reply to it</a></li>" for n in range(10, 19)
    )
    news = each("<li><a href='/news/{n}'>{title}</a></li>")
    found = rows(parse(page(f"<main><ul>{news}</ul></main><ol>{comments}</ol>"), kind="page"))
    assert [(link, title) for link, title, _ in found] == [(link, title) for link, title, _ in EXPECTED]


@pytest.mark.parametrize("hidden", ["<noscript>{}</noscript>", "<div hidden>{}</div>", "<template>{}</template>"])
def test_a_list_that_a_browser_does_not_show_is_read_without_an_error(hidden):
    links = each("<p><a href='/news/{n}'>{title}</a> {day}</p>")
    found = parse(f"<body><div>{hidden.format(links)}</div></body>", kind="page").outcome
    assert [entry.link for entry in found.entries] == [link for link, _, _ in EXPECTED]
