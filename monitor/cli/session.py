"""The context of a command: loads settings from the configuration folder, and opens the App with them."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit

import click

from monitor.cli.output import note, set_time_zone
from monitor.config_types.credentials import secrets_in
from monitor.core.durations import TimeBound, parse_start, parse_time_bound, resolve_start
from monitor.core.errors import UsageError
from monitor.core.model import Feed, summarize_refusals
from monitor.runtime import logs

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.settings import MonitorFile, Settings


F = TypeVar("F", bound="Callable[..., Any]")
REFUSALS_SHOWN = 5


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

    def settings(
        self, only: Collection[str] | None = None, *, warn: bool = False, needs_variables: bool = True
    ) -> Settings:
        """Load the configuration, or `only` some parts, and configure the log; ConfigurationError has all problems.

        With `warn` the settings have the warnings about rules, for which they are linted. Commands that need no
        database need no variables of monitor.yaml either.
        """
        from monitor import settings

        loaded = settings.load(self.config, os.environ, only, warn=warn, needs_variables=needs_variables)
        return self._configure_log(loaded)

    def settings_in_force(self) -> Settings:
        """Load the configuration in force, for a command that shows it; says on stderr what is not in force.

        It needs no database: without one, it returns the files, and says so on stderr. ConfigurationError if the files
        are refused and there is no last good configuration.
        """
        from monitor import configuration, settings

        loaded = self._configure_log(configuration.load_for_display(self.config, os.environ))
        warn_of_refusals(loaded)
        if loaded.monitor.database.reveal() == settings.NO_DATABASE:
            note("warning: what is in force cannot be read from the database: the files are shown")
        return loaded

    def read_in_force(self, *, warn: bool = False, needs_channels: bool = True, accepted_removal: str = "") -> Settings:
        """Load the files, or the last good configuration if they are refused, without configuring the log.

        The options are those of `configuration.load_in_force`.
        """
        from monitor import configuration

        return configuration.load_in_force(
            self.config, os.environ, warn=warn, needs_channels=needs_channels, accepted_removal=accepted_removal
        )

    def read(self) -> Settings:
        """Load the files, without configuring the log."""
        from monitor import settings

        return settings.load(self.config, os.environ)

    def monitor_settings(self) -> MonitorFile:
        """Load monitor.yaml alone and configure the log; the defaults if there is no configuration."""
        from monitor.settings import MonitorFile

        return self.settings(only=()).monitor if self.config.is_dir() else MonitorFile()

    def _configure_log(self, loaded: Settings) -> Settings:
        logs.configure(format_=loaded.monitor.log.format, level=self.level(), secrets=secrets_of(loaded))
        set_time_zone(loaded.monitor.timezone)
        return loaded

    @contextmanager
    def app(self, *, only: Collection[str] | None = None, migrate: bool = False, check: bool = True) -> Iterator[App]:
        """Open the App on the configured database, with the whole configuration or `only` some parts.

        `migrate` creates the database or brings it up to date, `check=False` skips the check of its schema.
        """
        from monitor.app import open_app

        with open_app(self.settings(only), migrate=migrate, check=check) as app:
            yield app

    @contextmanager
    def app_in_force(self, *, warn: bool = True, needs_channels: bool = False) -> Iterator[App]:
        """Open the App with the configuration in force, so that a refused edit does not stop the command.

        `warn` says on stderr which edits are not in force. Only with `needs_channels` must the variables of
        channels.yaml be set.
        """
        from monitor import configuration
        from monitor.app import open_app

        with open_app(self._configure_log(self.read_in_force(needs_channels=needs_channels)), migrate=False) as app:
            if not app.settings.refusals:
                app.settings = configuration.as_decided(app.settings, app.store.configuration(), app.store.refusals())
            if warn:
                warn_of_refusals(app.settings)
            yield app


def warn_of_refusals(settings: Settings) -> None:
    """Say on stderr which edits are not in force."""
    for line in summarize_refusals(settings.refusals, REFUSALS_SHOWN):
        click.echo(f"warning: {logs.Redactor().redact(line)}", err=True)


def secrets_of(settings: Settings) -> set[str]:
    """Return the secrets that the log redacts."""
    texts = {secret.reveal() for secret in secrets_in(settings.channels)} | _secrets_of_monitor(settings.monitor)
    return (texts | {secret for feed in settings.feeds for secret in _secrets_of_feed(feed)}) - {""}


def _secrets_of_monitor(monitor: MonitorFile) -> set[str]:
    # Addresses of database and proxy are no secrets as a whole; the log redacts the password in them.
    proxy = monitor.fetch.proxy
    found = {secret.reveal() for secret in {*secrets_in(monitor)} - {monitor.database, proxy}}
    return (found | _passwords_in(proxy.reveal() if proxy else "")) - {""}


def _secrets_of_feed(feed: Feed) -> set[str]:
    from monitor.settings.literal_secrets import PUBLIC_HEADERS

    headers = {value for name, value in feed.headers.items() if name.lower() not in PUBLIC_HEADERS}
    cookies = {part.partition("=")[2] for part in feed.headers.get("Cookie", "").split("; ")}
    return headers | cookies | _passwords_in(feed.proxy) | {feed.password}


def _passwords_in(address: str) -> set[str]:
    """Return the password in an address, as written and as meant."""
    password = urlsplit(address).password or ""
    return {password, unquote(password)}


pass_session = click.make_pass_decorator(Session)


_MAX_ID = 2**63 - 1
"""The largest integer of the databases."""


class WholeNumber(click.IntRange):
    """A whole number of a range; without a `high`, a count or a row id."""

    def __init__(self, low: int, high: int = _MAX_ID) -> None:
        super().__init__(min=low, max=high)
        self._range = f"{low} or more" if high == _MAX_ID else f"from {low} to {high:,}"

    def convert(self, value: int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Parse it, or fail with the range."""
        try:
            return int(super().convert(value, param, ctx))
        except click.BadParameter:
            is_too_large = str(value).isdecimal() and str(value).strip("0") and self.max == _MAX_ID
            problem = "too large" if is_too_large else f"not a whole number, {self._range}"
            self.fail(f"'{value}' is {problem}", param, ctx)

    def _describe_range(self) -> str:
        return self._range


