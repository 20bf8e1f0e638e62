"""What a command starts from: the folder of its configuration, and from there settings and the App."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import click

from monitor.core.errors import UsageError
from monitor.core.messages.channel_configs import EmailChannel, Secret
from monitor.runtime import logs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from monitor.app import App
    from monitor.settings import MonitorFile, Settings


@dataclass(slots=True)
class Session:
    """One run of the command line."""

    config: Path
    verbose: bool = False
    debug: bool = False

    def level(self, default: str = "error") -> str:
        """Return the log level: that of the options, else `default`."""
        if self.debug:
            return "debug"
        return "info" if self.verbose else default

    def settings(self) -> Settings:
        """Load the configuration and configure the log; ConfigurationError lists all problems."""
        loaded = self.read()
        logs.configure(form=loaded.monitor.log.format, level=self.level(), secrets=secrets_of(loaded))
        return loaded

    def read(self, current: Settings | None = None) -> Settings:
        """Load the configuration, or reload it if `current` is in force, without configuring the log."""
        from monitor import settings

        return settings.load(self.config, os.environ) if current is None else settings.reload(current, os.environ)

    def monitor(self) -> MonitorFile:
        """Return the settings of monitor.yaml, or the defaults if there is no configuration."""
        from monitor.settings import MonitorFile

        return self.settings().monitor if self.config.is_dir() else MonitorFile()

    @contextmanager
    def app(self, *, migrate: bool = False) -> Iterator[App]:
        """Open the App on the configured database; `migrate` creates it or brings it up to date."""
        from monitor.app import open_app

        with open_app(self.settings(), migrate=migrate) as app:
            yield app


def secrets_of(settings: Settings) -> set[str]:
    """Return the secrets that the log redacts."""
    channels = (getattr(channel, field.name) for channel in settings.channels.values() for field in fields(channel))
    hidden = {value.reveal() for value in (*channels, settings.monitor.web.token) if isinstance(value, Secret)}
    passwords = {value.smtp.password for value in settings.channels.values() if isinstance(value, EmailChannel)}
    headers = {
        value for feed in settings.feeds for name, value in feed.headers.items() if name.lower() not in _PUBLIC_HEADERS
    }
    return hidden | {password.reveal() for password in passwords if password} | headers


_PUBLIC_HEADERS = frozenset({"user-agent", "accept", "accept-language", "referer"})

pass_session = click.make_pass_decorator(Session)


NUMBER = click.IntRange(min=1, max=2**63 - 1)
"""A count or a row id, up to the largest integer of the databases."""
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


class Span(click.ParamType[timedelta]):
    """A length of time on the command line: `30m`, `6h`, `7d`, `2w`."""

    name = "span"

    def convert(self, value: str | timedelta, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Read it, or refuse it with an example."""
        if isinstance(value, timedelta):
            return value
        number, unit = value[:-1], value[-1:]
        if unit not in _UNITS or not number.isdecimal() or len(number) > 6:
            self.fail(f"{value!r} is no length of time; write 30m, 6h, 7d or 2w", param, ctx)
        return timedelta(seconds=int(number) * _UNITS[unit])


class Start(click.ParamType[timedelta | date]):
    """Where a time begins, on the command line: a length of time ago, or a day as `2026-11-24`."""

    name = "start"

    def convert(
        self, value: str | timedelta | date, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta | date:
        """Read it, or refuse it with an example."""
        if not isinstance(value, str):
            return value
        if _DAY.fullmatch(value):
            try:
                return date.fromisoformat(value)
            except ValueError:
                self.fail(f"{value!r} is no day of the calendar", param, ctx)
        return Span().convert(value, param, ctx)


_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def begins(start: timedelta | date, now: datetime) -> datetime:
    """Return the instant so long before now, or at which a day begins in UTC."""
    if isinstance(start, date):
        return datetime(start.year, start.month, start.day, tzinfo=UTC)
    return _before(start, now)


def ago(length: timedelta | None, now: datetime) -> datetime | None:
    """Return the instant so long before now."""
    return None if length is None else _before(length, now)


def _before(length: timedelta, now: datetime) -> datetime:
    try:
        return now - length
    except OverflowError:
        raise UsageError(f"{length} ago is before all dates") from None
