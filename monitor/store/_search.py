"""Search over the archive: every word must occur, in the title or the text; newest first.

Plain and portable: letters of ASCII are compared without their case, and a word is found inside longer ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from monitor.store import _articles
from monitor.store._tables import articles

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from monitor.core.model import StoredArticle


def search(connection: Connection, query: str, limit: int) -> list[StoredArticle]:
    """Find current articles that hold every word."""
    words = query.split()
    if not words:
        return []
    conditions = (
        or_(articles.c.title.icontains(word, autoescape=True), articles.c.text.icontains(word, autoescape=True))
        for word in words
    )
    statement = select(articles).where(articles.c.current, *conditions)
    newest = statement.order_by(articles.c.stored_at.desc(), articles.c.id.desc()).limit(limit)
    return [_articles.stored(row) for row in connection.execute(newest).mappings()]
