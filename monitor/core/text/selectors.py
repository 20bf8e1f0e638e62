"""CSS selectors that users write for pages of their sources."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.cssselect import CSSSelector


@lru_cache(maxsize=256)
def compile_selector(selector: str) -> CSSSelector:
    """Compile a CSS selector. Raises ValueError that says what is wrong with it."""
    from lxml import cssselect, etree

    try:
        return cssselect.CSSSelector(selector, translator="html")
    except (cssselect.SelectorError, etree.XPathError, ValueError) as error:
        raise ValueError(str(error)) from None
