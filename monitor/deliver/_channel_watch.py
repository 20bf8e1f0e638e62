"""Watches channels that fail for good: tells the operator of them, and lets a paused one go on when it was edited.

All methods are synchronous and meant for the thread of the database. When a channel is paused is decided in
`core.messages.pausing`.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

import structlog

from monitor.core import messages
from monitor.core.messages import Target, pausing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from monitor.channels import Channel
    from monitor.core.model import ChannelState, Message
    from monitor.store import Store

_DELIVERIES = 200
"""Failed deliveries among which a notice finds its examples."""
_SALT = 16
log = structlog.get_logger("monitor.deliver")


class ChannelWatch:
    """Looks after the channels of one configuration."""

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        identities: Mapping[str, str],
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._channels = channels
        self._identities = identities
        self._clock = clock
        self._compared: set[tuple[str, datetime | None]] = set()
        """Pauses whose configuration was compared with this one: the comparison takes some 50 ms."""

    def resume_edited(self) -> None:
        """Let paused channels go on whose configuration was edited since, or that are configured no more."""
        for state in self._store.channel_states().values():
            pause = state.name, state.paused_at
            if state.paused_at is None or pause in self._compared:
                continue
            identity = self._identities.get(state.name, "")
            if state.name not in self._channels or (state.config and not _fits(state.config, identity)):
                self._store.resume_channel(state.name, self._clock())
                log.info("channel goes on, its configuration was edited", channel=state.name)
            elif not state.config:
                self._store.note_channel_config(state.name, _fingerprint(identity, secrets.token_bytes(_SALT)))
            self._compared.add(pause)

    def report(self) -> bool:
        """Queue one notice about all channels of which one is due; True if one was queued."""
        now, states = self._clock(), self._store.channel_states()
        due = [state for state in states.values() if pausing.is_notice_due(state, now)]
        place = next(iter(self._well(states)), None) or self._not_paused(states, due)
        if not due or place is None:
            return False
        failed = self._store.deliveries(failed=True, limit=_DELIVERIES)
        message = messages.plain_message("notice", *pausing.notice(due, failed, now), target(place))
        return self._store.report_channels(message, [state.name for state in due], now)

    def forwarded(self, notice: Message) -> Message | None:
        """Write a notice that could not be delivered for the next channel in turn; None after the last."""
        in_turn = self._in_turn()
        places = [place for place, channel in enumerate(in_turn, 1) if channel.name == notice.channel]
        rest = {channel.name for channel in in_turn[places[0] :]} if places else set()
        well = [channel for channel in self._well(self._store.channel_states()) if channel.name in rest]
        return messages.plain_message("notice", *messages.notice_content(notice), target(well[0])) if well else None

    def _well(self, states: Mapping[str, ChannelState]) -> list[Channel]:
        """List the channels that did not fail lately, those that people see first."""
        failing = {state.name for state in states.values() if state.failures or state.unreported}
        return [channel for channel in self._in_turn() if channel.name not in failing]

    def _not_paused(self, states: Mapping[str, ChannelState], due: Iterable[ChannelState]) -> Channel | None:
        """Return a channel that failed lately and may work again, where none is better."""
        out = {state.name for state in due} | {state.name for state in states.values() if state.paused_at}
        return next((channel for channel in self._in_turn() if channel.name not in out), None)

    def _in_turn(self) -> list[Channel]:
        return sorted(self._channels.values(), key=lambda channel: not channel.reaches_people)


def target(channel: Channel) -> Target:
    """Return what a message must know of a channel."""
    return Target(channel=channel.name, formats=channel.wants, recipients=channel.recipients())


def _fingerprint(identity: str, salt: bytes) -> str:
    """Hash a configuration, which holds passwords, so that whoever reads the database cannot try them out quickly."""
    digest = hashlib.scrypt(identity.encode("utf-8", "replace"), salt=salt, n=2**14, r=8, p=1, dklen=32)
    return f"{salt.hex()}:{digest.hex()}"


def _fits(fingerprint: str, identity: str) -> bool:
    salt = bytes.fromhex(fingerprint.partition(":")[0])
    return hmac.compare_digest(fingerprint, _fingerprint(identity, salt))
