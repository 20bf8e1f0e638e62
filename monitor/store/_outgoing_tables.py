"""Tables of digests and deliveries: runs, claims, rules, messages, deliveries; also heartbeats and backups."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field

from monitor.store._table_base import TableRow
from monitor.store._types import Json, PlainText, UtcDateTime


class DigestRunRow(TableRow, table=True):
    """One run of a digest; the unique constraint prevents sending it twice."""

    __tablename__ = "digest_runs"
    __table_args__ = (UniqueConstraint("digest_id", "slot"),)

    id: int = Field(primary_key=True)
    digest_id: str = Field(sa_type=PlainText)
    slot: datetime = Field(sa_type=UtcDateTime)
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
    hits: int
    messages: int
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)


class ClaimRow(TableRow, table=True):
    """A hit that a digest or the alerts have claimed; `notified` is false if no message was written about it.

    `reason` says why the message does not show the hit, or why none was written; empty if the hit is shown.
    """

    __tablename__ = "claims"
    __table_args__ = ({"sqlite_with_rowid": False},)

    consumer: str = Field(primary_key=True, sa_type=PlainText)
    hit_id: int = Field(primary_key=True, foreign_key="hits.id", index=True)
    claimed_at: datetime = Field(sa_type=UtcDateTime, index=True)
    notified: bool
    reason: str = Field(default="", sa_type=PlainText)


class TranslationRow(TableRow, table=True):
    """A machine translation of a headline; empty if there is none to show."""

    __tablename__ = "translations"

    key: str = Field(primary_key=True, sa_type=PlainText)
    """`Headline.key`."""
    translated: str = Field(sa_type=PlainText)
    made_at: datetime = Field(sa_type=UtcDateTime, index=True)


class LabelRow(TableRow, table=True):
    """A reader's label of a hit."""

    __tablename__ = "labels"

    hit_id: int = Field(primary_key=True, foreign_key="hits.id", sa_column_kwargs={"autoincrement": False})
    relevant: bool
    labelled_at: datetime = Field(sa_type=UtcDateTime)


class AlertScopeRow(TableRow, table=True):
    """What the configuration alerts since an instant: rule, channel and least priority of each grant."""

    __tablename__ = "alert_scopes"
    __table_args__ = ({"sqlite_with_rowid": False},)

    since: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    scope: list[Any] = Field(sa_type=Json)


class RequestedDigestRow(TableRow, table=True):
    """A digest that a reader asked for on the web page."""

    __tablename__ = "requested_digests"
    __table_args__ = ({"sqlite_with_rowid": False},)

    digest_id: str = Field(primary_key=True, sa_type=PlainText)
    requested_at: datetime = Field(sa_type=UtcDateTime)


class RuleStateRow(TableRow, table=True):
    """The state of a rule from a time on, which is empty if the rule was removed; or the terms of a list.

    The terms of a list have its digest, after a `$`, in place of the id of a rule. They never change.
    """

    __tablename__ = "rule_states"
    __table_args__ = ({"sqlite_with_rowid": False},)

    rule_id: str = Field(primary_key=True, sa_type=PlainText)
    since: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    state: dict[str, Any] = Field(sa_type=Json)


class MessageRow(TableRow, table=True):
    """A rendered message; sending it renders nothing again, unless a bug kept it from being rendered."""

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("key"),)

    id: int = Field(primary_key=True)
    key: str = Field(sa_type=PlainText)
    kind: str = Field(sa_type=PlainText)
    channel: str = Field(sa_type=PlainText)
    subject: str = Field(sa_type=PlainText)
    recipients: list[Any] = Field(sa_type=Json)
    created_at: datetime = Field(sa_type=UtcDateTime, index=True)
    payload: dict[str, Any] = Field(sa_type=Json)
    html: str = Field(sa_type=PlainText)
    text: str = Field(sa_type=PlainText)


