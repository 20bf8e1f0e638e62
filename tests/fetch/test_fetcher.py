import asyncio
import gzip
import ssl

import httpx
import pytest
import trustme

from monitor.core.model import Failed, Feed, FeedState, Response
from monitor.fetch import Fetcher, guarded_client
from monitor.fetch.connection_failures import failure_of
from tests.poll.polled_feeds import START
from tests.siteserver import HTML, RSS, Answer, Site, feed_xml, page, rss

BODY = feed_xml([{"title": "One", "link": "/1"}])
FRESH = FeedState(feed_id="x")


@pytest.fixture
async def site():
    async with Site() as site:
        yield site


@pytest.fixture
async def make_fetcher():
    made = []

    def make(**options) -> Fetcher:
        usual = {
            "user_agent": "tester (+mailto:x@example.org)", "min_gap": 0.0, "allow_networks": ["127.0.0.0/8"],
            "now": lambda: START,
        }  # fmt: skip
        made.append(Fetcher(**{**usual, **options}))
        return made[-1]

    yield make
    for fetcher in made:
        await fetcher.aclose()


@pytest.fixture
def fetcher(make_fetcher):
    return make_fetcher()


def feed(site: Site, path: str = "/feed", **more) -> Feed:
    return Feed(id="x", url=site.url(path), **more)


async def test_a_feed_has_its_body_and_the_relevant_headers(site, fetcher):
    site.routes["/feed"] = rss(BODY, ETag='"1"', X_Other="no")
    answer = await fetcher.fetch_feed(feed(site), FRESH)
    assert isinstance(answer, Response)
    assert (answer.status, answer.body, answer.url) == (200, BODY, site.url())
    assert answer.headers == {"content-type": RSS, "etag": '"1"'}


async def test_a_request_has_the_user_agent_and_accepts_only_codings_that_can_be_bounded(site, fetcher):
    site.routes["/feed"] = rss(BODY)
    await fetcher.fetch_feed(feed(site, headers={"X-Key": "k"}), FRESH)
    headers = site.requests[0].headers
    assert headers["user-agent"] == "tester (+mailto:x@example.org)"
    assert headers["accept-encoding"] == "gzip"
    assert headers["x-key"] == "k"
    assert "cookie" not in headers


async def test_a_header_of_a_feed_replaces_the_programs_own_in_whatever_case_it_is_written(site, fetcher):
    site.routes["/feed"] = rss(BODY)
    await fetcher.fetch_feed(feed(site, headers={"user-agent": "reader", "ACCEPT": "text/xml"}), FRESH)
    assert (site.requests[0].headers["user-agent"], site.requests[0].headers["accept"]) == ("reader", "text/xml")


async def test_validators_are_sent_as_they_were_received(site, fetcher):
    site.routes["/feed"] = Answer(status=304)
    state = FeedState(feed_id="x", etag='W/"abc"', last_modified="Wed, 25 Feb 2026 21:07:00 GMT")
    answer = await fetcher.fetch_feed(feed(site), state)
    assert answer.status == 304
    assert site.requests[0].headers["if-none-match"] == 'W/"abc"'
    assert site.requests[0].headers["if-modified-since"] == "Wed, 25 Feb 2026 21:07:00 GMT"


@pytest.mark.parametrize("etag", ['"caf\u00e9"', '"a\r\nX-Evil: 1"', '"' + "x" * 600 + '"'])
async def test_a_validator_that_is_invalid_in_a_header_is_not_sent(site, fetcher, etag):
    site.routes["/feed"] = rss(BODY)
    await fetcher.fetch_feed(feed(site), FeedState(feed_id="x", etag=etag))
    assert "if-none-match" not in site.requests[0].headers


async def test_not_modified_to_an_unconditional_request_is_requested_once_more(site, fetcher):
    site.routes["/feed"] = [Answer(status=304), rss(BODY)]
    answer = await fetcher.fetch_feed(feed(site), FRESH)
    assert answer.status == 200
    assert site.requests[1].headers["cache-control"] == "no-cache"


