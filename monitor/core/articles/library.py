"""The library's extraction of a parsed page: trafilatura in the two modes that are used."""

from __future__ import annotations

import warnings
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from lxml.html import HtmlElement

Mode = Literal["strict", "full"]
"""strict: favours precision, without the comparison with other extractors; full: the whole cascade, slow."""
_LIBRARY_ERRORS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""Exceptions of the library on unusual pages (it recurses into lists, for one). Not: exhausted memory."""


def extract_with_library(tree: HtmlElement, mode: Mode) -> str:
    """Return the text of a parsed page, one line for each paragraph; "" if there is none or the library fails."""
    trafilatura = trafilatura_module()
    try:
        document = trafilatura.bare_extraction(tree, options=_options()[mode])
    except _LIBRARY_ERRORS:
        return ""  # another method may do
    return (document.text or "") if document is not None else ""


@cache
def trafilatura_module() -> Any:  # noqa: ANN401  # a module
    """Import trafilatura, which takes half a second and is needed in workers only."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # urllib3 misses PySocks, which would serve the library's own fetching only
        import trafilatura
        import trafilatura.settings

    return trafilatura


@cache
def _options() -> dict[str, Any]:
    extractor = trafilatura_module().settings.Extractor
    return {
        "strict": extractor(output_format="python", fast=True, precision=True, comments=False),
        "full": extractor(output_format="python", comments=False),
    }


def preload() -> None:
    """Load the library now, so that processes forked from here share it."""
    _options()
