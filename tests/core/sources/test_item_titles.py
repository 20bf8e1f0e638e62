"""Titles of items whose links hold more than the title, or less."""

import pytest

from tests.core.sources.samples import parse, rows
from tests.core.sources.test_page import EXPECTED, page
from tests.core.sources.test_page_layouts import each

SUMMARY = (
    "In number {n} of its letters the office explains over several lines what the decision means for companies, for "
    "authorities and for citizens, and when all of it will be in force."
)

READ_MORE = ["Подробнее", "Leia mais", "Mehr erfahren", "czytaj więcej", "더보기", "اقرأ المزيد"]


@pytest.mark.parametrize("text", READ_MORE)
@pytest.mark.parametrize("title", ["<h3>{title}</h3>", "<div class=x>{title}</div>"], ids=["heading", "no heading"])
def test_a_text_that_many_items_link_is_no_title_in_any_language(title, text):
    card = f"<div class=card>{title}<p>{{day}}</p><p>{SUMMARY}</p><a href='/news/{{n}}'>{text}</a></div>"
    assert rows(parse(page(f"<main>{each(card)}</main>"), kind="page")) == EXPECTED


LINKS = {
    "spans": f"<a href='/news/{{n}}'><span>{{day}}</span><span>{{title}}</span><span>{SUMMARY}</span></a>",
    "label": f"<a href='/news/{{n}}'><b>Press release</b><i>{{day}}</i><div>{{title}}</div><p>{SUMMARY}</p></a>",
    "bold": f"<a href='/news/{{n}}'><p>{SUMMARY}</p><strong>{{title}}</strong></a> <i>{{day}}</i>",
    "class": f"<a href='/news/{{n}}'><p>{SUMMARY}</p><div class=card__title>{{title}}</div></a> <i>{{day}}</i>",
    "class of another language": f"<a href='/news/{{n}}'><p>{SUMMARY}</p><i class=titulo>{{title}}</i></a> {{day}}",
    "category of some words": (
        "<a href='/news/{n}'><div>{title}</div><div>Goods and services of the administration</div><i>{day}</i></a>"
    ),
    "two links": f"<i><a href='/news/{{n}}'>{{title}}</a></i><p><a href='/news/{{n}}'>{SUMMARY}</a></p>{{day}}",
    "label for screen readers": "<span>{day}</span><a href='/news/{n}' aria-label='{title}'><svg></svg></a>",
    "image": "<span>{day}</span><a href='/news/{n}'><img alt='{title}'></a>",
}


@pytest.mark.parametrize("link", LINKS.values(), ids=list(LINKS))
def test_the_title_is_told_from_the_other_texts_of_a_link(link):
    assert rows(parse(page(f"<main><ul>{each(f'<li>{link}</li>')}</ul></main>"), kind="page")) == EXPECTED


def test_words_in_italics_are_a_part_of_a_long_title():
    long = "{title}, with an <i>explanation</i> of what is new in it, of what it replaces, and of the years to come"
    found = rows(parse(page(f"<main>{each(f'<p>{{day}} <a href=/news/{{n}}>{long}</a></p>')}</main>"), kind="page"))
    assert [title for _, title, _ in found] == [
        f"{title}, with an explanation of what is new in it, of what it replaces, and of the years to come"
        for _, title, _ in EXPECTED
    ]


@pytest.mark.parametrize(
    "item",
    [
        "<li>{day} <a href='/news/{n}' title='{title}'>{title:.24}...</a></li>",
        "<li>{day} <a href='/news/{n}' title='{title}'>{title:.24}</a></li>",
        "<li title='{title}'>{day} <a href='/news/{n}'>{title:.24}...</a></li>",
    ],
    ids=["with dots", "without a mark", "title of the item"],
)
def test_a_title_that_is_shown_shortened_is_read_whole(item):
    assert rows(parse(page(f"<main><ul>{each(item)}</ul></main>"), kind="page")) == EXPECTED
