"""States of the rules over time, so that a digest can list changes of rules that are not in git."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.digests.rule_changes import RuleState
from monitor.store._database import Database
from monitor.store._outgoing_tables import RuleStateRow
from monitor.store._statements import save_rows


class RuleStates(Database):
    """The rules at any time."""

    def note_rules(self, states: Mapping[str, RuleState], now: datetime) -> None:
        """Store the rules that are in force from now on; only changed ones are written."""
        with self._writing() as connection:
            known = at(connection, now) or {}
            is_new = {rule_id: asdict(state) for rule_id, state in states.items() if known.get(rule_id) != state}
            gone: dict[str, dict[str, object]] = {rule_id: {} for rule_id in known.keys() - states.keys()}
            rows = [{"rule_id": rule_id, "since": now, "state": state} for rule_id, state in (is_new | gone).items()]
            save_rows(connection, RuleStateRow, rows)

    def rules_at(self, instant: datetime) -> dict[str, RuleState] | None:
        """Return the rules at a time; before the first stored state, that first state. None if nothing is stored."""
        with self._reading() as connection:
            return at(connection, instant)


def at(connection: Connection, instant: datetime) -> dict[str, RuleState] | None:
    """Return the states at a time; before the first stored state, that first state. None if nothing is stored."""
    first = connection.execute(select(func.min(col(RuleStateRow.since)))).scalar()
    if first is None:
        return None
    until = max(first, instant)
    newest = select(col(RuleStateRow.rule_id), func.max(col(RuleStateRow.since)).label("since")).where(
        col(RuleStateRow.since) <= until
    )
    last = newest.group_by(col(RuleStateRow.rule_id)).subquery()
    same = (col(RuleStateRow.rule_id) == last.c.rule_id) & (col(RuleStateRow.since) == last.c.since)
    rows = connection.execute(select(col(RuleStateRow.rule_id), col(RuleStateRow.state)).join(last, same))
    return {rule_id: RuleState(**state) for rule_id, state in rows if state}
