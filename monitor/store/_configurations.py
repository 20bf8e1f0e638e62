"""The configuration in force: its files, rules that stay in an earlier version, and refused edits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.engine import Connection
from sqlmodel import col

from monitor.core.errors import Problem
from monitor.core.model import ConfigTexts, Refusal, StoredConfiguration, texts_digest
from monitor.store._configuration_tables import ConfigurationInForceRow, ConfigurationRow
from monitor.store._database import Database
from monitor.store._statements import insert_new, save_rows

_ID = 1
"""Of the only row of ConfigurationInForceRow."""
_STATE = select(ConfigurationInForceRow)


class Configurations(Database):
    """The configuration in force and the refused edits."""

    def configuration(self) -> StoredConfiguration | None:
        """Return the configuration in force; None if none was ever stored."""
        with self._reading() as connection:
            state = connection.execute(_STATE).one_or_none()
            if state is None or state.digest is None:
                return None
            rows = {row.digest: row for row in connection.execute(select(ConfigurationRow))}
        return StoredConfiguration(
            texts=rows[state.digest].texts,
            saved_at=rows[state.digest].saved_at,
            held_rules={rule_id: rows[digest].texts for rule_id, digest in state.held_rules.items()},
        )

    def refusals(self) -> tuple[Refusal, ...]:
        """Return the refused edits that were still in the files at the daemon's last check."""
        with self._reading() as connection:
            found = connection.execute(select(col(ConfigurationInForceRow.refusals))).scalar()
        return tuple(Refusal(**{**each, "problem": Problem(**each["problem"])}) for each in found or ())

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


def _to_json(refusals: Iterable[Refusal]) -> list[dict[str, Any]]:
    return [asdict(refusal) for refusal in refusals]


def _save_texts(connection: Connection, texts: ConfigTexts, now: datetime) -> str:
    """Store files that are not stored yet, and return the digest of all of them."""
    digest = texts_digest(texts)
    row = {"digest": digest, "saved_at": now, "texts": dict(texts)}
    connection.execute(insert_new(connection.dialect.name, ConfigurationRow, ("digest",)), row)
    return digest
