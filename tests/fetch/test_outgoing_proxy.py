"""Requests to publishers through an outgoing proxy."""

import ssl
from dataclasses import replace

import pytest
import trustme

from monitor.core.model import Feed, FeedState, Response
from monitor.fetch import Fetcher
from monitor.fetch.address_guard import UnknownHostError
from tests import imapserver
from tests.imapserver import ImapServer, Script, letter
from tests.poll.polled_feeds import START
from tests.proxyserver import PASSWORD, ProxyServer
from tests.siteserver import Answer, Site, feed_xml, page, rss

FRESH = FeedState(feed_id="x")
BODY = feed_xml([{"title": "One", "link": "/1"}])


async def unknown(host: str, port: int) -> list[str]:
    raise UnknownHostError(host, temporary=False)


@pytest.fixture
async def make_fetcher():
    made = []

    def make(proxy: str, **options) -> Fetcher:
        usual = {"now": lambda: START, "resolve": unknown}
        made.append(Fetcher(user_agent="test", min_gap=0, proxy=proxy, **{**usual, **options}))
        return made[-1]

    yield make
    for fetcher in made:
        await fetcher.aclose()


@pytest.mark.parametrize("scheme", ["http", "socks5", "socks5h"])
async def test_a_feed_and_its_pages_come_through_the_proxy(make_fetcher, scheme):
    async with Site() as site, ProxyServer() as proxy:
        site.routes["/feed"], site.routes["/1"] = rss(BODY), page("<p>One</p>")
        fetcher = make_fetcher(proxy.url(scheme))
        feed = Feed(id="x", url=site.url(host="news.example"), headers={"X-Key": "k"})
        read = await fetcher.fetch_feed(feed, FRESH)
        article = await fetcher.fetch_page(site.url("/1", host="news.example"), feed)
        asked = [(request.path, request.headers.get("x-key"), request.host) for request in site.requests]
    host = f"news.example:{site.port}"
    assert (read.status, read.body, article.status) == (200, BODY, 200)
    assert asked == [("/feed", "k", host), ("/robots.txt", None, host), ("/1", "k", host)]
    assert {each.split("/")[0] for each in proxy.asked} == ({"GET http:"} if scheme == "http" else {f"SOCKS {host}"})


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_tls_is_between_this_program_and_the_publisher(make_fetcher, scheme):
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("news.example").configure_cert(server)
    authority.configure_trust(client)
    async with Site(ssl=server) as site, ProxyServer() as proxy:
        site.routes["/feed"] = rss(BODY)
        fetcher = make_fetcher(proxy.url(scheme), ssl_context=client)
        read = await fetcher.fetch_feed(Feed(id="x", url=site.url(host="news.example")), FRESH)
        other = await fetcher.fetch_feed(Feed(id="x", url=site.url(host="other.example")), FRESH)
    assert read.status == 200
    assert other.reason.startswith("certificate: ")
    assert proxy.asked[0] == f"{'CONNECT' if scheme == 'http' else 'SOCKS'} news.example:{site.port}"


async def test_hosts_without_proxy_and_sources_with_their_own_are_requested_so(make_fetcher):
    async def loopback(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async with Site() as site, ProxyServer() as proxy, ProxyServer() as other:
        site.routes["/feed"] = rss(BODY)
        options = {"allow_networks": ["127.0.0.0/8"], "resolve": loopback, "no_proxy": [".direct.example"]}
        fetcher = make_fetcher(proxy.url(), **options)
        for host, own in [("a.direct.example", ""), ("news.example", "off"), ("a.direct.example", other.url("socks5")),
                          ("news.example", "")]:  # fmt: skip
            read = await fetcher.fetch_feed(Feed(id="x", url=site.url(host=host), proxy=own), FRESH)
            assert read.status == 200
    assert proxy.asked == [f"GET http://news.example:{site.port}/feed"]
    assert other.asked == [f"SOCKS a.direct.example:{site.port}"]


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:{}/x", "http://localhost:{}/x", "http://[::1]:{}/x", "http://10.0.0.7/x"]
)
async def test_a_private_address_is_not_requested_through_the_proxy(make_fetcher, target):
    async with Site() as site, ProxyServer() as proxy:
        site.routes["/feed"] = Answer(status=302, headers={"Location": target.format(site.port)})
        read = await make_fetcher(proxy.url()).fetch_feed(Feed(id="x", url=site.url(host="news.example")), FRESH)
    assert read.reason.startswith("address refused: ")
    assert len(proxy.asked) == 1


