"""`monitor feeds`: list, check, add, import and export feeds, and show their health."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import Column, Form, format_option, note, plain, save, show, span, when
from monitor.cli.progress import progress
from monitor.cli.session import Session, pass_session
from monitor.cli.source_lines import ENTRY_COLUMNS, KINDS, parse, source_from_keys
from monitor.config_types.mailbox_address import is_mailbox
from monitor.core import serializers
from monitor.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

    from rich.text import Text

    from monitor.core.model import Entry, Feed
    from monitor.diagnostics.feed_discovery import FeedCheck
    from monitor.settings import MonitorFile, Settings, VariableReference

_COLOURS = {
    "ok": "green",
    "new": "cyan",
    "silent": "yellow",
    "frozen": "yellow",
    "failing": "red",
    "layout changed": "red",
    "gone": "red",
}


password_option = click.option(
    "--password-variable",
    default="IMAP_PASSWORD",
    show_default=True,
    metavar="NAME",
    help="Variable of the environment that holds the password of a mailbox.",
)


@click.group()
def feeds() -> None:
    """List, check, add, import and export feeds."""


@feeds.command(name="list")
@format_option
@pass_session
def list_(session: Session, *, form: Form | None) -> None:
    """List the configured feeds."""
    show(
        map(serializers.feed, session.settings_in_force().feeds),
        _FEEDS,
        form,
        empty="No feeds are configured in feeds.yaml.",
    )


@feeds.command()
@format_option
@pass_session
def health(session: Session, *, form: Form | None) -> None:
    """Show the health of each feed, and the reason."""
    with session.reading_app() as app:
        states = app.store.states()
        stored, covered = app.store.usage_on(app.clock().date()), app.coverage_of_last_day()
        listed = [
            serializers.feed_health(feed.id, states.get(feed.id), stored.get(feed.id), covered.get(feed.id))
            for feed in app.settings.feeds
        ]
    show(listed, _HEALTH, form, empty="No feeds are configured in feeds.yaml.")


@feeds.command()
@click.argument("ids", metavar="[ID]...", nargs=-1)
@format_option
@pass_session
@click.pass_context
def check(context: click.Context, session: Session, *, ids: tuple[str, ...], form: Form | None) -> None:
    """Fetch and parse feeds once, and store nothing.

    Checks all feeds, or those given by ID. Exit code 1 if one fails.
    """
    settings = session.settings()
    checks = asyncio.run(_check(settings, select_feeds(settings, ids)))
    order = {feed.id: number for number, feed in enumerate(settings.feeds)}
    checks.sort(key=lambda item: order[item.feed.id])
    show(map(_check_row, checks), _CHECKS, form, empty="No feeds are configured in feeds.yaml.")
    if not all(item.ok for item in checks):
        context.exit(1)


@feeds.command()
@click.argument("url")
@format_option
@pass_session
@click.pass_context
def discover(context: click.Context, session: Session, *, url: str, form: Form | None) -> None:
    """Find the feeds that a web page links to.

    Where there is none: a sitemap, the posts of WordPress, and the list on the page itself. The YAML to add a source is
    printed with its newest entries.
    """
    if is_mailbox(url):
        raise UsageError("a mailbox is no web page; `monitor feeds preview` and `monitor feeds add` take its address")
    checks = asyncio.run(_discover(session.monitor(), address(url)))
    found = [item for item in checks if item.ok]
    show(map(_discovered_row, found), _FOUND, form, empty="")
    if not found:
        note(_not_found(url, checks))
        context.exit(1)
    for item in found:
        note(_offer(item))


@feeds.command()
@click.argument("source", metavar="ID|URL")
@click.option("--kind", type=click.Choice(KINDS), default="auto", show_default=True, help="How to read a URL.")
@password_option
@format_option
@pass_session
@click.pass_context
def preview(
    context: click.Context, session: Session, *, source: str, kind: str, password_variable: str, form: Form | None
) -> None:
    """Fetch a source now and show its entries, and store nothing.

    The source is the id of a feed in feeds.yaml, or an address. Exit code 1 if it gives no entries.
    """
    from monitor.diagnostics.source_preview import entry_row

    check, found = asyncio.run(_preview(session, source, kind, mailbox_password(source, password_variable)))
    show(map(entry_row, found), ENTRY_COLUMNS, form, empty=f"{source}: no entries")
    if check.reason:
        note(f"{source}: {check.reason}")
    if not found:
        context.exit(1)


@feeds.command()
@click.argument("url")
@click.option("--id", "feed_id", metavar="SLUG", help="Id of the feed. Default: derived from its title.")
@click.option(
    "--tier",
    default="press",
    show_default=True,
    metavar="TIER",
    help="Kind of source: official, agency, press, ... See docs/configuration.md.",
)
@click.option("--language", default="", metavar="CODE", help="ISO 639-1 code, such as en.")
@click.option("--kind", type=click.Choice(KINDS), default="auto", help="How to read it; default: a feed.")
@password_option
@click.option("--unchecked", is_flag=True, help="Add it without fetching it first.")
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
    kind: str,
    password_variable: str,
    unchecked: bool,
) -> None:
    """Add the feed at URL to feeds.yaml.

    If URL is a web page, the first feed it links to is added. If the site has no feed, what else it has is shown and
    nothing is added: choose one with --kind. A folder of newsletters is imaps://user@host/Folder; its password comes
    from a variable. Comments in feeds.yaml are kept. Exit code 1 if nothing is added.
    """
    from monitor.settings import add_feed, new_id

    settings = session.settings()
    found_url, title = address(url), ""
    password = mailbox_password(url, password_variable)
    if not unchecked and password:
        title = _checked_mailbox(context, settings, found_url, password)
    elif not unchecked:
        checks = asyncio.run(_discover(settings.monitor, found_url, kind))
        found = next((item for item in checks if item.ok), None)
        if found is None:
            note(f"{_not_found(url, checks)}; use --unchecked to add the address anyway")
            context.exit(1)
        if found.feed.kind != kind:
            note(f"{url} has no feed, and nothing was added. What it has instead:")
            for item in checks:
                note(_offer(item))
            context.exit(1)
        found_url, title = found.feed.url, found.title
    name = feed_id or new_id(title or found_url, [feed.id for feed in settings.feeds])
    fields: dict[str, object] = {"id": name, "url": found_url, "title": title, "language": language, "tier": tier}
    fields |= {"kind": kind} if kind != "auto" else {}
    fields |= {"password": password} if password else {}
    add_feed(session.config / "feeds.yaml", fields)
    note(f"Added {name}: {found_url}")


@feeds.command(name="import")
@click.argument("file", type=click.File("rb"), metavar="OPML")
@pass_session
@click.pass_context
def import_(context: click.Context, session: Session, *, file: BinaryIO) -> None:
    """Add the feeds of an OPML file to feeds.yaml.

    Feeds that are configured already are skipped; folders become tags. Exit code 1 if a feed cannot be added.
    """
    from monitor.core.feeds import opml
    from monitor.settings import add_feeds, new_id

    settings = session.settings()
    subscriptions = opml.parse_opml(file.read(opml.MAX_BYTES + 1))
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
        note(f"Skipped, {name}")
    for item in subscriptions.feeds:
        if item.url in known:
            note(f"Skipped, {item.title or item.url}: already in feeds.yaml")
    for fields, error in refused:
        note(f"Skipped, {fields.get('title') or fields['id']}: {error}")
    if refused:
        context.exit(1)


@feeds.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="[OPML]", default="-")
@pass_session
def export(session: Session, *, file: Path) -> None:
    """Export the feeds as OPML, without request headers and passwords."""
    from monitor.core.feeds import opml

    save(opml.format_opml(session.settings_in_force().feeds), file)


def mailbox_password(url: str, variable: str) -> VariableReference | None:
    """Return the password of a mailbox, from a variable; None for other addresses. UsageError if it is not set."""
    from monitor.settings import VariableReference

    if not is_mailbox(url):
        return None
    value = os.environ.get(variable, "")
    if not value:
        raise UsageError(f"{variable} is not set; it must hold the password of the mailbox (see --password-variable)")
    return VariableReference(variable, value)


def _checked_mailbox(context: click.Context, settings: Settings, url: str, password: VariableReference) -> str:
    """Log in once and return the name of the folder; ends with exit code 1 if it cannot be read."""
    from monitor.config_types.mailbox_address import parse_mailbox

    feed = source_from_keys({"url": url, "password": password.value})
    (check,) = asyncio.run(_check(settings, [feed]))
    if not check.ok:
        note(f"{url}: {check.reason}; use --unchecked to add the address anyway")
        context.exit(1)
    return parse_mailbox(url).folder


def select_feeds(settings: Settings, ids: Sequence[str]) -> list[Feed]:
    """Return the feeds of these ids, or all if there are none; UsageError for an unknown id."""
    from monitor.core.findings import did_you_mean

    known = {str(feed.id): feed for feed in settings.feeds}
    for name in ids:
        if name not in known:
            hint = did_you_mean(name, known, otherwise="`monitor feeds list` lists them")
            raise UsageError(f"feeds.yaml has no feed {name!r}{hint}")
    return [known[name] for name in dict.fromkeys(ids)] if ids else list(known.values())


def address(url: str) -> str:
    """Return an http(s) URL, or that of a mailbox; https is added where the scheme is missing."""
    url = url.strip()
    if url.startswith(("http://", "https://")) or is_mailbox(url):
        return url
    if "://" in url or not url or url.startswith(("-", "/")):
        raise UsageError(f"{url!r} is not an http, https, imap or imaps address")
    return f"https://{url}"


async def _check(settings: Settings, feeds: Sequence[Feed]) -> list[FeedCheck]:
    from monitor.diagnostics.feed_discovery import open_feed_checker

    checks: list[FeedCheck] = []
    async with open_feed_checker(settings.monitor) as checker:
        with progress("checking feeds", len(feeds)) as update:
            async for item in checker.check_all(feeds):
                checks.append(item)
                update(len(checks), None)
    return checks


async def _discover(settings: MonitorFile, url: str, kind: str = "auto") -> list[FeedCheck]:
    from monitor.core.model import Feed, FeedId
    from monitor.diagnostics.feed_discovery import open_feed_checker

    async with open_feed_checker(settings) as checker:
        if kind != "auto":
            return [await checker.check(Feed(id=FeedId("unknown"), url=url, kind=kind))]
        return await checker.discover(url)


async def _preview(
    session: Session, source: str, kind: str, password: VariableReference | None
) -> tuple[FeedCheck, tuple[Entry, ...]]:
    from monitor.diagnostics.feed_discovery import open_feed_checker

    settings = session.settings()
    configured = {str(feed.id): feed for feed in settings.feeds}
    is_address = "://" in source or ("." in source and source not in configured)
    if is_address:
        keys = {"id": "preview", "url": address(source), "kind": kind}
        feed = source_from_keys(keys | ({"password": password.value} if password else {}))
    else:
        (feed,) = select_feeds(settings, (source,))
    async with open_feed_checker(settings.monitor) as checker:
        return await checker.preview(feed)


def _offer(item: FeedCheck) -> str:
    """Describe a source that was found: its newest entries, and the YAML to add it."""
    from monitor.settings import new_id

    kind = f"\n    kind: {item.feed.kind}" if item.feed.kind != "auto" else ""
    name = new_id(item.title or item.feed.url, ())
    titles = "".join(f"\n    # {plain(entry.title or entry.link)}" for entry in item.newest_entries)
    return f"  - id: {name}\n    url: {plain(item.feed.url)}{kind}{titles}"


def _check_row(item: FeedCheck) -> dict[str, Any]:
    return {"id": item.feed.id, **_discovered_row(item)}


def _discovered_row(item: FeedCheck) -> dict[str, Any]:
    """Return the row of a discovered feed, which has no id yet."""
    return {
        "ok": item.ok,
        "url": item.feed.url,
        "kind": item.feed.kind,
        "title": item.title,
        "entries": item.entries,
        "newest_at": item.newest,
        "reason": item.reason,
        "moved_to": item.moved_to,
    }


def _not_found(url: str, checks: Sequence[FeedCheck]) -> str:
    reason = next((item.reason for item in checks if item.reason), "")
    return f"{url}: no feed was found" + (f" ({reason})" if reason else "")


def _why(row: Mapping[str, Any]) -> str:
    number = row["title_only_today"]
    over = f"over the daily limit: only titles are stored of {number} entries today" if number else ""
    number = row["unmatched_last_day"]
    unmatched = f"{number} articles not matched completely in the last day" if number else ""
    number = row["wrong_texts_last_day"]
    wrong = f"{number} pages whose text looks wrong in the last day" if number else ""
    return "; ".join(filter(None, (over, unmatched, wrong, row["reason"], row["interval_reason"])))


def _state(row: Mapping[str, Any]) -> Text:
    from rich.text import Text

    return Text(row["state"], style=_COLOURS.get(row["state"], ""))


def _verdict(row: Mapping[str, Any]) -> Text:
    from rich.text import Text

    return Text("ok", style="green") if row["ok"] else Text("failed", style="red")


def _note(row: Mapping[str, Any]) -> str:
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
    Column(title="last poll", cell=lambda row: when(row["last_success_at"]), whole=True, style="dim"),
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
    Column(title="note", cell=_note),
)
_FOUND = (
    Column(title="url", cell=lambda row: row["url"]),
    Column(title="kind", cell=lambda row: row["kind"], whole=True),
    Column(title="title", cell=lambda row: row["title"]),
    Column(title="entries", cell=lambda row: str(row["entries"]), right=True),
    Column(title="newest", cell=lambda row: when(row["newest_at"]), whole=True, style="dim"),
)

feeds.add_command(parse)
COMMANDS = (feeds,)
