"""Secrets in the files as plain text: found, and replaced by references before the files are stored."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import yaml

from monitor.channels import CHANNEL_TYPES
from monitor.config_types.credentials import secret_key
from monitor.config_types.section import ConfigSection
from monitor.core.model import ConfigTexts
from monitor.core.yaml_nodes import Mark, ScalarNode
from monitor.settings.config_errors import section_in
from monitor.settings.models import FILES
from monitor.settings.monitor_yaml import MonitorFile
from monitor.settings.variables import WRITTEN
from monitor.settings.yaml_document import Location, YamlDocument

PUBLIC_HEADERS = frozenset({"user-agent", "accept", "accept-language", "referer"})
"""Headers of feeds that are no secrets, in lower case."""
_REFERENCE = re.compile(r"\$\{[^}]*\}")
_DEFAULT = re.compile(r"\$\{[^}]*:-[^}]+\}")
_COMMENT = re.compile(r"#[^\n]*")
"""Between two scalars, a # begins a comment."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class LiteralSecret:
    """A secret written in a file."""

    file: str
    key: str
    """The name of the secret, whatever surrounds it: `channels.policy-team.smtp`."""
    text: str
    mark: Mark


class _SecretField(NamedTuple):
    file: str
    key: str
    location: Location
    in_password: bool = False
    """True for an address of which only the password is secret."""


def literal_secrets(documents: Mapping[str, YamlDocument | None]) -> list[LiteralSecret]:
    """Find the values that grant access in a file, or in the default of a variable."""
    secrets = []
    for field in _secret_fields(documents):
        document = documents[field.file]
        node = document.node(field.location) if document is not None else None
        if isinstance(node, ScalarNode) and node.mark.line and _is_secret(node.text, in_password=field.in_password):
            secrets.append(LiteralSecret(field.file, field.key, node.text, node.mark))
    return secrets


def replace_literals(texts: ConfigTexts, secrets: list[LiteralSecret]) -> ConfigTexts:
    """Return the files with a reference in the place of each of these secrets, and without comments.

    A comment may hold a secret too. Lines keep their numbers. Rules and seeds hold no secrets and stay as they are.
    """
    replaced = dict(texts)
    for file in replaced.keys() & FILES.keys():
        places = {(each.mark.line, each.mark.column): each.key for each in secrets if each.file == file}
        replaced[file] = _replace(texts[file], places)
    return replaced


def _replace(text: str, keys: Mapping[tuple[int, int], str]) -> str:
    pieces, at = [], 0
    for event in yaml.parse(text, _LOADER):
        if not isinstance(event, yaml.ScalarEvent):
            continue
        start: Any = event.start_mark  # marks are there, whatever their types say
        end: Any = event.end_mark
        key = keys.get((start.line + 1, start.column + 1))
        pieces += [_COMMENT.sub("", text[at : start.index]), _scalar(text[start.index : end.index], key)]
        at = end.index
    return "".join([*pieces, _COMMENT.sub("", text[at:])])


def _scalar(text: str, key: str | None) -> str:
    if key is None:
        return text
    line_end = "\n" * text.endswith("\n")  # a block ends with its last line
    return f'"${{{WRITTEN}{key}}}"{line_end}'


def _is_secret(text: str, *, in_password: bool) -> bool:
    if _DEFAULT.search(text):
        return True
    if not in_password:
        return bool(text) and not _REFERENCE.search(text)
    try:
        return bool(urlsplit(_REFERENCE.sub("", text)).password)
    except ValueError:
        return True


def _secret_fields(documents: Mapping[str, YamlDocument | None]) -> Iterator[_SecretField]:
    """Yield the keys that hold secrets; some of them may not be in the files."""
    yield from _secret_keys("monitor.yaml", MonitorFile, ())
    if channels := documents.get("channels.yaml"):
        for location, channel in channels.entries("channels"):
            if config := CHANNEL_TYPES.get(str(channel.get("type"))):
                yield from _secret_keys("channels.yaml", config, location)
    if feeds := documents.get("feeds.yaml"):
        for location, feed in feeds.entries("feeds"):
            yield _SecretField("feeds.yaml", f"feeds.{feed.get('id')}.password", (*location, "password"))
            yield _SecretField("feeds.yaml", f"feeds.{feed.get('id')}.proxy", (*location, "proxy"), in_password=True)
            for section in ("headers", "cookies"):
                written = feed.get(section)
                for name in written if isinstance(written, dict) else ():
                    if section == "cookies" or name.lower() not in PUBLIC_HEADERS:
                        key = f"feeds.{feed.get('id')}.{section}.{name}"
                        yield _SecretField("feeds.yaml", key, (*location, section, name))


def _secret_keys(file: str, section: type[ConfigSection], at: Location) -> Iterator[_SecretField]:
    for name, field in section.model_fields.items():
        location = (*at, field.alias or name)
        if secret := secret_key(field):
            yield _SecretField(file, ".".join(map(str, location)), location, in_password=secret.only_password)
        elif (inner := section_in(field.annotation)) is not None:
            yield from _secret_keys(file, inner, location)
