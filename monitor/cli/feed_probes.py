"""`monitor feeds check`, `discover` and `preview`: ask publishers now, and store nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import row_keys
from monitor.cli.feed_arguments import (
    ENTRY_COLUMNS,
    SOURCE_KIND,
    complete_url,
    lacks_scheme,
    mailbox_password,
    password_option,
    select_feeds,
    source_from_keys,
)
from monitor.cli.listings import Column, format_option, show
from monitor.cli.output import exit_with_problem, exit_with_problem_if, note, plain, progress
from monitor.cli.session import Session, pass_session
from monitor.config_types.mailbox_address import is_mailbox
from monitor.core.errors import UsageError
from monitor.core.json_objects import fields_of
from monitor.core.model import Entry, Feed

if TYPE_CHECKING:
    from monitor.diagnostics.feed_discovery import FeedCheck
    from monitor.settings import MonitorFile, Settings, VariableReference


NO_FEEDS = "No feeds are configured in feeds.yaml."


@click.command()
@click.argument("ids", metavar="[ID]...", nargs=-1)
@format_option
@pass_session
def check(session: Session, *, ids: tuple[str, ...]) -> None:
    """Fetch and parse feeds once, and store nothing.

    Checks all feeds, or those given by ID. Exit code 1 if one fails.
    """
    settings = session.settings(only=("feeds.yaml",))
    checks = asyncio.run(probe_feeds(settings, select_feeds(settings, ids)))
    order = {feed.id: index for index, feed in enumerate(settings.feeds)}
    checks.sort(key=lambda item: order[item.feed.id])
    show(map(_check_row, checks), _CHECK_COLUMNS, keys=row_keys.FEED_CHECKS, empty=NO_FEEDS)
    exit_with_problem_if(not all(item.ok for item in checks))


@click.command()
@click.argument("url")
@format_option
@pass_session
def discover(session: Session, *, url: str) -> None:
    """Find the feeds that a web page links to.

    If there are none, finds a sitemap, the posts of WordPress, or the list on the page itself. Prints the YAML to add
    each source, with its newest entries.
    """
    if is_mailbox(url):
        problem = "a mailbox is not a web page; `monitor feeds preview` and `monitor feeds add` take its address"
        raise UsageError(problem)
    checks = asyncio.run(discover_sources(session.monitor_settings(), url))
    working = [item for item in checks if item.ok]
    show(map(_discovered_row, working), _DISCOVERED_COLUMNS, keys=row_keys.DISCOVERED_FEEDS, empty="")
    if not working:
        note(describe_failure(url, checks))
        exit_with_problem()
    for item in working:
        note(describe_source(item))


@click.command()
@click.argument("source", metavar="ID|URL")
@click.option("--kind", type=SOURCE_KIND, default="auto", show_default=True, help="How to read a URL.")
@password_option
@format_option
@pass_session
def preview(session: Session, *, source: str, kind: str, password_variable: str) -> None:
    """Fetch a source now and show its entries, and store nothing.

    The source is the id of a feed in feeds.yaml, or an address. Exit code 1 if it gives no entries.
    """
    from monitor.diagnostics.feed_discovery import entry_row

    check, entries = asyncio.run(_preview(session, source, kind, mailbox_password(source, password_variable)))
    show(map(entry_row, entries), ENTRY_COLUMNS, keys=row_keys.ENTRIES, empty=f"{source}: no entries")
    if check.reason:
        is_page = kind == "auto" and check.reason == "not a feed: a web page"
        advice = "; --kind page reads a list on it, `monitor feeds discover` looks for a feed" if is_page else ""
        note(f"{source}: {check.reason}{advice}")
    exit_with_problem_if(not entries)


async def probe_feeds(settings: Settings, feeds: Sequence[Feed]) -> list[FeedCheck]:
    """Fetch and parse each feed once, and show the progress."""
    from monitor.diagnostics.feed_discovery import open_feed_checker

    checks: list[FeedCheck] = []
    async with open_feed_checker(settings.monitor) as checker:
        with progress("checking feeds", len(feeds)) as update:
            async for item in checker.check_all(feeds):
                checks.append(item)
                update(len(checks), None)
    return checks


async def discover_sources(settings: MonitorFile, url: str, kind: str = "auto") -> list[FeedCheck]:
    """Return the sources that an address offers; with a kind, the address read as that kind.

    An address without a scheme is read over https, or over http if https gives no connection.
    """
    from monitor.core.model import Feed, FeedId
    from monitor.diagnostics.feed_discovery import open_feed_checker

    address, or_http = complete_url(url), lacks_scheme(url)
    async with open_feed_checker(settings) as checker:
        if kind != "auto":
            return [await checker.check(Feed(id=FeedId("unknown"), url=address, kind=kind), or_http=or_http)]
        return await checker.discover(address, or_http=or_http)


async def _preview(
    session: Session, source: str, kind: str, password: VariableReference | None
) -> tuple[FeedCheck, tuple[Entry, ...]]:
    from monitor.diagnostics.feed_discovery import open_feed_checker

    is_address = any(mark in source for mark in ".:/")  # none of them is part of an id
    if is_address:
        keys = {"id": "preview", "url": complete_url(source), "kind": kind}
        feed = source_from_keys(keys | ({"password": password.value} if password else {}))
        monitor_settings = session.monitor_settings()
    else:
        settings = session.settings(only=("feeds.yaml",))
        (feed,) = select_feeds(settings, (source,))
        monitor_settings = settings.monitor
    async with open_feed_checker(monitor_settings) as checker:
        return await checker.preview(feed, or_http=is_address and lacks_scheme(source))


def describe_source(item: FeedCheck) -> str:
    """Describe a source that was found: its newest entries, and the YAML to add it."""
    from monitor.settings import new_id

    kind = f"\n    kind: {item.feed.kind}" if item.feed.kind != "auto" else ""
    name = new_id(item.title or item.feed.url, ())
    titles = "".join(f"\n    # {plain(entry.title or entry.link)}" for entry in item.newest_entries)
    return f"  - id: {name}\n    url: {plain(item.feed.url)}{kind}{titles}"


def describe_failure(url: str, checks: Sequence[FeedCheck]) -> str:
    """Say that an address has no feed, and why."""
    reason = next((item.reason for item in checks if item.reason), "")
    return f"{url}: no feed was found" + (f" ({reason})" if reason else "")


def _check_row(item: FeedCheck) -> dict[str, Any]:
    return {"id": item.feed.id, **_discovered_row(item)}


def _discovered_row(item: FeedCheck) -> dict[str, Any]:
    """Return the row of a discovered feed, which has no id yet."""
    fields = fields_of(item, without=("feed", "ok", "newest_entries"))
    return {"ok": item.ok, "url": item.feed.url, "kind": item.feed.kind, **fields}


def _note(row: Mapping[str, Any]) -> str:
    return plain(row["reason"] or (f"moved to {row['moved_to']}" if row["moved_to"] else ""))


_CHECK_COLUMNS = (
    Column(title="id", cell="id", no_wrap=True),
    Column(
        title="",
        cell=lambda row: "ok" if row["ok"] else "failed",
        style=lambda row: "green" if row["ok"] else "red",
        no_wrap=True,
    ),
    Column(title="entries", cell="entries", right=True),
    Column(title="newest", cell="newest_at", no_wrap=True, style="dim"),
    Column(title="title", cell="title"),
    Column(title="note", cell=_note),
)
_DISCOVERED_COLUMNS = (
    Column(title="url", cell="url"),
    Column(title="kind", cell="kind", no_wrap=True),
    Column(title="title", cell="title"),
    Column(title="entries", cell="entries", right=True),
    Column(title="newest", cell="newest_at", no_wrap=True, style="dim"),
)
