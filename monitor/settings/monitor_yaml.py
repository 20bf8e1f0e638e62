"""monitor.yaml, key by key: how the service runs. The text under a key is what editors and docs/schema show."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from monitor.config_types.addresses import BaseUrl, HeaderLine, HostName, Listen, Network
from monitor.config_types.credentials import DatabaseUrl, OptionalSecret, OptionalSecretUrl, ProxyUrl, Secret
from monitor.config_types.section import ConfigSection
from monitor.config_types.times import (
    Duration,
    OptionalDuration,
    Size,
    TimeZone,
    Workers,
    duration_between,
    duration_between_or_off,
    size_between,
)
from monitor.config_types.values import LIST, LOWERCASE, FilePath
from monitor.settings.references import ChannelRef


class FetchSection(ConfigSection):
    """Requests to publishers."""

    user_agent: HeaderLine = "policy-monitor (+https://example.org/contact)"
    """Sent with every request. Put your address into it, so that publishers can write to you before they block you."""
    timeout: Annotated[Duration, duration_between("100ms", "10m")] = timedelta(seconds=30)
    """Limit for a whole request, redirects included."""
    max_body: Annotated[Size, size_between("1KB", "1GB")] = 10_000_000
    """Limit for a response, after decompression. A larger one counts as failed."""
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 64
    """Requests at once, to all publishers, for each process that polls."""
    per_host: Annotated[int, Field(ge=1, le=100)] = 2
    """Requests at once to one host."""
    min_gap: Annotated[Duration, duration_between("0s", "10m")] = timedelta(seconds=1)
    """Least time between the starts of two requests to one host."""
    allow_networks: Annotated[tuple[Network, ...], LIST] = ()
    """Private networks that all feeds and channels may reach. Other addresses that are not public are refused."""
    proxy: ProxyUrl = None
    """The outgoing proxy for requests to publishers: http://, https:// or socks5://. Channels and mailboxes do not
    use it."""
    no_proxy: Annotated[tuple[HostName, ...], LIST] = ()
    """Hosts that are requested without the proxy, with all their subdomains."""


class ExtractSection(ConfigSection):
    """Text extraction and matching."""

    workers: Workers = None
    """Processes that read pages; `auto` is one for each processor."""
    timeout: Annotated[Duration, duration_between("100ms", "10m")] = timedelta(seconds=20)
    """Limit for reading one page. If a page takes longer, the text of its feed is matched."""


class RetentionSection(ConfigSection):
    """How long data is kept. The nightly upkeep and `monitor db prune` remove older data."""

    articles: Annotated[Duration, duration_between("1d", "36500d")] = timedelta(days=365)
    """How long the texts of articles are kept, and articles without a hit."""
    hits: Annotated[Duration, duration_between("1d", "36500d")] = timedelta(days=3650)
    """How long hits are kept, with title, link, evidence, label and story."""
    polls: Annotated[Duration, duration_between("1d", "36500d")] = timedelta(days=30)
    """How long records of polls are kept."""


class CoverageSection(ConfigSection):
    """When digests and `monitor health` warn that too few feeds were polled."""

    alert_below: Annotated[float, Field(ge=0, le=1)] = 0.5
    """The least share of the feeds, 0 to 1, that must have been polled. 0: no warning."""


class RulesSection(ConfigSection):
    """How edits of rules are taken."""

    on_failing_tests: Annotated[Literal["refuse", "warn"], LOWERCASE] = "refuse"
    """What becomes of the edit of a live rule whose own tests fail, or that has none. `refuse`: the rule stays as it
    was. `warn`: the edit is taken."""


class OperatorSection(ConfigSection):
    """Messages to those who run the service, about what needs their attention."""

    channels: Annotated[tuple[ChannelRef, ...], LIST] = ()
    """Where these messages go. None: to the channels of the digests."""
    after: Annotated[Duration, duration_between("1m", "365d")] = timedelta(hours=24)
    """How long a feed must fail before it is reported."""
    ping: OptionalSecretUrl = None
    """Address that is requested every minute while the service is healthy, such as that of a check of Healthchecks."""


class WebSection(ConfigSection):
    """The web page."""

    listen: Listen = "127.0.0.1:8080"
    """Host and port of the web page; 127.0.0.1 is this machine only, 0.0.0.0 everywhere, `off` no page."""
    token: OptionalSecret = None
    """The token for signing in. Without one the page is open, to this machine only."""
    hosts: Annotated[tuple[HostName, ...], LIST] = ()
    """Host names under which a proxy requests the page, such as monitor.example.org."""
    base_url: BaseUrl | None = None
    """The address at which readers open the page: digests link to it. Default: digests have no links to the page."""

    @property
    def enabled(self) -> bool:
        """True if the web page is served."""
        return self.listen != "off"

    @property
    def host(self) -> str:
        """The host, without the brackets of IPv6."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port."""
        return int(self.listen.rpartition(":")[2])

    @property
    def label_secret(self) -> str:
        """What the links that set labels are signed with: the token, or the address of a page that is open."""
        return self.token.reveal() if self.token else self.base_url or ""


