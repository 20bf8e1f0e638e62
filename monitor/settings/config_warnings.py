"""Checks across the keys of valid files: warnings, and the error of a web page without a token on a public address."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from pydantic_core import PydanticCustomError

from monitor.channels import CHANNEL_TYPES
from monitor.config_types.credentials import secret_key
from monitor.config_types.hosts import is_loopback
from monitor.config_types.section import ConfigSection
from monitor.config_types.times import duration
from monitor.config_types.values import INCOMPLETE
from monitor.core.errors import Problem
from monitor.core.matching.rulebook import Rule, RuleBook
from monitor.core.model import PRIORITIES, AlertConfig, DigestConfig
from monitor.core.problems import did_you_mean
from monitor.core.yaml_nodes import Mark
from monitor.settings.config_errors import shown
from monitor.settings.monitor_yaml import WebSection
from monitor.settings.yaml_document import Location, YamlDocument

LITERAL_SECRET, SAME_URL, SHORT_INTERVAL = "C101", "C102", "C103"
BEHIND_PROXY, NO_FEEDS, SHORT_TOKEN = "C105", "C106", "C108"
NO_LIVE_RULE, NO_SUCH_FEED, NO_BASE_URL = "C109", "C110", "C111"
NOT_SENT, NOT_ALERTED, EVERY_MINUTE = "C112", "C113", "C114"
NO_PROGRAM, ONLY_ALERTED = "C115", "C116"
OPEN_PAGE, FORMER_ID = "C023", "C025"
MIN_TOKEN_CHARS = 16
_MAX_RULES_NAMED = 3
_USE_VARIABLE = "is written in the file; put it into a variable and write ${NAME}, or into a file and ${file:/path}"


def check_channels(document: YamlDocument) -> Iterator[Problem]:
    """Warn of secrets written into the file, and yield the warnings of each type of channel."""
    for location, values in document.entries("channels"):
        if config := CHANNEL_TYPES.get(str(values.get("type"))):
            yield from _literal_secrets(config, document, location, values)
            for warning in config.key_warnings(values):
                text = f"{warning.key}: {warning.text}"
                yield document.mark((*location, warning.key)).warning(warning.code, text)


def _literal_secrets(
    config: type[ConfigSection], document: YamlDocument, location: Location, values: Mapping[str, object]
) -> Iterator[Problem]:
    for name, field in config.model_fields.items():
        key, secret = field.alias or name, secret_key(field)
        if secret and secret.belongs_in_variable(str(values.get(key))) and _literal(document, (*location, key)):
            yield document.mark((*location, key)).warning(LITERAL_SECRET, f"{key}: {_USE_VARIABLE}")


def check_feeds(document: YamlDocument) -> Iterator[Problem]:
    """Warn of two feeds with one URL, of intervals below a minute, and of an empty list."""
    first: dict[str, str] = {}
    for location, feed in document.entries("feeds"):
        url, name = str(feed.get("url", "")), str(feed.get("id"))
        if url and url in first:
            message = f"url: the same as that of {shown(first[url])}; it is polled twice, and its articles come twice"
            yield document.mark((*location, "url")).warning(SAME_URL, message)
        first.setdefault(url, name)
        if _is_short(feed.get("interval")):
            message = "interval: is less than a minute; most publishers take that for an attack"
            yield document.mark((*location, "interval")).warning(SHORT_INTERVAL, message)
    if not first:
        yield document.root.mark.warning(NO_FEEDS, "there is no feed yet; add one with: monitor feeds add URL")


def check_digests(document: YamlDocument, channels: YamlDocument | None) -> Iterator[Problem]:
    """Refuse subscriptions by a channel that is not of type `email`; warn of digests that are due every minute."""
    types = (
        {}
        if channels is None
        else {str(location[-1]): str(values.get("type")) for location, values in channels.entries("channels")}
    )
    for location, digest in document.entries("digests"):
        minute, _, hours = str(digest.get("schedule") or "").strip().partition(" ")
        if minute in {"*", "*/1"}:
            message = f"schedule: is due every minute of its hours; for once an hour write '0 {shown(hours.strip())}'"
            yield document.mark((*location, "schedule")).warning(EVERY_MINUTE, message)
        yield from _check_translator(document, location, digest)
    alerts = document.data.get("alerts")
    by_mail = [*document.entries("digests"), *([(("alerts",), alerts)] if isinstance(alerts, dict) else [])]
    for location, section in by_mail:
        kind = types.get(str(section.get("via")), "email")
        if kind != "email":
            message = f"via: must be a channel of type email, and this one is of type {shown(kind)}"
            yield document.mark((*location, "via")).problem(INCOMPLETE, message)


def _check_translator(document: YamlDocument, location: Location, digest: Mapping[str, object]) -> Iterator[Problem]:
    """Warn of a translator that this machine does not have."""
    section = digest.get("translate")
    program = next(iter(listed(section.get("command"))), "") if isinstance(section, dict) else ""
    if program and "{" not in program and shutil.which(program) is None:
        message = (
            "command: its program cannot be run on this machine; the first item is the program with its whole path, and"
            " each argument is an item of its own: [/opt/translate/run, --fast, '{source}', '{target}']"
        )
        yield document.mark((*location, "translate", "command")).warning(NO_PROGRAM, message)


def check_former_ids(digests: YamlDocument) -> Iterator[Problem]:
    """Refuse a former id of a digest that is the id of a digest, or the former id of two."""
    ids = (digest.get("id") for _, digest in digests.entries("digests"))
    taken = {each: "is the id of a digest; name one that is gone" for each in ids if isinstance(each, str)}
    for location, digest in digests.entries("digests"):
        was = digest.get("was")
        if not isinstance(was, str):
            continue
        if was in taken:
            yield digests.mark((*location, "was")).problem(FORMER_ID, f"was: '{shown(was)}' {taken[was]}")
        taken[was] = "is the former id of another digest, too"


def check_links(digests: YamlDocument, web: WebSection) -> Iterator[Problem]:
    """Warn of digests that lead to a web page without an address for readers."""
    for location, digest in digests.entries("digests"):
        if digest.get("see_more") == "web" and not web.base_url:
            message = "see_more: there are no links to the web page without web.base_url in monitor.yaml; set it"
            yield digests.mark((*location, "see_more")).warning(NO_BASE_URL, message)


def check_feed_filters(digests: YamlDocument, feeds: YamlDocument) -> Iterator[Problem]:
    """Warn of tags and countries that no feed has: a digest filtered by them would be empty, and not be sent."""
    for key, feed_key in (("tags", "tags"), ("countries", "country")):
        configured = {name.lower() for _, feed in feeds.entries("feeds") for name in listed(feed.get(feed_key))}
        for location, digest in digests.entries("digests"):
            for name in listed(digest.get(key)):
                if name.lower() not in configured:
                    message = f"{key}: no feed in feeds.yaml has '{shown(name)}'{did_you_mean(name, configured)}"
                    yield digests.mark((*location, key)).warning(NO_SUCH_FEED, message)


def listed(value: object) -> list[str]:
    """Return the items of a list, which can also be one text with commas."""
    items = value.strip("[] ").split(",") if isinstance(value, str) else value
    return [str(item).strip(" '\"") for item in items] if isinstance(items, list) else []


def check_rules(book: RuleBook, folder: Path) -> Iterator[Problem]:
    """Warn if no rule is live, so that nothing would be sent."""
    if not any(rule.status == "live" for rule in book.rules):
        counts = Counter(rule.status for rule in book.rules)
        idle = ", ".join(f"{rule_count} {status}" for status, rule_count in sorted(counts.items()))
        message = f"no rule is live ({idle or 'there is none'}), so no hits are sent; set status: live on at least one"
        yield Problem(str(folder), 0, 0, NO_LIVE_RULE, message, "warning")


def check_recipients(
    rules: Iterable[Rule], digests: Sequence[DigestConfig], alerts: AlertConfig | None, where: Mark
) -> Iterator[Problem]:
    """Warn of live rules whose hits nothing includes, or only alerts with a limit, and of urgent ones without an alert.

    Without digests there is no warning: nothing is meant to be sent. Filters by feed and language are not considered.
    """
    if not digests:
        return
    lowest = PRIORITIES.index((alerts or AlertConfig()).min_priority)
    to_all = alerts is not None and bool(alerts.targets)
    alerted: list[Rule] = []
    silent: list[Rule] = []
    for rule in rules:
        if rule.status == "live":
            is_alerted = PRIORITIES.index(rule.priority) >= lowest and (to_all or rule.notify)
            (alerted if is_alerted else silent).append(rule)
    if unsent := [rule for rule in silent if not any(_includes(digest, rule) for digest in digests)]:
        message = (
            f"no digest includes the hits of {_name_rules(unsent)}; name the topic or the rule in one to send them"
        )
        yield where.warning(NOT_SENT, message)
    limited = [rule for rule in alerted if rule.max_per_day or (alerts and alerts.max_per_day)]
    if unsent := [rule for rule in limited if not any(_includes(digest, rule) for digest in digests)]:
        message = (
            f"no digest includes the hits of {_name_rules(unsent)}, so those that `max_per_day` leaves to a digest are "
            "sent to nobody; name the topic or the rule in one"
        )
        yield where.warning(ONLY_ALERTED, message)
    if urgent := [rule for rule in silent if rule.priority == "urgent"]:
        message = f"no alert is sent about the urgent hits of {_name_rules(urgent)}; name `channels` below alerts:"
        yield where.warning(NOT_ALERTED, message)


def _includes(digest: DigestConfig, rule: Rule) -> bool:
    return (
        (not digest.topics or rule.topic in digest.topics)
        and (not digest.rules or rule.id in digest.rules)
        and PRIORITIES.index(rule.priority) >= PRIORITIES.index(digest.min_priority)
    )


def _name_rules(rules: Sequence[Rule]) -> str:
    names = ", ".join(f"'{rule.id}' (topic {rule.topic})" for rule in rules[:_MAX_RULES_NAMED])
    more = f" and {len(rules) - _MAX_RULES_NAMED} more" if len(rules) > _MAX_RULES_NAMED else ""
    return f"the live rule{'' if len(rules) == 1 else 's'} {names}{more}"


def check_monitor(document: YamlDocument, web: WebSection) -> Iterator[Problem]:
    """Warn of secrets in monitor.yaml; report a web page that is open to the network as an error."""
    if web.token and _literal(document, ("web", "token")):
        yield document.mark(("web", "token")).warning(LITERAL_SECRET, f"token: {_USE_VARIABLE}")
    if web.token and len(web.token.reveal()) < MIN_TOKEN_CHARS:
        message = f"has fewer than {MIN_TOKEN_CHARS} characters and can be guessed; make one with: openssl rand -hex 24"
        yield document.mark(("web", "token")).warning(SHORT_TOKEN, f"token: {message}")
    if web.hosts and not web.token:
        message = "hosts: everyone whom the proxy admits can read the page; set web.token unless the proxy has a login"
        yield document.mark(("web", "hosts")).warning(BEHIND_PROXY, message)
    if _password(document.data.get("database")) and _literal(document, ("database",)):
        yield document.mark(("database",)).warning(LITERAL_SECRET, f"database: {_USE_VARIABLE}")
    if web.enabled and not web.token and not is_loopback(web.host):
        message = "listen: everyone who can reach this address could read the page; set web.token"
        yield document.mark(("web", "listen")).problem(OPEN_PAGE, message)


def _literal(document: YamlDocument, location: Location) -> bool:
    return "${" not in (document.written(location) or "${")


def _password(url: object) -> bool:
    try:
        return isinstance(url, str) and bool(urlsplit(url).password)
    except ValueError:
        return False


def _is_short(interval: object) -> bool:
    try:
        return isinstance(interval, str) and duration(interval) < timedelta(minutes=1)
    except PydanticCustomError:
        return False