async def test_not_modified_to_two_unconditional_requests_is_a_failure(site, fetcher):
    site.routes["/feed"] = Answer(status=304)
    answer = await fetcher.fetch_feed(feed(site), FRESH)
    assert answer.reason == "unasked not modified"
    assert len(site.requests) == 2


async def test_a_feed_that_has_moved_is_fetched_from_its_new_address(site, fetcher):
    site.routes["/new"] = rss(BODY)
    answer = await fetcher.fetch_feed(feed(site, "/old", headers={"X-Token": "t"}), moved(site.url("/new")))
    assert answer.status == 200
    assert site.requests[0].headers["x-token"] == "t"


async def test_the_headers_of_a_feed_are_not_sent_to_another_host_to_which_it_moved(site, fetcher):
    async with Site("127.0.0.2") as other:
        other.routes["/new"] = rss(BODY)
        there = feed(site, "/old", headers={"Authorization": "Basic c2VjcmV0", "X-Token": "t"})
        assert (await fetcher.fetch_feed(there, moved(other.url("/new")))).status == 200
        assert not {"authorization", "x-token"} & set(other.requests[0].headers)


def moved(url: str) -> FeedState:
    return FeedState(feed_id="x", url=url)


# ---------------------------------------------------------------- redirects


async def test_redirects_are_followed_and_recorded(site, fetcher):
    site.routes["/feed"] = Answer(status=301, headers={"Location": "/b?x=1"})
    site.routes["/b"] = Answer(status=302, headers={"Location": site.url("/c#part")})
    site.routes["/c"] = rss(BODY)
    answer = await fetcher.fetch_feed(feed(site), FRESH)
    assert answer.url == site.url("/c")
    assert answer.redirects == ((301, site.url("/b?x=1")), (302, site.url("/c")))


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Location": "/feed"}, "redirects: more than 5"),
        ({}, "bad redirect: http 301 without Location"),
        ({"Location": "file:///etc/passwd"}, "redirect refused: file file:///etc/passwd"),
        ({"Location": "ftp://example.org/x"}, "redirect refused: ftp ftp://example.org/x"),
        ({"Location": "http://[::1"}, "bad redirect: http://[::1"),
        ({"Location": "http://127.0.0.1:99999/x"}, "bad redirect: http://127.0.0.1:99999/x"),
        ({"Location": "//127.0.0.1:0/x"}, "bad redirect: //127.0.0.1:0/x"),
    ],
)
async def test_a_redirect_that_cannot_be_followed_has_its_reason(site, fetcher, headers, reason):
    site.routes["/feed"] = Answer(status=301, headers=headers)
    answer = await fetcher.fetch_feed(feed(site), FRESH)
    assert isinstance(answer, Failed)
    assert answer.reason == reason
    assert len(site.requests) <= 6


async def test_five_redirects_are_followed(site, fetcher):
    for number in range(5):
        site.routes[f"/{number}"] = Answer(status=302, headers={"Location": f"/{number + 1}"})
    site.routes["/5"] = rss(BODY)
    assert (await fetcher.fetch_feed(feed(site, "/0"), FRESH)).status == 200


async def test_the_body_of_a_redirect_is_not_read(site, fetcher):
    bomb = gzip.compress(b"\0" * 50_000_000)
    site.routes["/feed"] = Answer(bomb, 302, {"Location": "/ok", "Content-Encoding": "gzip"})
    site.routes["/ok"] = rss(BODY)
    assert (await fetcher.fetch_feed(feed(site), FRESH)).status == 200


async def test_the_headers_of_a_feed_are_not_sent_to_another_host(site, fetcher):
    async with Site("127.0.0.2") as other:
        site.routes["/feed"] = Answer(status=302, headers={"Location": other.url("/feed")})
        other.routes["/feed"] = Answer(status=302, headers={"Location": site.url("/back")})
        site.routes["/back"] = rss(BODY)
        url = site.url().replace("http://", "http://user:pa%20ss@")
        answer = await fetcher.fetch_feed(Feed(id="x", url=url, headers={"X-Token": "secret", "Cookie": "a=b"}), FRESH)
        assert answer.status == 200
        first, back = site.requests
        assert first.headers["authorization"] == "Basic dXNlcjpwYSBzcw=="
        assert first.headers["x-token"] == "secret"
        for asked in (other.requests[0], back):
            assert not {"authorization", "x-token", "cookie"} & set(asked.headers)
        assert "pa%20ss" not in answer.url