class DeliveryRow(TableRow, table=True):
    """One message for one recipient."""

    __tablename__ = "deliveries"
    __table_args__ = (UniqueConstraint("message_id", "recipient"), Index(None, "state", "next_attempt_at"))

    id: int = Field(primary_key=True)
    message_id: int = Field(foreign_key="messages.id")
    recipient: str = Field(sa_type=PlainText)
    state: str = Field(sa_type=PlainText)
    attempts: int
    created_at: datetime = Field(sa_type=UtcDateTime)
    next_attempt_at: datetime | None = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(sa_type=UtcDateTime)
    maybe_repeat: bool
    last_error: str = Field(sa_type=PlainText)
    answer: str = Field(sa_type=PlainText)
    owner: int | None = Field(default=None, sa_type=BigInteger)
    """The number of the sender that holds it; set while its state is `sending`."""
    retry_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    unconfirmed: bool
    digest_id: str = Field(default="", sa_type=PlainText)
    """As in `DigestRunRow`. Not in `messages`, since SQLite reads a long row up to the last column that it needs."""


class ChannelStateRow(TableRow, table=True):
    """The state of a channel that has failed permanently at least once."""

    __tablename__ = "channel_states"
    __table_args__ = ({"sqlite_with_rowid": False},)

    name: str = Field(primary_key=True, sa_type=PlainText)
    failures: int
    failing_since: datetime | None = Field(sa_type=UtcDateTime)
    last_message: str = Field(sa_type=PlainText)
    reason: str = Field(sa_type=PlainText)
    paused_at: datetime | None = Field(sa_type=UtcDateTime)
    probe_at: datetime | None = Field(sa_type=UtcDateTime)
    probes: int
    unreported: int
    noticed_at: datetime | None = Field(sa_type=UtcDateTime)
    config: str = Field(sa_type=PlainText)


class BackupRow(TableRow, table=True):
    """One scheduled backup, or the reason why it failed."""

    __tablename__ = "backups"

    id: int = Field(primary_key=True)
    started_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime = Field(sa_type=UtcDateTime)
    file: str = Field(sa_type=PlainText)
    size: int = Field(sa_type=BigInteger)
    reason: str = Field(sa_type=PlainText)
    """Why it failed; empty for a success."""


class OperatorConditionRow(TableRow, table=True):
    """A condition that was reported to the operator and has not ended, or whose end was not reported yet."""

    __tablename__ = "operator_conditions"
    __table_args__ = ({"sqlite_with_rowid": False},)

    key: str = Field(primary_key=True, sa_type=PlainText)
    title: str = Field(sa_type=PlainText)
    since: datetime = Field(sa_type=UtcDateTime)
    reported_at: datetime = Field(sa_type=UtcDateTime)
    absent_since: datetime | None = Field(sa_type=UtcDateTime)
    """When it was first found to have ended; None while it lasts."""
    announces_end: bool


class HeartbeatRow(TableRow, table=True):
    """The latest heartbeat of a job or process."""

    __tablename__ = "heartbeats"

    name: str = Field(primary_key=True, sa_type=PlainText)
    at: datetime = Field(sa_type=UtcDateTime)
    boot: str | None = Field(sa_type=PlainText)
    """The kernel's id of the machine's boot; None if unknown."""
    uptime: float | None
    """Seconds since that boot, from which the heartbeat's age follows even if the wall clock was set since."""


class ConfigurationRow(TableRow, table=True):
    """The files of a configuration as text, by path; secrets are references."""

    __tablename__ = "configurations"

    digest: str = Field(primary_key=True, sa_type=PlainText)
    saved_at: datetime = Field(sa_type=UtcDateTime)
    texts: dict[str, Any] = Field(sa_type=Json)


class ConfigurationInForceRow(TableRow, table=True):
    """Which configuration is in force, and the edits refused since; one row."""

    __tablename__ = "configuration_in_force"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    digest: str | None = Field(sa_type=PlainText)
    """The digest of the configuration; None until the first one was taken."""
    held_rules: dict[str, Any] = Field(sa_type=Json)
    """The digest of the files that define the version in force of each held rule, by rule id."""
    refusals: list[Any] = Field(sa_type=Json)
    decided_at: datetime = Field(sa_type=UtcDateTime)
    """When the files were last taken, or an edit of them was last refused."""
