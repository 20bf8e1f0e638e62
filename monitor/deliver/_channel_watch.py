"""Notify the operator of channels that fail permanently, and resume paused channels whose configuration was edited.

All methods are synchronous and meant for the database thread. When a channel is paused is decided in
`core.messages.pausing`.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import structlog

from monitor.channels import Channel
from monitor.core import messages
from monitor.core.messages import pausing
from monitor.core.model import ChannelState
from monitor.deliver._configuration import DeliverySettings
from monitor.deliver._notices import working_channels
from monitor.store import Store

_MAX_EXAMPLES_READ = 200
"""Failed deliveries that are read for the examples of a notice."""
_SALT_BYTES = 16
log = structlog.get_logger("monitor.deliver")


class ChannelWatch:
    """Checks the state of the channels of one configuration."""

    def __init__(self, store: Store, settings: DeliverySettings, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._compared: set[tuple[str, datetime | None]] = set()
        """Pauses that were compared with this configuration; each comparison takes about 50 ms."""

    def resume_edited(self) -> None:
        """Resume paused channels whose configuration was edited or removed since the pause."""
        for state in self._store.channel_states().values():
            pause = state.name, state.paused_at
            if state.paused_at is None or pause in self._compared:
                continue
            identity = self._settings.identities.get(state.name, "")
            if state.name not in self._settings.channels or (state.config and not _matches(state.config, identity)):
                self._store.resume_channel(state.name, self._clock())
                log.info("channel resumed, its configuration was edited", channel=state.name)
            elif not state.config:
                self._store.note_channel_config(state.name, _fingerprint(identity, secrets.token_bytes(_SALT_BYTES)))
            self._compared.add(pause)

    def queue_notice(self) -> bool:
        """Queue one notice about all channels for which one is due; return True if a notice was queued."""
        now, states = self._clock(), self._store.channel_states()
        due = [state for state in states.values() if pausing.is_notice_due(state, now)]
        recipient = next(iter(working_channels(self._settings, states)), None) or self._fallback(states, due)
        if not due or recipient is None:
            return False
        failed = self._store.deliveries(failed=True, limit=_MAX_EXAMPLES_READ)
        notice = pausing.compose_notice(due, failed, now)
        message = messages.plain_message("notice", *notice, recipient.target())
        return self._store.report_channels(message, [state.name for state in due], now)

    def _fallback(self, states: Mapping[str, ChannelState], due: Iterable[ChannelState]) -> Channel | None:
        """Return a channel that failed recently, but is neither paused nor the subject of the notice."""
        excluded = {state.name for state in due} | {state.name for state in states.values() if state.paused_at}
        return next(
            (channel for channel in self._settings.channels_by_preference() if channel.name not in excluded), None
        )


def _fingerprint(identity: str, salt: bytes) -> str:
    """Hash a configuration slowly (scrypt): it contains passwords, which must not be guessed from the database."""
    digest = hashlib.scrypt(identity.encode("utf-8", "replace"), salt=salt, n=2**14, r=8, p=1, dklen=32)
    return f"{salt.hex()}:{digest.hex()}"


def _matches(fingerprint: str, identity: str) -> bool:
    salt = bytes.fromhex(fingerprint.partition(":")[0])
    return hmac.compare_digest(fingerprint, _fingerprint(identity, salt))