async def test_a_login_in_the_address_of_a_redirect_is_not_used(site, fetcher):
    site.routes["/feed"] = Answer(status=302, headers={"Location": site.url("/b").replace("http://", "http://u:p@")})
    site.routes["/b"] = rss(BODY)
    answer = await fetcher.fetch_feed(feed(site), FRESH)
    assert answer.url == site.url("/b")
    assert "authorization" not in site.requests[1].headers


async def test_a_redirect_on_the_same_host_keeps_the_feeds_own_headers(site, fetcher):
    site.routes["/feed"] = Answer(status=302, headers={"Location": "/b"})
    site.routes["/b"] = rss(BODY)
    await fetcher.fetch_feed(feed(site, headers={"X-Token": "t"}), FRESH)
    assert site.requests[1].headers["x-token"] == "t"


# ---------------------------------------------------------------- the address guard


async def test_a_private_address_is_refused_and_no_connection_is_opened(site, make_fetcher):
    fetcher = make_fetcher(allow_networks=[])
    answer = await fetcher.fetch_feed(feed(site), FRESH)
    assert answer.reason == "address refused: 127.0.0.1"
    assert site.connections == 0


async def test_a_redirect_to_a_private_address_is_refused_and_no_connection_is_opened(site, make_fetcher):
    fetcher = make_fetcher(allow_networks=["127.0.0.1/32"])
    async with Site("127.0.0.7") as inside:
        site.routes["/feed"] = Answer(status=302, headers={"Location": inside.url()})
        answer = await fetcher.fetch_feed(feed(site), FRESH)
        assert answer.reason == "address refused: 127.0.0.7"
        assert inside.connections == 0


async def test_a_private_network_that_one_feed_may_reach_is_refused_to_the_links_and_redirects_of_others(
    site, make_fetcher
):
    site.routes["/feed"] = Answer(BODY, headers={"Content-Type": RSS}, close=False)
    site.routes["/a"] = Answer(b"<p>An article.</p>", headers={"Content-Type": HTML}, close=False)
    site.routes["/robots.txt"] = Answer(status=404, close=False)
    fetcher = make_fetcher(allow_networks=[])
    allowed, other = feed(site, allow_networks=("127.0.0.0/8",)), feed(site)
    assert isinstance(await fetcher.fetch_page(site.url("/a"), other), Failed)
    assert site.requests == []
    assert isinstance(await fetcher.fetch_feed(allowed, FRESH), Response)
    assert isinstance(await fetcher.fetch_page(site.url("/a"), allowed), Response)
    asked = len(site.requests)
    # connections that the first feed may use are idle now
    for answer in (await fetcher.fetch_feed(other, FRESH), await fetcher.fetch_page(site.url("/a"), other)):
        assert isinstance(answer, Failed)
        assert answer.reason.startswith("address refused")
    assert len(site.requests) == asked


async def test_a_redirect_of_a_feed_reaches_no_private_network_of_another_feed(site, make_fetcher):
    fetcher = make_fetcher(allow_networks=["127.0.0.1/32"])
    async with Site("127.0.0.7") as inside:
        inside.routes["/feed"] = rss(BODY)
        site.routes["/feed"] = Answer(status=302, headers={"Location": inside.url()})
        answer = await fetcher.fetch_feed(feed(site, allow_networks=("127.0.0.7/32",)), FRESH)
        assert isinstance(answer, Response)
        answer = await fetcher.fetch_feed(feed(site), FRESH)
        assert isinstance(answer, Failed)
        assert answer.reason == "address refused: 127.0.0.7"
        assert inside.connections == 1


