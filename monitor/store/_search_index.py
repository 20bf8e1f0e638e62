"""The search index: the articles that contain each word, and the encoded words of each article in order.

The words of an article are stored in their codes (`core.search.codes`), in which phrases are found and occurrences
counted. `_search_volumes` says which articles have a word.

The index has the current version of each article that still has its text, and is updated in the transaction that
changes the article. Articles that were archived before the index existed, or by a program with other words
(`index_words.VERSION`), are indexed later, in batches, newest first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.search.blocks import BLOCK_IDS, Bounds, block
from monitor.core.search.codes import to_bytes
from monitor.core.search.index_words import (
    INDEXED_IN_PART,
    VERSION,
    feed_key,
    feed_word,
    index_article,
    language_key,
    language_word,
)
from monitor.store import _search_volumes, _search_words
from monitor.store._incoming_tables import ArticleRow
from monitor.store._search_tables import SearchBlockRow, SearchDocumentRow, SearchProgressRow, SearchTotalsRow
from monitor.store._statements import among, save_rows

_DELETE_DOCUMENTS = delete(SearchDocumentRow).where(among(col(SearchDocumentRow.article_id), "ids"))
_DELETE_RETURNING_LENGTHS = _DELETE_DOCUMENTS.returning(
    col(SearchDocumentRow.article_id), col(SearchDocumentRow.length)
)
_ADD_DOCUMENTS = insert(SearchDocumentRow)
_ADD_TO_TOTALS = update(SearchTotalsRow).values(
    articles=col(SearchTotalsRow.articles) + bindparam("more_articles"),
    words=col(SearchTotalsRow.words) + bindparam("more_words"),
)
_BLOCKS = select(SearchBlockRow).where(among(col(SearchBlockRow.block), "blocks"))
PROGRESS = select(col(SearchProgressRow.version), col(SearchProgressRow.below))
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
_BETWEEN = (
    col(SearchDocumentRow.article_id) >= bindparam("low"),
    col(SearchDocumentRow.article_id) < bindparam("high"),
)
_INDEXED = select(col(SearchDocumentRow.article_id)).where(*_BETWEEN)
IS_INDEXED = (col(ArticleRow.current), col(ArticleRow.text_removed_at).is_(None))


class IndexableArticle(NamedTuple):
    """An article to index."""

    article_id: int
    entry_id: int
    feed_id: str
    language: str
    stored_at: datetime
    title: str
    text: str


def add(connection: Connection, documents: Sequence[IndexableArticle]) -> None:
    """Index articles that are not in the index."""
    if not documents:
        return
    shared: dict[str, str] = {}
    words = [index_article(each.title, each.text, shared) for each in documents]
    labels = {label for each in documents for label in (feed_word(each.feed_id), language_word(each.language))}
    labels |= {INDEXED_IN_PART for each in words if each.in_part}
    codes = _search_words.codes_of_articles(connection, [{*each.title, *each.text} for each in words], labels)
    connection.execute(
        _ADD_DOCUMENTS,
        [
            _row(
                document,
                length=len(found.title) + len(found.text),
                keys=" ".join(_labels(document, codes, in_part=found.in_part)),
                words=to_bytes(found.encode(codes)),
            )
            for document, found in zip(documents, words, strict=True)
        ],
    )
    _search_volumes.add(connection, [each.article_id for each in documents])
    _widen_blocks(connection, documents)
    lengths = sum(len(each.title) + len(each.text) for each in words)
    connection.execute(_ADD_TO_TOTALS, {"more_articles": len(documents), "more_words": lengths})


def remove(connection: Connection, ids: Collection[int]) -> None:
    """Remove articles from the index; ids that are not in it are ignored."""
    if not ids:
        return
    removed = connection.execute(_DELETE_RETURNING_LENGTHS, {"ids": ids}).all()
    if not removed:
        return
    removed_ids = {row.article_id for row in removed}
    _search_volumes.remove(connection, removed_ids, Bounds(min(removed_ids), max(removed_ids) + 1))
    less = {"more_articles": -len(removed), "more_words": -sum(row.length for row in removed)}
    connection.execute(_ADD_TO_TOTALS, less)


def bounds(connection: Connection, since: datetime | None, until: datetime | None) -> Bounds:
    """Return bounds of ids that include all articles of a period; others may be among them."""
    first, last, number = (
        col(SearchBlockRow.first_stored_at), col(SearchBlockRow.last_stored_at), col(SearchBlockRow.block),
    )  # fmt: skip
    touched = select(func.min(number), func.max(number))
    if since is not None:
        touched = touched.where(last >= since)
    if until is not None:
        touched = touched.where(first < until)
    low, high = connection.execute(touched).one()
    return Bounds(0, 0) if low is None else Bounds(low * BLOCK_IDS, (high + 1) * BLOCK_IDS)


def build(connection: Connection, limit: int) -> int:
    """Index the next `limit` older articles, if they belong into the index; return the id below which others remain.

    0: the index is complete. What the index had of these articles is replaced.
    """
    version, below = connection.execute(PROGRESS).one()
    if version != VERSION:
        below = _search_volumes.ABOVE_ALL
    rows = connection.execute(_NEXT, {"below": below, "limit": limit}).all()
    reached = rows[-1].id if len(rows) == limit else 0
    _clear(connection, Bounds(reached, below))
    add(connection, [_document(row) for row in rows if row.current and row.text_removed_at is None])
    connection.execute(_SET_PROGRESS, {"new_version": VERSION, "new_below": reached})
    return int(reached)


def is_complete(connection: Connection) -> bool:
    """Return True if no archived article is left to index."""
    version, below = connection.execute(PROGRESS).one()
    return bool(version == VERSION and below <= 1)


def missing_before(connection: Connection) -> datetime | None:
    """Return when the newest article was stored that is not indexed yet; None: the index is complete."""
    if is_complete(connection):
        return None
    version, below = connection.execute(PROGRESS).one()
    newest = select(col(ArticleRow.stored_at)).order_by(col(ArticleRow.id).desc()).limit(1)
    if version == VERSION:
        newest = newest.where(col(ArticleRow.id) < below)
    return connection.execute(newest).scalar_one_or_none()


def remaining(connection: Connection) -> int:
    """Count the articles that are still to be indexed."""
    version, below = connection.execute(PROGRESS).one()
    older = () if version != VERSION else (col(ArticleRow.id) < below,)
    return connection.execute(select(func.count()).select_from(ArticleRow).where(*IS_INDEXED, *older)).scalar_one()


def restart(connection: Connection) -> None:
    """Mark the whole archive as to be indexed again by `build`. Until then, searches find what the index had."""
    _search_volumes.mend_ids(connection)
    connection.execute(_SET_PROGRESS, {"new_version": VERSION, "new_below": _search_volumes.ABOVE_ALL})


def count_in_part(connection: Connection) -> int:
    """Count the articles of which not all words are indexed."""
    has_third_key = col(SearchDocumentRow.keys).like("% % %")  # that of INDEXED_IN_PART, see _labels
    return connection.execute(select(func.count()).select_from(SearchDocumentRow).where(has_third_key)).scalar_one()


def _clear(connection: Connection, bounds: Bounds) -> None:
    """Remove everything between two ids, also keys of articles that are not listed."""
    remove(connection, connection.execute(_INDEXED, bounds._asdict()).scalars().all())
    _search_volumes.remove(connection, range(*bounds), bounds)


def _labels(document: IndexableArticle, codes: Mapping[str, str], *, in_part: bool) -> list[str]:
    """Return the keys of feed and language, and a third if not all words are indexed."""
    feed, language = codes[feed_word(document.feed_id)], codes[language_word(document.language)]
    return [feed_key(feed), language_key(language), *([language_key(codes[INDEXED_IN_PART])] if in_part else [])]


def _widen_blocks(connection: Connection, documents: Sequence[IndexableArticle]) -> None:
    """Extend the times of the articles' blocks, so that they include when these articles were stored."""
    times: dict[int, list[datetime]] = {}
    for each in documents:
        times.setdefault(block(each.article_id), []).append(each.stored_at)
    for row in connection.execute(_BLOCKS, {"blocks": list(times)}):
        times[row.block] += [row.first_stored_at, row.last_stored_at]
    rows = [{"block": each, "first_stored_at": min(at), "last_stored_at": max(at)} for each, at in times.items()]
    save_rows(connection, SearchBlockRow, rows)


def _document(row: Any) -> IndexableArticle:  # noqa: ANN401 - a row of _NEXT
    return IndexableArticle(row.id, row.entry_id, row.feed_id, row.language, row.stored_at, row.title, row.text)


def _row(document: IndexableArticle, **more: object) -> dict[str, object]:
    named = document._asdict()
    return {name: named[name] for name in ("article_id", "entry_id", "feed_id", "language", "stored_at")} | more
