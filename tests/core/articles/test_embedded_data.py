import json

from page_samples import BODY, page

from monitor.core.articles import extract
from monitor.core.articles.embedded_data import data_text
from monitor.core.model import Entry


def script(data: object) -> str:
    return f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(data)}</script>'


def test_a_page_that_is_built_in_the_browser_is_read_from_its_data():
    blocks = [{"type": "paragraph", "text": f"<b>{paragraph}</b>"} for paragraph in BODY]
    data = {"props": {"theme": "dark", "article": {"blocks": blocks, "image": "https://example.org/a.jpg"}}}
    article = extract(
        f"<html><body><div id=app></div>{script(data)}</body></html>".encode(), "text/html", Entry(key="")
    )
    assert article.text.split("\n\n") == BODY
    assert article.partial_reason == "read from the data of the page"


def test_a_page_that_shows_its_article_is_not_read_from_its_data():
    article = extract(page(head=script({"text": "Other articles " * 500})).encode(), "text/html", Entry(key=""))
    assert article.text.split("\n\n") == BODY


def test_data_that_cannot_be_read_or_is_nested_deeply_gives_no_text():
    assert data_text(["{", "[" * 100_000, "{}", "3"]) == ""
