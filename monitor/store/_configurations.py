"""The configuration in force: its files, rules that stay in an earlier version, and refused edits.

Also the states of the rules and of the alerts over time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Text, delete, func, select, type_coerce, update
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.digests.alert_scopes import AlertScope, Grant
from monitor.core.digests.rule_changes import RuleState, share_terms
from monitor.core.errors import Problem, UnreadableRowError
from monitor.core.model import ConfigTexts, Refusal, StoredConfiguration, texts_digest
from monitor.store._database import Database
from monitor.store._outgoing_tables import AlertScopeRow, ConfigurationInForceRow, ConfigurationRow, RuleStateRow
from monitor.store._statements import among, insert_new, save_rows

_ID = 1
"""The id of the only row of ConfigurationInForceRow."""
_STATE = select(ConfigurationInForceRow)
_LIST = "$"
"""What the names of lists in the table of rule states begin with: no id of a rule does."""
_IS_LIST = col(RuleStateRow.rule_id).startswith(_LIST)
_LIST_IDS = select(col(RuleStateRow.rule_id)).where(_IS_LIST)
_LISTS = select(col(RuleStateRow.rule_id), col(RuleStateRow.state)).where(among(col(RuleStateRow.rule_id), "names"))
_WITH_COPIES = (
    select(col(RuleStateRow.rule_id), col(RuleStateRow.since), col(RuleStateRow.state))
    .where(
        ~_IS_LIST,
        type_coerce(col(RuleStateRow.state), Text).contains('"terms":', autoescape=True),
        ~type_coerce(col(RuleStateRow.state), Text).contains('"lists":[', autoescape=True),
    )
    .order_by(col(RuleStateRow.since), col(RuleStateRow.rule_id))
    .limit(50)
)
"""Some of the states that hold the terms of their lists, as older programs stored them; not all, to limit memory."""
_SCOPES = select(col(AlertScopeRow.since), col(AlertScopeRow.scope)).order_by(col(AlertScopeRow.since))


class Configurations(Database):
    """The configuration in force, the refused edits, and what rules and alerts were at any time."""

    def configuration(self) -> StoredConfiguration | None:
        """Return the configuration in force; None if none was ever stored."""
        with self._reading() as connection:
            state = connection.execute(_STATE).one_or_none()
            if state is None or state.digest is None:
                return None
            rows = {row.digest: row for row in connection.execute(select(ConfigurationRow))}
        missing = {state.digest, *state.held_rules.values()} - rows.keys()
        if missing:
            raise self._unreadable(f"the files of the configuration {min(missing)} are not there")
        return StoredConfiguration(
            texts=rows[state.digest].texts,
            saved_at=rows[state.digest].saved_at,
            held_rules={rule_id: rows[digest].texts for rule_id, digest in state.held_rules.items()},
        )

    def configuration_digest(self) -> str | None:
        """Return what differs for each configuration in force, without reading its files; None if there is none."""
        with self._reading() as connection:
            return connection.execute(select(col(ConfigurationInForceRow.digest))).scalar()

    def refusals(self) -> tuple[Refusal, ...]:
        """Return the refused edits that were still in the files at the daemon's last check."""
        with self._reading() as connection:
            refusals = connection.execute(select(col(ConfigurationInForceRow.refusals))).scalar()
        try:
            return tuple(Refusal(**{**each, "problem": Problem(**each["problem"])}) for each in refusals or ())
        except (TypeError, KeyError):
            raise self._unreadable("the column refusals holds no refused edits") from None

    def _unreadable(self, what: str) -> UnreadableRowError:
        """Return the error about the only row of this table, which holds what no program wrote."""
        table = ConfigurationInForceRow.__tablename__
        advice = "delete the row, and `monitor poll` or the daemon stores the files anew"
        return UnreadableRowError(f"database {self.url}: table {table}, row id {_ID}: {what}; {advice}")

    def save_configuration(self, configuration: StoredConfiguration, refusals: Iterable[Refusal]) -> None:
        """Store the configuration that is in force from now on, and delete files that no configuration refers to."""
        at = configuration.saved_at
        with self._writing() as connection:
            digest = _save_texts(connection, configuration.texts, at)
            held = {rule_id: _save_texts(connection, texts, at) for rule_id, texts in configuration.held_rules.items()}
            state = {"id": _ID, "digest": digest, "held_rules": held, "refusals": _to_json(refusals), "decided_at": at}
            save_rows(connection, ConfigurationInForceRow, [state])
            used = {digest, *held.values()}
            connection.execute(delete(ConfigurationRow).where(col(ConfigurationRow.digest).not_in(used)))

    def save_refusals(self, refusals: Iterable[Refusal], now: datetime) -> None:
        """Store the refusal of an edit; the configuration in force is unchanged."""
        values = {"refusals": _to_json(refusals), "decided_at": now}
        with self._writing() as connection:
            new = {"id": _ID, "digest": None, "held_rules": {}, **values}
            connection.execute(insert_new(connection.dialect.name, ConfigurationInForceRow, ("id",)), new)
            connection.execute(update(ConfigurationInForceRow).values(values))

    def note_rules(self, states: Mapping[str, RuleState], now: datetime) -> None:
        """Store the rules that are in force from now on, and the lists that they use; only what is new is written."""
        lists = {f"{_LIST}{digest}": terms for state in states.values() for digest, terms in state.lists.items()}
        changed: dict[str, dict[str, object]] = {
            rule_id: asdict(replace(state, lists={})) | {"lists": list(state.lists)}
            for rule_id, state in states.items()
        }
        with self._writing() as connection:
            stored = _states_at(connection, now) or {}
            known = set(connection.execute(_LIST_IDS).scalars())
            changed = {rule_id: state for rule_id, state in changed.items() if stored.get(rule_id) != state}
            gone: dict[str, dict[str, object]] = {rule_id: {} for rule_id in stored.keys() - states.keys()}
            new_lists = {each: {"terms": dict(terms)} for each, terms in lists.items() if each not in known}
            rows = [
                {"rule_id": name, "since": now, "state": state} for name, state in (new_lists | changed | gone).items()
            ]
            save_rows(connection, RuleStateRow, rows)

    def share_terms_of_states(self, now: datetime) -> int:
        """Store terms once that older programs stored with each rule, and return the number of states rewritten.

        A state keeps all of its terms. Some states are rewritten at a time: call it until it returns 0.
        """
        with self._reading() as connection:
            copies = {(row.rule_id, row.since): row.state for row in connection.execute(_WITH_COPIES)}
            known = set(connection.execute(_LIST_IDS).scalars())
        divided = share_terms({key: state["terms"] for key, state in copies.items()})
        lists = {f"{_LIST}{digest}": terms for _, shared in divided.values() for digest, terms in shared.items()}
        rows = [
            {"rule_id": name, "since": now, "state": {"terms": terms}}
            for name, terms in lists.items()
            if name not in known
        ]
        for ((rule_id, since), state), (own, shared) in zip(copies.items(), divided.values(), strict=True):
            rows.append({"rule_id": rule_id, "since": since, "state": state | {"terms": own, "lists": list(shared)}})
        with self._writing() as connection:
            save_rows(connection, RuleStateRow, rows)
        return len(copies)

    def rules_at(self, instant: datetime) -> dict[str, RuleState] | None:
        """Return the rules at a time; before the first stored state, that first state. None if nothing is stored."""
        with self._reading() as connection:
            states = _states_at(connection, instant)
            if states is None:
                return None
            used = {f"{_LIST}{digest}" for state in states.values() for digest in state.get("lists", ())}
            rows = connection.execute(_LISTS, {"names": list(used)}) if used else ()
            terms = {row.rule_id.removeprefix(_LIST): row.state["terms"] for row in rows}
        return {
            rule_id: RuleState(**state | {"lists": {digest: terms[digest] for digest in state.get("lists", ())}})
            for rule_id, state in states.items()
        }

    def alert_scopes(self) -> list[AlertScope]:
        """Return all scopes, oldest first."""
        return [
            AlertScope(row["since"], frozenset(Grant(*grant) for grant in row["scope"])) for row in self._rows(_SCOPES)
        ]

    def save_alert_scope(self, grants: Collection[tuple[str, str, str]], now: datetime, keep_since: datetime) -> None:
        """Store what is alerted from now on, and remove what was out of force before `keep_since`."""
        with self._writing() as connection:
            outdated = [row.since for row in connection.execute(_SCOPES) if row.since < keep_since][:-1]
            if outdated:
                connection.execute(delete(AlertScopeRow).where(col(AlertScopeRow.since).in_(outdated)))
            save_rows(connection, AlertScopeRow, [{"since": now, "scope": sorted(map(list, grants))}])


