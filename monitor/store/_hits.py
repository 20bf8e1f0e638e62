"""Hits: stored matches with their evidence as JSON. A rule hits an entry at most once, whatever its text becomes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import Select, bindparam, func, select, update
from sqlalchemy.engine import Connection, RowMapping
from sqlmodel import col

from monitor.core.digests.spikes import SpikeHit
from monitor.core.model import Evidence, Hit, Match
from monitor.store._archiving import ArchivedArticle
from monitor.store._articles import ENTRY_OF_ARTICLE
from monitor.store._database import Database
from monitor.store._incoming_tables import ArticleRow, HitRow
from monitor.store._statements import among, insert_new
from monitor.store._types import columns, from_row, to_row

_JUDGED = ("rule_hash", "topic", "priority", "branch", "prominence", "score", "evidence")
ALL = select(HitRow, *columns(ArticleRow, "url", "title", "published_at", "language", "text_removed_at")).join(
    ArticleRow, col(HitRow.article_id) == col(ArticleRow.id)
)
"""Selects hits with what a reader needs of their articles; `read` converts the rows."""
NEWEST_FIRST = (col(HitRow.found_at).desc(), col(HitRow.id).desc())
_BY_ID = ALL.where(among(col(HitRow.id), "ids")).order_by(*NEWEST_FIRST)
_ONE = ALL.where(col(HitRow.id) == bindparam("hit_id"))
_OF_STORIES = ALL.where(among(col(HitRow.story_id), "story_ids")).order_by(*NEWEST_FIRST)
_OF_ENTRY = ALL.where(
    col(HitRow.rule_id) == bindparam("rule_id"),
    col(HitRow.entry_id) == ENTRY_OF_ARTICLE,
)
_PAIRS = select(col(HitRow.entry_id), col(HitRow.rule_id)).where(among(col(HitRow.entry_id), "entry_ids"))
_SPIKE_HITS = (
    select(col(HitRow.found_at), col(HitRow.story_id), col(HitRow.feed_id))
    .where(
        col(HitRow.rule_id) == bindparam("rule_id"),
        col(HitRow.found_at) > bindparam("since"),
        col(HitRow.found_at) <= bindparam("until"),
        col(HitRow.status) == "live",
        ~col(HitRow.backfilled),
    )
    .order_by(col(HitRow.found_at), col(HitRow.id))
)
_STORY_COUNT = (
    select(col(HitRow.topic), func.count(col(HitRow.story_id).distinct()))
    .where(
        col(HitRow.found_at) > bindparam("since"),
        col(HitRow.found_at) <= bindparam("until"),
        col(HitRow.status) == "live",
        ~col(HitRow.backfilled),
    )
    .group_by(col(HitRow.topic))
)
_REPLACE_EVIDENCE = (
    update(HitRow)
    .where(
        col(HitRow.article_id) == bindparam("at_article"),
        col(HitRow.rule_id) == bindparam("of_rule"),
        col(HitRow.partial),
    )
    .values({name: bindparam(f"new_{name}") for name in (*_JUDGED, "text_hash")})
    .values(partial=False)
)


class Hits(Database):
    """Stored matches."""

    def hits(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        rule: str | None = None,
        topic: str | None = None,
        feed: str | None = None,
        backfilled: bool | None = None,
        limit: int | None = None,
    ) -> list[Hit]:
        """Return hits found in (since, until], newest first."""
        wanted = (
            None if since is None else col(HitRow.found_at) > since,
            None if until is None else col(HitRow.found_at) <= until,
            None if rule is None else col(HitRow.rule_id) == rule,
            None if topic is None else col(HitRow.topic) == topic,
            None if feed is None else col(HitRow.feed_id) == feed,
            None if backfilled is None else col(HitRow.backfilled) == backfilled,
        )
        statement = ALL.where(*(each for each in wanted if each is not None)).order_by(*NEWEST_FIRST).limit(limit)
        with self._reading() as connection:
            return read(connection, statement)

    def spike_hits(self, rule_id: str, since: datetime, until: datetime) -> list[SpikeHit]:
        """Return the live hits of a rule found in (since, until] that are not back-filled, oldest first."""
        parameters = {"rule_id": rule_id, "since": since, "until": until}
        return [SpikeHit(**row) for row in self._rows(_SPIKE_HITS, parameters)]

    def story_counts(self, bounds: Sequence[datetime]) -> dict[str, tuple[int, ...]]:
        """Count stories with live hits by topic between each two consecutive bounds; back-filled hits do not count."""
        with self._reading() as connection:
            counts: dict[str, list[int]] = {}
            for period, (since, until) in enumerate(pairwise(bounds)):
                for topic, count in connection.execute(_STORY_COUNT, {"since": since, "until": until}):
                    counts.setdefault(topic, [0] * (len(bounds) - 1))[period] = count
            return {topic: tuple(by_period) for topic, by_period in counts.items()}

    def hit(self, hit_id: int) -> Hit | None:
        """Return a hit; None if the id is unknown."""
        with self._reading() as connection:
            return next(iter(read(connection, _ONE, {"hit_id": hit_id})), None)

    def hits_of_stories(self, story_ids: Collection[int]) -> list[Hit]:
        """Return all hits of these stories, newest first."""
        with self._reading() as connection:
            return read(connection, _OF_STORIES, {"story_ids": story_ids})

    def hit_of(self, rule_id: str, article_id: int) -> Hit | None:
        """Return the rule's hit on the entry of an article, in whichever version of its text."""
        with self._reading() as connection:
            return next(iter(read(connection, _OF_ENTRY, {"rule_id": rule_id, "of_article": article_id})), None)


