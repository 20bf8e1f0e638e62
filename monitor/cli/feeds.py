"""`monitor feeds`: the feeds that are watched, how they stand, and where new ones come from."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import Column, Form, format_option, note, plain, save, show, span, when
from monitor.cli.progress import progress
from monitor.cli.session import Session, pass_session
from monitor.core import serializers
from monitor.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

    from rich.text import Text

    from monitor.core.model import Feed
    from monitor.diagnostics.feed_discovery import FeedCheck
    from monitor.settings import MonitorFile, Settings

_COLOURS = {"ok": "green", "new": "cyan", "silent": "yellow", "frozen": "yellow", "failing": "red", "gone": "red"}


@click.group()
def feeds() -> None:
    """Look after the feeds."""


@feeds.command(name="list")
@format_option
@pass_session
def list_(session: Session, *, form: Form | None) -> None:
    """List the feeds of feeds.yaml."""
    show(map(serializers.feed, session.settings().feeds), _FEEDS, form, empty="feeds.yaml names no feed.")


@feeds.command()
@format_option
@pass_session
def health(session: Session, *, form: Form | None) -> None:
    """Show how each feed stands, and why."""
    with session.app() as app:
        states = app.store.states()
        stored, covered = app.store.stored_on(app.clock().date()), app.coverage_of_last_day()
        listed = [
            serializers.feed_health(feed.id, states.get(feed.id), stored.get(feed.id), covered.get(feed.id))
            for feed in app.settings.feeds
        ]
    show(listed, _HEALTH, form, empty="feeds.yaml names no feed.")


@feeds.command()
@click.argument("ids", metavar="[ID]...", nargs=-1)
@format_option
@pass_session
@click.pass_context
def check(context: click.Context, session: Session, *, ids: tuple[str, ...], form: Form | None) -> None:
    """Try feeds, gently, and store nothing.

    Fetches and parses each once: all, or those named. Exit code 1 when one fails.
    """
    settings = session.settings()
    checks = asyncio.run(_check(settings, chosen(settings, ids)))
    order = {feed.id: number for number, feed in enumerate(settings.feeds)}
    checks.sort(key=lambda item: order[item.feed.id])
    show(map(_check_row, checks), _CHECKS, form, empty="feeds.yaml names no feed.")
    if not all(item.ok for item in checks):
        context.exit(1)


@feeds.command()
@click.argument("url")
@format_option
@pass_session
@click.pass_context
def discover(context: click.Context, session: Session, *, url: str, form: Form | None) -> None:
    """Find the feeds that a page offers."""
    checks = asyncio.run(_discover(session.monitor(), address(url)))
    found = [item for item in checks if item.ok]
    show(map(_found_row, found), _FOUND, form, empty="")
    if not found:
        note(_nothing(url, checks))
        context.exit(1)


@feeds.command()
@click.argument("url")
@click.option("--id", "feed_id", metavar="SLUG", help="The feed's id. Made of its title if not given.")
@click.option("--tier", default="press", show_default=True, metavar="TIER", help="How close it stands to decisions.")
@click.option("--language", default="", metavar="CODE", help="Two letters of ISO 639-1.")
@click.option("--unchecked", is_flag=True, help="Add it without looking at it first.")
@pass_session
@click.pass_context
def add(
    context: click.Context,
    session: Session,
    *,
    url: str,
    feed_id: str | None,
    tier: str,
    language: str,
    unchecked: bool,
) -> None:
    """Add the feed at URL to feeds.yaml.

    Where URL is a page, the first feed that it offers is added. Comments in feeds.yaml stay. Exit code 1 when there is
    no feed.
    """
    from monitor.settings import add_feed, new_id

    settings = session.settings()
    found_url, title = address(url), ""
    if not unchecked:
        checks = asyncio.run(_discover(settings.monitor, found_url))
        found = next((item for item in checks if item.ok), None)
        if found is None:
            note(f"{_nothing(url, checks)}; --unchecked adds the address all the same")
            context.exit(1)
        found_url, title = found.feed.url, found.title
    name = feed_id or new_id(title or found_url, [feed.id for feed in settings.feeds])
    fields = {"id": name, "url": found_url, "title": title, "language": language, "tier": tier}
    add_feed(session.config / "feeds.yaml", fields)
    note(f"Added {name}: {found_url}")


@feeds.command(name="import")
@click.argument("file", type=click.File("rb"), metavar="OPML")
@pass_session
@click.pass_context
def import_(context: click.Context, session: Session, *, file: BinaryIO) -> None:
    """Add the feeds of an OPML file to feeds.yaml.

    Those that are in it already are left alone; folders become tags. Exit code 1 when one cannot be added.
    """
    from monitor.core.feeds import opml
    from monitor.settings import add_feeds, new_id

    settings = session.settings()
    subscriptions = opml.read(file.read(opml.MAX_BYTES + 1))
    known = {feed.url for feed in settings.feeds}
    ids = {str(feed.id) for feed in settings.feeds}
    new: list[dict[str, Any]] = []
    for item in subscriptions.feeds:
        if item.url not in known:
            ids.add(name := new_id(item.title or item.url, ids))
            new.append(
                {"id": name, "url": item.url, "title": item.title, "language": item.language, "tags": list(item.tags)}
            )
    refused = add_feeds(session.config / "feeds.yaml", new)
    note(f"Added {len(new) - len(refused)} of {len(subscriptions.feeds)} feeds.")
    for name in subscriptions.skipped:
        note(f"Left out, no http address: {name}")
    for fields, error in refused:
        note(f"Left out, {fields.get('title') or fields['id']}: {error}")
    if refused:
        context.exit(1)


@feeds.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="[OPML]", default="-")
@pass_session
def export(session: Session, *, file: Path) -> None:
    """Write the feeds as OPML.

    For another reader; headers and passwords stay here.
    """
    from monitor.core.feeds import opml

    save(opml.write(session.settings().feeds), file)


def chosen(settings: Settings, ids: Sequence[str]) -> list[Feed]:
    """Return the feeds named, or all; UsageError for a name that feeds.yaml does not hold."""
    from difflib import get_close_matches

    known = {str(feed.id): feed for feed in settings.feeds}
    for name in ids:
        if name not in known:
            close = get_close_matches(name, known, 1)
            hint = f"; did you mean {close[0]}?" if close else "; `monitor feeds list` shows them"
            raise UsageError(f"feeds.yaml has no feed {name!r}{hint}")
    return [known[name] for name in dict.fromkeys(ids)] if ids else list(known.values())


def address(url: str) -> str:
    """Return a web address; one without a scheme is meant to be https."""
    url = url.strip()
    if url.startswith(("http://", "https://")):
        return url
    if "://" in url or not url or url.startswith(("-", "/")):
        raise UsageError(f"{url!r} is no http or https address")
    return f"https://{url}"


async def _check(settings: Settings, wanted: Sequence[Feed]) -> list[FeedCheck]:
    from monitor.diagnostics.feed_discovery import open_feed_checker

    checks: list[FeedCheck] = []
    async with open_feed_checker(settings.monitor) as checker:
        with progress("looking at feeds", len(wanted)) as tell:
            async for item in checker.check_all(wanted):
                checks.append(item)
                tell(len(checks), None)
    return checks


async def _discover(settings: MonitorFile, url: str) -> list[FeedCheck]:
    from monitor.diagnostics.feed_discovery import open_feed_checker

    async with open_feed_checker(settings) as checker:
        return await checker.discover(url)


def _check_row(item: FeedCheck) -> dict[str, Any]:
    return {"id": item.feed.id, **_found_row(item)}


def _found_row(item: FeedCheck) -> dict[str, Any]:
    """Give what is known of a feed that is not in feeds.yaml, and has no id yet."""
    return {
        "ok": item.ok,
        "url": item.feed.url,
        "title": item.title,
        "entries": item.entries,
        "newest_at": item.newest,
        "reason": item.reason,
        "moved_to": item.moved_to,
    }


def _nothing(url: str, checks: Sequence[FeedCheck]) -> str:
    reason = next((item.reason for item in checks if item.reason), "")
    return f"{url}: no feed was found" + (f" ({reason})" if reason else "")


def _why(row: Mapping[str, Any]) -> str:
    number = row["title_only_today"]
    over = f"over the daily limit: only the titles of {number} entries are kept today" if number else ""
    number = row["unmatched_last_day"]
    unmatched = f"not matched whole in the last day: {number} articles" if number else ""
    return "; ".join(filter(None, (over, unmatched, row["reason"], row["interval_reason"])))


def _state(row: Mapping[str, Any]) -> Text:
    from rich.text import Text

    return Text(row["state"], style=_COLOURS.get(row["state"], ""))


def _verdict(row: Mapping[str, Any]) -> Text:
    from rich.text import Text

    return Text("ok", style="green") if row["ok"] else Text("failed", style="red")


def _oddity(row: Mapping[str, Any]) -> str:
    return plain(row["reason"] or (f"moved to {row['moved_to']}" if row["moved_to"] else ""))


_FEEDS = (
    Column(title="id", cell=lambda row: row["id"], whole=True),
    Column(title="title", cell=lambda row: row["title"]),
    Column(title="tier", cell=lambda row: row["tier"], style="cyan", whole=True),
    Column(title="lang", cell=lambda row: row["language"], whole=True),
    Column(title="country", cell=lambda row: row["country"], whole=True),
    Column(title="every", cell=lambda row: span(row["interval_s"]) if row["interval_s"] else "adaptive", whole=True),
    Column(title="url", cell=lambda row: row["url"], style="dim"),
)
_HEALTH = (
    Column(title="id", cell=lambda row: row["id"], whole=True),
    Column(title="state", cell=_state, whole=True),
    Column(title="last heard", cell=lambda row: when(row["last_success_at"]), whole=True, style="dim"),
    Column(title="last entry", cell=lambda row: when(row["last_entry_at"]), whole=True, style="dim", spare=True),
    Column(title="next poll", cell=lambda row: when(row["next_poll_at"]), whole=True, style="dim", spare=True),
    Column(title="every", cell=lambda row: span(row["interval_s"]), whole=True, right=True),
    Column(title="why", cell=_why),
)
_CHECKS = (
    Column(title="id", cell=lambda row: row["id"], whole=True),
    Column(title="", cell=_verdict, whole=True),
    Column(title="entries", cell=lambda row: str(row["entries"]), right=True),
    Column(title="newest", cell=lambda row: when(row["newest_at"]), whole=True, style="dim"),
    Column(title="title", cell=lambda row: row["title"]),
    Column(title="remark", cell=_oddity),
)
_FOUND = (
    Column(title="url", cell=lambda row: row["url"]),
    Column(title="title", cell=lambda row: row["title"]),
    Column(title="entries", cell=lambda row: str(row["entries"]), right=True),
    Column(title="newest", cell=lambda row: when(row["newest_at"]), whole=True, style="dim"),
)

COMMANDS = (feeds,)
