"""Finds the article that a user names: by id or address in the archive, or a file, whose first line is its title."""

from __future__ import annotations

from pathlib import Path

from monitor.core import links
from monitor.core.errors import UsageError
from monitor.core.model import Article, StoredArticle
from monitor.core.text import MAX_TEXT_CHARS, clean, clean_line, encodings
from monitor.store import Store

_MAX_BYTES = 10_000_000
_MAX_ID = 2**63 - 1
_CHOICES = "name an article by its number, its address, or a file with its text"


def is_file(named: str) -> bool:
    """Return True if an article is neither named by a number nor by an address: it is in a file, not in the archive."""
    return not (_is_number(named) or links.is_web_address(named))


def find_article(store: Store, named: str) -> StoredArticle:
    """Return the article with a number or address, of several the newest; UsageError if there is none."""
    if _is_number(named):
        return article_with_id(store, int(named))
    articles = store.articles_at([named, links.canonical(named)])
    if not articles:
        raise UsageError(
            f"no feed has shown {named}, or it is no longer in the archive; "
            "to ask about its text, save that to a file and name the file"
        )
    return articles[0]


def article_with_id(store: Store, article_id: int) -> StoredArticle:
    """Return an article of the archive; UsageError if there is none with this id."""
    stored = store.article(article_id) if article_id <= _MAX_ID else None
    if stored is None:
        raise UsageError(f"there is no article {article_id} in the archive; `monitor search WORDS` shows their ids")
    return stored


def read_article(named: str) -> Article:
    """Read a text file, in whatever encoding; UsageError if it cannot be read, which lists what can be named."""
    if not named.strip():
        raise UsageError(f"no article is named; {_CHOICES}")
    try:
        with Path(named).open("rb") as file:
            text = encodings.decode_file(file.read(_MAX_BYTES))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name, or a binary file
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise UsageError(f"'{named}' cannot be read: {reason}; {_CHOICES}") from None
    return article_of(text)


def article_of(text: str) -> Article:
    """Return a text as an article, whose title is its first line."""
    title, _, body = clean(text).strip().partition("\n")
    body = body.strip()
    return Article(
        title=clean_line(title), text=body[:MAX_TEXT_CHARS], quality="plain", truncated=len(body) > MAX_TEXT_CHARS
    )


def _is_number(named: str) -> bool:
    return named.isdecimal() and named.isascii()
