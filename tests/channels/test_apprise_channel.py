"""Apprise sends through the guard only, and what it may have delivered is never repeated unmarked."""

from __future__ import annotations

import asyncio
import base64
import inspect
import json
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from chatserver import ChatServer
from config_samples import minimal
from deliver_fixtures import HOUR, Clock, deliverer_of, news
from letters import a_delivery, a_letter
from sample_news import CONFIG
from slowserver import until

from monitor import settings
from monitor.channels import UnclearError, UnreachableError
from monitor.channels.apprise.config import NOT_OVER_HTTP, AppriseConfig
from monitor.channels.apprise.sender import AppriseChannel
from monitor.config_types.credentials import Secret
from monitor.core.errors import ConfigurationError, DeliveryError
from monitor.core.messages.retries import UNCLEAR_WAIT
from monitor.fetch import guarded_proxy

PROGRAM = Path(inspect.getfile(AppriseChannel)).with_name("process.py")
open_proxy = partial(guarded_proxy, user_agent="test", allow_networks=["127.0.0.1/32"])


def apprise(url, **more):
    return AppriseChannel("teams", AppriseConfig(type="apprise", url=Secret(url)), open_proxy, **more)


async def send(channel, **changes):
    message = replace(a_letter(channel.name, channel.formats, channel.recipients()), **changes)
    return await channel.send(message, a_delivery(message))


async def refused(channel, **changes):
    with pytest.raises(DeliveryError) as raised:
        await send(channel, **changes)
    return raised.value


async def test_an_address_that_apprise_does_not_know_is_a_permanent_failure():
    error = await refused(apprise("nonsense://there"))
    assert str(error) == "Apprise does not support this address; check `url` in channels.yaml"
    assert not error.retryable


async def test_apprise_sends_the_subject_and_the_text():
    async with ChatServer(strict=False) as server:
        assert await send(apprise(f"json://127.0.0.1:{server.port}/in")) == "taken by apprise"
    [request] = server.accepted
    assert request.path == "/in"
    assert request.json["title"].startswith("First fine under the AI Act goes to a recruiter")
    assert "Consultation opens" in request.json["message"]
    assert "Proxy-Authorization" not in request.headers


async def test_a_service_that_is_not_there_is_unreachable_and_its_address_stays_secret(unused_tcp_port):
    error = await refused(apprise(f"json://user:canary-7f3@127.0.0.1:{unused_tcp_port}/canary-7f3"))
    assert isinstance(error, UnreachableError)
    assert "127.0.0.1 is unreachable" in str(error)
    assert "canary-7f3" not in str(error)


@pytest.mark.parametrize("scheme", ["json", "jsons"])
async def test_a_network_that_is_not_allowed_is_not_connected_to(scheme):
    async with ChatServer(strict=False) as server:
        error = await refused(apprise(f"{scheme}://127.0.0.2:{server.port}/in"))
    assert isinstance(error, UnreachableError)
    assert "127.0.0.2 is not a public address" in str(error)
    assert server.requests == []


@pytest.mark.parametrize(("status", "host"), [(301, "127.0.0.1"), (307, "127.0.0.2")])
async def test_a_redirect_is_a_refusal_and_is_not_followed(status, host):
    async with ChatServer(strict=False) as other, ChatServer(strict=False) as server:
        server.answers = [(status, {"Location": f"http://{host}:{other.port}/there"}, "")]
        error = await refused(apprise(f"json://127.0.0.1:{server.port}/in?redirect=yes"))
    assert str(error) == f"apprise: the service redirects (http {status}), which is not followed"
    assert not error.retryable
    assert (len(server.requests), other.requests) == (1, [])


