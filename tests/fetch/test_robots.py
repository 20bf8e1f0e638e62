import asyncio

import pytest

from monitor.core.feeds.failures import failed
from monitor.core.model import Response, Severity
from monitor.fetch.requests import Route, parse_target
from monitor.fetch.robots import RobotsRules

AGENT = "policy-monitor (+https://example.org)"


class Sites:
    """Sites with their robots.txt, a clock, and what was asked."""

    def __init__(self, answer) -> None:
        self.answer = answer
        self.requests: list[str] = []
        self.now = 0.0
        self.slowed: dict[str, float] = {}
        self.robots = RobotsRules(self.fetch, AGENT, self.slowed.__setitem__, lambda: self.now)

    async def fetch(self, url: str, route: Route):
        self.requests.append(url)
        await asyncio.sleep(0)
        return self.answer

    async def allows(self, url: str) -> bool:
        target = parse_target(url)
        assert target is not None
        return await self.robots.check(target, Route()) is None


def text(body: str, status: int = 200) -> Response:
    return Response(url="http://a.example/robots.txt", status=status, body=body.encode())


@pytest.mark.parametrize(
    ("answer", "allowed"),
    [
        (text(""), True),
        (text("User-agent: *\nDisallow: /"), False),
        (text("User-agent: policy-monitor\nDisallow: /\n\nUser-agent: *\nAllow: /"), False),
        (text("User-agent: *\nDisallow: /other"), True),
        (text("<html>no</html>"), True),
        (Response(url="http://a.example/robots.txt", status=200, body=b"# caf\xe9\nUser-agent: *\nDisallow: /"), False),
        (text("\ufeffUser-agent: *\nDisallow: /"), False),
        (text("User-agent: *\nDisallow: /", status=404), True),
        (text("User-agent: *\nDisallow: /", status=403), True),
        (text("", status=500), False),
        (text("", status=429), False),
        (failed("timeout"), False),
        (failed("connection failed"), False),
        (failed("too large"), True),
        (failed("redirects"), True),
        (failed("bad redirect"), True),
    ],
)
async def test_robots_txt_is_interpreted_as_the_standard_says(answer, allowed):
    assert await Sites(answer).allows("http://a.example/news/1") is allowed


async def test_robots_txt_of_a_site_is_fetched_once_a_day_however_many_pages_need_it():
    sites = Sites(text(""))
    await asyncio.gather(*[sites.allows(f"http://a.example/{number}") for number in range(10)])
    assert sites.requests == ["http://a.example/robots.txt"]
    sites.now = 24 * 3600.0
    await sites.allows("http://a.example/1")
    assert len(sites.requests) == 2


async def test_robots_txt_that_could_not_be_fetched_is_fetched_again_after_an_hour():
    sites = Sites(failed("timeout"))
    assert not await sites.allows("http://a.example/1")
    sites.answer = text("")
    sites.now = 3599.0
    assert not await sites.allows("http://a.example/1")
    sites.now = 3600.0
    assert await sites.allows("http://a.example/1")


async def test_a_crawl_delay_is_respected_up_to_ten_seconds():
    sites = Sites(text("User-agent: *\nCrawl-delay: 5"))
    await sites.allows("http://a.example/1")
    sites.answer = text("User-agent: *\nCrawl-delay: 3600")
    await sites.allows("http://b.example/1")
    assert sites.slowed == {"a.example": 5.0, "b.example": 10.0}


async def test_nothing_is_kept_of_a_site_whose_robots_txt_is_not_waited_for_any_more():
    sites = Sites(text(""))
    asked = [asyncio.ensure_future(sites.allows(f"http://host{number}.example/")) for number in range(9)]
    await asyncio.sleep(0)
    for each in asked:
        each.cancel()
    await asyncio.wait(asked)
    del asked, each
    assert len(sites.requests) == 9
    assert len(sites.robots._locks) == 0


async def test_the_number_of_cached_sites_is_bounded():
    sites = Sites(text(""))
    for number in range(1005):
        await sites.allows(f"http://host{number}.example/")
    assert len(sites.robots._sites) == 1000


async def test_pages_of_a_site_whose_robots_txt_fails_are_refused_for_the_same_reason():
    target = parse_target("http://a.example/1")
    assert target is not None
    unreachable = failed("address refused", "10.0.0.1")
    assert await Sites(unreachable).robots.check(target, Route()) == unreachable
    refusal = await Sites(text("", status=503)).robots.check(target, Route())
    assert refusal is not None
    assert (refusal.reason, refusal.severity) == ("robots: robots.txt gives http 503", Severity.SOFT)
