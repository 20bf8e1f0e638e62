"""Sources whose answers refer to further documents: indexes of sitemaps, and pages of a list."""

import json
from datetime import timedelta

import pytest

from monitor.core.model import Changed, Failed, Feed, ItemFields, Unchanged
from monitor.extraction import ExtractionPool
from tests.poll.polled_feeds import PROSE, START, polled_feeds
from tests.siteserver import Answer, Site, page


def article(number):
    return page(f"<h1>Decision {number}</h1>{PROSE * 12}<p>Part {number} is about the AI Act.</p>")


def sitemap(site, *numbers):
    urls = "".join(f"<url><loc>{site.url(f'/a/{number}')}</loc></url>" for number in numbers)
    return Answer(f"<urlset>{urls}</urlset>".encode())


def index(site, **dates):
    children = "".join(
        f"<sitemap><loc>{site.url(f'/{name}.xml')}</loc>{f'<lastmod>{date}</lastmod>' if date else ''}</sitemap>"
        for name, date in dates.items()
    )
    return Answer(f"<sitemapindex>{children}</sitemapindex>".encode())


@pytest.fixture
def pool():
    pool = ExtractionPool(workers=1, timeout=60)
    yield pool
    pool.close()


def paths(site):
    return [each.path for each in site.requests if each.path.endswith(".xml")]


async def test_only_the_sitemaps_that_changed_are_fetched_and_every_new_address_is_stored(store, pool):
    async with Site() as site:
        for number in range(1, 5):
            site.routes[f"/a/{number}"] = article(number)
        site.routes["/index.xml"] = [
            index(site, one="2026-11-20", two="2026-11-21"),
            index(site, one="2026-11-20", two="2026-11-22"),
            Answer(index(site, one="2026-11-20", two="2026-11-22").body + b"\n"),
        ]
        site.routes["/one.xml"] = sitemap(site, 1)
        site.routes["/two.xml"] = [sitemap(site, 2), sitemap(site, 2, 3)]
        async with polled_feeds(store, [Feed(id="x", url=site.url("/index.xml"))], reading=pool) as polled:
            polls = [await polled.poll() for _ in range(3)]
        assert [len(poll.articles) for poll in polls] == [2, 1, 0]
        assert isinstance(polls[2].outcome, Unchanged)
        assert paths(site) == ["/index.xml", "/two.xml", "/one.xml", "/index.xml", "/two.xml", "/index.xml"]


async def test_a_sitemap_that_fails_costs_no_entry_of_the_others_and_is_requested_again(store, pool):
    async with Site() as site:
        for number in range(1, 3):
            site.routes[f"/a/{number}"] = article(number)
        site.routes["/index.xml"] = index(site, one="2026-11-20", two="2026-11-21")
        site.routes["/one.xml"] = sitemap(site, 1)
        site.routes["/two.xml"] = [Answer(status=500), sitemap(site, 2)]
        async with polled_feeds(store, [Feed(id="x", url=site.url("/index.xml"))], reading=pool) as polled:
            first, second = await polled.poll(), await polled.poll()
        assert len(first.articles) == len(second.articles) == 1
        assert any("http: 500" in note and "/two.xml" in note for note in first.notes)
        assert isinstance(second.outcome, Changed)


async def test_an_index_none_of_whose_sitemaps_answers_is_a_failure(store, pool):
    async with Site() as site:
        site.routes["/index.xml"] = index(site, one="")
        site.routes["/one.xml"] = Answer(status=503)
        async with polled_feeds(store, [Feed(id="x", url=site.url("/index.xml"))], reading=pool) as polled:
            poll = await polled.poll()
    assert isinstance(poll.outcome, Failed)
    assert poll.outcome.reason.startswith("http: 503")


async def test_after_three_sitemaps_that_fail_the_others_are_left_for_the_next_poll(store, pool):
    async with Site() as site:
        site.routes["/index.xml"] = index(site, **{f"s{number}": f"2026-11-{10 + number}" for number in range(8)})
        site.routes["/s7.xml"] = sitemap(site, 1)
        site.routes["/a/1"] = article(1)
        async with polled_feeds(store, [Feed(id="x", url=site.url("/index.xml"))], reading=pool) as polled:
            poll = await polled.poll()
        assert paths(site) == ["/index.xml", "/s7.xml", "/s6.xml", "/s5.xml", "/s4.xml"]
    assert len(poll.articles) == 1
    assert poll.state.etag is None


