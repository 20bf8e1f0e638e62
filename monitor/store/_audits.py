"""Measured recall: what is ranked, sampled for judging, and suggested; monitor.store._judgements has the judgements."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, exists, func, insert, select, update
from sqlalchemy.engine import Connection, RowMapping
from sqlmodel import col

from monitor.core.model import AuditArticle, AuditRanking, AuditSample, PossibleMiss, SampledArticle
from monitor.store._audit_tables import (
    AuditRankingRow,
    AuditSampleRow,
    PossibleMissRow,
    SampledArticleRow,
    SuggestionRow,
)
from monitor.store._database import Database
from monitor.store._incoming_tables import ArticleRow, HitRow
from monitor.store._judgements import LIVE_HIT, UNJUDGED
from monitor.store._statements import among, save_rows
from monitor.store._types import columns, from_row, to_row

BEGINNING = 3_000
"""Characters of a text that the ranker reads at most."""
_ARTICLES = (
    select(
        *columns(ArticleRow, "id", "entry_id", "title"),
        func.substr(col(ArticleRow.text), 1, BEGINNING).label("beginning"),
        col(ArticleRow.language),
        col(ArticleRow.story_id),
        exists().where(LIVE_HIT).label("matched"),
        exists().where(LIVE_HIT, col(HitRow.prominence) == "major").label("prominent"),
    )
    .where(
        col(ArticleRow.current),
        ~col(ArticleRow.partial),
        col(ArticleRow.text_removed_at).is_(None),
        col(ArticleRow.stored_at) > bindparam("since"),
        col(ArticleRow.id) > bindparam("after"),
    )
    .order_by(col(ArticleRow.id))
    .limit(bindparam("limit"))
)
_TEXTS = select(
    col(ArticleRow.id), col(ArticleRow.title), func.substr(col(ArticleRow.text), 1, BEGINNING).label("beginning")
).where(among(col(ArticleRow.id), "ids"))
_UNMATCHED = ~exists().where(LIVE_HIT)
_LATEST = select(func.max(col(AuditRankingRow.id))).scalar_subquery()
_POSSIBLE = (
    select(
        *columns(PossibleMissRow, "article_id", "score", "terms"),
        *columns(ArticleRow, "feed_id", "title", "url", "language", "published_at", "stored_at"),
    )
    .join(ArticleRow, col(ArticleRow.id) == col(PossibleMissRow.article_id))
    .where(
        col(PossibleMissRow.ranking_id) == _LATEST,
        col(PossibleMissRow.listed_at) > bindparam("since"),
        col(PossibleMissRow.listed_at) <= bindparam("until"),
        col(PossibleMissRow.score) >= bindparam("threshold"),
        UNJUDGED,
        _UNMATCHED,
    )
    .order_by(col(PossibleMissRow.score).desc(), col(PossibleMissRow.article_id))
    .limit(bindparam("limit"))
)
_LISTED = select(col(PossibleMissRow.article_id), col(PossibleMissRow.listed_at)).where(
    among(col(PossibleMissRow.article_id), "ids")
)
_QUEUE = (
    select(SampledArticleRow)
    .join(ArticleRow, col(ArticleRow.id) == col(SampledArticleRow.article_id))
    .where(col(ArticleRow.text_removed_at).is_(None), UNJUDGED)
    .order_by(
        col(SampledArticleRow.sample_id).desc(), col(SampledArticleRow.position), col(SampledArticleRow.article_id)
    )
    .limit(bindparam("limit"))
)
_LIST = (
    update(SampledArticleRow)
    .where(among(col(SampledArticleRow.article_id), "ids"), col(SampledArticleRow.listed_at).is_(None))
    .values(listed_at=bindparam("now"))
)
_SAMPLED = select(SampledArticleRow).where(col(SampledArticleRow.article_id) == bindparam("article_id"))
_SAMPLES = select(AuditSampleRow).where(col(AuditSampleRow.until) > bindparam("since")).order_by(col(AuditSampleRow.id))
_REPLACE = update(SuggestionRow).where(among(col(SuggestionRow.id), "ids")).values(replaced_at=bindparam("now"))


class Audits(Database):
    """Rankings, samples and suggestions."""

    def audit_articles(self, since: datetime, after: int, most: int) -> list[AuditArticle]:
        """Return up to `most` current, whole articles stored after `since` whose id is above `after`, by id."""
        rows = self._rows(_ARTICLES, {"since": since, "after": after, "limit": most})
        return [AuditArticle(**row) for row in rows]

    def audit_texts(self, article_ids: Collection[int]) -> dict[int, tuple[str, str]]:
        """Return the title and the beginning of the text of articles."""
        rows = self._rows(_TEXTS, {"ids": article_ids})
        return {row["id"]: (row["title"], row["beginning"]) for row in rows}

    def miss_score(self, article_id: int) -> float | None:
        """Return the score with which a ranking last listed an article; None if none did."""
        statement = select(col(PossibleMissRow.score)).where(col(PossibleMissRow.article_id) == article_id)
        with self._reading() as connection:
            return connection.execute(statement).scalar()

    def audit_ranking(self) -> AuditRanking | None:
        """Return the latest ranking, without its articles."""
        row = self._row(select(AuditRankingRow).order_by(col(AuditRankingRow.id).desc()).limit(1))
        return None if row is None else AuditRanking(**row)

    def record_ranking(self, ranking: AuditRanking, sample: AuditSample | None = None) -> None:
        """Store a ranking with its articles, and a sample that was drawn from it."""
        with self._writing() as connection:
            values = to_row(AuditRankingRow, ranking, without="id")
            statement = insert(AuditRankingRow).values(values).returning(col(AuditRankingRow.id))
            _list_articles(connection, ranking, connection.execute(statement).scalar_one())
            if sample is not None:
                _add_sample(connection, sample)

    def possible_misses(
        self, since: datetime, until: datetime, most: int, threshold: float = float("-inf")
    ) -> list[PossibleMiss]:
        """Return what the latest ranking lists and was not judged or hit by a live rule since, best first.

        Only articles that a ranking first listed in (since, until], with a score of `threshold` at least.
        """
        values = {"since": since, "until": until, "limit": most, "threshold": max(threshold, -1e9)}
        return [PossibleMiss(**{**row, "terms": tuple(row["terms"])}) for row in self._rows(_POSSIBLE, values)]

    def record_suggestions(
        self, suggestions: Sequence[tuple[str, dict[str, Any]]], now: datetime, rule_id: str | None = None
    ) -> list[int]:
        """Store suggested edits, each with its rule, in the place of earlier open ones; return their numbers.

        With `rule_id`, only earlier suggestions for that rule are replaced. An edit that was suggested before keeps its
        number, and a number that was read earlier never stands for another edit.
        """
        with self._writing() as connection:
            still_open = connection.execute(_open_suggestions(rule_id)).mappings().all()
            ids = [_suggest(connection, still_open, each, now) for each in suggestions]
            replaced = [row["id"] for row in still_open if row["id"] not in ids]
            connection.execute(_REPLACE, {"ids": replaced, "now": now})
            return ids

    def suggestion(self, suggestion_id: int) -> dict[str, Any] | None:
        """Return the columns of a suggestion; None for an unknown one."""
        row = self._row(select(SuggestionRow).where(col(SuggestionRow.id) == suggestion_id))
        return None if row is None else dict(row)

    def suggestions(self, rule_id: str | None = None) -> list[dict[str, Any]]:
        """Return the columns of the suggestions, of one rule or of all, that were neither applied nor replaced."""
        return [dict(row) for row in self._rows(_open_suggestions(rule_id), {})]

    def record_applied(self, suggestion_id: int, now: datetime) -> None:
        """Store that a suggestion was applied."""
        self._write(update(SuggestionRow).where(col(SuggestionRow.id) == suggestion_id).values(applied_at=now))

    def audit_samples(self, since: datetime) -> list[AuditSample]:
        """Return the samples of periods that end after `since`, oldest first, without their articles."""
        return [AuditSample(**row) for row in self._rows(_SAMPLES, {"since": since})]

    def audit_queue(self, most: int) -> list[SampledArticle]:
        """Return the sampled, unjudged articles in the order of judging, the newest sample first."""
        return [_sampled(row) for row in self._rows(_QUEUE, {"limit": most})]

    def record_listed(self, article_ids: Collection[int], now: datetime) -> None:
        """Store that sampled articles were listed for judging."""
        with self._writing() as connection:
            connection.execute(_LIST, {"ids": article_ids, "now": now})

    def sampled_article(self, article_id: int) -> tuple[SampledArticle, int] | None:
        """Return a sampled article and the number of its sample; None if it was not drawn."""
        row = self._row(_SAMPLED, {"article_id": article_id})
        return None if row is None else (_sampled(row), row["sample_id"])

    def postpone_sampled(self, article_id: int) -> None:
        """Put a sampled article at the end of its sample."""
        of_sample = select(col(SampledArticleRow.sample_id)).where(col(SampledArticleRow.article_id) == article_id)
        last = select(func.max(col(SampledArticleRow.position))).where(
            col(SampledArticleRow.sample_id) == of_sample.scalar_subquery()
        )
        with self._writing() as connection:
            position = connection.execute(last).scalar()
            moved = update(SampledArticleRow).where(col(SampledArticleRow.article_id) == article_id)
            connection.execute(moved.values(position=(position or 0) + 1))


def _list_articles(connection: Connection, ranking: AuditRanking, ranking_id: int) -> None:
    """Store the articles of a ranking; one that was listed before keeps the instant at which it was first listed."""
    listed = connection.execute(_LISTED, {"ids": [each.article_id for each in ranking.articles]})
    first = {row.article_id: row.listed_at for row in listed}
    rows = [
        to_row(PossibleMissRow, each, ranking_id=ranking_id, listed_at=first.get(each.article_id, ranking.trained_at))
        for each in ranking.articles
    ]
    save_rows(connection, PossibleMissRow, rows)


def _add_sample(connection: Connection, sample: AuditSample) -> None:
    values = to_row(AuditSampleRow, sample, without="id", sizes=dict(sample.sizes))
    statement = insert(AuditSampleRow).values(values).returning(col(AuditSampleRow.id))
    sample_id = connection.execute(statement).scalar_one()
    rows = [to_row(SampledArticleRow, each, sample_id=sample_id) for each in sample.articles]
    save_rows(connection, SampledArticleRow, rows)


def _open_suggestions(rule_id: str | None) -> Select[*tuple[Any, ...]]:
    """Select the suggestions, of one rule or of all, that were neither applied nor replaced."""
    is_open = (col(SuggestionRow.applied_at).is_(None), col(SuggestionRow.replaced_at).is_(None))
    of_rule = () if rule_id is None else (col(SuggestionRow.rule_id) == rule_id,)
    return select(SuggestionRow.__table__).where(*is_open, *of_rule).order_by(col(SuggestionRow.id))


def _suggest(
    connection: Connection, still_open: Sequence[RowMapping], suggestion: tuple[str, dict[str, Any]], now: datetime
) -> int:
    """Store a suggestion, in the row of an open one with the same edit if there is one; return its number."""
    rule_id, edit = suggestion
    values = {"rule_id": rule_id, "suggested_at": now, "edit": edit}
    for row in still_open:
        if row["rule_id"] == rule_id and row["edit"]["edit"] == edit["edit"]:
            connection.execute(update(SuggestionRow).where(col(SuggestionRow.id) == row["id"]).values(values))
            return int(row["id"])
    return connection.execute(insert(SuggestionRow).values(values).returning(col(SuggestionRow.id))).scalar_one()


def _sampled(row: RowMapping) -> SampledArticle:
    return from_row(SampledArticle, row, terms=tuple(row["terms"]))
