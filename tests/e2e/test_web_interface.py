"""The web interface as users run it: beside the daemon, or alone."""

from __future__ import annotations

import signal
import socket
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest
from sample_service import RULES, Service, events, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from program import Program


@contextmanager
def serving(service: Service, *command: str) -> Iterator[tuple[httpx.Client, Iterator[dict[str, Any]], Program]]:
    """Start a command that serves it; yields an HTTP client, the log, and the process."""
    process = service.start(*command)
    try:
        log = events(process)
        address = wait_for(log, "web page served")["address"]
        with httpx.Client(base_url=address, timeout=30, trust_env=False) as client:
            yield client, log, process
    finally:
        process.kill()
        process.communicate()


def test_the_daemon_serves_pages_and_a_hanging_client_does_not_delay_its_shutdown(
    service: Service,
) -> None:
    service.know_feeds()
    with serving(service, "run") as (client, log, daemon):
        wait_for(log, "delivered", kind="alert")
        assert "Export controls on chips" in client.get("/hits").text
        assert "Everything is working" in client.get("/").text
        assert client.get("/health").text == "ok\n"

        place = urlsplit(str(client.base_url))
        with socket.create_connection((place.hostname, place.port)) as hanging:
            hanging.sendall(b"GET /hits HTTP/1.1\r\nHost: localhost\r\n")
            daemon.send_signal(signal.SIGTERM)
            wait_for(log, "stopped")
            assert daemon.wait(30) == 0


def _signals(process: Program, kind: str) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return int(status.partition(f"{kind}:")[2].split()[0], 16)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc to see how a process handles a signal")
@pytest.mark.parametrize("command", ["serve", "run", "run --role web"])
def test_sighup_while_a_process_starts_does_not_end_it(service: Service, command: str) -> None:
    service.json("poll")
    process, hangup = service.start(*command.split()), 1 << (signal.SIGHUP - 1)
    try:
        while not (_signals(process, "SigIgn") | _signals(process, "SigCgt")) & hangup:
            assert process.poll() is None
        assert _signals(process, "SigIgn") & hangup, "nothing is done with SIGHUP until the handler is there"
        process.send_signal(signal.SIGHUP)
        assert wait_for(events(process), "web page served")
    finally:
        process.kill()
        process.communicate()


def test_serve_and_the_role_web_show_what_was_polled_and_reload_the_configuration(service: Service) -> None:
    service.json("poll")
    with (
        serving(service, "serve") as (client, log, process),
        serving(service, "run", "--role", "web") as (other_client, _, other_process),
    ):
        assert [row["id"] for row in client.get("/api/v1/hits").json()] == [row["id"] for row in service.json("hits")]
        assert "The daemon has never run" in client.get("/").text
        assert other_client.get("/feeds").status_code == 200

        service.write("rules/sample.yaml", RULES.replace("title: The EU AI Act", "title: The Act of the EU on AI"))
        wait_for(log, "configuration applied")
        assert "The Act of the EU on AI" in client.get("/rules").text
        assert "<bdi>EU AI Act</bdi>" in client.get("/rules/eu-ai-act").text
        service.write("rules/sample.yaml", "rules: 5\n")
        process.send_signal(signal.SIGHUP)
        assert "sample.yaml" in wait_for(log, "configuration refused, the last good one goes on")["problem"]
        assert "The Act of the EU on AI" in client.get("/rules").text

        process.send_signal(signal.SIGTERM)
        other_process.send_signal(signal.SIGINT)
        assert process.wait(30) == other_process.wait(30) == 0