async def test_a_name_that_resolves_to_a_private_address_is_refused(site, make_fetcher):
    async def resolve(host: str, port: int) -> list[str]:
        return ["8.8.8.8", "127.0.0.1"]

    fetcher = make_fetcher(allow_networks=[], resolve=resolve)
    answer = await fetcher.fetch_feed(Feed(id="x", url=f"http://evil.example:{site.port}/feed"), FRESH)
    assert answer.reason == "address refused: evil.example is 127.0.0.1"
    assert site.connections == 0


async def test_proxies_of_the_environment_are_not_used(site, monkeypatch, make_fetcher):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    site.routes["/feed"] = rss(BODY)
    assert (await make_fetcher().fetch_feed(feed(site), FRESH)).status == 200
    async with guarded_client(user_agent="u", allow_networks=["127.0.0.1/32"]) as client:
        assert (await client.get(site.url())).status_code == 200


async def test_the_client_for_webhooks_has_the_same_guard(site):
    async with guarded_client(user_agent="u") as client:
        with pytest.raises(httpx.ConnectError):
            await client.post(site.url("/hook"), content=b"x")
    assert site.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/",
        "file:///etc/passwd",
        "not a url",
        "http://",
        "",
        "http://a\nb/",
        "//x/y",
        "http://127.0.0.1:99999/",
    ],
)
async def test_an_address_that_is_not_http_is_not_requested(fetcher, url):
    answer = await fetcher.fetch_feed(Feed(id="x", url=url), FRESH)
    assert answer.reason.startswith("bad address")


# ---------------------------------------------------------------- TLS


@pytest.fixture
def authority():
    return trustme.CA()


