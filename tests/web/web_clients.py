"""The web server on loopback, over a store that a test fills, and HTTP clients for it."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
from config_samples import FILES
from sample_polls import HOUR, NOW

from monitor import settings
from monitor.web import open_socket, serve_in_thread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN = "a token that nobody guesses"
RULES = """\
version: 1
topics: {oversight: {title: Oversight of firms}}
rules:
  - id: inquiries
    title: Inquiries by regulators
    topic: oversight
    status: live
    any: [inquiry]
    tests: [{hit: An inquiry was listener}, {miss: No}]
  - id: fines
    title: Fines
    topic: oversight
    status: live
    priority: urgent
    description: What it costs.
    references: ["https://law.example/act", "javascript:alert(1)"]
    any: [fine]
    tests: [{hit: A fine was paid}, {miss: No}]
"""
FEEDS = """\
feeds:
  - {id: gazette, url: "https://gazette.example/feed", title: The Gazette, language: en, tier: official}
  - {id: herald, url: "https://herald.example/feed", title: The Herald, language: fr}
"""
DIGESTS = """\
digests:
  - {id: daily, title: Daily brief, schedule: "0 8 * * *", channels: [outbox]}
"""
LATER = NOW + 2 * HOUR
"""The clock of the server."""


def load_config(folder: Path, database: str, token: str = "", **web: object) -> settings.Settings:
    """Write a configuration with these `web` settings and load it."""
    files = FILES | {"rules/one.yaml": RULES, "feeds.yaml": FEEDS, "digests.yaml": DIGESTS}
    values = {"listen": "127.0.0.1:0", **web}
    lines = "".join(f"  {name}: {value!r}\n" for name, value in values.items())
    secret = '  token: "${TOKEN:-}"\n'
    files["monitor.yaml"] = f"database: {database}\ntimezone: Europe/Brussels\nweb:\n{lines}{secret}"
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return settings.load(folder, {"TOKEN": token})


@contextmanager
def running_server(loaded: settings.Settings, **server: float) -> Iterator[httpx.Client]:
    """Run the server; yields a client that does not follow redirects."""
    with (
        open_socket(loaded.monitor) as listener,
        serve_in_thread(listener, lambda: loaded, lambda: LATER, **server) as address,
        httpx.Client(base_url=address, timeout=30, trust_env=False, verify=False) as client,
    ):
        yield client


def csrf_token_of(page: httpx.Response) -> str:
    """Return the CSRF token of the forms on a page."""
    found = re.search(r'name="csrf_token" value="(\w+)"', page.text)
    assert found, page.text
    return found[1]


def sign_in(client: httpx.Client, token: str = TOKEN, back: str = "/") -> httpx.Response:
    """Submit the sign-in form."""
    page = client.get("/")
    form = {"token": token, "csrf_token": csrf_token_of(page), "back": back}
    return client.post("/login", data=form, headers=same_origin(client))


def same_origin(client: httpx.Client) -> dict[str, str]:
    """Return the header that a browser sends with a form of the site itself."""
    return {"origin": str(client.base_url).rstrip("/")}
