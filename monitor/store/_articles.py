"""Articles: the archive of extracted texts, one row for each version."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, bindparam, func, insert, or_, select, update
from sqlmodel import col

from monitor.core.articles.carry_forward import FEED_QUALITIES
from monitor.core.model import NO_TERMS, Article, FeedId, Opening, PartialArticle, StoredArticle, StoryTerms
from monitor.core.polls.retry_policy import MAX_WAITS
from monitor.store import _daily_usage, _entries, _search_index
from monitor.store._database import Database
from monitor.store._incoming_tables import ArticleRow, EntryRow
from monitor.store._mapping import from_row
from monitor.store._statements import among, has_come, instants
from monitor.store._types import storable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy.engine import Connection, RowMapping

    from monitor.core.model import FoundArticle, Match

_FIELDS = tuple(Article.__dataclass_fields__)
_IDENTITY = (col(ArticleRow.entry_id), col(ArticleRow.feed_id), col(ArticleRow.text_hash), col(ArticleRow.stored_at))
_ADD = insert(ArticleRow).returning(col(ArticleRow.id), col(ArticleRow.entry_id))
_RETIRE = (
    update(ArticleRow)
    .where(among(col(ArticleRow.entry_id), "entry_ids"), col(ArticleRow.current))
    .values(current=False, retry_at=None, revisit_at=None)
)
_CURRENT = select(col(ArticleRow.id), col(ArticleRow.partial), *_IDENTITY).where(
    among(col(ArticleRow.entry_id), "entry_ids"), col(ArticleRow.current)
)
_ONE = select(ArticleRow).where(col(ArticleRow.id) == bindparam("id"))
_VERSIONS = (
    select(ArticleRow)
    .where(
        col(ArticleRow.entry_id)
        == select(col(ArticleRow.entry_id)).where(col(ArticleRow.id) == bindparam("id")).scalar_subquery()
    )
    .order_by(col(ArticleRow.version))
)
_AFTER = and_(
    col(ArticleRow.stored_at) >= bindparam("stored_at"),
    or_(col(ArticleRow.stored_at) > bindparam("stored_at"), col(ArticleRow.id) > bindparam("id")),
)
_IN_ORDER = (col(ArticleRow.stored_at), col(ArticleRow.id))
_CUT = select(*_IN_ORDER).where(_AFTER).order_by(*_IN_ORDER).offset(bindparam("others")).limit(1)
_READABLE = and_(col(ArticleRow.current), col(ArticleRow.text_removed_at).is_(None))
_REST = select(ArticleRow).where(_READABLE, _AFTER).order_by(*_IN_ORDER)
_SECTION = _REST.where(
    col(ArticleRow.stored_at) <= bindparam("last_stored_at"),
    or_(col(ArticleRow.stored_at) < bindparam("last_stored_at"), col(ArticleRow.id) <= bindparam("last_id")),
)
_COUNT = select(func.count()).where(_READABLE, col(ArticleRow.stored_at) >= bindparam("stored_at"))
_AT = (
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
    *(ArticleRow.__table__.c[name].label(f"article_{name}") for name in _FIELDS),
).join(EntryRow, col(ArticleRow.entry_id) == col(EntryRow.id))
"""An article, its columns named `article_...`, with its entry: for `article` and `_entries.entry`."""
_PARTIAL = (
    WITH_ENTRY.add_columns(col(ArticleRow.attempts), col(ArticleRow.stored_at))
    .where(has_come(col(ArticleRow.retry_at), col(ArticleRow.attempts), MAX_WAITS))
    .order_by(col(ArticleRow.retry_at), col(ArticleRow.id))
    .limit(bindparam("limit"))
)
OPENING_CHARS = 4_000
"""Of a text, for a summary of what happened: bylines and boilerplate may come first."""
_OPENINGS = select(
    col(ArticleRow.id),
    col(ArticleRow.title),
    func.substr(col(ArticleRow.text), 1, OPENING_CHARS).label("text"),
    col(ArticleRow.quality),
    col(ArticleRow.boilerplate),
).where(among(col(ArticleRow.id), "article_ids"))
_UNCOUNT = update(EntryRow).where(among(col(EntryRow.id), "entry_ids")).values(versions=col(EntryRow.versions) - 1)
_UPDATE_PARTIAL = update(ArticleRow).where(and_(col(ArticleRow.id) == bindparam("article_id"), col(ArticleRow.partial)))


class ArticleCursor(NamedTuple):
    """A position in the archive, which is sorted by time of storing and id."""

    stored_at: datetime
    id: int


class ArchiveSection(NamedTuple):
    """The articles of the archive after `after` and up to `last`, None for the end."""

    after: ArticleCursor
    last: ArticleCursor | None


@dataclass(frozen=True, slots=True)
class Archived:
    """A stored article with its matches."""

    id: int
    entry_id: int
    feed_id: FeedId
    text_hash: str
    stored_at: datetime
    article: Article
    matches: tuple[Match, ...]
    shingle_hashes: tuple[int, ...] = ()
    terms: StoryTerms = NO_TERMS
    paragraphs: frozenset[int] = frozenset()
    backfilled: bool = False
    updated: bool = False
    fresh: bool = False
    """True for the first version of its entry, stored in this transaction: it cannot be in a story yet."""
    inserted: bool = False
    """True if a row was added; False if an existing row was kept or changed."""


class Articles(Database):
    """The archive: articles and their versions."""

    def openings(self, article_ids: Collection[int]) -> dict[int, Opening]:
        """Return the beginning of each of these articles, by id."""
        rows = self._rows(_OPENINGS, {"article_ids": article_ids})
        return {row["id"]: _opening(row) for row in rows}

    def partial_articles(self, now: datetime, limit: int = 50) -> list[PartialArticle]:
        """Return partial articles whose retry is due, oldest first."""
        rows = self._rows(_PARTIAL, {**instants(now, MAX_WAITS), "limit": limit})
        return [
            from_row(
                PartialArticle,
                row,
                entry_id=row["id"],
                entry=_entries.entry(row),
                article=article(row, "article_"),
            )
            for row in rows
        ]

    def article(self, article_id: int) -> StoredArticle | None:
        """Return an article; None if the id is unknown."""
        with self._reading() as connection:
            return one(connection, article_id)

    def versions(self, article_id: int) -> list[StoredArticle]:
        """Return the stored versions of an article, oldest first; none for an unknown article."""
        return [stored(row) for row in self._rows(_VERSIONS, {"id": article_id})]

    def articles(self, since: datetime, batch: int = 500) -> Iterator[StoredArticle]:
        """Yield the current article of each entry stored since `since`, oldest first; none with a removed text."""
        for section in self.sections(since, batch):
            yield from self.articles_of(section)

    def sections(self, since: datetime, size: int) -> Iterator[ArchiveSection]:
        """Divide the articles stored since `since` into sections for several processes; the last may be empty."""
        section = self._cut(ArticleCursor(since, 0), size)
        while section.last is not None:
            yield section
            section = self._cut(section.last, size)
        yield section

    def articles_of(self, section: ArchiveSection) -> list[StoredArticle]:
        """Return the current article of each entry in a section, oldest first."""
        statement = _REST
        values: dict[str, object] = section.after._asdict()
        if section.last is not None:
            statement = _SECTION
            values |= {"last_stored_at": section.last.stored_at, "last_id": section.last.id}
        return [stored(row) for row in self._rows(statement, values)]

    def count_articles(self, since: datetime) -> int:
        """Return how many articles `articles` would yield."""
        with self._reading() as connection:
            return connection.execute(_COUNT, {"stored_at": since}).scalar_one()

    def articles_at(self, links: Collection[str]) -> list[StoredArticle]:
        """Return current articles behind any of these links, newest first."""
        return [stored(row) for row in self._rows(_AT, {"links": links})]

    def _cut(self, after: ArticleCursor, size: int) -> ArchiveSection:
        """Return the section of the next `size` articles; earlier versions count too."""
        row = self._row(_CUT, {**after._asdict(), "others": size - 1})
        return ArchiveSection(after, None if row is None else ArticleCursor(**row))


def add(connection: Connection, placed: Sequence[_entries.PlacedEntry]) -> list[Archived]:
    """Store the articles of new and edited entries as their current versions.

    An edit that leaves the text unchanged adds no version and is not counted as one: its matches belong to the stored
    article.
    """
    same = _unchanged(connection, [each for each in placed if each.version > 1])
    if same:
        connection.execute(_UNCOUNT, {"entry_ids": list(same)})
    other = [each for each in placed if each.entry_id not in same]
    if edited := [each.entry_id for each in other if each.version > 1]:
        retired = connection.execute(_RETIRE.returning(col(ArticleRow.id)), {"entry_ids": edited})
        _search_index.remove(connection, retired.scalars().all())
    rows = [_row(each) for each in other]
    ids = {entry_id: article_id for article_id, entry_id in connection.execute(_ADD, rows)} if rows else {}
    _search_index.add(connection, [_document(ids[row["entry_id"]], row) for row in rows])
    _daily_usage.charge(connection, map(_charged, other))
    return [
        *(_archived(*same[each.entry_id], each.incoming.found) for each in placed if each.entry_id in same),
        *(
            _archived(ids[each.entry_id], row, each.incoming.found, fresh=each.version == 1, inserted=True)
            for each, row in zip(other, rows, strict=True)
        ),
    ]


def _document(article_id: int, row: Mapping[str, Any]) -> _search_index.Document:
    """Return the indexed columns of an article."""
    fields = ("entry_id", "feed_id", "language", "stored_at", "title", "text")
    return _search_index.Document(article_id, *(row[field] for field in fields))


def _charged(placed: _entries.PlacedEntry) -> tuple[FeedId, date, Article, str]:
    found = placed.incoming.found
    return placed.incoming.feed_id, placed.incoming.at.date(), found.article, found.entry.summary


def _unchanged(
    connection: Connection, edited: Sequence[_entries.PlacedEntry]
) -> dict[int, tuple[int, Mapping[str, Any]]]:
    """Return the current articles, by entry, whose text an edit did not change."""
    if not edited:
        return {}
    texts = {each.entry_id: each.incoming.found.article for each in edited}
    found = {entry_id: (hash_of(article), article.partial) for entry_id, article in texts.items()}
    rows = connection.execute(_CURRENT, {"entry_ids": list(found)}).mappings()
    return {
        row["entry_id"]: (row["id"], dict(row))
        for row in rows
        if found[row["entry_id"]] == (row["text_hash"], row["partial"])
    }


def one(connection: Connection, article_id: int) -> StoredArticle | None:
    """Return an article; None if the id is unknown."""
    row = connection.execute(_ONE, {"id": article_id}).mappings().one_or_none()
    return None if row is None else stored(row)


def is_of_feed(article: Article) -> bool:
    """Return True if the article has no text of its page."""
    return article.quality in FEED_QUALITIES


def postpone_retry(connection: Connection, article_id: int, retry_at: datetime | None) -> None:
    """Count one more try that did not bring the text."""
    values = {"attempts": col(ArticleRow.attempts) + 1, "retry_at": retry_at}
    connection.execute(_UPDATE_PARTIAL.values(values), {"article_id": article_id})


def replace(connection: Connection, article_id: int, found: FoundArticle) -> Archived | None:
    """Replace the feed's text of a partial article by the page's; None if that was done before.

    A page of which only the beginning is public replaces only a text that came from the feed. Matches in the page of an
    edited entry count as matches in an edit.
    """
    retry_at = found.retry_at if found.article.partial else None
    values = _text(found.article) | _rechecks(found) | {"attempts": col(ArticleRow.attempts) + 1, "retry_at": retry_at}
    partial = _UPDATE_PARTIAL
    if found.article.partial and not found.rematched:
        partial = partial.where(col(ArticleRow.quality).in_(FEED_QUALITIES))
    statement = partial.values(values).returning(col(ArticleRow.version), *_IDENTITY)
    row = connection.execute(statement, {"article_id": article_id}).mappings().one_or_none()
    if row is None:
        return None
    _search_index.remove(connection, [article_id])
    _search_index.add(connection, [_document(article_id, {**row, **values})])
    is_edit = row["version"] > 1
    marked = dataclasses.replace(found, updated=is_edit, backfilled=found.backfilled and not is_edit)
    return _archived(article_id, dict(row), marked)


def hash_of(article: Article) -> str:
    """Return the hash of the text that the positions of evidence refer to."""
    return sha256(storable(f"{article.title}\n{article.text}").encode()).hexdigest()


def stored(row: RowMapping) -> StoredArticle:
    """Build a stored article from its row."""
    return from_row(StoredArticle, row, article=article(row, ""))


def article(row: RowMapping, prefix: str) -> Article:
    """Build an article from a row whose column names begin with `prefix`."""
    fields = {name: row[prefix + name] for name in _FIELDS}
    return Article(**fields | {"boilerplate": tuple((start, end) for start, end in fields["boilerplate"])})


def _archived(
    article_id: int, row: Mapping[str, Any], found: FoundArticle, *, fresh: bool = False, inserted: bool = False
) -> Archived:
    return Archived(
        id=article_id,
        entry_id=row["entry_id"],
        feed_id=row["feed_id"],
        text_hash=row["text_hash"],
        stored_at=row["stored_at"],
        article=found.article,
        matches=found.matches,
        shingle_hashes=found.shingle_hashes,
        terms=found.terms,
        paragraphs=found.paragraphs,
        backfilled=found.backfilled,
        updated=found.updated,
        fresh=fresh,
        inserted=inserted,
    )


def _row(placed: _entries.PlacedEntry) -> dict[str, Any]:
    incoming = placed.incoming
    return _text(incoming.found.article) | {
        "entry_id": placed.entry_id,
        "feed_id": incoming.feed_id,
        "version": placed.version,
        "current": True,
        "story_id": None,
        "stored_at": incoming.at,
        "retry_at": incoming.found.retry_at,
        "attempts": 0,
        **_rechecks(incoming.found),
    }


def _text(article: Article) -> dict[str, object]:
    return {name: getattr(article, name) for name in _FIELDS} | {"text_hash": hash_of(article)}


def _rechecks(found: FoundArticle) -> dict[str, object]:
    return {
        "revisit_at": found.recheck_at,
        "revisits": found.rechecks,
        "etag": found.validators.etag if found.validators else None,
        "last_modified": found.validators.last_modified if found.validators else None,
    }


def _opening(row: RowMapping) -> Opening:
    return from_row(Opening, row, boilerplate=tuple((start, end) for start, end in row["boilerplate"]))
