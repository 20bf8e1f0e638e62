import pytest

from monitor.core.model import Failed
from monitor.diagnostics import page_extraction
from monitor.fetch import Fetcher
from tests.poll.polled_feeds import PROSE, START, InlineReading
from tests.siteserver import Answer, Site, page


@pytest.fixture
async def site():
    async with Site() as site:
        yield site


async def read(site, answer):
    site.routes |= {"/a": answer, "/login": page("<p>Log in to read all of our journalism.</p>" * 30)}
    fetcher = Fetcher(user_agent="test", now=lambda: START, min_gap=0, allow_networks=["127.0.0.0/8"])
    try:
        return await page_extraction.extract_url(fetcher, InlineReading(), site.url("/a"), START)
    finally:
        await fetcher.aclose()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(b"", 404), "http: 404"),
        (page("<title>Just a moment...</title>"), "bot wall: a challenge page instead of an article"),
        (Answer(b"", 202), "empty answer: http 202 with nothing in it"),
        (Answer(b"", 302, {"Location": "/login"}), "login wall: redirected to a page to log in at"),
        (Answer(b"", 302, {"Location": "file:///etc/passwd"}), "redirect refused: file file:///etc/passwd"),
    ],
)
async def test_what_the_poller_would_not_take_for_an_article_is_named(site, answer, reason):
    result = await read(site, answer)
    assert isinstance(result, Failed)
    assert result.reason == reason


async def test_a_page_is_read_and_a_date_of_the_future_is_none(site):
    article = await read(site, page(f"<time pubdate datetime='2099-01-01'></time>{PROSE * 12}"))
    assert "heard from the ministry" in article.text
    assert article.published_at is None
