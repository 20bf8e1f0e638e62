"""What commands on feeds take: ids of feeds.yaml, addresses, and the passwords of mailboxes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

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
