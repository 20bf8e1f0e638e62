"""digests.yaml, key by key: what is sent, and when. The text under a key is what editors and docs/schema show."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from monitor.config_types.addresses import Address
from monitor.config_types.section import ConfigSection
from monitor.config_types.times import Cron, Duration, QuietHours, TimeZone, duration_between
from monitor.config_types.values import (
    FORM,
    HOME_FOLDER,
    INCOMPLETE,
    LIST,
    SLUG,
    Argument,
    Country,
    Language,
    NonEmptyLine,
    Slug,
    invalid,
)
from monitor.core.model import (
    DigestConfig,
    Tier,
    TranslateConfig,
    bare_address,
)
from monitor.settings.alerts_section import AlertsSection
from monitor.settings.receivers import Priority, check_receivers, from_address
from monitor.settings.references import ChannelRef, FeedRef, RuleRef, TopicRef


def _not_alerts(name: str) -> str:
    if name == "alerts":
        raise invalid(SLUG, "is the name of the alerts in the database; choose another id")
    return name


class RecipientSection(ConfigSection):
    """One reader of a digest, who receives each story once, at a time of their own."""

    address: Address
    """The mail address."""
    timezone: TimeZone | None = None
    """The time zone of the schedule. Default: that of the digest."""
    schedule: Cron | None = None
    """When. Default: `schedule` of the digest."""
    topics: Annotated[tuple[TopicRef, ...], LIST] = ()
    """Topics of the rules. Default: those of the digest."""
    quiet_hours: QuietHours | None = None
    """A time of day in the reader's time zone in which it is not sent. Default: `quiet_hours` of the digest."""


_Recipient = Annotated[RecipientSection, BeforeValidator(from_address, json_schema_input_type=str | RecipientSection)]
"""A reader without settings of their own may be written as a mere address."""


class TranslateSection(ConfigSection):
    """How headlines in other languages than that of the readers are translated by machine."""

    command: Annotated[tuple[Argument, ...], LIST] = ()
    """A program and its arguments; `{source}` and `{target}` stand for languages such as `zh` and `en`."""
    argos: bool = False
    """Use the packages of Argos Translate that are installed beside the program, instead of a command."""
    timeout: Annotated[Duration, duration_between("1s", "5m")] = timedelta(seconds=30)
    """Time for up to fifty headlines."""

    @model_validator(mode="after")
    def _check(self) -> TranslateSection:
        if bool(self.command) == self.argos:
            raise invalid(INCOMPLETE, "needs a command, or argos: true, and not both")
        program = self.command[0] if self.command else "argos"
        if not program.strip():
            raise invalid(FORM, "must begin with a program, and its name is empty")
        if program.startswith("~"):
            raise invalid(FORM, f"has a program that {HOME_FOLDER}")
        return self


