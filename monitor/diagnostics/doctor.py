"""`monitor doctor`: findings about versions, configuration, channels, database, clock, daemon, feeds and outbox.

It changes nothing, and continues with the other checks when one fails.
"""

from __future__ import annotations

import asyncio
import platform
import sqlite3
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from monitor import __version__
from monitor.core.digests.translations import Headline
from monitor.core.errors import ConfigurationError, DatabaseError, MonitorError, UnreadableRowError
from monitor.core.grouping import group_by
from monitor.core.model import TranslateConfig
from monitor.core.text.languages import same_language
from monitor.diagnostics.service_checks import Finding, check_service
from monitor.runtime import descriptors
from monitor.translation import TranslationError, translate

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.settings import Settings


_FEW_DESCRIPTORS = 512
"""File descriptors below which the default configuration may get fewer connections than configured."""
_LIBRARIES = (
    "httpx",
    "feedparser",
    "trafilatura",
    "lxml",
    "sqlmodel",
    "SQLAlchemy",
    "apscheduler",
    "pebble",
    "psycopg",
)
_SAFE_SQLITE = (3, 51, 3)
"""Earlier versions may corrupt a WAL when several processes write during a checkpoint (sqlite.org/wal.html)."""

SAMPLE = "Internet"
"""A word that most languages have; its translation does not matter."""


def run_checks(
    read: Callable[[], Settings], read_in_force: Callable[[], Settings], opened: Callable[[Settings], App]
) -> Iterator[Finding]:
    """Yield findings as the checks produce them.

    `read` loads the files, `read_in_force` the last good configuration where they are refused, `opened` the App.
    """
    yield from _versions()
    try:
        settings = read()
    except ConfigurationError as error:
        for problem in error.problems:
            yield Finding("config", "bad" if problem.level == "error" else "note", str(problem))
        try:
            settings = read_in_force()
        except ConfigurationError:
            return
        except (DatabaseError, UnreadableRowError) as unreadable:
            yield Finding("database", "bad", str(unreadable))
            return
        yield Finding("config", "note", "the last good configuration is in force, as follows")
    yield from _config(settings)
    yield from _channels(settings)
    yield from _translators(settings)
    try:
        app = opened(settings)
    except MonitorError as error:
        yield Finding("database", "bad", str(error))
        return
    try:
        yield from check_service(app)
    except (DatabaseError, UnreadableRowError) as error:
        yield Finding("database", "bad", str(error))
    finally:
        app.store.close()


def _versions() -> Iterator[Finding]:
    words = f"policy-monitor {__version__}, Python {platform.python_version()}, {platform.platform(terse=True)}"
    yield Finding("versions", "ok", words)
    yield Finding("versions", "ok", ", ".join(f"{name} {_version(name)}" for name in _LIBRARIES))
    most = descriptors.limit()
    yield Finding("versions", "note" if most < _FEW_DESCRIPTORS else "ok", f"file descriptors: {most} at most")
    risky = sqlite3.sqlite_version_info < _SAFE_SQLITE
    advice = "; keep to one writing process, or use PostgreSQL" if risky else ""
    yield Finding("versions", "note" if risky else "ok", f"SQLite {sqlite3.sqlite_version}{advice}")
    from pyexpat import EXPAT_VERSION

    from lxml.etree import LIBXML_VERSION

    words = (
        f"libxml2 {'.'.join(map(str, LIBXML_VERSION))}, {EXPAT_VERSION.replace('_', ' ')}, "
        f"UTF-8 mode {sys.flags.utf8_mode}"
    )
    yield Finding("versions", "ok", words)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _config(settings: Settings) -> Iterator[Finding]:
    live = sum(rule.status == "live" for rule in settings.rule_summaries)
    words = (
        f"{settings.folder}: feeds {len(settings.feeds)}, rules {len(settings.rule_summaries)} (live {live}), "
        f"channels {len(settings.channels)}, digests {len(settings.digests)}"
    )
    yield Finding("config", "ok", words)
    for problem in settings.warnings:
        yield Finding("config", "note", str(problem))
    if not settings.feeds:
        yield Finding("config", "bad", "feeds.yaml names no feed; `monitor feeds add URL` adds one")
    if not live:
        yield Finding("config", "bad", "no rule is live; nothing would be sent")


def _channels(settings: Settings) -> Iterator[Finding]:
    from monitor.fetch import AddressGuard

    guard = AddressGuard(settings.monitor.fetch.allow_networks)
    for name, config in settings.channels.items():
        servers = config.endpoints()
        words = f"{name} ({config.type})" + (f" connects to {', '.join(map(str, servers))}" if servers else "")
        problem = config.local_problem()
        if any(server.guarded and guard.refuses_literal(server.host) for server in servers):
            problem = "this is a private address, which is refused: add it to fetch.allow_networks"
        yield Finding("channels", "bad" if problem else "ok", "; ".join(filter(None, (words, problem))))


def _translators(settings: Settings) -> Iterator[Finding]:
    """Try each translator of headlines with a word, once from each language of the feeds."""
    languages = {feed.language for feed in settings.feeds if feed.language}
    translators = {(each.translate, each.language) for each in settings.digests if each.translate}
    for config, target in sorted(translators, key=repr):
        sources = sorted(language for language in languages if not same_language(language, target)) or ["fr"]
        problems = {source: try_translator(config, source, target) for source in sources}
        for problem, affected in group_by(sources, problems.__getitem__).items():
            words = f"headlines from {', '.join(affected)} to {target}: {problem or 'the translator answers'}"
            yield Finding("translation", "bad" if problem else "ok", words)


def try_translator(config: TranslateConfig, source: str, target: str) -> str:
    """Return why the translator gives no usable answer; empty if it does."""
    program = config.command[0] if config.command else "Argos Translate"
    try:
        asyncio.run(translate(config, [Headline(source, SAMPLE)], target))
    except TranslationError as error:
        return f"{program} {error}"
    return ""
