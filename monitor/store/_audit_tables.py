"""The tables of measured recall: rankings, samples, judgements and suggested edits of rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field

from monitor.store._table_base import TableRow
from monitor.store._types import Json, PlainText, UtcDateTime


class AuditRankingRow(TableRow, table=True):
    """A training of the ranker: what it learned from, and when."""

    __tablename__ = "audit_rankings"

    id: int = Field(primary_key=True)
    trained_at: datetime = Field(sa_type=UtcDateTime)
    since: datetime = Field(sa_type=UtcDateTime)
    training_hash: str = Field(sa_type=PlainText)
    rules_hash: str = Field(sa_type=PlainText)
    seed: int
    versions: str = Field(sa_type=PlainText)
    relevant: int
    judged: int
    from_tests: int
    irrelevant: int
    assumed: int
    ranked: int
    hits: int


class PossibleMissRow(TableRow, table=True):
    """An unmatched article that the latest ranking listed."""

    __tablename__ = "possible_misses"

    article_id: int = Field(primary_key=True, foreign_key="articles.id", sa_column_kwargs={"autoincrement": False})
    listed_at: datetime = Field(sa_type=UtcDateTime)
    """When a ranking first listed it, by which each digest lists what no earlier one could."""
    ranking_id: int
    score: float
    terms: list[Any] = Field(sa_type=Json)


class AuditSampleRow(TableRow, table=True):
    """A random sample of the articles of a period."""

    __tablename__ = "audit_samples"

    id: int = Field(primary_key=True)
    drawn_at: datetime = Field(sa_type=UtcDateTime)
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
    rules_hash: str = Field(sa_type=PlainText)
    planned: int
    sizes: dict[str, Any] = Field(sa_type=Json)


class SampledArticleRow(TableRow, table=True):
    """An article of a sample."""

    __tablename__ = "sampled_articles"

    article_id: int = Field(primary_key=True, foreign_key="articles.id", sa_column_kwargs={"autoincrement": False})
    sample_id: int = Field(foreign_key="audit_samples.id", index=True)
    stratum: str = Field(sa_type=PlainText)
    position: int
    score: float | None
    terms: list[Any] = Field(sa_type=Json)
    listed_at: datetime | None = Field(sa_type=UtcDateTime)
    """When the command line first listed it for judging. None: not yet; a reader who judges it then has chosen it."""


class JudgementRow(TableRow, table=True):
    """A reader's verdict on an article; the last one counts."""

    __tablename__ = "judgements"

    article_id: int = Field(primary_key=True, foreign_key="articles.id", sa_column_kwargs={"autoincrement": False})
    relevant: bool
    judged_at: datetime = Field(sa_type=UtcDateTime)
    matched: bool
    rules_hash: str = Field(sa_type=PlainText)
    text_hash: str = Field(sa_type=PlainText)
    stratum: str = Field(sa_type=PlainText)
    sample_id: int | None
    weight: float | None
    score: float | None
    topic: str = Field(sa_type=PlainText)
    note: str = Field(sa_type=PlainText)
    person: str = Field(sa_type=PlainText)


class SuggestionRow(TableRow, table=True):
    """A suggested edit of a rule."""

    __tablename__ = "suggestions"

    id: int = Field(primary_key=True)
    rule_id: str = Field(sa_type=PlainText)
    suggested_at: datetime = Field(sa_type=UtcDateTime)
    """When it was suggested last."""
    applied_at: datetime | None = Field(sa_type=UtcDateTime)
    replaced_at: datetime | None = Field(sa_type=UtcDateTime)
    """When later suggestions took the place of this one."""
    edit: dict[str, Any] = Field(sa_type=Json)
