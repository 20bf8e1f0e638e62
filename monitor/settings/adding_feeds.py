"""Adds feeds to feeds.yaml, below the others, and keeps all comments.

The new text is parsed before it replaces the old file in one step, so a crash leaves one or the other. Nothing is
written when the file already has an error, or when the id or the address exists. `${` in a title is written as `$${`,
since titles come from publishers and must not refer to environment variables.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from monitor.config_types.values import TYPE
from monitor.core.errors import ConfigurationError, UsageError
from monitor.core.feeds.opml import slugify
from monitor.core.model import Feed
from monitor.core.yaml_nodes import MappingNode, SequenceNode, has_value
from monitor.settings.config_edits import lock_folder, replace_text
from monitor.settings.config_errors import describe_errors
from monitor.settings.config_folder import read_text
from monitor.settings.feeds_yaml import FeedSection
from monitor.settings.feeds_yaml_text import insert_feeds, rewrite_with_feeds
from monitor.settings.yaml_document import parse_mapping, to_data

EMPTY = "# yaml-language-server: $schema=../docs/schema/feeds.schema.json\n\nfeeds:\n"
_NOTHING: tuple[object, ...] = ("", None, [], (), {})


@dataclass(frozen=True, slots=True)
class VariableReference:
    """A value of a feed that comes from a variable of the environment, and is written as a reference to it."""

    name: str
    value: str = field(repr=False)

    def __str__(self) -> str:
        return self.value


def add_feed(path: Path, fields: Mapping[str, Any]) -> None:
    """Add one feed, given by the keys of feeds.yaml; UsageError or ConfigurationError if it cannot be added."""
    for _, refused in add_feeds(path, [fields]):
        raise refused


def add_feeds(path: Path, several: Iterable[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], UsageError]]:
    """Add the valid feeds and return the others, each with its error. Fields without a value are left out.

    The file is written once. ConfigurationError if the file itself is invalid; then no feed is added.
    """
    several = [{key: value for key, value in fields.items() if value not in _NOTHING} for fields in several]
    with lock_folder(path.parent):
        old = _current(path)
        before = _root(old, path)
        existing = _ExistingFeeds(_feeds(before))
        refused = [(fields, error) for fields in several if (error := existing.refusal(fields))]
        refused_ids = {id(fields) for fields, _ in refused}
        valid = [fields for fields in several if id(fields) not in refused_ids]
        if valid:
            _write(path, old, before, [{key: _escape(value) for key, value in fields.items()} for fields in valid])
    return refused


def _write(path: Path, old: str, before: MappingNode, new: list[dict[str, Any]]) -> None:
    expected = _as_written(before) | {"feeds": [*_feeds(before), *new]}
    text = insert_feeds(old, before, new)
    if text is None or not _reads_as(text, path, expected):
        text = rewrite_with_feeds(old, before, new)
    if not _reads_as(text, path, expected):
        raise UsageError(f"{path}: the feed cannot be added without a change to the rest; add it by hand")
    replace_text(path, text)


def new_id(name: str, taken: Collection[str]) -> str:
    """Return an id derived from a title or an address that is not in `taken`."""
    host = urlsplit(name).hostname if "://" in name else None
    stem = slugify((host or name).removeprefix("www."))[:56].strip("-") or "feed"
    if stem not in taken:
        return stem
    return next(made for number in range(2, len(taken) + 3) if (made := f"{stem}-{number}") not in taken)


class _ExistingFeeds:
    """The ids and addresses of the feeds in the file."""

    def __init__(self, feeds: Iterable[object]) -> None:
        listed = [feed for feed in feeds if isinstance(feed, dict)]
        self._ids = {str(feed.get("id")) for feed in listed}
        self._addresses = {_normalize_url(str(feed.get("url", ""))): str(feed.get("id")) for feed in listed}

    def refusal(self, fields: Mapping[str, Any]) -> UsageError | None:
        """Return why a feed cannot be added; None if it can, and then reserve its id and address."""
        if error := _validation_error(fields):
            return error
        name, address = str(fields["id"]), _normalize_url(str(fields["url"]))
        if name in self._ids:
            return UsageError(f"there is a feed {name} already; choose another id")
        if address in self._addresses:
            return _known_address(self._addresses[address], str(fields["url"]))
        self._ids.add(name)
        self._addresses[address] = name
        return None


def refuse_known_address(url: str, feeds: Iterable[Feed]) -> None:
    """Raise UsageError if one of the feeds has this address: it need not be fetched to be refused."""
    for feed in feeds:
        if _normalize_url(feed.url) == _normalize_url(url):
            raise _known_address(str(feed.id), url)


def _known_address(feed_id: str, url: str) -> UsageError:
    return UsageError(f"the feed {feed_id} has this address already: {url}")


def _plain_value(value: object) -> object:
    return value.value if isinstance(value, VariableReference) else value


def _validation_error(fields: Mapping[str, Any]) -> UsageError | None:
    try:
        FeedSection.model_validate({key: _plain_value(value) for key, value in fields.items()})
    except ValidationError as error:
        return UsageError(f"this feed cannot be added: {describe_errors(error, FeedSection)}")
    return None


def parse_feed(keys: Mapping[str, Any]) -> Feed:
    """Build a feed of keys of feeds.yaml that come from elsewhere. Raises UsageError that names what is wrong."""
    try:
        return FeedSection.model_validate(keys).to_feed()
    except ValidationError as error:
        raise UsageError(f"this source cannot be read: {describe_errors(error, FeedSection)}") from None


def _normalize_url(url: str) -> str:
    """Return an address without scheme, `www.`, case, final slash and fragment, for comparisons."""
    return url.partition("#")[0].partition("://")[2].removeprefix("www.").rstrip("/").casefold()


def _feeds(root: MappingNode) -> list[Any]:
    feeds = _as_written(root).get("feeds")
    return feeds if isinstance(feeds, list) else []


def _current(path: Path) -> str:
    if not path.exists():
        return EMPTY
    text, problems = read_text(path)
    if text is None:
        raise ConfigurationError(problems)
    return text


def _root(text: str, path: Path) -> MappingNode:
    root, problems = parse_mapping(text, str(path))
    if root is None or problems:
        raise ConfigurationError(problems)
    feeds = root.entries.get("feeds")
    if has_value(feeds) and not isinstance(feeds, SequenceNode):
        raise ConfigurationError([feeds.mark.problem(TYPE, "feeds: must be a list")])
    return root


def _reads_as(text: str, path: Path, expected: dict[str, Any]) -> bool:
    try:
        return _as_written(_root(text, path)) == expected
    except ConfigurationError:
        return False


def _as_written(root: MappingNode) -> dict[str, Any]:
    """Return a file as it is written, variables not replaced."""
    data: dict[str, Any] = to_data(root, lambda scalar: scalar.text)
    return data


def _escape(value: object) -> object:
    if isinstance(value, VariableReference):
        return f"${{{value.name}}}"
    if isinstance(value, dict):
        return {str(key): _escape(text) for key, text in value.items()}
    if isinstance(value, list | tuple):
        return [_escape(text) for text in value]
    return str(value).replace("${", "$${")
