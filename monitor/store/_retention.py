"""Retention: removes old polls, messages, hits, articles and what belongs to them, in short transactions.

An article that a hit refers to loses only its text: title, link, evidence, label and story stay as long as the hit.
The keys of entries stay: an entry that was seen once is not new again when its feed shows it after a year. Rows to
remove are found by reading, which does not block writers, and removed in batches that are checked once more under the
write lock.
"""

from __future__ import annotations

import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, exists, func, or_, select, update

from monitor.core.stories import WINDOW
from monitor.store._statements import among
from monitor.store._tables import (
    articles,
    backups,
    claims,
    deliveries,
    entries,
    fingerprints,
    hits,
    labels,
    messages,
    polls,
    shingles,
    stories,
    title_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Column, ColumnElement
    from sqlalchemy.engine import Connection

TEXTS = "texts of articles"
"""The name under which removed texts are counted, beside the names of tables."""
_UNSETTLED = ("queued", "sending")
_KEYS_AT_ONCE = 20_000
"""Keys that are read at once, to bound memory."""
_FIRST, _LARGEST = 50, 2_000
"""Rows in the first transaction, and in any."""
_SHORT, _LONG = 0.03, 0.1
"""Seconds of one transaction, below which the next batch is twice as large and above which it is half as large."""
_PAUSE = 0.05
"""Seconds between two transactions. A process that waits for SQLite's lock looks for it ten times a second or more."""


@dataclass(frozen=True, slots=True)
class Outdated:
    """Rows of one table that retention removes, and the rows of other tables that refer to them."""

    key: Column[Any]
    condition: ColumnElement[bool]
    """Holds before and after the rows of other tables were removed."""
    references: tuple[Column[Any], ...] = ()

    def tables(self) -> list[str]:
        """Return the names of the tables from which rows are removed."""
        return [str(column.table.name) for column in (self.key, *self.references)]

    def keys(self, connection: Connection) -> list[Any]:
        """Read the keys of up to _KEYS_AT_ONCE of these rows."""
        question = select(self.key).where(self.condition).distinct().limit(_KEYS_AT_ONCE)
        return list(connection.execute(question).scalars())

    def count(self, connection: Connection) -> Counter[str]:
        """Count these rows, and those that refer to them, by table."""
        own = select(func.count()).select_from(self.key.table).where(self.condition)
        counts = Counter({str(self.key.table.name): connection.execute(own).scalar_one()})
        for column in self.references:
            outdated = select(self.key).where(self.condition)
            referring = select(func.count()).select_from(column.table).where(column.in_(outdated))
            counts[str(column.table.name)] += connection.execute(referring).scalar_one()
        return counts

    def remove(self, connection: Connection, keys: Sequence[Any]) -> Counter[str]:
        """Remove those of some rows that are still outdated, after the rows that refer to them; count by table."""
        chosen = select(self.key).where(among(self.key, "keys"), self.condition)
        still = {"keys": list(connection.execute(chosen, {"keys": keys}).scalars())}
        counts: Counter[str] = Counter()
        for column in self.references:
            referring = delete(column.table).where(among(column, "keys"))
            counts[str(column.table.name)] += connection.execute(referring, still).rowcount
        own = delete(self.key.table).where(among(self.key, "keys"), self.condition)
        counts[str(self.key.table.name)] += connection.execute(own, still).rowcount
        return counts


@dataclass(frozen=True, slots=True)
class EmptiedEntries(Outdated):
    """Entries whose articles are gone: they keep their keys and lose their text. They are not counted."""

    def tables(self) -> list[str]:
        """Return none: no row is removed."""
        return []

    def count(self, connection: Connection) -> Counter[str]:  # noqa: ARG002
        """Count nothing: no row is removed."""
        return Counter()

    def remove(self, connection: Connection, keys: Sequence[Any]) -> Counter[str]:
        """Empty the text of entries."""
        emptied = update(entries).where(among(self.key, "keys"), self.condition)
        connection.execute(emptied.values(summary="", author="", tags=[]), {"keys": keys})
        return Counter()


@dataclass(frozen=True, slots=True)
class OutdatedTexts(Outdated):
    """Texts of old articles that hits still refer to."""

    now: datetime | None = None

    def tables(self) -> list[str]:
        """Return the name under which texts are counted."""
        return [TEXTS]

    def count(self, connection: Connection) -> Counter[str]:
        """Count these texts."""
        number = connection.execute(select(func.count()).select_from(articles).where(self.condition)).scalar_one()
        return Counter({TEXTS: number})

    def remove(self, connection: Connection, keys: Sequence[Any]) -> Counter[str]:
        """Empty the texts, and plan no further fetch of their pages."""
        emptied = update(articles).where(among(self.key, "keys"), self.condition)
        emptied = emptied.values(text="", boilerplate=[], retry_at=None, revisit_at=None, text_removed_at=self.now)
        return Counter({TEXTS: connection.execute(emptied, {"keys": keys}).rowcount})


class Batches:
    """Cuts keys into batches, each for a transaction that holds the write lock for a fraction of a second."""

    def __init__(self) -> None:
        self._size = _FIRST

    def of(self, keys: Sequence[Any]) -> Iterator[Sequence[Any]]:
        """Cut some keys, and pause after each batch but the last so that another process can take the lock."""
        start = 0
        while start < len(keys):
            if start:
                time.sleep(_PAUSE)
            batch = keys[start : start + self._size]
            start += len(batch)
            yield batch

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Let the size of the next batch follow from how long this transaction takes."""
        started = time.monotonic()
        yield
        seconds = time.monotonic() - started
        if seconds > _LONG:
            self._size = max(1, self._size // 2)
        elif seconds < _SHORT:
            self._size = min(_LARGEST, self._size * 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Instants before which data is outdated."""

    articles: datetime
    hits: datetime
    polls: datetime


def outdated(connection: Connection, before: Bounds, now: datetime) -> list[Outdated]:
    """List what is older than retention allows, rows before those that they refer to.

    The conditions hold before any row is removed and after, so that they can be counted without removing anything.
    """
    old_hit = hits.c.found_at < before.hits
    old_article = articles.c.stored_at < before.articles
    needed_by_hit = exists().where(hits.c.article_id == articles.c.id, ~old_hit)
    unsettled = exists().where(deliveries.c.message_id == messages.c.id, deliveries.c.state.in_(_UNSETTLED))
    in_article = exists().where(articles.c.story_id == stories.c.id, or_(~old_article, needed_by_hit))
    in_hit = exists().where(hits.c.story_id == stories.c.id, ~old_hit)
    has_text = exists().where(articles.c.entry_id == entries.c.id, articles.c.text_removed_at.is_(None))
    return [
        Outdated(polls.c.id, polls.c.started_at < before.polls),
        Outdated(messages.c.id, (messages.c.created_at < before.articles) & ~unsettled, (deliveries.c.message_id,)),
        Outdated(hits.c.id, old_hit, (claims.c.hit_id, labels.c.hit_id)),
        *_old_fingerprints(connection, old_article),
        Outdated(articles.c.id, old_article & ~needed_by_hit),
        OutdatedTexts(articles.c.id, old_article & needed_by_hit & articles.c.text_removed_at.is_(None), now=now),
        Outdated(stories.c.id, ~in_article & ~in_hit),
        Outdated(backups.c.id, backups.c.started_at < before.hits),
        EmptiedEntries(
            entries.c.id, (entries.c.last_seen_at < before.articles) & (entries.c.summary != "") & ~has_text
        ),
    ]


def _old_fingerprints(connection: Connection, old_article: ColumnElement[bool]) -> list[Outdated]:
    """Articles are compared within a week of each other; counted from the latest one, since no clock is read here."""
    condition: ColumnElement[bool] = exists().where(articles.c.id == fingerprints.c.article_id, old_article)
    latest = connection.execute(select(func.max(fingerprints.c.seen_at))).scalar()
    if latest is not None:
        condition = or_(condition, fingerprints.c.seen_at < latest - WINDOW)
    staying = select(fingerprints.c.article_id).where(~condition)
    return [
        Outdated(fingerprints.c.article_id, condition),
        Outdated(shingles.c.hash, shingles.c.article_id.not_in(staying)),
        Outdated(title_words.c.word, title_words.c.article_id.not_in(staying)),
    ]
