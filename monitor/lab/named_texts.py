"""Finds the article that a user names: by id or address in the archive, or a text file.

The first line of a file is its title. Its language is detected by script and common words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from monitor.core import links
from monitor.core.errors import UsageError
from monitor.core.model import Article, Source, StoredArticle
from monitor.core.text import MAX_TEXT_CHARS, clean, clean_line, encodings
from monitor.core.text.languages import guess_language
from monitor.store import Store

_MAX_BYTES = 10_000_000
_MAX_ID = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedText:
    """A text to match rules against."""

    article: Article
    source: Source = field(default_factory=Source)
    stored: StoredArticle | None = None
    """The stored article; None for a file."""


def find_text(store: Store, named: str) -> NamedText:
    """Find the article or file that the user named; UsageError lists what can be named."""
    if named.isdecimal() and named.isascii():
        stored = find_article(store, int(named))
        return NamedText(article=stored.article, stored=stored)
    if links.is_web_address(named):
        return _by_address(store, named)
    if not named.strip():
        raise UsageError("no article is named; name one by its number, its address, or a file with its text")
    return _in_file(Path(named))


def find_article(store: Store, article_id: int) -> StoredArticle:
    """Return an article of the archive; UsageError if there is none with this id."""
    stored = store.article(article_id) if article_id <= _MAX_ID else None
    if stored is None:
        raise UsageError(f"there is no article {article_id} in the archive; `monitor search WORDS` shows their ids")
    return stored


def _by_address(store: Store, address: str) -> NamedText:
    """Return the newest article with this address; UsageError if there is none."""
    articles = store.articles_at([address, links.canonical(address)])
    if not articles:
        raise UsageError(
            f"no feed has shown {address}, or it is no longer in the archive; "
            "to ask about its text, save that to a file and name the file"
        )
    return NamedText(article=articles[0].article, stored=articles[0])


def _in_file(path: Path) -> NamedText:
    try:
        with path.open("rb") as file:
            text = encodings.decode_file(file.read(_MAX_BYTES))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name, or a binary file
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise UsageError(
            f"'{path}' cannot be read: {reason}; name an article by its number, its address, or a file with its text"
        ) from None
    title, _, body = clean(text).strip().partition("\n")
    article = Article(
        title=clean_line(title), text=body.strip()[:MAX_TEXT_CHARS], language=guess_language(text), quality="plain"
    )
    return NamedText(article=article)
