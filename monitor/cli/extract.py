"""`monitor extract`: extracts the article from one page or from many."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.json_lines import JsonLines, open_source
from monitor.cli.listings import choose_format, refuse_other_formats, wants_json
from monitor.cli.output import dumps, exit_with_problem_if, note, plain, progress
from monitor.cli.session import Session, pass_session
from monitor.core.errors import UsageError
from monitor.core.feeds.failures import describe_with_advice
from monitor.core.links import is_web_address
from monitor.core.model import Article, Failed

if TYPE_CHECKING:
    from monitor.diagnostics.page_extraction import NamedPage


@click.command()
@click.argument("source", metavar="[FILE|URL|-]", default="-")
@choose_format("text")
@click.option(
    "--jsonl",
    is_flag=True,
    help="Read the path of one page from each line, and print one line for each, using all cores.",
)
@click.option(
    "--select", metavar="CSS", default="", help="Element that holds the text, as fulltext_select in feeds.yaml."
)
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Number of processes. Default: one per core.")
@pass_session
def extract(session: Session, *, source: str, jsonl: bool, select: str, workers: int | None) -> None:
    """Show the article text of a page, as it is matched against rules.

    The page is a FILE, an http(s) URL, or read from stdin. Exit code 1 if it contains no article; with --jsonl, if a
    page or a line cannot be read.

    With --jsonl, reads lines {"id", "path"} and prints a line {"id", "title", "text", "language", "published_at",
    "quality", "partial", "error"} for each, in the same order.
    """
    if jsonl:
        refuse_other_formats()
        lines = JsonLines(source)
        failed = asyncio.run(_extract_many(lines.parse_lines(_page), workers, _check_selector(select))) + lines.bad
    else:
        failed = asyncio.run(_extract_one(session, source, _check_selector(select)))
    exit_with_problem_if(failed)


def _check_selector(select: str) -> str:
    """Return the selector if it can be compiled."""
    from monitor.core.text.selectors import compile_selector

    try:
        if select:
            compile_selector(select)
    except ValueError as error:
        raise UsageError(f"--select: `{select}` is not a CSS selector: {error}") from None
    return select


async def _extract_one(session: Session, source: str, select: str) -> int:
    page = None if is_web_address(source) else read_file(source)
    article = await extract_article(session, source, page, select)
    if isinstance(article, Failed):
        note(f"{source}: {describe_with_advice(article)}")
        return 1
    if wants_json():
        click.echo(dumps(_row(source, article), indent=2))
    else:
        click.echo("\n\n".join(filter(None, [plain(article.title), article.text])))
    if article.partial:
        note(f"{source}: incomplete article: {article.partial_reason}")
    return int(not article.text)


def read_file(source: str) -> bytes:
    """Read a whole file; `-` is stdin."""
    with open_source(source) as file:
        return file.read()


async def extract_article(session: Session, address: str, page: bytes | None, select: str = "") -> Article | Failed:
    """Extract the article of a page, which is fetched if its bytes are not given."""
    from monitor.app import utc_now
    from monitor.diagnostics import page_extraction
    from monitor.pipeline.resources import open_extraction_pool, open_fetcher

    with open_extraction_pool(workers=1) as pool:
        if page is not None:
            return await page_extraction.extract_page(pool, page, utc_now(), select)
        async with open_fetcher(session.monitor_settings()) as fetcher:
            return await page_extraction.extract_url(fetcher, pool, address, utc_now(), select)


async def _extract_many(pages: Iterable[NamedPage], workers: int | None, select: str) -> int:
    from monitor.app import utc_now
    from monitor.diagnostics import page_extraction
    from monitor.pipeline.resources import open_extraction_pool

    done = failed = 0
    with open_extraction_pool(workers=workers) as pool, progress("extracting", None) as update:
        async for page, article in page_extraction.extract_files(pool, pages, utc_now(), select):
            click.echo(dumps(_row(page.id, article)))
            done += 1
            failed += isinstance(article, Failed)
            update(done, None)
    return failed


def _page(row: Any) -> NamedPage:  # noqa: ANN401 - any JSON value
    from monitor.diagnostics.page_extraction import NamedPage

    try:
        return NamedPage(id=row["id"], path=Path(row["path"]))
    except (KeyError, TypeError):
        raise ValueError('write {"id": ..., "path": ...}') from None


def _row(name: str, article: Article | Failed) -> dict[str, Any]:
    if isinstance(article, Failed):
        empty = dict.fromkeys(("title", "text", "language", "quality"), "")
        return {"id": name, **empty, "published_at": None, "partial": True, "error": article.reason}
    same = {key: getattr(article, key) for key in ("title", "text", "language", "published_at", "quality", "partial")}
    return {"id": name, **same, "error": article.partial_reason}


COMMANDS = (extract,)
