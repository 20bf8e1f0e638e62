"""`monitor seed`: a draft rule file from a policy document, with the paragraph of each term and tests of its own.

Plain text is split into paragraphs; HTML, PDF and addresses go through the extraction of the pipeline. All rules are
drafts: none is run until a person changes its status.
"""

from __future__ import annotations

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.extract import extract_article, read_file
from monitor.cli.output import note, plain, save
from monitor.cli.rule_files import folder_option, rule_book
from monitor.cli.session import Session, pass_session
from monitor.core.counts import count
from monitor.core.errors import UsageError
from monitor.core.links import is_web_address
from monitor.core.model import Article, Failed

if TYPE_CHECKING:
    from monitor.core.matching.rulebook import RuleBook
    from monitor.core.seeds import Find, SourceDocument

_NOT_TEXT = (b"%PDF", b"<!doctype", b"<html", b"<?xml")
_MIN_CHARS_PER_UNDECODABLE = 200
"""A file is text if at most one character in this number is undecodable."""


@click.command()
@click.argument("document", metavar="DOCUMENT")
@click.option(
    "--id",
    "name",
    metavar="SLUG",
    help="Id of the document, with which rule ids begin. Default: from its name or title.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write the rules to this new file."
)
@folder_option
@pass_session
def seed(session: Session, *, document: str, name: str | None, out: Path | None, folder: Path | None) -> None:
    """Make a draft rule file of a policy document.

    DOCUMENT is a file (text, HTML, PDF), an http(s) address, or - for stdin. Themes that a rule of the configuration
    finds already are named in comments and get no draft.
    """
    from monitor.core import seeds
    from monitor.core.seeds.draft_rules import draft_rule_file

    if out is not None and out.exists():
        raise UsageError(f"{out} exists already; name a new file")
    read = asyncio.run(_read(session, document))
    if not any(map(str.strip, read.paragraphs)):
        raise UsageError(f"{document}: there is no text in it")
    about, themes = seeds.themes(read, _find(_rules(session, folder), read.language))
    called = seeds.short_id(name or _stem(document) or read.title, "seed")
    text = draft_rule_file(read, about, themes, called)
    if out is None:
        click.echo(text, nl=False)
    else:
        save(text.encode(), out)
    covered = sum(bool(theme.covered_by) for theme in themes)
    drafts = text.count("\n    status: draft\n")
    where = f" in {out}" if out else ""
    note(f"{count(len(themes), 'theme')}, {covered} found by existing rules; {count(drafts, 'draft rule')}{where}")


def _stem(document: str) -> str:
    return "" if document == "-" or "://" in document else Path(document).stem


def _rules(session: Session, folder: Path | None) -> RuleBook | None:
    """Return the configured rules; None without a configuration."""
    return rule_book(session, folder) if folder or session.config.is_dir() else None


def _find(book: RuleBook | None, language: str) -> Find:
    from monitor.core.matching.matcher import Matcher
    from monitor.core.model import Source

    if book is None:
        return lambda _title, _text: ()
    matcher = Matcher(book.rules)
    return lambda title, text: matcher.match(Article(title=title, text=text, language=language), Source())


async def _read(session: Session, document: str) -> SourceDocument:
    if is_web_address(document):
        return await _extract_document(session, document, None)
    page = read_file(document)
    if page.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower().startswith(_NOT_TEXT) or b"<p" in page[:20_000].lower():
        return await _extract_document(session, document, page)
    return _read_plain_text(document, page)


def _read_plain_text(origin: str, page: bytes) -> SourceDocument:
    from monitor.core import seeds
    from monitor.core.text import clean, languages

    text = clean(page.decode("utf-8-sig", "replace"))
    unread = text.count("\ufffd")
    if unread * _MIN_CHARS_PER_UNDECODABLE > len(text):
        message = "cannot be read: save it as text in UTF-8, as HTML or as PDF"
        raise UsageError(f"{origin}: {count(unread, 'character')} {message}")
    paragraphs = seeds.paragraphs_of(text)
    return seeds.SourceDocument(
        title=paragraphs[0] if paragraphs else origin,
        paragraphs=paragraphs,
        language=languages.guess_language(text),
        origin=origin,
        digest=sha256(page).hexdigest(),
    )


async def _extract_document(session: Session, origin: str, page: bytes | None) -> SourceDocument:
    """Make a document of the article of a page, which is fetched from `origin` if its bytes are not given."""
    from monitor.core import seeds

    article = await extract_article(session, origin, page)
    if isinstance(article, Failed):
        raise UsageError(f"{origin}: {article.reason}")
    return seeds.SourceDocument(
        title=plain(article.title) or origin,
        paragraphs=seeds.paragraphs_of(article.text),
        language=article.language,
        origin=origin,
        url=origin if page is None else "",
        digest=sha256(article.text.encode("utf-8", "replace") if page is None else page).hexdigest(),
    )


COMMANDS = (seed,)
