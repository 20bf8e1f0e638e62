"""`monitor feeds add`, `import` and `export`: change feeds.yaml, and exchange feeds with other programs as OPML."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from monitor.cli.choices import Choice
from monitor.cli.feed_arguments import SOURCE_KIND, complete_url, mailbox_password, password_option, source_from_keys
from monitor.cli.feed_probes import describe_failure, describe_source, discover_sources, probe_feeds
from monitor.cli.output import exit_with_problem, exit_with_problem_if, note, save
from monitor.cli.session import Session, pass_session
from monitor.core.counts import count
from monitor.core.model import Tier

if TYPE_CHECKING:
    from monitor.diagnostics.feed_discovery import FeedCheck
    from monitor.settings import Settings, VariableReference


@click.command()
@click.argument("url")
@click.option("--id", "feed_id", metavar="SLUG", help="Id of the feed. Default: derived from its title.")
@click.option(
    "--tier",
    type=Choice(Tier),
    help="Kind of source, see docs/configuration.md. Default: press; newsletter for a mailbox.",
)
@click.option("--language", default="", metavar="CODE", help="ISO 639-1 code, such as en.")
@click.option("--kind", type=SOURCE_KIND, default="auto", help="How to read it; default: a feed.")
@password_option
@click.option("--unchecked", is_flag=True, help="Add it without fetching it first.")
@pass_session
def add(
    session: Session,
    *,
    url: str,
    feed_id: str | None,
    tier: str | None,
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
    from monitor.settings import add_feed, new_id, refuse_known_address

    settings = session.settings(only=("feeds.yaml",))
    found_url, title = complete_url(url), ""
    refuse_known_address(found_url, settings.feeds)
    password = mailbox_password(url, password_variable)
    if not unchecked and password:
        title = _checked_mailbox(settings, found_url, password)
    elif not unchecked:
        working = _found_source(settings, url, kind)
        found_url, title = working.feed.url, working.title
    name = feed_id or new_id(title or found_url, [feed.id for feed in settings.feeds])
    tier = tier or ("newsletter" if password else "press")
    fields: dict[str, object] = {"id": name, "url": found_url, "title": title, "language": language, "tier": tier}
    fields |= {"kind": kind} if kind != "auto" else {}
    fields |= {"password": password} if password else {}
    add_feed(session.config / "feeds.yaml", fields)
    note(f"Added {name}: {found_url}")


@click.command(name="import")
@click.argument("file", type=click.File("rb"), metavar="OPML")
@pass_session
def import_(session: Session, *, file: BinaryIO) -> None:
    """Add the feeds of an OPML file to feeds.yaml.

    Feeds that are configured already are skipped; folders become tags. Exit code 1 if a feed cannot be added.
    """
    from monitor.core.feeds import opml
    from monitor.settings import add_feeds, new_id

    settings = session.settings(only=("feeds.yaml",))
    subscriptions = opml.parse_opml(file.read(opml.MAX_OPML_BYTES + 1))
    known_urls = {feed.url for feed in settings.feeds}
    ids = {str(feed.id) for feed in settings.feeds}
    new: list[dict[str, Any]] = []
    for item in subscriptions.feeds:
        if item.url not in known_urls:
            ids.add(name := new_id(item.title or item.url, ids))
            new.append(
                {"id": name, "url": item.url, "title": item.title, "language": item.language, "tags": list(item.tags)}
            )
    refused = add_feeds(session.config / "feeds.yaml", new)
    listed = len(subscriptions.feeds) + len(subscriptions.refused)
    note(f"Added {len(new) - len(refused)} of {count(listed, 'feed')}.")
    for name in (*subscriptions.skipped, *subscriptions.refused):
        note(f"Skipped, {name}")
    for item in subscriptions.feeds:
        if item.url in known_urls:
            note(f"Skipped, {item.title or item.url}: already in feeds.yaml")
    for fields, error in refused:
        note(f"Skipped, {fields.get('title') or fields['id']}: {error}")
    exit_with_problem_if(refused or subscriptions.refused)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="[OPML]", default="-")
@pass_session
def export(session: Session, *, file: Path) -> None:
    """Export the feeds as OPML, without request headers and passwords.

    Mailboxes are left out. They are named, as are other sources that are no feeds, which OPML holds by address only.
    """
    from monitor.core.feeds import opml

    feeds = session.settings_in_force().feeds
    save(opml.format_opml(feeds), file)
    for feed in feeds:
        if not opml.is_exported(feed):
            note(f"Left out, {feed.id}: a mailbox has no place in OPML")
        elif feed.kind not in {"auto", "feed"}:
            note(f"Only its address exported, {feed.id}: other readers, and OPML, know no `kind: {feed.kind}`")


def _found_source(settings: Settings, url: str, kind: str) -> FeedCheck:
    """Return the first source of this kind that the address has; ends with exit code 1 if it has none."""
    checks = asyncio.run(discover_sources(settings.monitor, url, kind))
    working = next((item for item in checks if item.ok), None)
    if working is None:
        note(f"{describe_failure(url, checks)}; {_advice(url, kind, checks)}")
        exit_with_problem()
    if working.feed.kind != kind:
        note(f"{url} has no feed, and nothing was added. What it has instead:")
        for item in checks:
            note(describe_source(item))
            note(f"    # monitor feeds add {shlex.quote(item.feed.url)} --kind {item.feed.kind}")
        exit_with_problem()
    return working


def _advice(url: str, kind: str, checks: Sequence[FeedCheck]) -> str:
    """Say how to add an address at which no source was found: a web page may be read as a list."""
    here = _without_scheme(complete_url(url))
    is_page = any(item.reason.startswith("not a feed") or _without_scheme(item.feed.url) != here for item in checks)
    if kind == "auto" and is_page:
        return "if the page itself lists articles, add it with --kind page (see docs/sources.md)"
    return "use --unchecked to add the address anyway"


def _without_scheme(url: str) -> str:
    return url.partition("://")[2]


def _checked_mailbox(settings: Settings, url: str, password: VariableReference) -> str:
    """Log in once and return the name of the folder; ends with exit code 1 if it cannot be read."""
    from monitor.config_types.mailbox_address import parse_mailbox

    feed = source_from_keys({"url": url, "password": password.value})
    (check,) = asyncio.run(probe_feeds(settings, [feed]))
    if not check.ok:
        note(f"{url}: {check.reason}; use --unchecked to add the address anyway")
        exit_with_problem()
    return parse_mailbox(url).folder
