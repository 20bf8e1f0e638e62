"""`monitor feeds parse`, and what commands on feeds take: ids of feeds.yaml, addresses, and passwords of mailboxes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import row_keys
from monitor.cli.choices import Choice
from monitor.cli.json_lines import JsonLines, open_source
from monitor.cli.listings import Column, format_option, show
from monitor.cli.output import dumps, exit_with_problem_if, note, progress
from monitor.config_types.mailbox_address import is_mailbox
from monitor.core.errors import UsageError
from monitor.core.model import Feed

if TYPE_CHECKING:
    from monitor.extraction import ExtractionPool
    from monitor.settings import Settings, VariableReference


SAVED_MAILS = "imaps://unknown@mailbox.invalid/"
"""The address that stands for the mailbox of saved messages."""
_MAX_WAITING_RESPONSES = 16
"""Responses that wait for a worker at a time."""
_ITEM_KEYS = {"title": "item_title", "url": "item_url", "id": "item_id"}
"""Keys that name paths in `source` of a line, where the source itself has its id and address outside of it."""

password_option = click.option(
    "--password-variable",
    default="IMAP_PASSWORD",
    show_default=True,
    metavar="NAME",
    help="Variable of the environment that holds the password of a mailbox.",
)


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


@click.command()
@click.argument("file", metavar="[FILE|-]", default="-")
@click.option("--url", default="", help="The address of the saved response. Required without --jsonl.")
@click.option(
    "--kind",
    type=SOURCE_KIND,
    default="auto",
    show_default=True,
    help="Kind of source; auto detects it from the response.",
)
@click.option("--select", default="", metavar="CSS", help="Selector of the items of a page.")
@click.option("--items", default="", metavar="JMESPATH", help="Path of the items in a JSON response.")
@click.option("--split", type=Choice(("none", "links")), default="none", help="Articles of a message.")
@click.option("--jsonl", is_flag=True, help="Read one saved response from each line, and print one line for each.")
@format_option
def parse(*, file: str, url: str, kind: str, select: str, items: str, split: str, jsonl: bool) -> None:
    """Show the entries in a saved response of a source, without network and database.

    FILE is a feed, a sitemap, a web page, JSON, or e-mail messages (.eml, .mbox). Exit code 1 if it has no
    entries; with --jsonl, if one of them or a line cannot be read.

    With --jsonl, reads lines {"id", "path", "url", "kind"?, "source"?: {keys of feeds.yaml}} and prints a line {"id",
    "kind", "entries": [{"id", "url", "title", "published_at", "summary"}], "error"?} for each, in the same order.
    """
    if jsonl:
        failed = asyncio.run(_parse_lines(JsonLines(file)))
    else:
        keys = {"url": url, "kind": kind, "select": select, "items": items, "split": split if split != "none" else ""}
        failed = asyncio.run(_parse_one(file, keys))
    exit_with_problem_if(failed)


async def _parse_one(file: str, keys: dict[str, str]) -> int:
    from monitor.app import utc_now
    from monitor.diagnostics.feed_discovery import preview_response
    from monitor.pipeline.resources import open_extraction_pool

    if not keys["url"] and (keys["kind"] == "imap" or file.endswith((".eml", ".mbox"))):
        keys |= {"url": SAVED_MAILS, "kind": "imap"}
    if not keys["url"]:
        raise UsageError("--url is missing: give the address of the saved response, as its links may be relative")
    feed = source_from_keys({key: value for key, value in keys.items() if value})
    with open_source(file) as stream:
        body = b"".join(stream)
    with open_extraction_pool(workers=1) as pool:
        row = await preview_response(pool, feed, body, utc_now())
    show(row["entries"], ENTRY_COLUMNS, keys=row_keys.ENTRIES, empty=f"{row['kind']}: no entries")
    if "error" in row:
        note(f"{file}: {row['error']}")
    return int(not row["entries"])


async def _parse_lines(lines: JsonLines) -> int:
    from monitor.pipeline.resources import open_extraction_pool

    failed = done = 0
    with open_extraction_pool() as pool, progress("parsing", None) as show_progress:
        waiting: list[asyncio.Task[dict[str, Any]]] = []
        for line in lines.parse_lines(_read_line):
            waiting.append(asyncio.create_task(_parse_line(pool, line)))
            if len(waiting) >= _MAX_WAITING_RESPONSES:
                failed += _print(await waiting.pop(0))
            done += 1
            show_progress(done, None)
        for task in waiting:
            failed += _print(await task)
    return failed + lines.bad


def _print(row: dict[str, Any]) -> int:
    click.echo(dumps(row))
    return int("error" in row)


@dataclass(frozen=True, slots=True)
class _Line:
    """One saved response."""

    name: Any
    path: Path
    feed: Feed


async def _parse_line(pool: ExtractionPool, line: _Line) -> dict[str, Any]:
    from monitor.app import utc_now
    from monitor.diagnostics.feed_discovery import preview_response

    try:
        body = line.path.read_bytes()
    except OSError as error:
        return {"id": line.name, "kind": line.feed.kind, "entries": [], "error": f"{line.path}: {error.strerror}"}
    return {"id": line.name, **await preview_response(pool, line.feed, body, utc_now())}


def _read_line(row: Any) -> _Line:  # noqa: ANN401 - any JSON value
    if not isinstance(row, dict) or not isinstance(row.get("path"), str) or "id" not in row:
        raise ValueError('write {"id": ..., "path": ..., "url": ...}')
    keys = dict(row.get("source") or {})
    if "items" in keys or "select" in keys:
        keys = {_ITEM_KEYS.get(key, key): value for key, value in keys.items()}
    outer = {key: row[key] for key in ("url", "kind") if row.get(key)}
    return _Line(row["id"], Path(row["path"]), source_from_keys(keys | outer))


def source_from_keys(keys: Mapping[str, Any]) -> Feed:
    """Build a feed of keys of feeds.yaml. Raises UsageError that names the key."""
    from monitor.settings import parse_feed

    own = {"password": "unknown"} if is_mailbox(str(keys.get("url", ""))) else {}
    return parse_feed({"id": "preview", "url": "https://source.invalid/", **own, **keys})


ENTRY_COLUMNS = (
    Column(title="published", cell="published_at", no_wrap=True, style="dim"),
    Column(title="title", cell="title"),
    Column(title="url", cell="url", style="dim"),
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
