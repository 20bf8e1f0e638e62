"""Which of the lists of a page is the main one, and what of it is an item."""

from tests.core.sources.samples import parse, rows
from tests.core.sources.test_page import EXPECTED, page
from tests.core.sources.test_page_layouts import each

UNDATED = [(link, title, "") for link, title, _ in EXPECTED]


def test_articles_in_a_row_within_a_list_are_items_of_their_own():
    wide = [f"<div><b><a href='{link}'>{title}</a></b></div>" for link, title, _ in EXPECTED[:3]]
    cells = [f"<div class=cell><b><a href='{link}'>{title}</a></b></div>" for link, title, _ in EXPECTED[3:]]
    body = page(f"<main>{''.join(wide)}<div class=row>{''.join(cells)}</div></main>")
    assert rows(parse(body, kind="page")) == UNDATED


def test_a_title_with_a_date_does_not_make_a_gallery_the_main_list():
    gallery = "".join(
        f"<li><a href='/photos/{n}'>Photo of the delegations, taken from side {n} of the hall{day}</a></li>"
        for n, day in enumerate(["", " on 12 May 2026", "", ""])
    )
    news = each("<li><span><a href='/news/{n}'>{title}</a></span></li>")
    found = rows(parse(page(f"<ul class=gallery>{gallery}</ul><ul class=news>{news}</ul>"), kind="page"))
    assert found == UNDATED


def test_articles_in_a_sidebar_are_not_the_main_list():
    most_read = "".join(
        f"<article><a href='/old/{n}'>What was read most of all in the {n}th year of the service, and why</a></article>"
        for n in range(6)
    )
    news = each("<article><a href='/news/{n}'>{title}</a></article>")
    found = rows(parse(page(f"<aside>{most_read}</aside><div>{news}</div>"), kind="page"))
    assert found == UNDATED


def test_a_side_named_in_one_word_is_no_part_of_the_list():
    side = "".join(f"<div><p><a href='/news/{n}'>Another article of these days, {n}</a></p></div>" for n in range(7, 9))
    news = each("<div><p><a href='/news/{n}'>{title}</a></p></div>")
    found = rows(parse(page(f"<div id=mainArea>{news}</div><div id=sidebarBox>{side}</div>"), kind="page"))
    assert found == UNDATED


def test_what_an_article_is_about_does_not_make_it_a_sidebar():
    tagged = "<article class='post category-social tag-breaking'><h2><a href='/news/{n}'>{title}</a></h2></article>"
    found = rows(parse(page(f"<div>{each(tagged)}</div>"), kind="page"))
    assert found == UNDATED


def test_numbers_of_further_pages_are_no_items_of_a_list_without_dates():
    pages = "".join(f"<li><a href='?start={n}0'>{n}</a></li>" for n in range(2, 4))
    news = each("<li><a href='/news/{n}'>{title}</a></li>")
    assert rows(parse(page(f"<main><ul>{news}{pages}</ul></main>"), kind="page")) == UNDATED


def test_comments_on_an_article_are_no_article():
    links = each("<a href='/news/{n}.html'>{title}</a><br><a href='/news/{n}.html#comments'>{n} comments</a><br>")
    found = rows(parse(page(f"<main>{links}</main>"), kind="page"))
    assert [(link, title) for link, title, _ in found] == [(f"{link}.html", title) for link, title, _ in EXPECTED]


def unrepeated(layout):
    """Items each in an element of another name, so that only their addresses are alike."""
    return "".join(
        f"<x{n}>{layout.format(n=n, title=f'The committee decides on the {n}th of its reports')}</x{n}>"
        for n in range(12)
    )


def test_links_to_other_scripts_of_a_site_are_no_items_of_a_list_without_elements_that_repeat():
    item = "<b><a href='/news.php?id={n}'>{title}</a></b><i><a href='/user.php?id={n}'>Report by member {n}</a></i>"
    found = rows(parse(page(unrepeated(item)), kind="page"))
    assert [link for link, _, _ in found] == [f"https://ministry.example/news.php?id={n}" for n in range(12)]


def test_a_menu_whose_addresses_are_like_those_of_articles_is_no_part_of_a_list_without_elements_that_repeat():
    menu = "".join(f"<y{n}><a href='/news.php?id=9{n}'>Section of the news, number {n}</a></y{n}>" for n in range(6))
    body = page(f"<div class=mainMenu>{menu}</div>", unrepeated("<a href='/news.php?id={n}'>{title}</a>"))
    found = rows(parse(body, kind="page"))
    assert [link for link, _, _ in found] == [f"https://ministry.example/news.php?id={n}" for n in range(12)]
