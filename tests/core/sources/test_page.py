"""Web pages that list articles, with selectors and without."""

import pytest

from monitor.core.model import Failed
from tests.core.sources.samples import URL, parse, rows

HEADLINES = [
    ("Ministry opens consultation on rules for foundation models", "2026-11-24"),
    ("Regulator fines operator of facial recognition at stations", "2026-11-21"),
    ("Minister signs agreement on safety of chatbots for children", "2026-11-18"),
    ("Parliament asks for a register of algorithms in public use", "2026-11-12"),
    ("Council publishes guidance on automated decisions", "2026-11-03"),
]
MENU = "<nav><ul>" + "".join(f'<li><a href="/section/{n}">Section of the ministry, number {n}</a></li>' for n in range(12)) + "</ul></nav>"  # fmt: skip # noqa: E501
FOOTER = "<footer><ul>" + "".join(f'<li><a href="/about/{n}">About the ministry and its offices {n}</a></li>' for n in range(9)) + "</ul></footer>"  # fmt: skip # noqa: E501
POPULAR = '<div class="sidebar"><ul>' + "".join(f'<li><a href="/old/{n}">A very popular article of an earlier year, number {n}</a></li>' for n in range(5)) + "</ul></div>"  # fmt: skip # noqa: E501
EXPECTED = [(f"https://ministry.example/news/{n}", title, day) for n, (title, day) in enumerate(HEADLINES)]


def page(*parts, head=""):
    return f"<!doctype html><html lang=en><head><title>News</title>{head}</head><body>{MENU}{''.join(parts)}{POPULAR}{FOOTER}</body></html>"  # noqa: E501


def as_list():
    items = [f'<li class="item-{n}"><time datetime="{day}">then</time> <a href="/news/{n}">{title}</a></li>' for n, (title, day) in enumerate(HEADLINES)]  # fmt: skip # noqa: E501
    return f"<main><ul>{''.join(items)}</ul></main>"


def as_cards():
    cards = [
        f'<div class="card {"odd" if n % 2 else "even"}"><a href="/news/{n}"><img></a>'
        f'<h3><a href="/news/{n}">{title}</a></h3>'
        f'<p>{day}</p><p>Some words on it.</p><a href="/topic/ai">AI</a> <a href="/news/{n}">Read more</a></div>'
        for n, (title, day) in enumerate(HEADLINES)
    ]
    return f'<div id="content"><div class="cards">{"".join(cards)}</div></div>'


def as_table():
    lines = [f"<tr><td>{day}</td><td>{title}</td><td><a href='/news/{n}'>PDF</a></td></tr>" for n, (title, day) in enumerate(HEADLINES)]  # fmt: skip # noqa: E501
    return f"<table>{''.join(lines)}</table>"


def as_months():
    months = [f"<h2>Month {n}</h2><ul><li>{day}: <a href='/news/{n}'>{title}</a></li></ul>" for n, (title, day) in enumerate(HEADLINES)]  # fmt: skip # noqa: E501
    return f'<div class="content">{"".join(months)}</div>'


@pytest.mark.parametrize("layout", [as_list, as_cards, as_months])
def test_the_main_list_is_found_whatever_elements_it_is_made_of(layout):
    assert rows(parse(page(layout()), kind="page")) == EXPECTED


def test_rows_of_a_table_whose_links_have_no_text_are_named_by_the_row():
    found = rows(parse(page(as_table()), kind="page"))
    assert [(link, day) for link, _, day in found] == [(link, day) for link, _, day in EXPECTED]
    assert all(title in text for (_, text, _), (title, _) in zip(found, HEADLINES, strict=True))


def test_the_date_and_topic_within_a_link_are_no_part_of_the_title():
    items = [f'<a href="/news/{n}"><span>12 November 2026</span><span>Press</span><h4>{title}</h4></a>' for n, (title, _) in enumerate(HEADLINES)]  # fmt: skip # noqa: E501
    found = rows(parse(page(f"<main><section>{''.join(items)}</section></main>"), kind="page"))
    assert [title for _, title, _ in found] == [title for title, _ in HEADLINES]
    assert {day for _, _, day in found} == {"2026-11-12"}


def test_links_are_resolved_against_the_base_of_the_page():
    body = page("<main><ul>" + "".join(f"<li><a href=' \n{n} '>{title}</a></li>" for n, (title, _) in enumerate(HEADLINES)) + "</ul></main>", head='<base href="https://ministry.example/archive/">')  # fmt: skip # noqa: E501
    assert rows(parse(body, kind="page", url=URL))[0][0] == "https://ministry.example/archive/0"


def test_selectors_name_the_items_and_their_fields():
    body = page("<dl>" + "".join(f'<dt data-no="{n}"><b>{title}</b><i>{day}</i><u>About {n}</u><a href="/pdf/{n}">PDF</a><a class=doc href="/news/{n}">Document</a></dt>' for n, (title, day) in enumerate(HEADLINES)) + "</dl>")  # fmt: skip # noqa: E501
    parsed = parse(body, kind="page", items="dl > dt", title="b", link="a.doc", date="i", summary="u")
    assert rows(parsed) == EXPECTED
    assert parsed.outcome.entries[2].summary == "About 2"


def test_the_next_page_is_given_where_a_selector_names_it():
    body = page(as_list(), '<a rel="next" href="?page=2">Next</a>')
    assert parse(body, kind="page", next="a[rel=next]").follow == ("https://ministry.example/news/?page=2",)