class DigestSection(ConfigSection):
    """One digest: which hits, when, where to. A list that is empty or left out means all."""

    id: Annotated[Slug, AfterValidator(_not_alerts)]
    """The name of the digest in commands and in the database."""
    was: Slug | None = None
    """The id that it had before: what was sent under that id is not sent again."""
    title: NonEmptyLine
    """The title that readers see, also as the subject of mails."""
    schedule: Cron
    """When: minute, hour, day of month, month, day of week; `0 8 * * mon-fri` is 8:00 from Monday to Friday."""
    timezone: TimeZone | None = None
    """The time zone of the schedule. Default: `timezone` of monitor.yaml."""
    topics: Annotated[tuple[TopicRef, ...], LIST] = ()
    """Topics of the rules."""
    rules: Annotated[tuple[RuleRef, ...], LIST] = ()
    """Rules by id."""
    feeds: Annotated[tuple[FeedRef, ...], LIST] = ()
    """Feeds by id."""
    tiers: Annotated[tuple[Tier, ...], LIST] = ()
    """Tiers of the feeds. Hits of a feed that was since renamed or removed are included."""
    languages: Annotated[tuple[Language, ...], LIST] = ()
    """Languages of the articles. An article whose language is unknown is included."""
    tags: Annotated[tuple[Slug, ...], LIST] = ()
    """Tags of the feeds; one of them is enough."""
    countries: Annotated[tuple[Country, ...], LIST] = ()
    """Countries of the feeds, as feeds.yaml has them."""
    min_priority: Priority = "low"
    """The lowest priority of the rules."""
    channels: Annotated[tuple[ChannelRef, ...], LIST] = ()
    """Where it is sent. A digest needs `channels` or `recipients`."""
    recipients: Annotated[tuple[_Recipient, ...], LIST] = ()
    """Readers, each with an own schedule and topics, who receive it by mail."""
    via: ChannelRef | None = None
    """The channel of type `email` by which `recipients` receive it; its own recipients do not."""
    when_empty: Literal["skip", "send"] = "skip"
    """What to do without hits: `skip` sends nothing, `send` sends an empty digest with its coverage."""
    quiet_hours: QuietHours | None = None
    """A time of day, such as `22:00-07:00`, in which it is not sent: one that falls due then is sent at its end."""
    max_stories: Annotated[int, Field(ge=1, le=1000)] = 40
    """The most stories in it, urgent ones first; the others are counted."""
    top: Annotated[int, Field(ge=0, le=20)] = 5
    """How many stories are listed first, across topics."""
    order: Literal["score", "time"] = "score"
    """The order of the stories of a topic: by rank, or newest first."""
    language: Language = "en"
    """The language of the readers: a story in another one names its language."""
    translate: TranslateSection | None = None
    """How headlines in other languages are translated by machine. Without this key they are not."""
    charts: bool = False
    """Draw the stories per week of each topic at the end."""
    review: bool = False
    """Add the review of the week: trends against the eight weeks before, new and quiet topics, top sources."""
    attachments: Annotated[tuple[Literal["ics"], ...], LIST] = ()
    """What mails and files get beside them: `ics` is a calendar file with the dates that the stories announce."""
    possibly_missed: Annotated[int, Field(ge=0, le=50)] = 5
    """How many articles are listed that no rule matched and that resemble the hits; 0 lists none."""
    see_more: Literal["command", "web", "none"] | None = None
    """How to reach what is counted and not shown: by command or web page. Default: `web` with `web.base_url`."""

    @model_validator(mode="after")
    def _check_recipients(self) -> DigestSection:
        check_receivers(self.channels, self.via, [each.address for each in self.recipients])
        return self

    def to_configs(self, timezone: str, *, has_web_page: bool) -> tuple[DigestConfig, ...]:
        """Return a configuration for the channels, if there are any, and one for each recipient."""
        config = self._to_config(timezone, has_web_page=has_web_page)
        subscriptions = (self._subscription(config, each) for each in self.recipients)
        return (*([config] if self.channels else []), *subscriptions)

    def _subscription(self, config: DigestConfig, reader: RecipientSection) -> DigestConfig:
        return replace(
            config,
            id=f"{config.id}:{bare_address(reader.address)}",
            was=f"{config.was}:{bare_address(reader.address)}" if config.was else "",
            timezone=reader.timezone or config.timezone,
            schedule=reader.schedule or config.schedule,
            topics=reader.topics or config.topics,
            quiet_hours=reader.quiet_hours or config.quiet_hours,
            channels=(self.via,) if self.via else (),
            recipient=reader.address,
        )

    def _to_config(self, timezone: str, *, has_web_page: bool) -> DigestConfig:
        return self.to_value(
            DigestConfig,
            was=self.was or "",
            timezone=self.timezone or timezone,
            translate=self.translate.to_value(TranslateConfig) if self.translate else None,
            see_more=self.see_more or ("web" if has_web_page else "none"),
        )


class DigestsFile(ConfigSection):
    """digests.yaml: what is sent, and when."""

    digests: tuple[DigestSection, ...] = ()
    """The digests."""
    alerts: AlertsSection | None = None
    """Urgent hits, sent at once. Without this key there are none."""
