"""What the configuration alerted since when (core.digests.alert_scopes), and digests that readers asked for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlmodel import col

from monitor.core.digests.alert_scopes import AlertScope, Grant
from monitor.store._database import Database
from monitor.store._outgoing_tables import AlertScopeRow, RequestedDigestRow
from monitor.store._statements import save_rows

_SCOPES = select(col(AlertScopeRow.since), col(AlertScopeRow.scope)).order_by(col(AlertScopeRow.since))
_REQUESTED = select(col(RequestedDigestRow.digest_id)).order_by(col(RequestedDigestRow.requested_at))


class AlertScopes(Database):
    """Since when alerts go where, and requests for digests."""

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

    def request_digest(self, digest_id: str, now: datetime) -> None:
        """Ask the daemon to send a digest now; a second request before it does changes nothing."""
        with self._writing() as connection:
            save_rows(connection, RequestedDigestRow, [{"digest_id": digest_id, "requested_at": now}])

    def requested_digests(self) -> list[str]:
        """Return the digests that were asked for, the first request first."""
        return [row["digest_id"] for row in self._rows(_REQUESTED)]

    def forget_request(self, digest_id: str) -> None:
        """Remove the request for a digest."""
        self._write(delete(RequestedDigestRow).where(col(RequestedDigestRow.digest_id) == digest_id))
