"""What the four files may hold, key by key; from here come the checks, the JSON Schemas and the defaults.

The text under each key is what editors show and what docs/schema carries. Unknown keys are refused everywhere.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from monitor.core.channel_configs import Secret
from monitor.core.model import Tier
from monitor.settings.addresses import Address, FeedUrl, HeaderLine, Headers, Listen, Network
from monitor.settings.credentials import (
    DatabaseUrl,
    OptionalSecret,
    SecretUrl,
    ServiceUrl,
    Smtp,
)
from monitor.settings.references import ChannelRef, FeedRef, RuleRef, TopicRef
from monitor.settings.times import Cron, Duration, Size, TimeZone, Workers, between, sized
from monitor.settings.values import LIST, SLUG, SMALL, Country, FullLine, Language, Line, Slug, refusal

INCOMPLETE = "C020"

Priority = Literal["low", "normal", "high", "urgent"]


class Part(BaseModel):
    """A mapping in a file: closed to keys that it does not know, and frozen once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _nothing_means_left_out(cls, data: object) -> object:
        """Take a key with nothing behind it, as when all below it is commented out, for one that is left out."""
        if not isinstance(data, dict):
            return data
        known = {info.alias or name for name, info in cls.model_fields.items()}
        return {key: value for key, value in data.items() if value is not None or key not in known}


# ---------------------------------------------------------------- monitor.yaml


class Fetch(Part):
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


class Extract(Part):
    """How the readable text is taken out of pages."""

    workers: Workers = None
    """How many processes extract text: `auto` is one for each processor."""
    timeout: Annotated[Duration, between("100ms", "10m")] = timedelta(seconds=20)
    """The most that one page may take; a page that takes longer counts with what its feed told of it."""


class Retention(Part):
    """How long things are kept; what is older is removed by the daily upkeep and by `monitor db prune`."""

    articles: Annotated[Duration, between("1d", "36500d")] = timedelta(days=365)
    """How long articles and their hits are kept."""
    polls: Annotated[Duration, between("1d", "36500d")] = timedelta(days=30)
    """How long the record of each poll is kept."""


class Web(Part):
    """The web page."""

    listen: Listen = "127.0.0.1:8080"
    """Host and port of the web page; 127.0.0.1 is this machine only, 0.0.0.0 everywhere."""
    token: OptionalSecret = None
    """What a visitor has to know. Empty: no question is asked, which is for this machine only."""

    @property
    def host(self) -> str:
        """The host alone, without the brackets of IPv6."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port alone."""
        return int(self.listen.rpartition(":")[2])


class Log(Part):
    """What the daemon writes to standard error."""

    format: Annotated[Literal["auto", "console", "json"], SMALL] = "auto"
    """`console` is for people, `json` for machines; `auto` is console on a terminal, else JSON."""
    level: Annotated[Literal["debug", "info", "warning", "error"], SMALL] = "info"
    """The least weight that is written."""


class MonitorFile(Part):
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
    web: Web = Web()
    """The web page."""
    log: Log = Log()
    """What the daemon writes to standard error."""


# ---------------------------------------------------------------- feeds.yaml


class FeedPart(Part):
    """One feed."""

    id: Slug
    """The feed's name in commands, rules and the database. Never use it again for another feed."""
    url: FeedUrl
    """Where the feed is: the address of the RSS or Atom document, not of a page."""
    title: Line = ""
    """What readers see as the source. Without one: the feed's own title."""
    language: Language | None = None
    """Two letters of ISO 639-1. Without one, the language of each article is found from its text."""
    country: Country = ""
    """Two capital letters (DE, GB, CN), EU, or INT for international bodies."""
    tier: Tier = Tier.PRESS
    """How close the source stands to the decision it reports: a story shows its best source first."""
    tags: Annotated[tuple[Slug, ...], LIST] = ()
    """Your own words; rules and searches can ask for them."""
    fulltext: Literal["auto", "always", "never"] = "auto"
    """`auto` fetches the page unless the feed carries the whole text, `always` fetches it, `never` does not."""
    interval: Annotated[Duration, between("1s", "30d")] | None = None
    """How often to look. Without one, the interval follows the feed's own rhythm."""
    headers: Headers = Field(default_factory=dict, repr=False)
    """Headers for requests to this publisher, for example User-Agent or Accept. May hold `${NAME}`; never shown."""
    robots: Literal["respect", "ignore"] = "respect"
    """Whether robots.txt decides which pages of this publisher are fetched. Feeds themselves are fetched always."""


class FeedsFile(Part):
    """feeds.yaml: what is watched."""

    feeds: tuple[FeedPart, ...] = ()
    """The feeds, in the order in which lists show them."""


# ---------------------------------------------------------------- channels.yaml


class FilePart(Part):
    """Messages become files in a folder: nothing leaves the machine."""

    type: Literal["file"]
    """The kind of channel."""
    dir: FullLine
    """The folder; it is made when it is not there. From the folder in which the command runs."""


class ConsolePart(Part):
    """Messages are printed to standard output."""

    type: Literal["console"]
    """The kind of channel."""


