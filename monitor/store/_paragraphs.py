"""Hashes of the paragraphs of each feed's latest entries, by which its boilerplate is recognized."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.articles.boilerplate import COMPARED_ENTRIES, ParagraphHistory
from monitor.core.model import FeedId
from monitor.store._archiving import ArchivedArticle
from monitor.store._database import Database
from monitor.store._incoming_tables import ParagraphsRow
from monitor.store._statements import save_rows

_FORGOTTEN_EVERY = 16
"""Interval, in ids of entries, at which the oldest rows of a feed are deleted: deleting with each entry would cost more
than the extra rows, which are not read."""
_OF_FEED = (
    select(col(ParagraphsRow.entry_id), col(ParagraphsRow.hashes))
    .where(col(ParagraphsRow.feed_id) == bindparam("feed"))
    .order_by(col(ParagraphsRow.entry_id).desc())
    .limit(COMPARED_ENTRIES)
)
_OLDEST_KEPT = (
    select(col(ParagraphsRow.entry_id))
    .where(col(ParagraphsRow.feed_id) == bindparam("feed"))
    .order_by(col(ParagraphsRow.entry_id).desc())
    .offset(COMPARED_ENTRIES - 1)
    .limit(1)
    .scalar_subquery()
)
_FORGET = delete(ParagraphsRow).where(
    col(ParagraphsRow.feed_id) == bindparam("feed"), col(ParagraphsRow.entry_id) < _OLDEST_KEPT
)


class Paragraphs(Database):
    """Paragraphs of the latest entries, to recognize boilerplate."""

    def history(self, feed_id: FeedId) -> ParagraphHistory:
        """Return the paragraphs of this feed's latest entries, by which its boilerplate is recognized."""
        with self._reading() as connection:
            return history(connection, feed_id)


def history(connection: Connection, feed_id: FeedId) -> ParagraphHistory:
    """Return the paragraphs of a feed's latest entries."""
    rows = connection.execute(_OF_FEED, {"feed": feed_id})
    return ParagraphHistory({entry_id: array("q", keys) for entry_id, keys in rows})


def save(connection: Connection, archived: Sequence[ArchivedArticle]) -> None:
    """Store the paragraphs of articles, and at intervals delete those of older entries of their feeds."""
    rows = [
        {"feed_id": each.feed_id, "entry_id": each.entry_id, "hashes": array("q", sorted(each.paragraphs)).tobytes()}
        for each in archived
    ]
    save_rows(connection, ParagraphsRow, rows)
    for feed_id in {each.feed_id for each in archived if each.entry_id % _FORGOTTEN_EVERY == 0}:
        connection.execute(_FORGET, {"feed": feed_id})