def contexts(authority: trustme.CA, *names: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert(*names).configure_cert(server)
    authority.configure_trust(client)
    return server, client


async def loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


async def test_tls_sees_the_name_though_the_connection_goes_to_the_checked_address(authority, make_fetcher):
    server, client = contexts(authority, "news.example")
    async with Site(ssl=server) as site:
        site.routes["/feed"] = rss(BODY)
        fetcher = make_fetcher(ssl_context=client, resolve=loopback)
        answer = await fetcher.fetch_feed(Feed(id="x", url=site.url(host="news.example")), FRESH)
        assert answer.status == 200
        assert site.requests[0].host == f"news.example:{site.port}"


@pytest.mark.parametrize(("name", "trusted"), [("other.example", True), ("news.example", False)])
async def test_a_certificate_of_another_host_or_an_unknown_issuer_is_refused(authority, name, trusted, make_fetcher):
    server, client = contexts(authority, name)
    async with Site(ssl=server) as site:
        fetcher = make_fetcher(ssl_context=client if trusted else None, resolve=loopback)
        answer = await fetcher.fetch_feed(Feed(id="x", url=site.url(host="news.example")), FRESH)
        assert answer.reason.startswith("certificate: ")
        assert site.requests == []


# ---------------------------------------------------------------- bad answers


def sending(*pieces: bytes):
    async def script(asked, writer):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return script


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (sending(b""), "protocol"),
        (sending(b"garbage\r\n\r\n"), "protocol"),
        (sending(b"HTTP/1.1 200 X\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n"), "protocol"),
        (sending(b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\nhalf"), "cut short"),
        (sending(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"), "cut short"),
        (sending(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhel"), "protocol"),
        (sending(b"HTTP/1.1 200 X\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(BODY)[:50]), "cut short"),
        (sending(b"HTTP/1.1 200 X\r\nContent-Encoding: gzip\r\n\r\n<rss>"), "bad compression"),
        (sending(b"HTTP/1.1 200 X\r\nContent-Encoding: br\r\n\r\nxxxx"), "unknown encoding: br"),
        (sending(b"HTTP/1.1 200 X\r\nContent-Length: 1000000000\r\n\r\n" + b"x" * 30_000), "too large"),
        (sending(b"HTTP/1.1 200 X\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"\0" * 9_000_000)), "too large"),
    ],
)
async def test_a_broken_response_has_its_reason(site, script, reason, make_fetcher):
    site.routes["/feed"] = script
    answer = await make_fetcher(max_body=20_000).fetch_feed(feed(site), FRESH)
    assert isinstance(answer, Failed)
    assert answer.reason.startswith(reason)


def test_a_server_without_tls_is_named_as_such():
    error = httpx.ConnectError("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1029)")
    assert failure_of(error).reason == "connection failed: there is no TLS on this port; try an address with http://"


async def test_a_connection_that_is_refused_has_its_reason(site, fetcher):
    url = site.url()
    await site.__aexit__()
    assert (await fetcher.fetch_feed(Feed(id="x", url=url), FRESH)).reason.startswith("connection failed")


@pytest.mark.parametrize(("answer", "reason"), [(True, "dns"), (False, "unknown host")])
async def test_a_name_that_does_not_resolve_has_its_reason(answer, reason, make_fetcher):
    from monitor.fetch.address_guard import UnknownHostError

    async def resolve(host: str, port: int) -> list[str]:
        raise UnknownHostError("no answer", temporary=answer)

    assert (
        await make_fetcher(resolve=resolve).fetch_feed(Feed(id="x", url="http://x.example/"), FRESH)
    ).reason == f"{reason}: no answer"


async def drip(asked, writer):
    writer.write(b"HTTP/1.1 200 X\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def endless(asked, writer):
    writer.write(b"HTTP/1.1 200 X\r\n\r\n")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


async def silent(asked, writer):
    await asyncio.sleep(60)


@pytest.mark.parametrize("script", [drip, silent])
async def test_a_slow_response_ends_with_the_deadline_even_if_data_keeps_arriving(site, script, make_fetcher):
    site.routes["/feed"] = script
    answer = await make_fetcher(timeout=0.15).fetch_feed(feed(site), FRESH)
    assert answer.reason == "timeout: no whole answer within 0.15 s"


async def test_redirects_share_one_deadline(site, make_fetcher):
    async def slow(asked, writer):
        await asyncio.sleep(0.1)
        writer.write(Answer(status=302, headers={"Location": "/feed?again"}).encode())

    site.routes["/feed"] = slow
    answer = await make_fetcher(timeout=0.25).fetch_feed(feed(site), FRESH)
    assert answer.reason.startswith("timeout")
    assert len(site.requests) < 4


async def test_an_endless_body_ends_at_the_limit(site, make_fetcher):
    site.routes["/feed"] = endless
    assert (
        await make_fetcher(max_body=200_000).fetch_feed(feed(site), FRESH)
    ).reason == "too large: more than 200,000 bytes"


async def test_an_error_keeps_its_status_whatever_its_body(site, fetcher):
    site.routes["/feed"] = Answer(b"broken gzip", 503, {"Content-Encoding": "gzip", "Retry-After": "120"})
    answer = await fetcher.fetch_feed(feed(site), FRESH)
    assert (answer.status, answer.body, answer.headers["retry-after"]) == (503, b"", "120")


async def test_waiting_for_rate_limits_is_not_part_of_the_deadline(site, make_fetcher):
    waited = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)
        clock.now += seconds

    class Clock:
        now = 0.0

        def __call__(self) -> float:
            return self.now

    clock = Clock()
    site.routes["/feed"] = rss(BODY)
    fetcher = make_fetcher(min_gap=100.0, clock=clock, sleep=sleep)
    answers = [await fetcher.fetch_feed(feed(site), FRESH) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert waited == [100.0, 100.0]


# ---------------------------------------------------------------- pages and robots.txt


async def test_a_page_is_fetched_with_the_feeds_headers_on_the_feeds_host_alone(site, fetcher):
    async with Site("127.0.0.2") as other:
        for place in (site, other):
            place.routes["/a"] = page("<p>text</p>")
            assert (await fetcher.fetch_page(place.url("/a"), feed(site, headers={"X-Token": "t"}))).status == 200
        assert site.requests[-1].headers["x-token"] == "t"
        assert "x-token" not in other.requests[-1].headers


async def test_a_page_on_another_port_gets_no_headers_of_the_feed(site, fetcher):
    async with Site() as other:
        other.routes["/a"] = page("<p>text</p>")
        await fetcher.fetch_page(other.url("/a"), feed(site, headers={"X-Token": "t"}))
        assert "x-token" not in other.requests[-1].headers


async def test_headers_of_a_feed_over_tls_are_not_sent_unencrypted_to_its_pages(site, fetcher):
    site.routes["/a"] = page("<p>text</p>")
    await fetcher.fetch_page(
        site.url("/a"), Feed(id="x", url=f"https://127.0.0.1:{site.port}/f", headers={"X-Token": "t"})
    )
    assert "x-token" not in site.requests[-1].headers


async def test_a_page_that_robots_txt_forbids_is_not_requested(site, fetcher):
    site.routes["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /private/\n")
    site.routes["/private/a"] = page("x")
    site.routes["/public"] = page("x")
    answer = await fetcher.fetch_page(site.url("/private/a"), feed(site))
    assert answer.reason == "robots: 127.0.0.1"
    assert (await fetcher.fetch_page(site.url("/public"), feed(site))).status == 200
    assert site.paths() == ["/robots.txt", "/public"]


async def test_a_feed_may_ignore_robots_txt(site, fetcher):
    site.routes["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /\n")
    site.routes["/a"] = page("x")
    assert (await fetcher.fetch_page(site.url("/a"), feed(site, robots="ignore"))).status == 200
    assert site.paths() == ["/a"]


async def test_robots_txt_is_checked_for_the_target_of_a_redirect(site, fetcher):
    async with Site("127.0.0.2") as other:
        site.routes["/a"] = Answer(status=302, headers={"Location": other.url("/b")})
        other.routes["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /\n")
        other.routes["/b"] = page("x")
        assert (await fetcher.fetch_page(site.url("/a"), feed(site))).reason == "robots: 127.0.0.2"
        assert other.paths() == ["/robots.txt"]


@pytest.mark.parametrize("kind", ["video/mp4", "application/zip", "image/png", "application/json"])
async def test_a_content_type_without_text_is_not_read(site, fetcher, kind):
    site.routes["/a"] = Answer(b"x" * 1000, headers={"Content-Type": kind})
    assert (await fetcher.fetch_page(site.url("/a"), feed(site))).reason == f"not an article: {kind}"


@pytest.mark.parametrize("kind", [HTML, "application/pdf", "application/xhtml+xml", "text/plain", ""])
async def test_a_content_type_that_may_have_text_is_read(site, fetcher, kind):
    site.routes["/a"] = Answer(b"x" * 1000, headers={"Content-Type": kind} if kind else {})
    assert (await fetcher.fetch_page(site.url("/a"), feed(site))).status == 200


# ---------------------------------------------------------------- connections


async def test_a_connection_is_reused(site, fetcher):
    site.routes["/feed"] = Answer(BODY, headers={"Content-Type": RSS}, close=False)
    for _ in range(5):
        assert (await fetcher.fetch_feed(feed(site), FRESH)).status == 200
    assert site.connections == 1


async def test_a_connection_that_was_closed_meanwhile_is_replaced(site, fetcher):
    closing = Answer(b"", raw=b"HTTP/1.1 200 X\r\nContent-Length: 2\r\n\r\nok", close=True)
    site.routes["/feed"] = closing
    for _ in range(3):
        answer = await fetcher.fetch_feed(feed(site), FRESH)
        assert (answer.status, answer.body) == (200, b"ok")


async def test_no_more_connections_are_open_to_a_host_than_its_limit_of_requests(site, make_fetcher):
    full = asyncio.Event()

    async def slow(asked, writer):
        if site.at_once == 3:
            full.set()
        await full.wait()
        await asyncio.sleep(0.02)
        writer.write(rss(BODY).encode())

    site.routes["/feed"] = slow
    fetcher = make_fetcher(per_host=3)
    await asyncio.gather(*[fetcher.fetch_feed(feed(site), FRESH) for _ in range(20)])
    assert site.most_at_once == 3
