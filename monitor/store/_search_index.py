"""The search index: FTS5 on SQLite, a tsvector with a GIN index on PostgreSQL, both fed with our own words.

It holds the current articles whose texts are there, and is changed in the transaction that changes them. Articles that
were archived before it existed, or by a program with other words (`index_words.VERSION`), are indexed later, in
batches, newest first. No SQLAlchemy model declares the index itself, since the two databases have different ones.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import ARRAY, Integer, bindparam, delete, func, insert, select, text, update
from sqlmodel import col

from monitor.core.search.index_words import MAX_POSITION, VERSION, index_article
from monitor.store._incoming_tables import ArticleRow, SearchDocumentRow, SearchProgressRow
from monitor.store._statements import among

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from monitor.core.search.index_words import IndexedWords

_DOCUMENTS = delete(SearchDocumentRow).where(among(col(SearchDocumentRow.article_id), "ids"))
_REMOVED = _DOCUMENTS.returning(col(SearchDocumentRow.article_id), col(SearchDocumentRow.length))
_ADD_DOCUMENTS = insert(SearchDocumentRow)
_SQLITE_ADD = text("INSERT INTO search_index (rowid, title, text) VALUES (:article_id, :title, :text)")
_SQLITE_REMOVE = text("DELETE FROM search_index WHERE rowid = :article_id")
_POSTGRES_ADD = text("INSERT INTO search_index VALUES (:article_id, :complete, CAST(:words AS tsvector))")
_POSTGRES_REMOVE = text("DELETE FROM search_index WHERE article_id = ANY(:ids)").bindparams(
    bindparam("ids", type_=ARRAY(Integer))
)
_POSTGRES_TOTALS = text("UPDATE search_totals SET articles = articles + :articles, words = words + :words")
_PROGRESS = select(col(SearchProgressRow.version), col(SearchProgressRow.below))
_SET_PROGRESS = update(SearchProgressRow).values(version=bindparam("new_version"), below=bindparam("new_below"))
_NEXT = (
    select(
        *(col(ArticleRow.id), col(ArticleRow.entry_id), col(ArticleRow.feed_id), col(ArticleRow.language)),
        *(col(ArticleRow.stored_at), col(ArticleRow.current), col(ArticleRow.text_removed_at)),
        *(col(ArticleRow.title), col(ArticleRow.text)),
    )
    .where(col(ArticleRow.id) < bindparam("below"))
    .order_by(col(ArticleRow.id).desc())
    .limit(bindparam("limit"))
)
_INDEXED = select(col(SearchDocumentRow.article_id)).where(among(col(SearchDocumentRow.article_id), "ids"))
_SHOULD_BE = (col(ArticleRow.current), col(ArticleRow.text_removed_at).is_(None))


class Document(NamedTuple):
    """An article to index."""

    article_id: int
    entry_id: int
    feed_id: str
    language: str
    stored_at: datetime
    title: str
    text: str


def add(connection: Connection, documents: Sequence[Document]) -> None:
    """Index articles that are not in the index."""
    if not documents:
        return
    words = [index_article(each.title, each.text) for each in documents]
    lengths = [len(each.title) + len(each.text) for each in words]
    connection.execute(
        _ADD_DOCUMENTS,
        [_document(each, length) for each, length in zip(documents, lengths, strict=True)],
    )
    pairs = list(zip(documents, words, strict=True))
    if connection.dialect.name == "postgresql":
        rows = [
            {"article_id": each.article_id, "complete": found.positions_complete, "words": _tsvector(found)}
            for each, found in pairs
        ]
        connection.execute(_POSTGRES_ADD, rows)
        connection.execute(_POSTGRES_TOTALS, {"articles": len(documents), "words": sum(lengths)})
    else:
        connection.execute(
            _SQLITE_ADD,
            [
                {"article_id": each.article_id, "title": " ".join(found.title), "text": " ".join(found.text)}
                for each, found in pairs
            ],
        )


def remove(connection: Connection, ids: Collection[int]) -> None:
    """Take articles out of the index; those that are not in it are left alone."""
    if not ids:
        return
    removed = connection.execute(_REMOVED, {"ids": ids}).all()
    if not removed:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(_POSTGRES_REMOVE, {"ids": [row.article_id for row in removed]})
        less = {"articles": -len(removed), "words": -sum(row.length for row in removed)}
        connection.execute(_POSTGRES_TOTALS, less)
    else:
        connection.execute(_SQLITE_REMOVE, [{"article_id": row.article_id} for row in removed])


def build(connection: Connection, limit: int) -> int:
    """Index those of the next `limit` older articles that should be, and return the id below which others remain.

    0: the index is complete.
    """
    version, below = connection.execute(_PROGRESS).one()
    if version != VERSION:
        _empty(connection)
        below = connection.execute(select(func.coalesce(func.max(col(ArticleRow.id)), 0) + 1)).scalar_one()
    rows = connection.execute(_NEXT, {"below": below, "limit": limit}).all()
    indexed = set(connection.execute(_INDEXED, {"ids": [row.id for row in rows]}).scalars())
    wanted = [row for row in rows if row.current and row.text_removed_at is None and row.id not in indexed]
    add(
        connection,
        [
            Document(row.id, row.entry_id, row.feed_id, row.language, row.stored_at, row.title, row.text)
            for row in wanted
        ],
    )
    reached = rows[-1].id if len(rows) == limit else 0
    connection.execute(_SET_PROGRESS, {"new_version": VERSION, "new_below": reached})
    return int(reached)


def is_complete(connection: Connection) -> bool:
    """Return True if every archived article was looked at."""
    version, below = connection.execute(_PROGRESS).one()
    return bool(version == VERSION and below <= 1)


def missing_before(connection: Connection) -> datetime | None:
    """Return the time at which the newest article was stored that is not looked at yet; None: the index is complete."""
    if is_complete(connection):
        return None
    version, below = connection.execute(_PROGRESS).one()
    newest = select(col(ArticleRow.stored_at)).order_by(col(ArticleRow.id).desc()).limit(1)
    if version == VERSION:
        newest = newest.where(col(ArticleRow.id) < below)
    return connection.execute(newest).scalar_one_or_none()


def remaining(connection: Connection) -> int:
    """Count the articles that should be in the index and are not looked at yet."""
    version, below = connection.execute(_PROGRESS).one()
    older = () if version != VERSION else (col(ArticleRow.id) < below,)
    return connection.execute(select(func.count()).select_from(ArticleRow).where(*_SHOULD_BE, *older)).scalar_one()


def restart(connection: Connection) -> None:
    """Let the whole archive be indexed anew, after its rows were copied from another database."""
    _empty(connection)
    above = connection.execute(select(func.coalesce(func.max(col(ArticleRow.id)), 0) + 1)).scalar_one()
    connection.execute(_SET_PROGRESS, {"new_version": VERSION, "new_below": above})


def differences(connection: Connection) -> list[str]:
    """Compare the index with the archive; problems as sentences, none if it holds what it should."""
    version, below = connection.execute(_PROGRESS).one()
    if version != VERSION:
        return []
    documents = select(col(SearchDocumentRow.article_id))
    article = select(col(ArticleRow.id)).where(*_SHOULD_BE)
    missing = article.where(col(ArticleRow.id) >= below, col(ArticleRow.id).not_in(documents))
    extra = documents.where(col(SearchDocumentRow.article_id).not_in(article))
    counted = select(func.count()).select_from(SearchDocumentRow)
    rows = text("SELECT count(*) FROM search_index")
    problems = [
        (connection.execute(select(func.count()).select_from(missing.subquery())).scalar_one(), "lacks {} articles"),
        (connection.execute(select(func.count()).select_from(extra.subquery())).scalar_one(), "has {} that are gone"),
        (
            abs(connection.execute(counted).scalar_one() - connection.execute(rows).scalar_one()),
            "has {} rows more or fewer than it lists",
        ),
    ]
    return [
        f"the search index {problem.format(number)}: run `monitor db reindex`" for number, problem in problems if number
    ]


def _empty(connection: Connection) -> None:
    connection.execute(text("DELETE FROM search_index"))
    connection.execute(delete(SearchDocumentRow))
    if connection.dialect.name == "postgresql":
        connection.execute(text("UPDATE search_totals SET articles = 0, words = 0"))


def _document(document: Document, length: int) -> dict[str, object]:
    return {
        "article_id": document.article_id,
        "entry_id": document.entry_id,
        "feed_id": document.feed_id,
        "language": document.language,
        "stored_at": document.stored_at,
        "length": length,
    }


def _tsvector(words: IndexedWords) -> str:
    """Write a tsvector: words of the title with weight A; a gap before the text keeps phrases from running on."""
    positions: defaultdict[str, list[str]] = defaultdict(list)
    for place, word in enumerate(words.title, 1):
        positions[word].append(f"{min(place, MAX_POSITION)}A")
    for place, word in enumerate(words.text, len(words.title) + 2):
        positions[word].append(str(min(place, MAX_POSITION)))
    return " ".join(f"'{word}':{','.join(places)}" for word, places in positions.items())