def test_the_fingerprint_is_that_of_the_structure_and_not_of_the_items():
    first, second = (
        parse(page(layout), kind="page").outcome for layout in (as_list(), as_list().replace("item-", "row-9"))
    )
    assert first.fingerprint == second.fingerprint == "html/body/main/ul/li"
    assert parse(page(as_cards()), kind="page").outcome.fingerprint == "html/body/div/div.cards/div.card"
    assert parse(page(as_list()), kind="page", items="main li").outcome.fingerprint == "main li = html/body/main/ul/li"


def test_a_selector_of_a_field_that_finds_nothing_in_any_item_is_named():
    found = parse(page(as_list()), kind="page", items="main li", title="h3", date="time").outcome
    assert found.layout_problem == "selector finds nothing: `h3` (item_title) in any of 5 items"
    assert len(found.entries) == 5
    assert not parse(page(as_list()), kind="page", items="main li", title="a", date="time").outcome.layout_problem


@pytest.mark.parametrize(
    ("body", "paths", "reason"),
    [
        (page(as_list()), {"items": "ol.news > li"}, "layout changed: selector finds nothing: `ol.news > li`"),
        ("<html><body><p>We are moving house.</p></body></html>", {}, "layout changed: no list of articles was found"),
        ("", {}, "not a feed"),
        ("<html><head><title>Just a moment...</title></head></html>", {}, "bot wall"),
    ],
)
def test_a_page_without_a_list_is_a_failure_and_never_no_news(body, paths, reason):
    outcome = parse(body, kind="page", **paths).outcome
    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith(reason)


SHORT_MENU = "".join(f"<li><a href='/{name}'>{name}</a></li>" for name in ("Home", "Press", "Licences", "About us"))


@pytest.mark.parametrize(
    "body",
    [
        page('<main><div id="app"></div></main>'),
        f"<nav><ul>{SHORT_MENU}</ul></nav><main><h1>News</h1></main>",
        f'<div role="navigation"><ul>{SHORT_MENU}</ul></div><div id="app"></div>',
        f'<div class="main-menu"><ul>{SHORT_MENU}</ul></div><div id="app"></div>',
    ],
)
def test_a_menu_is_never_taken_for_the_list_of_a_page_that_scripts_build(body):
    outcome = parse(body.replace(POPULAR, ""), kind="page").outcome
    assert isinstance(outcome, Failed)
    assert outcome.reason.startswith("layout changed: no list of articles was found on the page; if it has one, name")


@pytest.mark.parametrize("layout", ["no-sidebar", "layout-sidebar-right", "page with-menu", "latest-widget"])
def test_short_items_without_dates_are_the_list_also_if_a_class_names_other_parts_of_the_page(layout):
    items = "".join(f"<li><a href='/news/{n}'>Decision {n}</a></li>" for n in range(3))
    body = f'<div class="{layout}"><div><ul>{items}</ul></div></div>'
    found = rows(parse(body, kind="page"))
    assert [title for _, title, _ in found] == ["Decision 0", "Decision 1", "Decision 2"]
    place = parse(body, kind="page").outcome.fingerprint
    assert rows(parse(body, kind="page", cache=place.encode())) == found


def test_a_menu_that_an_earlier_version_took_for_the_list_is_not_read_again():
    menu = f"<html><body><nav><ul>{SHORT_MENU}</ul></nav><main></main></body></html>"
    assert isinstance(parse(menu, kind="page", cache=b"html/body/nav/ul/li").outcome, Failed)


def test_three_short_items_without_dates_are_the_list_although_the_menu_is_longer():
    items = "".join(f"<li><a href='/news/{n}'>Decision {n}</a></li>" for n in range(3))
    menu = f"<nav><ul>{SHORT_MENU}{SHORT_MENU.replace('href=', 'href=/en')}</ul></nav>"
    found = rows(parse(f"{menu}<main><ul>{items}</ul></main>", kind="page"))
    assert [title for _, title, _ in found] == ["Decision 0", "Decision 1", "Decision 2"]


def test_a_page_at_a_source_of_unknown_kind_is_not_taken_for_a_list():
    outcome = parse(page(as_list())).outcome
    assert isinstance(outcome, Failed)
    assert outcome.reason == "not a feed: a web page"


def test_a_number_before_a_date_is_no_date():
    items = "".join(f"<li><a href='/n/{n}'>Ministry publishes document {n}</a> 2026-11-2{n}</li>" for n in range(1, 5))
    days = [day for _, _, day in rows(parse(f"<main><ul>{items}</ul></main>", kind="page"))]
    assert days == ["2026-11-21", "2026-11-22", "2026-11-23", "2026-11-24"]


@pytest.mark.parametrize("only", ["", "only "])
def test_a_page_with_fewer_items_than_its_menu_has_is_read_where_the_list_was(only):
    last = page(as_list().replace("<li", "<!--", 3).replace("</li>", "-->", 3))
    first = parse(page(as_list()), kind="page")
    found = parse(last, kind="page", cache=only.encode() + first.cache)
    assert [link for link, _, _ in rows(found)] == [link for link, _, _ in EXPECTED[3:]]


def test_a_further_page_is_not_read_elsewhere():
    first = parse(page(as_list()), kind="page")
    assert isinstance(parse(page(), kind="page", cache=b"only " + first.cache).outcome, Failed)
