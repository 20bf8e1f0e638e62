"""The article text of a parsed page: the readable part, without menus, teasers and comments.

Surprise: the extractor changes trees it works on, so each method gets a copy.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lxml.html import HtmlElement


def parse(markup: str) -> HtmlElement | None:
    """Parse a page once for all methods; None when there is no page in it."""
    from trafilatura import load_html

    return load_html(markup)


def read(tree: HtmlElement) -> str:
    """Return the text, paragraphs parted by a blank line; "" when nothing is readable."""
    from trafilatura import bare_extraction
    from trafilatura.settings import Document

    document = bare_extraction(tree, options=_options())
    lines = (document.text or "").split("\n") if isinstance(document, Document) else ()
    return "\n\n".join(stripped for line in lines if (stripped := line.strip()))


@cache
def _options() -> Any:  # noqa: ANN401  # the library is untyped
    from trafilatura.settings import Extractor

    return Extractor(output_format="python", fast=True, comments=False)


def preload() -> None:
    """Load the extractor now, so that processes forked from here share it."""
    _options()