async def test_an_index_that_names_itself_and_others_without_end_is_bounded(store, pool):
    async with Site() as site:
        for number in range(60):
            site.routes[f"/{number}.xml"] = index(site, **{str(number): "", str(number + 1): ""})
        async with polled_feeds(store, [Feed(id="x", url=site.url("/0.xml"))], reading=pool) as polled:
            poll = await polled.poll()
        assert len(paths(site)) <= 21
    assert isinstance(poll.outcome, Failed)


async def test_further_pages_of_a_list_are_read_at_the_first_poll_only_and_never_without_end(store, pool):
    def listing(number):
        items = "".join(f'<li><a href="/a/{number}{each}">Decision {number}{each}</a></li>' for each in range(3))
        return Answer(
            f'<html><body><ul>{items}</ul><a rel="next" href="/list/{number + 1}">Next</a></body></html>'.encode()
        )

    async with Site() as site:
        for number in range(1, 10):
            site.routes[f"/list/{number}"] = listing(number)
            for each in range(3):
                site.routes[f"/a/{number}{each}"] = article(number)
        fields = ItemFields(items="li", next="a[rel=next]")
        async with polled_feeds(
            store, [Feed(id="x", url=site.url("/list/1"), kind="page", fields=fields)], reading=pool
        ) as polled:
            first = await polled.poll()
            site.routes["/list/1"] = Answer(listing(1).body.replace(b"Decision 10", b"Decision ten"))
            await polled.poll()
        asked = [each.path for each in site.requests if each.path.startswith("/list/")]
    assert len(first.articles) == 15
    assert asked == [*(f"/list/{number}" for number in range(1, 6)), "/list/1"]


async def test_an_api_asked_since_a_time_gives_its_further_pages_at_every_poll(store, pool):
    def answer(asked):
        day, _, number = asked.path.partition("&page=")
        start = int(number or 1)
        rows = [{"title": f"Rule {day[-2:]} {start} {n}", "url": f"/a/{day[-5:]}-{start}-{n}"} for n in range(2)]
        more = {"next": f"{day}&page={start + 1}"} if start < 3 else {}
        return Answer(json.dumps({"results": rows, **more}).encode())

    async with Site() as site:
        site.routes["/api"] = answer
        watched = Feed(
            id="x", url=site.url("/api?since={since}"), kind="json", fulltext="never", fields=ItemFields(next="next")
        )
        async with polled_feeds(store, [watched], reading=pool) as polled:
            first = await polled.poll()
            polled.now[0] += timedelta(days=9)
            second = await polled.poll()
        asked = [each.path for each in site.requests]
    days = sorted({path.partition("=")[2][:10] for path in asked})
    assert days == [f"{START - timedelta(days=30):%Y-%m-%d}", f"{START - timedelta(days=3):%Y-%m-%d}"]
    assert [len(first.articles), len(second.articles), len(asked)] == [6, 6, 6]


async def test_a_burst_of_more_than_a_page_is_read_from_the_next_pages_too(store, pool):
    def listing(*numbers):
        items = "".join(f'<li><a href="/a/{number}">Decision {number}</a></li>' for number in numbers)
        return Answer(f'<html><body><ul>{items}</ul><a rel="next" href="/older">Next</a></body></html>'.encode())

    async with Site() as site:
        site.routes["/list"] = [listing(4, 3, 2, 1), listing(9, 8, 4, 3), listing(19, 18, 17, 9)]
        site.routes["/older"] = [listing(0, 1, 2), listing(16, 15, 8)]
        for number in range(20):
            site.routes[f"/a/{number}"] = article(number)
        fields = ItemFields(items="li", next="a[rel=next]")
        async with polled_feeds(
            store, [Feed(id="x", url=site.url("/list"), kind="page", fields=fields)], reading=pool
        ) as polled:
            polls = [await polled.poll(timedelta(hours=1)) for _ in range(3)]
        asked = [path for path in site.paths() if path in {"/list", "/older"}]
    assert [len(poll.articles) for poll in polls] == [5, 2, 5]
    assert asked == ["/list", "/older", "/list", "/list", "/older"]
