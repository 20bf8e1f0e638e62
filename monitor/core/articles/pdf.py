"""Extracts the text of a PDF, up to a limit of pages and characters.

Encrypted files that need a password and scanned pages give "". A PDF stores lines only; they are joined into
paragraphs, so that rules match across lines, columns and pages. Running titles and page numbers are left out.
"""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from monitor.core.articles import pdf_layout

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

MAX_PDF_PAGES = 40
_LIBRARY_ERRORS = (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError)
"""Exceptions that the library raises on broken files beside its own."""
_HYPHEN = re.compile(r"(?<=[a-zß-ÿ])[-\u00ad]\n(?=[a-zß-ÿ])")
"""A hyphen that divides a word at the end of a line."""
_LINE_END = re.compile(r"(?<![.!?:;\u3002\"”»])\n(?!\s*(?:[•\u2013-]|\d+[.)])\s)")
"""A line break within a paragraph: not after the end of a sentence, not before an item of a list."""


class PdfText(NamedTuple):
    """What was read from a PDF."""

    title: str
    """The title in the metadata of the file, often empty."""
    text: str
    """Paragraphs separated by a blank line."""
    created_at: datetime | None
    """When the file was made, in UTC, as its metadata say."""


def extract_text(page: bytes, *, max_pages: int = MAX_PDF_PAGES, max_chars: int = 200_000) -> PdfText:
    """Return title, text and date of a PDF; raises ValueError for a file that cannot be read."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(page), strict=False)
        title = reader.metadata.title if reader.metadata else ""
        return PdfText(title or "", _paragraphs(_read_pages(reader, max_pages, max_chars)), _creation_date(reader))
    except (PyPdfError, *_LIBRARY_ERRORS) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _creation_date(reader: PdfReader) -> datetime | None:
    try:
        created = reader.metadata.creation_date if reader.metadata else None
        return created and (created if created.tzinfo else created.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _read_pages(reader: PdfReader, max_pages: int, max_chars: int) -> str:
    texts: list[str] = []
    length = 0
    for page in reader.pages[:max_pages]:
        text = _page_text(page)
        texts.append(text)
        length += len(text)
        if length > max_chars:
            break
    return "\n".join(pdf_layout.remove_running_lines(texts))


def _page_text(page: PageObject) -> str:
    from pypdf.errors import PyPdfError

    text = page.extract_text() or ""
    try:
        layout = page.extract_text(extraction_mode="layout", layout_mode_space_vertically=False)
    except (PyPdfError, MemoryError, *_LIBRARY_ERRORS):
        return text  # the mode fails on fonts and positions that the usual one reads
    return pdf_layout.reorder_columns(text, layout or "")


def _paragraphs(text: str) -> str:
    blocks = re.split(r"\n\s*\n", _HYPHEN.sub("", text))
    paragraphs = (paragraph for block in blocks for paragraph in _LINE_END.sub(" ", block).split("\n"))
    return "\n\n".join(filter(None, (" ".join(paragraph.split()) for paragraph in paragraphs)))
