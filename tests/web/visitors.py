"""A web page on loopback, over a store that a test fills, and who visits it."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
from config_samples import FILES
from sample_polls import HOUR, NOW

from monitor import settings
from monitor.web import listening, serving

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
    tests: [{hit: An inquiry was opened}, {miss: No}]
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
"""The time at which the page is looked at."""


def configured(folder: Path, database: str, token: str = "", **web: object) -> settings.Settings:
    """Write a configuration and read it."""
    files = FILES | {"rules/one.yaml": RULES, "feeds.yaml": FEEDS, "digests.yaml": DIGESTS}
    said = {"listen": "127.0.0.1:0", **web}
    lines = "".join(f"  {name}: {value!r}\n" for name, value in said.items())
    secret = '  token: "${TOKEN:-}"\n'
    files["monitor.yaml"] = f"database: {database}\ntimezone: Europe/Brussels\nweb:\n{lines}{secret}"
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return settings.load(folder, {"TOKEN": token})


@contextmanager
def visiting(loaded: settings.Settings, **server: float) -> Iterator[httpx.Client]:
    """Serve the page and give a visitor who follows no redirect by himself."""
    with (
        listening(loaded.monitor) as opened,
        serving(opened, lambda: loaded, lambda: LATER, **server) as address,
        httpx.Client(base_url=address, timeout=30, trust_env=False) as visitor,
    ):
        yield visitor


def key_of(page: httpx.Response) -> str:
    """Find the key that a page's forms carry."""
    found = re.search(r'name="key" value="(\w+)"', page.text)
    assert found, page.text
    return found[1]


def sign_in(visitor: httpx.Client, token: str = TOKEN, back: str = "/") -> httpx.Response:
    """Fill in the form that asks for the token."""
    asked = visitor.get("/")
    form = {"token": token, "key": key_of(asked), "back": back}
    return visitor.post("/login", data=form, headers=from_here(visitor))


def from_here(visitor: httpx.Client) -> dict[str, str]:
    """The header that a browser sends with a form of the page itself."""
    return {"origin": str(visitor.base_url).rstrip("/")}