def add(
    connection: Connection, archived: Iterable[ArchivedArticle], stories: Mapping[int, int], now: datetime
) -> list[Hit]:
    """Store the matches of articles as hits of their stories (by article); return the hits that are new.

    A rule that has hit the same entry before gets no second hit.
    """
    rows = [_row(each, match, stories[each.id], now) for each in archived for match in each.matches]
    if not rows:
        return []
    statement = insert_new(connection.dialect.name, HitRow, ("entry_id", "rule_id"), ("id",))
    return read(connection, _BY_ID, {"ids": list(connection.execute(statement, rows).scalars())})


def count_known(connection: Connection, archived: Iterable[ArchivedArticle]) -> int:
    """Count the matches whose rule has hit the same entry before, or an earlier article in this list."""
    matched = [each for each in archived if each.matches]
    edited = [each.entry_id for each in matched if not each.fresh]
    pairs = {tuple(row) for row in connection.execute(_PAIRS, {"entry_ids": edited})} if edited else set()
    count = 0
    for pair in ((each.entry_id, match.rule_id) for each in matched for match in each.matches):
        count += pair in pairs
        pairs.add(pair)
    return count


def replace_evidence(connection: Connection, archived: ArchivedArticle) -> None:
    """Replace the evidence of partial hits by that of the complete text, and clear their mark."""
    changes = [
        {f"new_{name}": value for name, value in _columns_of(match).items() if name in _JUDGED}
        | {"at_article": archived.id, "of_rule": match.rule_id, "new_text_hash": archived.text_hash}
        for match in archived.matches
    ]
    if changes:
        connection.execute(_REPLACE_EVIDENCE, changes)


def read(
    connection: Connection, statement: Select[*tuple[Any, ...]], values: dict[str, object] | None = None
) -> list[Hit]:
    """Return hits by a statement built on ALL."""
    return [_hit(row) for row in connection.execute(statement, values or {}).mappings()]


def _hit(row: RowMapping) -> Hit:
    """Build a hit from its row, ignoring fields of evidence that another version of the program wrote."""
    return from_row(Hit, row, evidence=tuple(from_row(Evidence, each) for each in row["evidence"]))


def _row(archived: ArchivedArticle, match: Match, story_id: int, now: datetime) -> dict[str, object]:
    own = {"found_at": now, "partial": archived.article.partial, "article_id": archived.id, "story_id": story_id}
    return _columns_of(match) | to_row(HitRow, archived, without="id", **own)


def _columns_of(match: Match) -> dict[str, object]:
    return to_row(HitRow, match, evidence=[asdict(each) for each in match.evidence])
