"""Search over the archive: every word and every "quoted phrase" must occur in the title or the text; newest first.

There is no index, so that both databases behave alike: a search reads the archive from end to end. Case is ignored, and
a word is found inside longer ones, which finds Chinese. SQLite lower-cases only ASCII, so other letters use a function
of this program.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, literal, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import col

from monitor.store import _articles
from monitor.store._database import Database
from monitor.store._engine import LOWER
from monitor.store._incoming_tables import ArticleRow

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, SQLColumnExpression
    from sqlalchemy.sql.compiler import SQLCompiler

    from monitor.core.model import StoredArticle


_WANTED = re.compile(r'"([^"]+)"|([^\s"]+)')


class Search(Database):
    """Search for articles by their words."""

    def search(self, query: str, limit: int = 50) -> list[StoredArticle]:
        """Return articles that contain every word and "quoted phrase" of the query, newest first."""
        with self._reading() as connection:
            wanted = holding(query)
            if not wanted:
                return []
            statement = select(ArticleRow).where(col(ArticleRow.current), *wanted)
            newest = statement.order_by(col(ArticleRow.stored_at).desc(), col(ArticleRow.id).desc()).limit(limit)
            return [_articles.stored(row) for row in connection.execute(newest).mappings()]


def words_of(query: str) -> list[str]:
    """Split a query into words and quoted phrases."""
    return [phrase or word for phrase, word in _WANTED.findall(query)]


def holding(query: str) -> list[ColumnElement[bool]]:
    """Return the conditions that an article contains every word and phrase; none for an empty query."""
    return [or_(_holds(col(ArticleRow.title), word), _holds(col(ArticleRow.text), word)) for word in words_of(query)]


def _holds(column: SQLColumnExpression[str], word: str) -> ColumnElement[bool]:
    if word.isascii() or word.lower() == word.upper():
        return column.icontains(word, autoescape=True)
    pattern = re.sub(r"([/%_])", r"/\1", word)
    return _Lower(column).like(_Lower(literal(f"%{pattern}%")), escape="/")


class _Lower(FunctionElement[str]):
    """A text in lower case, in all scripts."""

    type = Text()
    inherit_cache = True


@compiles(_Lower)
def _lower(element: _Lower, compiler: SQLCompiler, **more: Any) -> str:  # noqa: ANN401 - what SQLAlchemy gives
    return f"lower({compiler.process(element.clauses, **more)})"


@compiles(_Lower, "sqlite")
def _lower_of_ours(element: _Lower, compiler: SQLCompiler, **more: Any) -> str:  # noqa: ANN401 - as above
    return f"{LOWER}({compiler.process(element.clauses, **more)})"
