"""`monitor feeds parse`: shows the entries in saved responses of sources."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import row_keys
from monitor.cli.choices import Choice
from monitor.cli.feed_arguments import ENTRY_COLUMNS, SOURCE_KIND, source_from_keys
from monitor.cli.json_lines import JsonLines, open_source
from monitor.cli.listings import format_option, refuse_other_formats, show
from monitor.cli.output import dumps, exit_with_problem_if, note, progress
from monitor.core.errors import UsageError
from monitor.core.model import Feed

if TYPE_CHECKING:
    from monitor.extraction import ExtractionPool

SAVED_MAILS = "imaps://unknown@mailbox.invalid/"
"""The address that stands for the mailbox of saved messages."""
_MAX_WAITING_RESPONSES = 16
"""Responses that wait for a worker at a time."""
_ITEM_KEYS = {"title": "item_title", "url": "item_url", "id": "item_id"}
"""Keys that name paths in `source` of a line, where the source itself has its id and address outside of it."""


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
        refuse_other_formats()
        failed = asyncio.run(_parse_lines(JsonLines(file)))
    else:
        keys = {"url": url, "kind": kind, "select": select, "items": items, "split": split if split != "none" else ""}
        failed = asyncio.run(_parse_one(file, keys))
    exit_with_problem_if(failed)


async def _parse_one(file: str, keys: dict[str, str]) -> int:
    from monitor.app import utc_now
    from monitor.diagnostics.feed_discovery import preview_response
    from monitor.pipeline.resources import open_extraction_pool

    keys = _with_mailbox(keys, file)
    if not keys.get("url"):
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


def _with_mailbox(keys: dict[str, Any], file: str) -> dict[str, Any]:
    """Add an address of a mailbox for saved messages, which need none."""
    if not keys.get("url") and (keys.get("kind") == "imap" or file.endswith((".eml", ".mbox"))):
        return keys | {"url": SAVED_MAILS, "kind": "imap"}
    return keys


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
    source = row.get("source") or {}
    if not isinstance(source, dict):
        raise ValueError('"source" must be an object of keys of feeds.yaml')  # noqa: TRY004 - reported like any other
    keys = dict(source)
    if "items" in keys or "select" in keys:
        keys = {_ITEM_KEYS.get(key, key): value for key, value in keys.items()}
    keys |= {key: row[key] for key in ("url", "kind") if row.get(key)}
    keys = _with_mailbox(keys, row["path"])
    if not keys.get("url"):
        raise ValueError('"url" is missing: give the address of the saved response, as its links may be relative')
    return _Line(row["id"], Path(row["path"]), source_from_keys(keys))
