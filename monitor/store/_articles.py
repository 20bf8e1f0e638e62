"""Articles: the archive of extracted texts, one row for each version; `_archiving` adds them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.engine import Connection, RowMapping
from sqlmodel import col

from monitor.core.model import Article, Opening, PartialArticle, StoredArticle
from monitor.core.polls.retry_policy import MAX_RETRY_WAITS
from monitor.store import _entries
from monitor.store._database import Database
from monitor.store._incoming_tables import ArticleRow, EntryRow
from monitor.store._statements import among, due_condition, due_parameters
from monitor.store._types import from_row

ARTICLE_FIELDS = tuple(Article.__dataclass_fields__)
_BY_ID = select(ArticleRow).where(col(ArticleRow.id) == bindparam("id"))
ENTRY_OF_ARTICLE = (
    select(col(ArticleRow.entry_id)).where(col(ArticleRow.id) == bindparam("of_article")).scalar_subquery()
)
_NEWEST_VERSIONS = (
    select(ArticleRow).where(col(ArticleRow.entry_id) == ENTRY_OF_ARTICLE).order_by(col(ArticleRow.version).desc())
)
_AFTER = and_(
    col(ArticleRow.stored_at) >= bindparam("stored_at"),
    or_(col(ArticleRow.stored_at) > bindparam("stored_at"), col(ArticleRow.id) > bindparam("id")),
)
_IN_ORDER = (col(ArticleRow.stored_at), col(ArticleRow.id))
_SECTION_END = select(*_IN_ORDER).where(_AFTER).order_by(*_IN_ORDER).offset(bindparam("others")).limit(1)
_NEWEST = (
    select(*_IN_ORDER)
    .where(col(ArticleRow.stored_at) >= bindparam("stored_at"))
    .order_by(*(each.desc() for each in _IN_ORDER))
    .limit(bindparam("most"))
)
_READABLE = and_(col(ArticleRow.current), col(ArticleRow.text_removed_at).is_(None))
_FROM_POSITION = select(ArticleRow).where(_READABLE, _AFTER).order_by(*_IN_ORDER)
_SECTION = _FROM_POSITION.where(
    col(ArticleRow.stored_at) <= bindparam("last_stored_at"),
    or_(col(ArticleRow.stored_at) < bindparam("last_stored_at"), col(ArticleRow.id) <= bindparam("last_id")),
)
_COUNT = select(func.count()).where(_READABLE, col(ArticleRow.stored_at) >= bindparam("stored_at"))
_BY_LINK = (
    select(ArticleRow)
    .join(EntryRow, col(ArticleRow.entry_id) == col(EntryRow.id))
    .where(
        col(ArticleRow.current),
        or_(
            among(col(ArticleRow.url), "links"),
            among(col(EntryRow.link), "links"),
            among(col(EntryRow.canonical_link), "links"),
        ),
    )
    .order_by(col(ArticleRow.stored_at).desc(), col(ArticleRow.id).desc())
)
WITH_ENTRY = select(
    EntryRow,
    col(ArticleRow.id).label("article_id"),
    *(ArticleRow.__table__.c[name].label(f"article_{name}") for name in ARTICLE_FIELDS),
).join(EntryRow, col(ArticleRow.entry_id) == col(EntryRow.id))
"""An article, its columns named `article_...`, with its entry: for `article_from_row` and `_entries.entry_from_row`."""
_PARTIAL = (
    WITH_ENTRY.add_columns(col(ArticleRow.attempts), col(ArticleRow.stored_at))
    .where(due_condition(col(ArticleRow.retry_at), col(ArticleRow.attempts), MAX_RETRY_WAITS))
    .order_by(col(ArticleRow.retry_at), col(ArticleRow.id))
    .limit(bindparam("limit"))
)
OPENING_CHARS = 4_000
"""Characters of a text for a summary of what happened: bylines and boilerplate may come first."""
_OPENINGS = select(
    col(ArticleRow.id),
    col(ArticleRow.title),
    func.substr(col(ArticleRow.text), 1, OPENING_CHARS).label("text"),
    col(ArticleRow.quality),
    col(ArticleRow.boilerplate),
).where(among(col(ArticleRow.id), "article_ids"))


class ArticleCursor(NamedTuple):
    """A position in the archive, which is sorted by time of storing and id."""

    stored_at: datetime
    id: int


class ArchiveSection(NamedTuple):
    """The articles of the archive after `after` and up to `last`, None for the end."""

    after: ArticleCursor
    last: ArticleCursor | None


class Articles(Database):
    """The archive: articles and their versions."""

    def openings(self, article_ids: Collection[int]) -> dict[int, Opening]:
        """Return the beginning of each of these articles, by id."""
        rows = self._rows(_OPENINGS, {"article_ids": article_ids})
        return {row["id"]: _opening(row) for row in rows}

    def partial_articles(self, now: datetime, limit: int = 50) -> list[PartialArticle]:
        """Return partial articles whose retry is due, oldest first."""
        rows = self._rows(_PARTIAL, {**due_parameters(now, MAX_RETRY_WAITS), "limit": limit})
        return [
            from_row(
                PartialArticle,
                row,
                entry_id=row["id"],
                entry=_entries.entry_from_row(row),
                article=article_from_row(row, "article_"),
            )
            for row in rows
        ]

    def article(self, article_id: int) -> StoredArticle | None:
        """Return an article; None if the id is unknown."""
        with self._reading() as connection:
            return read_article(connection, article_id)

    def versions(self, article_id: int, last: int | None = None) -> list[StoredArticle]:
        """Return the stored versions of an article, or the last ones, oldest first; none for an unknown article."""
        newest = self._rows(_NEWEST_VERSIONS.limit(last), {"of_article": article_id})
        return [stored_article_from_row(row) for row in reversed(newest)]

    def articles(self, since: datetime, batch: int = 500) -> Iterator[StoredArticle]:
        """Yield the current article of each entry stored since `since`, oldest first; none with a removed text."""
        for section in self.sections(since, batch):
            yield from self.articles_of(section)

    def sections(self, since: datetime, size: int) -> Iterator[ArchiveSection]:
        """Divide the articles stored since `since` into sections for several processes; the last may be empty."""
        section = self._next_section(ArticleCursor(since, 0), size)
        while section.last is not None:
            yield section
            section = self._next_section(section.last, size)
        yield section

    def newest_sections(self, since: datetime, size: int, most: int) -> list[ArchiveSection]:
        """Divide the newest `most` articles stored since `since` into sections, the newest first."""
        with self._reading() as connection:
            rows = connection.execute(_NEWEST, {"stored_at": since, "most": most + 1}).all()
        ends = [ArticleCursor(*row) for row in rows]
        starts = [*ends[size:most:size], ends[most] if len(ends) > most else ArticleCursor(since, 0)]
        return [ArchiveSection(start, end) for start, end in zip(starts, ends[:most:size], strict=False)]

    def articles_of(self, section: ArchiveSection) -> list[StoredArticle]:
        """Return the current article of each entry in a section, oldest first."""
        statement = _FROM_POSITION
        values: dict[str, object] = section.after._asdict()
        if section.last is not None:
            statement = _SECTION
            values |= {"last_stored_at": section.last.stored_at, "last_id": section.last.id}
        return [stored_article_from_row(row) for row in self._rows(statement, values)]

    def count_articles(self, since: datetime) -> int:
        """Return how many articles `articles` would yield."""
        with self._reading() as connection:
            return connection.execute(_COUNT, {"stored_at": since}).scalar_one()

    def articles_at(self, links: Collection[str]) -> list[StoredArticle]:
        """Return current articles behind any of these links, newest first."""
        return [stored_article_from_row(row) for row in self._rows(_BY_LINK, {"links": links})]

    def _next_section(self, after: ArticleCursor, size: int) -> ArchiveSection:
        """Return the section of the next `size` articles; earlier versions count too."""
        row = self._row(_SECTION_END, {**after._asdict(), "others": size - 1})
        return ArchiveSection(after, None if row is None else ArticleCursor(**row))


def read_article(connection: Connection, article_id: int) -> StoredArticle | None:
    """Return an article; None if the id is unknown."""
    row = connection.execute(_BY_ID, {"id": article_id}).mappings().one_or_none()
    return None if row is None else stored_article_from_row(row)


def stored_article_from_row(row: RowMapping) -> StoredArticle:
    """Build a stored article from its row."""
    return from_row(StoredArticle, row, article=article_from_row(row, ""))


def article_from_row(row: RowMapping, prefix: str) -> Article:
    """Build an article from a row whose column names begin with `prefix`."""
    fields = {name: row[prefix + name] for name in ARTICLE_FIELDS}
    return Article(**fields | {"boilerplate": tuple((start, end) for start, end in fields["boilerplate"])})


def _opening(row: RowMapping) -> Opening:
    return from_row(Opening, row, boilerplate=tuple((start, end) for start, end in row["boilerplate"]))