async def test_a_name_that_is_private_here_is_not_requested_unless_the_proxy_alone_resolves_names(make_fetcher):
    async def internal(host: str, port: int) -> list[str]:
        return ["10.0.0.7"]

    async with Site() as site, ProxyServer() as proxy:
        site.routes["/feed"] = rss(BODY)
        feed = Feed(id="x", url=site.url(host="intranet.example"))
        refused = await make_fetcher(proxy.url(), resolve=internal).fetch_feed(feed, FRESH)
        allowed = await make_fetcher(proxy.url("socks5h"), resolve=internal).fetch_feed(feed, FRESH)
    assert refused.reason == "address refused: intranet.example is 10.0.0.7"
    assert isinstance(allowed, Response)


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_refuses_is_named_and_its_password_is_not(make_fetcher, scheme):
    async with Site() as site, ProxyServer(refuses="403 Not for you") as proxy:
        feed = Feed(id="x", url=site.url(host="news.example").replace("http:", "https:"))
        address = proxy.url(scheme, password=PASSWORD if scheme == "http" else "wrong-s3cret")
        read = await make_fetcher(address).fetch_feed(feed, FRESH)
    assert read.reason.startswith("connection failed: the proxy refuses: ")
    assert "s3cret" not in read.reason


async def test_a_proxy_that_wants_another_login_is_not_taken_for_the_publisher(make_fetcher):
    async with Site() as site, ProxyServer() as proxy:
        fetcher = make_fetcher(proxy.url(password="wrong-s3cret"))
        read = await fetcher.fetch_feed(Feed(id="x", url=site.url(host="news.example")), FRESH)
    assert read.reason == "connection failed: the proxy refuses: http 407, wrong or no user and password"
    assert site.requests == []


async def test_a_proxy_that_is_not_there_is_said_to_be_so(make_fetcher):
    async with ProxyServer() as proxy:
        address = proxy.url()
    read = await make_fetcher(address).fetch_feed(Feed(id="x", url="http://news.example/feed"), FRESH)
    assert read.reason.startswith("connection failed: through the proxy: ")


async def test_a_proxy_that_stalls_is_a_timeout(make_fetcher):
    async with Site() as site, ProxyServer() as proxy:

        async def stall(request, writer):
            await writer.wait_closed()

        site.routes["/feed"] = stall
        fetcher = make_fetcher(proxy.url(), timeout=0.5)
        read = await fetcher.fetch_feed(Feed(id="x", url=site.url(host="news.example")), FRESH)
    assert read.reason.startswith("timeout")


async def test_a_mailbox_is_read_through_a_socks_proxy_and_not_through_an_http_proxy(make_fetcher):
    async with ImapServer(Script()) as server, ProxyServer() as proxy:
        server.script.add(letter(1, "Text."))
        address = server.url(host="mail.example") + "?starttls=off"
        feed = Feed(id="x", url=address, kind="imap", password=imapserver.PASSWORD)
        read = await make_fetcher(proxy.url("socks5")).fetch_feed(feed, FRESH)
        refused = await make_fetcher(proxy.url()).fetch_feed(feed, FRESH)
        private = replace(feed, url=server.url() + "?starttls=off")
        blocked = await make_fetcher(proxy.url("socks5")).fetch_feed(private, FRESH)
    assert b"Issue 1" in read.body
    assert proxy.asked == [f"SOCKS mail.example:{server.port}"]
    assert refused.reason.startswith("connection failed: a mailbox cannot be read through an HTTP proxy")
    assert blocked.reason == "address refused: 127.0.0.1"
