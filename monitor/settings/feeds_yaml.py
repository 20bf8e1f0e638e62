"""feeds.yaml, key by key: what is watched. The text under a key is what editors and docs/schema show."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from monitor.config_types import paths
from monitor.config_types.addresses import Cookies, FeedUrl, Headers, Network
from monitor.config_types.credentials import OptionalSecret, ProxyUrlOrOff
from monitor.config_types.mailbox_address import is_mailbox
from monitor.config_types.paths import Expression, ItemPath, Pattern, Selector
from monitor.config_types.section import ConfigSection
from monitor.config_types.times import Duration, duration_between
from monitor.config_types.values import FORM, LIST, LOWERCASE, Country, Language, Line, Slug, invalid
from monitor.core.model import Feed, ItemFields, Tier


class FeedSection(ConfigSection):
    """One feed."""

    id: Slug
    """The name of the feed in commands, rules and the database. Never reuse it for another feed."""
    url: FeedUrl
    """Where the source is: the address of a feed, a sitemap, an API, or a page that lists articles (`kind: page`)."""
    kind: Literal["auto", "feed", "sitemap", "page", "json", "imap"] = "auto"
    """How to read what is at the address. `feed`: RSS, Atom, RDF or JSON Feed. `sitemap`: a sitemap or an index of
    them. `page`: a web page that lists articles. `json`: an API. `imap`: newsletters in a mailbox. `auto` decides
    by the response, except for pages."""
    title: Line = ""
    """The source name that readers see. Default: the id."""
    language: Language | None = None
    """Two letters of ISO 639-1. By default the language of each article is detected from its text."""
    country: Country = ""
    """Two capital letters (DE, GB, CN), EU, or INT for international bodies."""
    tier: Tier = Tier.PRESS
    """How close the source is to the decision that it reports. A story shows its best source first."""
    tags: Annotated[tuple[Slug, ...], LIST] = ()
    """Your own labels. Rules can select them."""
    fulltext: Literal["auto", "always", "never"] = "auto"
    """`auto`: the page is fetched unless the feed has a long text. `always`: it is fetched. `never`: it is not."""
    fulltext_select: Selector = ""
    """A CSS selector of the element that holds the article's text on this publisher's pages, for pages from which the
    program reads the wrong text. Where it finds nothing, the text is found as usual and the page is counted."""
    interval: Annotated[Duration, duration_between("1s", "30d")] | None = None
    """How often to poll. By default the interval adapts to the feed."""
    headers: Headers = Field(default_factory=dict, repr=False)
    """Headers for requests to this publisher, for example User-Agent or Accept. They are never shown or exported."""
    cookies: Cookies = Field(default_factory=dict, repr=False)
    """Cookies for requests to this publisher, by name, for example of a login. They go where `headers` go."""
    password: OptionalSecret = None
    """For `kind: imap`: the password of the user in `url`. It is never shown or exported."""
    split: Annotated[Literal["none", "links"], LOWERCASE] = "none"
    """For `kind: imap`: `none`: each message is an article. `links`: each link in a message is."""
    robots: Literal["respect", "ignore"] = "respect"
    """Whether robots.txt decides which pages of this publisher are fetched; never the feed itself."""
    revisit: Literal["auto", "always", "never"] = "auto"
    """Which pages are fetched again to find edits. `auto`: those of tiers official and agency, and those in which a
    rule matched. `always`: all that were read. `never`: none."""
    allow_networks: Annotated[tuple[Network, ...], LIST] = ()
    """Private networks that this feed and its pages may reach, beside `fetch.allow_networks`."""
    proxy: ProxyUrlOrOff = None
    """The outgoing proxy for this feed and its pages, instead of `fetch.proxy`; `off`: none."""
    max_per_day: Annotated[int, Field(ge=1, le=1_000_000)] = 1_000
    """How many articles are stored with text per UTC day. Above it, only title and link are stored and matched."""
    include: Annotated[tuple[Pattern, ...], LIST] = ()
    """Take only entries whose address (not title: for words write a rule) contains one of these; `*` stands for any
    characters."""
    exclude: Annotated[tuple[Pattern, ...], LIST] = ()
    """Leave out entries whose address contains one of these."""
    select: Selector = ""
    """For `kind: page`: a CSS selector that finds the items. Without one, the main list of the page is found."""
    items: Expression = ""
    """For `kind: json`: the JMESPath expression of the list of items. Without one, the usual names are tried."""
    item_title: ItemPath = ""
    """The title within an item: a CSS selector, or for `kind: json` a JMESPath expression."""
    item_url: ItemPath = ""
    """The address within an item, as `item_title`. For `kind: json` also a template, `https://example.org/doc/{id}`."""
    item_id: ItemPath = ""
    """For `kind: json`: what identifies an item, if not its address."""
    date: ItemPath = ""
    """The date within an item."""
    summary: ItemPath = ""
    """The summary within an item."""
    next: ItemPath = ""
    """The address of the next page, within the whole answer. Read at the first poll only, at most five pages."""

    @model_validator(mode="after")
    def _check_paths(self) -> FeedSection:
        """Check that the paths belong to the kind, and can be compiled."""
        if self.select and self.items:
            raise invalid(
                FORM, "has `select` (CSS, for `kind: page`) and `items` (JMESPath, for `kind: json`): keep one"
            )
        paths.check_paths(self.item_kind, self._written_paths())
        return self

    @model_validator(mode="after")
    def _check_request(self) -> FeedSection:
        """Check that cookies are written once, and that only an address of an API asks for items since a time."""
        if self.cookies and any(name.lower() == "cookie" for name in self.headers):
            raise invalid(FORM, "has `cookies` and a header `Cookie`: keep one")
        if is_mailbox(self.url) != (self.item_kind == "imap"):
            raise invalid(
                FORM,
                "has an address and a kind that do not fit: `kind: imap` needs imaps:// or imap://, and no other does",
            )
        if self.item_kind == "imap" and self.password is None:
            raise invalid(FORM, 'has a mailbox without `password`; write password: "${IMAP_PASSWORD}"')
        if self.item_kind != "imap" and (self.password is not None or self.split != "none"):
            raise invalid(FORM, "has `password` or `split`, which belong to `kind: imap`")
        if "{since" in self.url:
            self._check_since()
        return self

    def _check_since(self) -> None:
        from monitor.core.sources import since  # the libraries of the kinds are loaded only where a file needs them

        if since.is_template(self.url) and self.item_kind != "json":
            raise invalid(FORM, "has `{since}` in its `url`, which belongs to `kind: json`")
        if unknown := since.unknown_formats(self.url):
            raise invalid(
                FORM, f"has `{{since:{unknown[0]}}}` in its `url`; write {{since}}, {{since:time}} or {{since:unix}}"
            )

    @property
    def item_kind(self) -> str:
        """Return the kind, which `select` and `items` decide where it is `auto`."""
        if self.kind != "auto":
            return self.kind
        if is_mailbox(self.url):
            return "imap"
        return "page" if self.select else "json" if self.items else "auto"

    def _written_paths(self) -> dict[str, str]:
        names = ("select", "items", "item_title", "item_url", "item_id", "date", "summary", "next")
        return {name: path for name in names if (path := getattr(self, name))}

    def _own_headers(self) -> dict[str, str]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {**self.headers, **({"Cookie": cookie} if cookie else {})}

    def to_feed(self) -> Feed:
        """Return the feed that the poller uses."""
        return self.to_value(
            Feed,
            language=self.language or "",
            kind=self.item_kind,
            headers=self._own_headers(),
            password=self.password.reveal() if self.password else "",
            proxy=self.proxy.reveal() if self.proxy else "",
            fields=ItemFields(
                items=self.select or self.items,
                title=self.item_title,
                link=self.item_url,
                date=self.date,
                summary=self.summary,
                id=self.item_id,
                next=self.next,
            ),
        )


class FeedsFile(ConfigSection):
    """feeds.yaml: what is watched."""

    feeds: tuple[FeedSection, ...] = ()
    """The feeds, in the order of listings."""
