"""Search over the archive by the search index: ranked, with filters, page by page.

The newest `WINDOW` answers are ranked together, then the next ones, so that a query takes bounded time in an archive of
any size and new articles between two pages move nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, cast, column, exists, func, literal, literal_column, or_, select, table, text
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlmodel import col

from monitor.core.search.index_words import indexed_phrases
from monitor.core.search.matches import article_holds
from monitor.core.search.query import phrases
from monitor.core.search.ranking import TITLE_WEIGHT, Candidate, bm25, idf, rank
from monitor.core.search.request import WINDOW, SearchCursor, SearchResult
from monitor.store import _articles, _search_index
from monitor.store._database import Database
from monitor.store._incoming_tables import ArticleRow, HitRow, SearchDocumentRow
from monitor.store._search_expressions import fts5, needs_positions, tsquery, tsquery_phrase
from monitor.store._statements import among

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.engine import Connection

    from monitor.core.model import StoredArticle
    from monitor.core.search.query import SearchQuery
    from monitor.core.search.request import SearchRequest

_ID = col(SearchDocumentRow.article_id)
_SQLITE = table("search_index", column("rowid"), column("search_index"))
_POSTGRES = table("search_index", column("article_id"), column("words"), column("complete"))
_BM25: ColumnElement[float] = literal_column(f"-bm25(search_index, {TITLE_WEIGHT}, 1.0)")
_TITLE_FIRST: ColumnElement[Any] = literal_column(f"'{{{1 / TITLE_WEIGHT}, 0, 0, 1}}'::float4[]")
"""Weights of ts_rank_cd for D, C, B and A; titles have A, texts D."""
_PLANS_BY_INDEX = (text("SET LOCAL enable_seqscan = off"), text("SET LOCAL jit = off"))
"""PostgreSQL takes reading the words of every article for cheap, since it does not count that they are stored apart."""
_COUNTED_EXACTLY = 5_000
"""Articles with all words of a phrase up to which PostgreSQL counts how many of them have the phrase itself."""
_TEXTS = select(col(ArticleRow.id), col(ArticleRow.title), col(ArticleRow.text)).where(among(col(ArticleRow.id), "ids"))
_THESE = select(ArticleRow).where(among(col(ArticleRow.id), "ids"))
_TEXTS_AT_ONCE = 20
INDEXED_AT_ONCE = 50
"""Articles that one call of `build_search_index` should index, so that no other writer waits long: about 0.1 s."""


class Search(Database):
    """Articles by their words, and the index that finds them."""

    def search(self, request: SearchRequest, after: SearchCursor | None = None, limit: int = 50) -> SearchResult:
        """Return a page of articles that answer a query, best first."""
        with self._reading() as connection:
            below = None if after is None else after.below
            window = _candidates(connection, request, below)
            more, candidates = len(window) > WINDOW, window[:WINDOW]
            offset = 0 if after is None else after.offset
            ranked = rank(candidates)
            found = _read(connection, ranked[offset : offset + limit])
            return SearchResult(
                found=tuple(found),
                next=_next_page(candidates, below, offset + limit, more=more),
                total=None if more or after is not None else len(candidates),
                missing_before=_search_index.missing_before(connection),
            )

    def build_search_index(self, size: int) -> int:
        """Index the next `size` articles of the archive, newest first; return the id below which others remain.

        0: the index is complete. Each call is one transaction, so that it can be repeated after any interruption.
        """
        with self._archiving() as connection:
            return _search_index.build(connection, size)

    def search_index_is_complete(self) -> bool:
        """Return True if nothing is left for `build_search_index`."""
        with self._reading() as connection:
            return _search_index.is_complete(connection)

    def unindexed_articles(self) -> int:
        """Count the articles of the archive that the search index does not hold yet."""
        with self._reading() as connection:
            return _search_index.remaining(connection)

    def restart_search_index(self) -> None:
        """Empty the search index, so that `build_search_index` builds it anew."""
        with self._archiving() as connection:
            _search_index.restart(connection)


def entries(connection: Connection, query: SearchQuery) -> Select[Any]:
    """Select the entries whose current articles answer a query."""
    entry = select(col(SearchDocumentRow.entry_id))
    if connection.dialect.name == "sqlite":
        matching = _SQLITE.c.search_index.op("MATCH")(fts5(query))
        return entry.join(_SQLITE, _SQLITE.c.rowid == _ID).where(matching)
    return entry.join(_POSTGRES, _POSTGRES.c.article_id == _ID).where(_POSTGRES.c.words.op("@@")(_cast(tsquery(query))))


def _next_page(candidates: Sequence[Candidate], below: int | None, end: int, *, more: bool) -> SearchCursor | None:
    if end < len(candidates):
        return SearchCursor(candidates[0].id + 1 if below is None else below, end)
    return SearchCursor(candidates[-1].id, 0) if more else None


def _candidates(connection: Connection, request: SearchRequest, below: int | None) -> list[Candidate]:
    """Return the newest answers, newest first: one more than WINDOW, if there are so many."""
    conditions = _filters(request)
    if below is not None:
        conditions.append(below > _ID)
    if connection.dialect.name == "postgresql":
        return _postgres_candidates(connection, request, conditions)
    found = (
        select(_ID, col(SearchDocumentRow.stored_at), _BM25)
        .select_from(_SQLITE)
        .join(SearchDocumentRow, _SQLITE.c.rowid == _ID)
        .where(_SQLITE.c.search_index.op("MATCH")(fts5(request.query)), *conditions)
        .order_by(_SQLITE.c.rowid.desc())
        .limit(WINDOW + 1)
    )
    if below is not None:
        found = found.where(_SQLITE.c.rowid < below)
    return [Candidate(*row) for row in connection.execute(found, _values(request))]


def _filters(request: SearchRequest) -> list[ColumnElement[bool]]:
    stored_at = col(SearchDocumentRow.stored_at)
    conditions: list[ColumnElement[bool]] = []
    if request.since is not None:
        conditions.append(stored_at >= request.since)
    if request.until is not None:
        conditions.append(stored_at < request.until)
    if request.feeds is not None:
        conditions.append(among(col(SearchDocumentRow.feed_id), "feeds"))
    if request.language:
        conditions.append(col(SearchDocumentRow.language) == request.language)
    of_entry = col(HitRow.entry_id) == col(SearchDocumentRow.entry_id)
    if request.topic:
        conditions.append(exists().where(of_entry, col(HitRow.topic) == request.topic))
    if request.matched is not None:
        hit = exists().where(of_entry)
        conditions.append(hit if request.matched else ~hit)
    return conditions


def _values(request: SearchRequest) -> dict[str, object]:
    return {} if request.feeds is None else {"feeds": sorted(request.feeds)}


# ---------------------------------------------------------------- PostgreSQL


class _Leaf(NamedTuple):
    """One alternative of a phrase, as a tsquery, with its weight in the ranking."""

    tsquery: str
    weight: float


def _postgres_candidates(
    connection: Connection, request: SearchRequest, conditions: Sequence[ColumnElement[bool]]
) -> list[Candidate]:
    for setting in _PLANS_BY_INDEX:
        connection.execute(setting)
    articles, words = connection.execute(text("SELECT articles, words FROM search_totals")).one()
    counts = {each: _count(connection, each, loose) for each, loose in _leaves(request.query)}
    leaves = [_Leaf(each, idf(articles, number)) for each, number in counts.items() if number]
    newest = _newest(request.query, conditions).subquery()
    frequencies = [func.ts_rank_cd(_TITLE_FIRST, _POSTGRES.c.words, _cast(leaf.tsquery)) for leaf in leaves]
    ranked = select(newest, *frequencies).join(_POSTGRES, _POSTGRES.c.article_id == newest.c.article_id)
    found = connection.execute(ranked.order_by(newest.c.article_id.desc()), _values(request)).all()
    refuted = _refuted(connection, request.query, [row.article_id for row in found if not row.complete])
    return [
        Candidate(
            row.article_id,
            row.stored_at,
            sum(
                bm25(occurrences * TITLE_WEIGHT, leaf.weight, row.length, words / articles)
                for leaf, occurrences in zip(leaves, row[4:], strict=True)
                if occurrences
            ),
        )
        for row in found
        if row.article_id not in refuted
    ]


def _newest(query: SearchQuery, conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """Select the newest answers, with articles that lack positions, which may answer."""
    words = _POSTGRES.c.words
    answers: ColumnElement[bool] = words.op("@@")(_cast(tsquery(query)))
    if needs_positions(query):
        may_answer = words.op("@@")(_cast(tsquery(query, positions=False)))
        answers = or_(answers, and_(~_POSTGRES.c.complete, may_answer))
    # apart from the filters and the order, so that it is read from the index of words and from no other
    found = select(_POSTGRES.c.article_id, _POSTGRES.c.complete).where(answers).cte("found").prefix_with("MATERIALIZED")
    return (
        select(_ID, col(SearchDocumentRow.stored_at), col(SearchDocumentRow.length), found.c.complete)
        .join(found, found.c.article_id == _ID)
        .where(*conditions)
        .order_by(_ID.desc())
        .limit(WINDOW + 1)
    )


def _leaves(query: SearchQuery) -> list[tuple[str, str]]:
    """Return each alternative of each phrase as a tsquery, and one that all articles with it answer."""
    return [
        (tsquery_phrase(phrase, each), tsquery_phrase(phrase, each, positions=False))
        for phrase in phrases(query)
        for each in indexed_phrases(phrase)
    ]


def _count(connection: Connection, exact: str, loose: str) -> int:
    """Count the articles with a phrase; from the words alone if they are in so many that looking at each takes long."""
    if exact != loose and (most := _count_articles(connection, loose, _COUNTED_EXACTLY + 1)) > _COUNTED_EXACTLY:
        return most
    return _count_articles(connection, exact, None)


def _count_articles(connection: Connection, query: str, most: int | None) -> int:
    holding = select(_POSTGRES.c.article_id).where(_POSTGRES.c.words.op("@@")(_cast(query))).limit(most)
    return connection.execute(select(func.count()).select_from(holding.subquery())).scalar_one()


def _refuted(connection: Connection, query: SearchQuery, ids: Sequence[int]) -> set[int]:
    """Return those articles that do not answer, by their texts; only phrases are in doubt."""
    if not needs_positions(query):
        return set()
    refuted: set[int] = set()
    for start in range(0, len(ids), _TEXTS_AT_ONCE):
        rows = connection.execute(_TEXTS, {"ids": ids[start : start + _TEXTS_AT_ONCE]})
        refuted |= {row.id for row in rows if not article_holds(query, row.title, row.text)}
    return refuted


def _cast(query: str) -> ColumnElement[Any]:
    return cast(literal(query), TSQUERY)


def _read(connection: Connection, ids: Sequence[int]) -> list[StoredArticle]:
    """Read articles in the given order."""
    found = {row["id"]: row for row in connection.execute(_THESE, {"ids": ids}).mappings()}
    return [_articles.stored(found[each]) for each in ids if each in found]
