"""monitor.yaml, key by key: how the service runs. The text under a key is what editors and docs/schema show."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from monitor.config_types.addresses import HeaderLine, HostName, Listen, Network
from monitor.config_types.credentials import DatabaseUrl, OptionalSecret, OptionalSecretUrl, Secret
from monitor.config_types.section import ConfigSection
from monitor.config_types.times import Duration, Size, TimeZone, Workers, between, sized
from monitor.config_types.values import LIST, LOWERCASE
from monitor.settings.references import ChannelRef


class Fetch(ConfigSection):
    """How publishers are asked: how long, how much, how many at once."""

    user_agent: HeaderLine = "policy-monitor (+https://example.org/contact)"
    """How the monitor introduces itself to publishers. Put an address of yours in it, so that they can write to you."""
    timeout: Annotated[Duration, between("100ms", "10m")] = timedelta(seconds=30)
    """The most that a whole request may take, redirects included."""
    max_body: Annotated[Size, sized("1KB", "1GB")] = 10_000_000
    """The largest answer that is read, counted after decompression; anything larger counts as failed."""
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 64
    """How many requests may be in flight at once, over all publishers."""
    per_host: Annotated[int, Field(ge=1, le=100)] = 2
    """How many requests may be in flight at once to one host."""
    min_gap: Annotated[Duration, between("0s", "10m")] = timedelta(seconds=1)
    """The least time between the starts of two requests to one host."""
    allow_networks: Annotated[tuple[Network, ...], LIST] = ()
    """Private networks that may be fetched from. Without this, only addresses of the public internet are."""


class Extract(ConfigSection):
    """How the readable text is taken out of pages."""

    workers: Workers = None
    """How many processes extract text: `auto` is one for each processor."""
    timeout: Annotated[Duration, between("100ms", "10m")] = timedelta(seconds=20)
    """The most that one page may take; a page that takes longer is matched on the text of its feed."""


class Retention(ConfigSection):
    """How long things are kept; what is older is removed by the daily upkeep and by `monitor db prune`."""

    articles: Annotated[Duration, between("1d", "36500d")] = timedelta(days=365)
    """How long the texts of articles are kept, and articles without a hit."""
    hits: Annotated[Duration, between("1d", "36500d")] = timedelta(days=3650)
    """How long hits are kept, with title, link, evidence, label and story."""
    polls: Annotated[Duration, between("1d", "36500d")] = timedelta(days=30)
    """How long the record of each poll is kept."""


class CoverageWarning(ConfigSection):
    """When digests and `monitor health` warn that too few feeds were polled."""

    alert_below: Annotated[float, Field(ge=0, le=1)] = 0.5
    """The least share of the feeds, 0 to 1, that must have been polled. 0: no warning."""


class Operator(ConfigSection):
    """Messages to those who run the service, about what needs their attention."""

    channels: Annotated[tuple[ChannelRef, ...], LIST] = ()
    """Where these messages go. None: to the channels of the digests."""
    after: Annotated[Duration, between("1m", "365d")] = timedelta(hours=24)
    """How long a feed must fail before it is reported."""
    ping: OptionalSecretUrl = None
    """Address that is requested every minute while the service is healthy, such as that of a check of Healthchecks."""


class Web(ConfigSection):
    """The web page."""

    listen: Listen = "127.0.0.1:8080"
    """Host and port of the web page; 127.0.0.1 is this machine only, 0.0.0.0 everywhere, `off` no page."""
    token: OptionalSecret = None
    """What a visitor has to know. Empty: no question is asked, which is for this machine only."""
    hosts: Annotated[tuple[HostName, ...], LIST] = ()
    """Names under which a proxy before it asks for the page, such as monitor.example.org."""

    @property
    def enabled(self) -> bool:
        """Whether the web page is served."""
        return self.listen != "off"

    @property
    def host(self) -> str:
        """The host alone, without the brackets of IPv6."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port alone."""
        return int(self.listen.rpartition(":")[2])


class Log(ConfigSection):
    """What the daemon writes to standard error."""

    format: Annotated[Literal["auto", "console", "json"], LOWERCASE] = "auto"
    """`console` is for people, `json` for machines; `auto` is console on a terminal, else JSON."""
    level: Annotated[Literal["debug", "info", "warning", "error"], LOWERCASE] = "info"
    """The least weight that is written."""


class MonitorFile(ConfigSection):
    """monitor.yaml: how the service runs."""

    database: DatabaseUrl = Secret("sqlite:///data/monitor.db")
    """Where everything is kept: `sqlite:///FILE` or `postgresql+psycopg://user:password@host/name`."""
    timezone: TimeZone = "UTC"
    """The time zone of digests that name none, and of times shown to people."""
    fetch: Fetch = Fetch()
    """How publishers are asked: how long, how much, how many at once."""
    extract: Extract = Extract()
    """How the readable text is taken out of pages."""
    retention: Retention = Retention()
    """How long things are kept."""
    catch_up: Annotated[Duration, between("0s", "6h")] = timedelta(minutes=10)
    """How long digests that were missed while the daemon did not run wait for the feeds that are due."""
    coverage: CoverageWarning = CoverageWarning()
    """When too few polled feeds are worth a warning."""
    operator: Operator = Operator()
    """Messages to those who run the service."""
    web: Web = Web()
    """The web page."""
    log: Log = Log()
    """What the daemon writes to standard error."""