@pytest.mark.parametrize(("status", "retryable"), [(503, True), (403, False)])
async def test_a_refusal_means_what_it_means_for_a_webhook(status, retryable):
    async with ChatServer(strict=False, answers=[(status, {"Retry-After": "90"}, "no")]) as server:
        error = await refused(apprise(f"json://127.0.0.1:{server.port}/in?retry=3"))
    assert not isinstance(error, UnclearError)
    assert error.retryable == retryable
    assert error.retry_after == timedelta(seconds=90)
    assert len(server.requests) == 1


async def test_a_service_that_hangs_up_on_a_request_may_have_taken_it():
    async with ChatServer(strict=False, answers=["drop"]) as server:
        error = await refused(apprise(f"json://127.0.0.1:{server.port}/in"))
    assert isinstance(error, UnclearError)
    assert len(server.requests) == 1


async def posts_to_a_service_that_answers(answer: bytes, *, then_hangs: bool = False, **options):
    """Send one message to a server that reads the whole request and answers with these bytes."""
    posts = []

    async def serve(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        await reader.readexactly(int(length[1]))
        posts.append(head)
        writer.write(answer)
        if then_hangs:
            await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        channel = apprise(f"json://127.0.0.1:{server.sockets[0].getsockname()[1]}/in", **options)
        try:
            return await send(channel), len(posts)
        except DeliveryError as error:
            return error, len(posts)


CUT = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc"


@pytest.mark.parametrize("then_hangs", [False, True], ids=["cut", "stalled"])
async def test_an_answer_that_does_not_end_is_unclear(then_hangs):
    options = {"deadline": 6.0} if then_hangs else {}
    error, posts = await posts_to_a_service_that_answers(CUT, then_hangs=then_hangs, **options)
    assert isinstance(error, UnclearError)
    assert posts == 1


async def test_a_redirect_without_a_location_is_a_permanent_failure():
    error, posts = await posts_to_a_service_that_answers(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n")
    assert not error.retryable
    assert posts == 1


async def test_no_more_of_an_answer_is_read_than_it_takes_to_understand_it():
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + b"x" * 300_000
    answer, posts = await posts_to_a_service_that_answers(endless, then_hangs=True)
    assert (answer, posts) == ("taken by apprise", 1)


async def test_a_message_of_which_a_part_was_taken_is_unclear():
    async with ChatServer(strict=False, answers=[(200, {}, "ok"), (503, {}, "no")]) as server:
        error = await refused(apprise(f"json://127.0.0.1:{server.port}/in?overflow=split"), text="long " * 20_000)
    assert isinstance(error, UnclearError)
    assert "accepted in part" in str(error)


async def test_a_service_that_does_not_answer_gets_one_repeat_that_is_marked_and_no_more(store):
    clock = Clock()
    async with ChatServer(strict=False, answers=["stall"] * 9) as server:
        news(store, "chips", clock() - HOUR)
        deliverer = deliverer_of(store, apprise(f"json://127.0.0.1:{server.port}/in", deadline=60.0), clock=clock)
        deliverer.run_digest(CONFIG.id)
        outcomes = []
        while "dead" not in outcomes:
            outcomes += [settled.outcome for settled in await deliverer.send_queued()]
            clock.forward(max(UNCLEAR_WAIT, HOUR))
    assert outcomes == ["unclear", "dead"]
    assert ["may be a repeat" in request.body.decode() for request in server.requests] == [False, True]


async def test_a_delivery_that_is_broken_off_may_have_arrived():
    async with ChatServer(strict=False, answers=["hang"]) as server:
        sending = asyncio.ensure_future(send(apprise(f"json://127.0.0.1:{server.port}/in")))
        await until(lambda: server.requests)
        sending.cancel()
        with pytest.raises(UnclearError, match="interrupted"):
            await sending


CONFINED = """
import runpy, socket, subprocess, sys
confine = runpy.run_path(sys.argv[1])["confine"]
with socket.create_server(("127.0.0.1", 0)) as allowed, socket.create_server(("127.0.0.1", 0)) as other:
    confine(allowed.getsockname()[1])
    socket.create_connection(allowed.getsockname()).close()
    for attempt in (
        lambda: socket.create_connection(other.getsockname()),
        lambda: socket.create_connection(("127.0.0.2", allowed.getsockname()[1])),
        lambda: socket.getaddrinfo("localhost", 80),
        lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", allowed.getsockname()),
        lambda: subprocess.run(["true"]),
    ):
        try:
            attempt()
        except PermissionError:
            continue
        sys.exit("not refused")
"""


def test_the_process_connects_to_nothing_but_the_proxy():
    assert program(CONFINED, str(PROGRAM)) == ""


SCHEMES = """
import json, re, sys
from pathlib import Path
from apprise.manager_plugins import NotificationManager
def sources(plugin):
    for kind in plugin.__mro__:
        name = kind.__module__
        if name.startswith("apprise.plugins.") and name != "apprise.plugins.base":
            file = Path(sys.modules[name].__file__)
            package = file.name == "__init__.py" or name.count(".") > 2
            yield from file.parent.glob("*.py") if package else [file]
schemes = set()
for plugin in NotificationManager().plugins(include_disabled=True):
    text = "".join(file.read_text() for file in sources(plugin))
    if not re.search(r"^ *(import|from) requests", text, re.M):
        for value in (getattr(plugin, "protocol", None), getattr(plugin, "secure_protocol", None)):
            schemes |= {value} if isinstance(value, str) else set(value or ())
print(json.dumps(sorted(schemes)))
"""


def test_the_schemes_that_are_refused_are_those_of_plugins_that_do_not_use_requests():
    assert set(json.loads(program(SCHEMES))) == NOT_OVER_HTTP


def program(text, *arguments):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-P", "-c", text, *arguments], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_the_proxy_serves_nobody_without_its_password():
    async with ChatServer(strict=False) as server, open_proxy() as proxy:
        for url in (proxy.url, re.sub(":[^:@]+@", ":wrong@", proxy.url)):
            async with httpx.AsyncClient(proxy=url) as client:
                answer = await client.post(f"http://127.0.0.1:{server.port}/in", json={"text": "hello"})
            assert answer.status_code == (200 if url == proxy.url else 407)
    assert len(server.requests) == 1


@pytest.mark.parametrize(("host", "status"), [("127.0.0.1", b"200"), ("127.0.0.2", b"502")])
async def test_the_proxy_makes_tunnels_to_checked_addresses_only(host, status):
    async with ChatServer(strict=False) as server, open_proxy() as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        password = base64.b64encode(urlsplit(proxy.url).netloc.partition("@")[0].encode()).decode()
        head = [f"CONNECT {host}:{server.port} HTTP/1.1", f"Proxy-Authorization: Basic {password}", "", ""]
        writer.write("\r\n".join(head).encode())
        assert (await reader.readuntil(b"\r\n\r\n")).split()[1] == status
        if status == b"200":
            writer.write(b"POST /in HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
            assert b"200 Answer" in await reader.read()
        writer.close()
    assert len(server.requests) == (status == b"200")
    assert proxy.forwarded == (status == b"200")


@pytest.mark.parametrize(
    ("url", "instead"),
    [
        ("mailto://user:canary-7f3@mail.example", "type: email"),
        ("MQTT://broker.example/topic", "a service that is reached by HTTP"),
    ],
)
def test_a_service_that_is_not_reached_by_http_is_refused_with_what_to_use_instead(tmp_path, url, instead):
    folder = minimal(tmp_path / "config")
    (folder / "channels.yaml").write_text(f"channels:\n  teams: {{type: apprise, url: '{url}'}}\n")
    with pytest.raises(ConfigurationError) as raised:
        settings.load(folder, {})
    [problem] = [each for each in raised.value.problems if each.level == "error"]
    scheme = url.partition(":")[0].lower()
    assert f"{scheme}:// does not use HTTP, so its connections cannot be checked; use {instead}" in problem.message
    assert problem.line == 2
    assert "canary-7f3" not in problem.message