NUMBER = WholeNumber(1)


class TimeBoundParam(click.ParamType[TimeBound]):
    """What `--since` and `--until` take: a duration before now, or a day, which begins at midnight UTC.

    A period can end with `0`, which is now, but not begin with it.
    """

    name = "7d|2026-11-24"

    def __init__(self, *, ends: bool = False) -> None:
        self._parse = parse_time_bound if ends else parse_start

    def convert(self, value: str | TimeBound, param: click.Parameter | None, ctx: click.Context | None) -> TimeBound:
        """Parse it, or fail with an example."""
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except ValueError as error:
            self.fail(f"{value!r} {error}", param, ctx)


removal_option = click.option(
    "--accept-removal",
    metavar="CODE",
    default="",
    help="Accept that no feed, rule or digest is left in the files: the code is in the message that refuses them.",
)


def since_option(begins: str, default: str = "7d") -> Callable[[F], F]:
    """Return the option `--since` of a listing; `begins` says what is compared with it, such as "Found since"."""
    words = f"{begins}: time before now (24h, 7d) or a day (2026-11-24, UTC)."
    return click.option("--since", type=TimeBoundParam(), default=default, show_default=True, help=words)


def start_instant(since: TimeBound, now: datetime) -> datetime:
    """Return the instant that `--since` stands for; UsageError for a day that has not begun."""
    try:
        return resolve_start(since, now)
    except ValueError as error:
        raise UsageError(f"--since {since} {error}") from None
