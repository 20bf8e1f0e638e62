"""What commands on feeds take: ids of feeds.yaml, addresses, keys of a source, and passwords of mailboxes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.choices import Choice
from monitor.cli.listings import Column
from monitor.cli.output import publication_time
from monitor.config_types.mailbox_address import is_mailbox
from monitor.core.errors import UsageError
from monitor.core.model import Feed

if TYPE_CHECKING:
    from monitor.settings import Settings, VariableReference

password_option = click.option(
    "--password-variable",
    default="IMAP_PASSWORD",
    show_default=True,
    metavar="NAME",
    help="Variable of the environment that holds the password of a mailbox.",
)
ENTRY_COLUMNS = (
    Column(title="published", cell=lambda row: publication_time(row["published_at"]), no_wrap=True, style="dim"),
    Column(title="title", cell="title"),
    Column(title="url", cell="url", style="dim"),
)
"""Columns of the entries of a source."""


class SourceKindParam(click.ParamType[str]):
    """The name of a source kind. It imports the kinds only when it is used, so that other commands start fast."""

    name = "kind"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name, or fail with all names."""
        return _kind_choice().convert(value, param, ctx)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        """Return the names for `--help`."""
        return _kind_choice().get_metavar(param, ctx)


def _kind_choice() -> Choice:
    from monitor.core import sources

    return Choice(sources.KINDS)


SOURCE_KIND = SourceKindParam()


def source_from_keys(keys: Mapping[str, Any]) -> Feed:
    """Build a feed of keys of feeds.yaml. Raises UsageError that names the key."""
    from monitor.settings import parse_feed

    own = {"password": "unknown"} if is_mailbox(str(keys.get("url", ""))) else {}
    return parse_feed({"id": "preview", "url": "https://source.invalid/", **own, **keys})


def mailbox_password(url: str, variable: str) -> VariableReference | None:
    """Return the password of a mailbox, from a variable; None for other addresses. UsageError if it is not set."""
    from monitor.settings import VariableReference

    if not is_mailbox(url):
        return None
    value = os.environ.get(variable, "")
    if not value:
        raise UsageError(f"{variable} is not set; it must hold the password of the mailbox (see --password-variable)")
    return VariableReference(variable, value)


def select_feeds(settings: Settings, ids: Sequence[str]) -> list[Feed]:
    """Return the feeds of these ids, or all if there are none; UsageError for an unknown id."""
    from monitor.core.problems import did_you_mean

    by_id = {str(feed.id): feed for feed in settings.feeds}
    for name in ids:
        if name not in by_id:
            hint = did_you_mean(name, by_id, otherwise="`monitor feeds list` lists them")
            raise UsageError(f"feeds.yaml has no feed {name!r}{hint}")
    return [by_id[name] for name in dict.fromkeys(ids)] if ids else list(by_id.values())


def complete_url(url: str) -> str:
    """Return an http(s) URL, or that of a mailbox; https is added where the scheme is missing."""
    url = url.strip()
    if url.startswith(("http://", "https://")) or is_mailbox(url):
        return url
    if "://" in url or not url or url.startswith(("-", "/")):
        raise UsageError(f"{url!r} is not an http, https, imap or imaps address")
    return f"https://{url}"


def lacks_scheme(url: str) -> bool:
    """Return True for an address to which complete_url adds https, so that http may be meant."""
    return complete_url(url) != url.strip()
