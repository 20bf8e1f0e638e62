"""What a type of channel consists of: a configuration model, and the channel that the model builds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, get_args
from urllib.parse import urlsplit

from monitor.channels.rate_limit import RateLimit
from monitor.config_types.credentials import secrets_in
from monitor.config_types.section import ConfigSection
from monitor.core.model import Delivery, Message

if TYPE_CHECKING:
    import httpx

    from monitor.core.messages import MessageTarget


class Channel(Protocol):
    """Sends messages to one or several recipients. The values here are the defaults."""

    name: str
    formats: frozenset[str] = frozenset()
    """The digest formats that a message needs beside the text; names of `core.messages.render.FORMATS`."""
    concurrency: int = 1
    """How many deliveries may be in progress at the same time; 1 keeps the order of a message in parts."""
    preferred_for_notices: bool = True
    """True if people read its messages soon: notices of failures go to such channels first."""

    def recipients(self) -> tuple[str, ...]:
        """Return the recipients of a message, each a delivery of its own; by default the name of the channel."""
        return (self.name,)

    def target(self) -> MessageTarget:
        """Return what rendering a message needs to know about the channel."""
        from monitor.core.messages import MessageTarget  # here, since it takes a fifth of a command's start-up time

        return MessageTarget(channel=self.name, formats=self.formats, recipients=self.recipients())

    async def send(self, message: Message, delivery: Delivery) -> str:
        """Send to one recipient and return the response of the other side, or raise DeliveryError.

        The channel ends a call that takes too long. When cancelled, a channel that knows how far the message got raises
        DeliveryError; CancelledError means that the message may have arrived.
        """
        ...


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server that a channel connects to."""

    host: str
    port: int
    guarded: bool = True
    """True if the HTTP client of the channels connects to it, which refuses private networks that are not allowed."""

    @classmethod
    def of_url(cls, url: str) -> Endpoint:
        """Return the server of an http(s) address that was checked before."""
        parts = urlsplit(url)
        return cls(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class KeyWarning:
    """A warning about the value of one key."""

    key: str
    code: str
    text: str


class ChannelConfig(ConfigSection, ABC):
    """Base class of the configuration models: the keys of one type of channel in channels.yaml.

    A model has the key `type`, whose only value is the name of the type. Its docstring and those of its keys are shown
    by editors. Keys with a type of `config_types.credentials` are secret: they are redacted wherever they may be shown.
    """

    type: str
    """The kind of channel."""

    @classmethod
    def type_name(cls) -> str:
        """Return the name of the type, which is the only value of the key `type`."""
        (name,) = get_args(cls.model_fields["type"].annotation)
        return str(name)

    @abstractmethod
    def build(self, name: str, services: ChannelServices) -> Channel:
        """Return the channel. Imports its sender, so that libraries are loaded for configured channels only."""

    def endpoints(self) -> tuple[Endpoint, ...]:
        """Return the servers that the channel connects to, as far as they are known from the configuration."""
        return ()

    def local_problem(self) -> str:
        """Return what on this machine keeps the channel from sending, found without sending; empty for nothing."""
        return ""

    @classmethod
    def key_warnings(cls, values: Mapping[str, object]) -> Iterator[KeyWarning]:  # noqa: ARG003 - for subclasses
        """Yield warnings about values as they are in the file, valid or not, with variables replaced."""
        yield from ()

    def identity(self, name: str) -> str:
        """Return a text that changes with any edit of the channel. It contains the secrets in clear text."""
        return repr((name, self, [secret.reveal() for secret in secrets_in(self)]))


class Proxy(Protocol):
    """An HTTP proxy that checks addresses, for libraries that open connections themselves."""

    refused: list[str]
    """Why connections were not made."""

    @property
    def url(self) -> str:
        """The address of the proxy, with a password."""
        ...

    @property
    def forwarded(self) -> bool:
        """True if anything was forwarded."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelServices:
    """What channels are built with, beside their configuration."""

    client: httpx.AsyncClient
    """The HTTP client of all channels; it refuses private networks that are not allowed."""
    open_proxy: Callable[[], AbstractAsyncContextManager[Proxy]]
    """Opens a proxy for one message."""
    clock: Callable[[], datetime]
    _rate_limits: dict[ChannelConfig, RateLimit] = field(default_factory=dict)

    def rate_limit(self, config: ChannelConfig, gap: float) -> RateLimit:
        """Return the rate limit of a service, with `gap` seconds between messages; equal configurations share it."""
        return self._rate_limits.setdefault(config, RateLimit(gap))