class EmailPart(Part):
    """Mail over SMTP, one delivery for each recipient."""

    type: Literal["email"]
    """The kind of channel."""
    smtp: Smtp
    """`smtp://user:password@host:587` (STARTTLS) or `smtps://...` (TLS); plain text with `?starttls=off` only."""
    sender: Address = Field(alias="from")
    """The address that the mail comes from, with or without a name."""
    to: Annotated[tuple[Address, ...], LIST] = ()
    """Who gets it; every recipient sees these addresses."""
    bcc: Annotated[tuple[Address, ...], LIST] = ()
    """Who gets it too, unseen by the others."""

    @model_validator(mode="after")
    def _somebody_once(self) -> EmailPart:
        everybody = [address.casefold() for address in (*self.to, *self.bcc)]
        if not everybody:
            raise refusal(INCOMPLETE, "has no recipient; name one in to or in bcc")
        if len(set(everybody)) < len(everybody):
            raise refusal(INCOMPLETE, "names a recipient twice in to and bcc")
        return self


class SlackPart(Part):
    """Slack: an incoming webhook, or a bot's token and a channel."""

    type: Literal["slack"]
    """The kind of channel."""
    webhook: SecretUrl | None = None
    """The address of an incoming webhook."""
    token: OptionalSecret = None
    """The token of a bot with the right chat:write; it needs `channel`."""
    channel: Line = ""
    """The channel that the bot writes to, for example `#ai-policy`."""
    api_url: FeedUrl = "https://slack.com/api/"
    """Where Slack's interface is; other than the default for GovSlack only."""

    @model_validator(mode="after")
    def _one_way(self) -> SlackPart:
        if bool(self.webhook) == bool(self.token):
            raise refusal(INCOMPLETE, "needs either webhook, or token and channel")
        if self.token and not self.channel:
            raise refusal(INCOMPLETE, "has a token but no channel; add channel: '#name'")
        return self


class WebhookPart(Part):
    """JSON by POST to an address of yours."""

    type: Literal["webhook"]
    """The kind of channel."""
    url: SecretUrl
    """Where to post; it is kept secret, since such addresses often hold a key."""
    secret: OptionalSecret = None
    """The key of the HMAC-SHA256 signature. Without one, messages are not signed."""


class ApprisePart(Part):
    """Any of the services that the Apprise library knows: Teams, Matrix, Telegram, ntfy and a hundred more."""

    type: Literal["apprise"]
    """The kind of channel."""
    url: ServiceUrl
    """The service's address as Apprise writes it; it is kept secret."""


CHANNELS: dict[str, type[Part]] = {
    "file": FilePart,
    "console": ConsolePart,
    "email": EmailPart,
    "slack": SlackPart,
    "webhook": WebhookPart,
    "apprise": ApprisePart,
}
ChannelPart = Annotated[
    FilePart | ConsolePart | EmailPart | SlackPart | WebhookPart | ApprisePart, Field(discriminator="type")
]


class ChannelsFile(Part):
    """channels.yaml: where messages may go."""

    channels: dict[Slug, ChannelPart] = Field(default_factory=dict)
    """The channels by name; digests, alerts and rules call them by it."""


# ---------------------------------------------------------------- digests.yaml


def _not_alerts(name: str) -> str:
    if name == "alerts":
        raise refusal(SLUG, "is the name of the alerts in the database; call the digest otherwise")
    return name


class DigestPart(Part):
    """One digest: which hits, when, where to. A list that is empty or left out means all."""

    id: Annotated[Slug, AfterValidator(_not_alerts)]
    """The digest's name in commands and in the database."""
    title: FullLine
    """What readers see, also as the subject of mails."""
    schedule: Cron
    """When: minute, hour, day of month, month, day of week; `0 8 * * mon-fri` is 8:00 from Monday to Friday."""
    timezone: TimeZone | None = None
    """The time zone of the schedule. Without one: that of monitor.yaml."""
    topics: Annotated[tuple[TopicRef, ...], LIST] = ()
    """Topics of the rules."""
    rules: Annotated[tuple[RuleRef, ...], LIST] = ()
    """Rules by id."""
    feeds: Annotated[tuple[FeedRef, ...], LIST] = ()
    """Feeds by id."""
    tiers: Annotated[tuple[Tier, ...], LIST] = ()
    """Tiers of the feeds."""
    languages: Annotated[tuple[Language, ...], LIST] = ()
    """Languages of the articles."""
    min_priority: Priority = "low"
    """The least priority of the rules."""
    channels: Annotated[tuple[ChannelRef, ...], LIST, Field(min_length=1)]
    """Where it goes; at least one."""
    when_empty: Literal["skip", "send"] = "skip"
    """What to do when there is nothing to tell: `send` says so, and tells which feeds were heard."""
    max_stories: Annotated[int, Field(ge=1, le=1000)] = 40
    """The most stories it shows; it says how many more there were."""


class AlertsPart(Part):
    """Urgent hits, sent without waiting for a digest."""

    min_priority: Priority = "urgent"
    """The least priority of the rules."""
    channels: Annotated[tuple[ChannelRef, ...], LIST, Field(min_length=1)]
    """Where they go; at least one."""
    window: Annotated[Duration, between("0s", "1d")] = timedelta(minutes=10)
    """Gather this long, then send one message."""
    cooldown: Annotated[Duration, between("0s", "365d")] = timedelta(hours=12)
    """How long a story that was told is not told again."""


class DigestsFile(Part):
    """digests.yaml: what is told, and when."""

    digests: tuple[DigestPart, ...] = ()
    """The digests."""
    alerts: AlertsPart | None = None
    """Urgent hits, sent at once. Without this there are none."""


FILES: dict[str, type[Part]] = {
    "monitor.yaml": MonitorFile,
    "feeds.yaml": FeedsFile,
    "channels.yaml": ChannelsFile,
    "digests.yaml": DigestsFile,
}
