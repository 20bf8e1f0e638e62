"""The web page as a user has it: beside the daemon, or alone."""

from __future__ import annotations

import signal
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
from sample_service import RULES, Service, events, wait_for

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator


@contextmanager
def page_of(
    service: Service, *command: str
) -> Iterator[tuple[httpx.Client, Iterator[dict[str, Any]], subprocess.Popen[str]]]:
    """Start a command that serves the page; gives a visitor, the log, and the process."""
    process = service.start(*command)
    try:
        log = events(process)
        address = wait_for(log, "web page")["address"]
        with httpx.Client(base_url=address, timeout=30, trust_env=False) as visitor:
            yield visitor, log, process
    finally:
        process.kill()
        process.communicate()


def test_the_page_stands_beside_the_daemon_and_a_client_that_hangs_keeps_neither_from_ending(
    service: Service,
) -> None:
    with page_of(service, "run") as (visitor, log, daemon):
        wait_for(log, "delivered", kind="alert")
        assert "Export controls on chips" in visitor.get("/hits").text
        assert "It is working" in visitor.get("/").text
        assert visitor.get("/health").text == "ok\n"

        place = urlsplit(str(visitor.base_url))
        with socket.create_connection((place.hostname, place.port)) as hanging:
            hanging.sendall(b"GET /hits HTTP/1.1\r\nHost: localhost\r\n")
            daemon.send_signal(signal.SIGTERM)
            wait_for(log, "stopped")
            assert daemon.wait(30) == 0


def test_the_page_alone_shows_what_was_polled_and_takes_edits(service: Service) -> None:
    service.json("poll")
    with page_of(service, "serve") as (visitor, log, process):
        assert [row["id"] for row in visitor.get("/api/v1/hits").json()] == [row["id"] for row in service.json("hits")]
        assert "No daemon has ever run on this database" in visitor.get("/").text

        service.write("rules/sample.yaml", RULES.replace("title: The EU AI Act", "title: The Act of the EU on AI"))
        wait_for(log, "configuration taken")
        assert "The Act of the EU on AI" in visitor.get("/rules").text
        service.write("rules/sample.yaml", "rules: 5\n")
        assert "sample.yaml" in wait_for(log, "configuration refused, the last good one goes on")["problem"]
        assert "The Act of the EU on AI" in visitor.get("/rules").text

        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_a_role_of_web_is_the_page_alone(service: Service) -> None:
    service.json("poll")
    with page_of(service, "run", "--role", "web") as (visitor, _, process):
        assert visitor.get("/feeds").status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
