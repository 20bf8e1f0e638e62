"""Notify the operator of channels that fail permanently, and resume paused channels whose configuration was edited.

All methods are synchronous and meant for the database thread. When a channel is paused is decided in
`core.messages.pausing`.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

import structlog

from monitor.core import messages
from monitor.core.messages import MessageTarget, pausing
from monitor.core.model import ChannelState, Delivery
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
        if not due:
            return False
        failed = self._store.deliveries(failed=True, limit=_MAX_EXAMPLES_READ)
        target = self._target(states, due, failed)
        if target is None:
            return False
        since = min((each.created_at for each in failed), default=now) - pausing.OTHERS_ACCEPTED_WITHIN
        accepted = {state.name: self._store.last_accepted(state.name, since) for state in due}
        message = messages.plain_message("notice", *pausing.compose_notice(due, failed, accepted, now), target)
        return self._store.report_channels(message, [state.name for state in due], now)

    def _target(
        self, states: Mapping[str, ChannelState], due: Iterable[ChannelState], failed: Iterable[Delivery]
    ) -> MessageTarget | None:
        """Return who gets a notice: a channel that works, else one that failed recently and is not paused.

        The last resort is a channel that the notice is about, if it accepts messages to other recipients: these get it.
        """
        if working := working_channels(self._settings, states):
            return working[0].target()
        due_names, since = {state.name for state in due}, self._clock() - pausing.RECENT_FAILURES
        recent = [each for each in failed if (each.failed_at or each.created_at) >= since]
        paused = {state.name for state in states.values() if state.paused_at}
        others = [each for each in self._settings.channels_by_preference() if each.name not in paused]
        for channel in others:
            if channel.name not in due_names:
                return channel.target()
        for channel in others:
            failing = {each.recipient for each in recent if each.channel == channel.name}
            recipients = tuple(each for each in channel.recipients() if each not in failing)
            if recipients and not states[channel.name].failures:
                return replace(channel.target(), recipients=recipients)
        return None


def _fingerprint(identity: str, salt: bytes) -> str:
    """Hash a configuration slowly (scrypt): it contains passwords, which must not be guessed from the database."""
    digest = hashlib.scrypt(identity.encode("utf-8", "replace"), salt=salt, n=2**14, r=8, p=1, dklen=32)
    return f"{salt.hex()}:{digest.hex()}"


def _matches(fingerprint: str, identity: str) -> bool:
    salt = bytes.fromhex(fingerprint.partition(":")[0])
    return hmac.compare_digest(fingerprint, _fingerprint(identity, salt))