class LogSection(ConfigSection):
    """The log, which is written to standard error."""

    format: Annotated[Literal["auto", "console", "json"], LOWERCASE] = "auto"
    """`console` is for people, `json` for machines; `auto` is console on a terminal, else JSON."""
    level: Annotated[Literal["debug", "info", "warning", "error"], LOWERCASE] = "info"
    """Lowest level that is written."""


class BackupSection(ConfigSection):
    """Backups that the daemon makes by itself, on SQLite and on PostgreSQL."""

    every: Annotated[OptionalDuration, duration_between_or_off("1h", "365d")] = timedelta(days=1)
    """How often the daemon backs up the database: `off` for never."""
    keep: Annotated[int, Field(ge=1, le=1000)] = 7
    """How many backups are kept; older ones are removed after a new one was checked."""
    dir: FilePath = "data/backups"
    """The folder for them, best on another disk. Files that are not backups of the daemon are left alone."""


class AuditSection(ConfigSection):
    """How much the rules miss: the ranking of unmatched articles, and the samples that readers judge."""

    window: Annotated[Duration, duration_between("1d", "365d")] = timedelta(days=28)
    """How far back unmatched articles are ranked."""
    weekly: Annotated[int, Field(ge=0, le=1000)] = 60
    """How many articles are drawn for judging each week; 0 turns ranking and sampling off."""
    min_precision: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Rules whose precision is surely below this share, 0 to 1, are named by `doctor` and in reviews of a week."""


class MonitorFile(ConfigSection):
    """monitor.yaml: how the service runs."""

    database: DatabaseUrl = Secret("sqlite:///data/monitor.db")
    """The database: `sqlite:///FILE` or `postgresql+psycopg://user:password@host/name`."""
    timezone: TimeZone = "UTC"
    """The time zone of digests without one of their own, and of times shown to people."""
    fetch: FetchSection = FetchSection()
    """Requests to publishers."""
    extract: ExtractSection = ExtractSection()
    """Text extraction and matching."""
    retention: RetentionSection = RetentionSection()
    """How long data is kept."""
    backup: BackupSection = BackupSection()
    """Backups that the daemon makes by itself."""
    catch_up: Annotated[Duration, duration_between("0s", "6h")] = timedelta(minutes=10)
    """How long digests that were missed while the daemon did not run wait for the feeds that are due."""
    coverage: CoverageSection = CoverageSection()
    """When too few polled feeds are worth a warning."""
    rules: RulesSection = RulesSection()
    """How edits of rules are taken."""
    operator: OperatorSection = OperatorSection()
    """Messages to those who run the service."""
    audit: AuditSection = AuditSection()
    """How much the rules miss."""
    web: WebSection = WebSection()
    """The web page."""
    log: LogSection = LogSection()
    """The log, which is written to standard error."""
