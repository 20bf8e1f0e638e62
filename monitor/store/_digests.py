"""Runs of digests and alerts, and the hits that each has claimed.

The claim of the hits, the rendered messages and the run are stored in one transaction. A claim belongs to a consumer
(`digest:ID` or `alerts`): each digest contains a hit once, and claims of one digest do not affect another.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Text, bindparam, cast, delete, exists, func, or_, select
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.digests.runs import LOOK_BACK
from monitor.core.ledger.hits import ALERT_CONSUMER
from monitor.core.model import PRIORITIES, DigestRun, Hit, Message
from monitor.store import _hits, _outbox
from monitor.store._database import Database
from monitor.store._incoming_tables import HitRow
from monitor.store._outgoing_tables import ClaimRow, DigestRunRow, MessageRow, RequestedDigestRow
from monitor.store._statements import among, insert_new, save_rows

_RUNS = (
    select(DigestRunRow)
    .where(col(DigestRunRow.digest_id) == bindparam("digest_id"), col(DigestRunRow.slot) <= bindparam("until"))
    .order_by(col(DigestRunRow.slot).desc())
    .limit(bindparam("limit"))
)
_SENT_OR_COVERING = _RUNS.where(or_(col(DigestRunRow.since) < col(DigestRunRow.until), col(DigestRunRow.messages) > 0))
"""The runs without the records of slots that no run was made for: those cover no time and have no message."""
_LAST_SENT = select(func.max(col(DigestRunRow.until))).where(
    col(DigestRunRow.digest_id) == bindparam("digest_id"),
    col(DigestRunRow.messages) > 0,
    col(DigestRunRow.until) < bindparam("before"),
)
_LATEST = datetime.max.replace(tzinfo=UTC)
_REQUESTED = select(RequestedDigestRow).order_by(col(RequestedDigestRow.requested_at))
_UNCLAIMED = _hits.ALL.where(
    col(HitRow.status) == "live",
    col(HitRow.found_at) > bindparam("since"),
    ~exists().where(col(ClaimRow.consumer) == bindparam("consumer"), col(ClaimRow.hit_id) == col(HitRow.id)),
).order_by(*_hits.NEWEST_FIRST)
_URGENT = _UNCLAIMED.where(~col(HitRow.backfilled), among(col(HitRow.priority), "priorities"))
_CALENDARS = (
    select(col(MessageRow.payload))
    .where(
        col(MessageRow.created_at) > bindparam("since"),
        col(MessageRow.created_at) <= bindparam("until"),
        col(MessageRow.kind) == "digest",
        cast(col(MessageRow.payload), Text).contains("BEGIN:VEVENT"),
    )
    .order_by(col(MessageRow.id))
)
_NOTIFIED_AT = (
    select(col(ClaimRow.claimed_at))
    .where(
        col(ClaimRow.consumer) == bindparam("consumer"),
        col(ClaimRow.hit_id) == col(HitRow.id),
        col(ClaimRow.notified),
        col(ClaimRow.claimed_at) <= bindparam("until"),
    )
    .scalar_subquery()
)
"""When a hit was claimed. A join would read all claims of the consumer, which grow with the archive."""
_LAST_NOTIFIED = (
    select(col(HitRow.story_id), func.max(_NOTIFIED_AT).label("at"))
    .where(among(col(HitRow.story_id), "story_ids"))
    .group_by(col(HitRow.story_id))
)


class KnownMessageError(Exception):
    """The outbox has a message with the key of a new one; the text names the keys of the run."""


class Digests(Database):
    """Runs of digests and alerts, and the hits that they claim."""

    def last_run(self, digest_id: str) -> DigestRun | None:
        """Return the past run with the latest slot."""
        return next(iter(self.past_runs(digest_id, 1)), None)

    def past_runs(self, digest_id: str, limit: int = 20, before: datetime = _LATEST) -> list[DigestRun]:
        """Return the runs of slots before an instant that covered a period or sent a message, latest slot first."""
        parameters = {"digest_id": digest_id, "limit": limit, "until": before - timedelta(microseconds=1)}
        return [DigestRun(**row) for row in self._rows(_SENT_OR_COVERING, parameters)]

    def runs(self, digest_id: str, limit: int = 20, until: datetime | None = None) -> list[DigestRun]:
        """Return the recorded runs, latest slot first, with the empty records from which the next one is planned.

        Such a record is of the slot before a digest was configured, or before its schedule was edited. `until`: only
        runs of slots up to then.
        """
        parameters = {"digest_id": digest_id, "limit": limit, "until": until or _LATEST}
        return [DigestRun(**row) for row in self._rows(_RUNS, parameters)]

    def last_sent(self, digest_id: str, before: datetime = _LATEST) -> datetime | None:
        """Return the latest end of a run of this digest that had a message; None if none ended before an instant."""
        with self._reading() as connection:
            return connection.execute(_LAST_SENT, {"digest_id": digest_id, "before": before}).scalar()

    def hits_to_digest(self, digest_id: str, since: datetime) -> list[Hit]:
        """Return live hits that this digest has not claimed, newest first, also those dated by a clock that was ahead.

        They are from seven days before `since` on, so that a hit that an earlier run missed is not lost.
        """
        parameters = {"consumer": _consumer(digest_id), "since": since - LOOK_BACK}
        with self._reading() as connection:
            return _hits.read(connection, _UNCLAIMED, parameters)

    def record_run(
        self,
        digest_id: str,
        slot: datetime,
        *,
        since: datetime,
        until: datetime,
        hit_ids: Collection[int],
        messages: Sequence[Message],
        now: datetime,
        held_back: Mapping[int, str] | None = None,
    ) -> DigestRun | None:
        """Claim the hits and queue the messages of one run in one transaction; None if that slot has run already.

        None as well if another process has claimed one of the hits meanwhile. KnownMessageError, with nothing stored,
        if the outbox has a message with the key of one of these. `held_back` maps hits that the messages count but do
        not show to the reason.
        """
        row: dict[str, Any] = {"digest_id": digest_id, "slot": slot, "since": since, "until": until}
        row |= {"hits": len(hit_ids), "messages": len(messages), "created_at": now}
        with self._writing() as connection, connection.begin_nested() as step:
            statement = insert_new(connection.dialect.name, DigestRunRow, ("digest_id", "slot"), ("id",))
            run_id = connection.execute(statement, row).scalar()
            hits = {hit_id: (held_back or {}).get(hit_id, "") for hit_id in hit_ids}
            if run_id is None or not _claim(connection, _consumer(digest_id), hits, now, notified=bool(messages)):
                step.rollback()
                return None
            if _outbox.enqueue(connection, messages, now) < len(messages):
                raise KnownMessageError(", ".join(message.key for message in messages))
        return DigestRun(id=run_id, **row)

    def hits_to_alert(self, since: datetime, min_priority: str) -> list[Hit]:
        """Return live hits found after `since` that may be alerted, newest first.

        They have at least `min_priority`, and are neither back-filled nor alerted yet.
        """
        priorities = PRIORITIES[PRIORITIES.index(min_priority) :]
        with self._reading() as connection:
            return _hits.read(
                connection, _URGENT, {"consumer": ALERT_CONSUMER, "since": since, "priorities": priorities}
            )

    def story_alerted_at(self, story_ids: Collection[int], until: datetime = _LATEST) -> dict[int, datetime]:
        """Return when each of these stories was last in an alert, at or before an instant."""
        return self._last_notified(ALERT_CONSUMER, story_ids, until)

    def story_notified_at(self, digest_id: str, story_ids: Collection[int], until: datetime) -> dict[int, datetime]:
        """Return when a run of this digest last contained each of these stories, at or before an instant."""
        return self._last_notified(_consumer(digest_id), story_ids, until)

    def _last_notified(self, consumer: str, story_ids: Collection[int], until: datetime) -> dict[int, datetime]:
        parameters = {"consumer": consumer, "story_ids": story_ids, "until": until}
        return {row["story_id"]: row["at"] for row in self._rows(_LAST_NOTIFIED, parameters) if row["at"]}

    def calendars(self, since: datetime, until: datetime) -> list[str]:
        """Return the different calendar files of digests that were queued in (since, until], oldest first."""
        payloads = [row["payload"] for row in self._rows(_CALENDARS, {"since": since, "until": until})]
        return list(dict.fromkeys(payload["ics"] for payload in payloads if "ics" in payload))

    def record_alert(
        self,
        hit_ids: Collection[int],
        messages: Sequence[Message],
        now: datetime,
        *,
        left_out: Mapping[int, str] | None = None,
    ) -> bool:
        """Claim hits for an alert and queue its messages; False, with nothing stored, if one is claimed already.

        False as well if an alert of the same second has the key of a message, so that no message is left out.
        `left_out` maps hits that no alert will contain to the reason (their story is in its cooldown): they are claimed
        in the same transaction, which does not count as an alert of their story.
        """
        with self._writing() as connection:
            with connection.begin_nested() as step:
                is_stored = (
                    _claim(connection, ALERT_CONSUMER, dict.fromkeys(hit_ids, ""), now, notified=True)
                    and _claim(connection, ALERT_CONSUMER, left_out or {}, now, notified=False)
                    and _outbox.enqueue(connection, messages, now) == len(messages)
                )
                if not is_stored:
                    step.rollback()
            return is_stored

    def request_digest(self, digest_id: str, now: datetime) -> None:
        """Ask the daemon to send a digest now; a second request before it does changes nothing."""
        with self._writing() as connection:
            save_rows(connection, RequestedDigestRow, [{"digest_id": digest_id, "requested_at": now}])

    def requested_digests(self) -> dict[str, datetime]:
        """Return when each digest was asked for that was not sent since, by id, the first request first."""
        return {row["digest_id"]: row["requested_at"] for row in self._rows(_REQUESTED)}

    def forget_request(self, digest_id: str) -> None:
        """Remove the request for a digest."""
        self._write(delete(RequestedDigestRow).where(col(RequestedDigestRow.digest_id) == digest_id))


def _claim(connection: Connection, consumer: str, hits: Mapping[int, str], now: datetime, *, notified: bool) -> bool:
    """Claim hits; False if one is claimed already: the caller must roll back."""
    rows = [
        {"consumer": consumer, "hit_id": hit_id, "claimed_at": now, "notified": notified, "reason": reason}
        for hit_id, reason in sorted(hits.items())
    ]
    if rows:
        statement = insert_new(connection.dialect.name, ClaimRow, ("consumer", "hit_id"))
        return connection.execute(statement, rows, execution_options={"preserve_rowcount": True}).rowcount == len(rows)
    return True


def _consumer(digest_id: str) -> str:
    return f"digest:{digest_id}"
