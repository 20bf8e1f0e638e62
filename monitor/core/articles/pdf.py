"""Extracts the text of a PDF, up to a limit of pages and characters.

Encrypted files that need a password and scanned pages give "". A PDF stores lines only; they are joined into
paragraphs, so that rules match across lines.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypdf import PdfReader

MAX_PAGES = 40
_HYPHEN = re.compile(r"(?<=[a-zß-ÿ])[-\u00ad]\n(?=[a-zß-ÿ])")
_LINE_END = re.compile(r"(?<![.!?:;\u3002\"”»])\n(?!\s*(?:[•\u2013-]|\d+[.)])\s)")


def extract_text(page: bytes, *, max_pages: int = MAX_PAGES, max_chars: int = 200_000) -> tuple[str, str]:
    """Return the title (often empty) and the text by paragraphs; raises ValueError for a file that cannot be read."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(page), strict=False)
        title = reader.metadata.title if reader.metadata else ""
        return title or "", _paragraphs(_pages(reader, max_pages, max_chars))
    except (PyPdfError, KeyError, TypeError, AttributeError, IndexError, OSError, RecursionError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _pages(reader: PdfReader, max_pages: int, max_chars: int) -> str:
    texts: list[str] = []
    length = 0
    for page in reader.pages[:max_pages]:
        text = page.extract_text() or ""
        texts.append(text)
        length += len(text)
        if length > max_chars:
            break
    return "\n\n".join(texts)


def _paragraphs(text: str) -> str:
    blocks = re.split(r"\n\s*\n", _HYPHEN.sub("", text))
    lines = (_LINE_END.sub(" ", block) for block in blocks)
    return "\n\n".join(line for block in lines for raw in block.split("\n") if (line := " ".join(raw.split())))
