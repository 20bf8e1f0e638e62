"""feeds.yaml, key by key: what is watched. The text under a key is what editors and docs/schema show."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from monitor.config_types.addresses import FeedUrl, Headers, Network
from monitor.config_types.section import ConfigSection
from monitor.config_types.times import Duration, between
from monitor.config_types.values import LIST, Country, Language, Line, Slug
from monitor.core.model import Feed, FeedId, Tier


class FeedSection(ConfigSection):
    """One feed."""

    id: Slug
    """The feed's name in commands, rules and the database. Never use it again for another feed."""
    url: FeedUrl
    """Where the feed is: the address of the RSS or Atom document, not of a page."""
    kind: Literal["auto", "feed"] = "auto"
    """How to read what is at the address. `feed`: RSS, Atom or RDF. `auto` finds out by what comes."""
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
    revisit: Literal["auto", "always", "never"] = "auto"
    """Whose pages are looked at again later, as pages are edited in silence. `auto`: all of tiers official and agency,
    and those in which a rule was found."""
    allow_networks: Annotated[tuple[Network, ...], LIST] = ()
    """Private networks that this feed and its pages may be fetched from, beside `fetch.allow_networks`."""
    max_per_day: Annotated[int, Field(ge=1, le=1_000_000)] = 1_000
    """How many articles a day (UTC) are kept with their text, 20 kB each on average; of more only title and link."""

    def to_feed(self) -> Feed:
        """Return the feed that the poller uses."""
        return Feed(
            id=FeedId(self.id),
            url=self.url,
            title=self.title,
            language=self.language or "",
            country=self.country,
            tier=self.tier,
            tags=self.tags,
            kind=self.kind,
            fulltext=self.fulltext,
            interval=self.interval,
            headers=self.headers,
            robots=self.robots,
            revisit=self.revisit,
            allow_networks=self.allow_networks,
            max_per_day=self.max_per_day,
        )


class FeedsFile(ConfigSection):
    """feeds.yaml: what is watched."""

    feeds: tuple[FeedSection, ...] = ()
    """The feeds, in the order in which lists show them."""
