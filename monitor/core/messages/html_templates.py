"""The Jinja templates of the web pages and of mails in HTML: all text is escaped, and an undefined name is an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.core.matching.passages import Passage, marked_html

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


def html_environment(package: str) -> Environment:
    """Return the environment of the folder `templates` of a package; the filter `marked` marks terms in a passage."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["marked"] = _mark_terms
    return environment


def _mark_terms(passage: Passage) -> Markup:
    from markupsafe import Markup

    return Markup(marked_html(passage))  # noqa: S704 - is escaped
