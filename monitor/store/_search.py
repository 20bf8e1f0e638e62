"""Search over the archive: every word and every "quoted phrase" must occur, in the title or the text; newest first.

Plain and portable, and so without an index: it reads the archive from end to end. Letters of ASCII are compared without
their case, and a word is found inside longer ones, which is what finds Chinese.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from monitor.store import _articles
from monitor.store._tables import articles

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection

    from monitor.core.model import StoredArticle

_WANTED = re.compile(r'"([^"]+)"|([^\s"]+)')


def search(connection: Connection, query: str, limit: int) -> list[StoredArticle]:
    """Find current articles that hold every word and phrase."""
    wanted = holding(query)
    if not wanted:
        return []
    statement = select(articles).where(articles.c.current, *wanted)
    newest = statement.order_by(articles.c.stored_at.desc(), articles.c.id.desc()).limit(limit)
    return [_articles.stored(row) for row in connection.execute(newest).mappings()]


def words_of(query: str) -> list[str]:
    """Part a query into what must occur: words, and phrases that stood in quotation marks."""
    return [phrase or word for phrase, word in _WANTED.findall(query)]


def holding(query: str) -> list[ColumnElement[bool]]:
    """Say that an article holds every word and phrase, as conditions; none for no words."""
    return [
        or_(articles.c.title.icontains(word, autoescape=True), articles.c.text.icontains(word, autoescape=True))
        for word in words_of(query)
    ]