def _to_json(refusals: Iterable[Refusal]) -> list[dict[str, Any]]:
    return [asdict(refusal) for refusal in refusals]


def _save_texts(connection: Connection, texts: ConfigTexts, now: datetime) -> str:
    """Store files that are not stored yet, and return the digest of all of them."""
    digest = texts_digest(texts)
    row = {"digest": digest, "saved_at": now, "texts": dict(texts)}
    connection.execute(insert_new(connection.dialect.name, ConfigurationRow, ("digest",)), row)
    return digest


def _states_at(connection: Connection, instant: datetime) -> dict[str, dict[str, Any]] | None:
    """Return the states as they are stored, with digests of lists, of the rules at a time.

    Before the first stored state, it is that first state. None if nothing is stored.
    """
    first = connection.execute(select(func.min(col(RuleStateRow.since)))).scalar()
    if first is None:
        return None
    until = max(first, instant)
    newest = select(col(RuleStateRow.rule_id), func.max(col(RuleStateRow.since)).label("since")).where(
        col(RuleStateRow.since) <= until, ~_IS_LIST
    )
    last = newest.group_by(col(RuleStateRow.rule_id)).subquery()
    same = (col(RuleStateRow.rule_id) == last.c.rule_id) & (col(RuleStateRow.since) == last.c.since)
    rows = connection.execute(select(col(RuleStateRow.rule_id), col(RuleStateRow.state)).join(last, same))
    return {rule_id: state for rule_id, state in rows if state}
