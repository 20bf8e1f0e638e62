"""What readers judged of the archive: single articles, and hits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, exists, func, or_, select, update
from sqlalchemy.engine import RowMapping
from sqlmodel import col

from monitor.core.model import JudgedHit, Judgement
from monitor.store._audit_tables import JudgementRow
from monitor.store._database import Database
from monitor.store._incoming_tables import ArticleRow, HitRow
from monitor.store._outgoing_tables import LabelRow
from monitor.store._statements import save_rows
from monitor.store._types import columns, from_row, to_row

LIVE_HIT = and_(col(HitRow.entry_id) == col(ArticleRow.entry_id), col(HitRow.status) == "live")
UNJUDGED = ~exists().where(col(JudgementRow.article_id) == col(ArticleRow.id))
_IS_HIT = select(exists().where(LIVE_HIT)).where(col(ArticleRow.id) == bindparam("article_id"))
_JUDGEMENTS = (
    select(JudgementRow, col(ArticleRow.entry_id), col(ArticleRow.stored_at))
    .join(ArticleRow, col(ArticleRow.id) == col(JudgementRow.article_id))
    .order_by(col(JudgementRow.judged_at), col(JudgementRow.article_id))
)
_HITS: Select[*tuple[Any, ...]] = (
    select(
        *columns(HitRow, "rule_id", "topic", "article_id", "entry_id", "found_at"),
        col(ArticleRow.stored_at),
        col(LabelRow.relevant).label("label"),
        col(JudgementRow.relevant).label("judgement"),
    )
    .join(ArticleRow, col(ArticleRow.id) == col(HitRow.article_id))
    .outerjoin(LabelRow, col(LabelRow.hit_id) == col(HitRow.id))
    .outerjoin(JudgementRow, col(JudgementRow.article_id) == col(HitRow.article_id))
    .where(
        col(HitRow.found_at) > bindparam("since"),
        or_(
            col(HitRow.id).in_(select(col(LabelRow.hit_id))),
            col(HitRow.article_id).in_(select(col(JudgementRow.article_id))),
        ),
    )
    .order_by(col(HitRow.id))
)
_REMATCHED = update(JudgementRow).where(col(JudgementRow.article_id) == bindparam("at_article"))


class Judgements(Database):
    """Judgements of articles, and of hits."""

    def count_live_hits(self, since: datetime, most: int) -> int:
        """Count the live hits found after `since`, up to `most`."""
        some = select(col(HitRow.id)).where(col(HitRow.found_at) > since, col(HitRow.status) == "live").limit(most)
        with self._reading() as connection:
            return connection.execute(select(func.count()).select_from(some.subquery())).scalar_one()

    def is_hit(self, article_id: int) -> bool:
        """Return whether a live rule hit the entry of an article."""
        with self._reading() as connection:
            return bool(connection.execute(_IS_HIT, {"article_id": article_id}).scalar())

    def judgements(self, since: datetime) -> list[Judgement]:
        """Return what was judged after `since`, oldest first."""
        return [Judgement(**row) for row in self._rows(_JUDGEMENTS.where(col(JudgementRow.judged_at) > since))]

    def judgement(self, article_id: int) -> Judgement | None:
        """Return the judgement of an article; None if it is not judged."""
        row = self._row(_JUDGEMENTS.where(col(JudgementRow.article_id) == article_id))
        return None if row is None else Judgement(**row)

    def judged_hits(self, since: datetime) -> list[JudgedHit]:
        """Return the hits found after `since` that readers labelled, or whose articles they judged, oldest first.

        If several rules hit an article, a judgement that it is relevant does not say which of them is right, and does
        not count. A judgement that it is irrelevant counts for each of them.
        """
        return _judged_hits(self._rows(_HITS, {"since": since}))

    def judge(self, judgement: Judgement) -> bool:
        """Store a judgement in the place of an earlier one; False if there is no such article."""
        with self._writing() as connection:
            article_exists = select(exists().where(col(ArticleRow.id) == judgement.article_id))
            if not connection.execute(article_exists).scalar():
                return False
            save_rows(connection, JudgementRow, [to_row(JudgementRow, judgement)])
            return True

    def withdraw_judgement(self, article_id: int) -> bool:
        """Remove the judgement of an article; False if there is none."""
        return self._write(delete(JudgementRow).where(col(JudgementRow.article_id) == article_id)) > 0

    def record_rematched(self, matched: Mapping[int, bool], rules_hash: str) -> None:
        """Store whether the rules with this hash match judged articles."""
        changes = [{"at_article": article_id, "m": each} for article_id, each in matched.items()]
        if changes:
            with self._writing() as connection:
                connection.execute(_REMATCHED.values(matched=bindparam("m"), rules_hash=rules_hash), changes)


def _judged_hits(rows: Sequence[RowMapping]) -> list[JudgedHit]:
    rules_of: dict[int, int] = {}
    for row in rows:
        rules_of[row["entry_id"]] = rules_of.get(row["entry_id"], 0) + 1
    return [
        from_row(
            JudgedHit,
            row,
            relevant=row["judgement"] if row["label"] is None else row["label"],
            labelled=row["label"] is not None,
        )
        for row in rows
        if row["label"] is not None or not row["judgement"] or rules_of[row["entry_id"]] == 1
    ]
