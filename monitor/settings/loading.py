"""Loads a configuration folder and the environment into Settings, or raises one error with all problems."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from monitor.core.errors import ConfigurationError, Problem, errors_of
from monitor.core.model import ConfigTexts
from monitor.core.rules.names import read_names
from monitor.core.yaml_nodes import SequenceNode
from monitor.settings.config_files import CONFIG_PARTS, ConfigFiles, read_files, rule_texts, stored_files
from monitor.settings.config_folder import RULES, folder_problem
from monitor.settings.config_loader import ConfigLoader
from monitor.settings.settings import Settings
from monitor.settings.variables import VARIABLE, Variables
from monitor.settings.yaml_document import parse_mapping

_LOST = "C024"
_CHANNELS = "channels.yaml"
_LOST_WORDS = (
    "no {kind} is left; to work without any, start the daemon once with `monitor run --accept-removal`, or where none "
    "is used, `monitor poll --accept-removal`"
)
_WITHOUT_CHANNELS = tuple(part for part in CONFIG_PARTS if part != _CHANNELS)


def load(
    folder: Path,
    env: Mapping[str, str],
    only: Collection[str] | None = None,
    *,
    warn: bool = True,
    needs_channels: bool = True,
    needs_variables: bool = True,
) -> Settings:
    """Load a folder; ConfigurationError with all problems if any of them is an error.

    `only` names the CONFIG_PARTS that a command needs beside monitor.yaml, so that errors of others do not stop it. The
    others are empty then, and names that refer to them are not checked: such Settings are never to be stored.
    Without `needs_channels`, channels.yaml is left out likewise if nothing is wrong with it but that its variables are
    not set: commands that only read need no secrets of the channels. Without `needs_variables`, neither are those of
    monitor.yaml: for commands that need no database, which have an empty one in memory if its address is not known.
    Without `warn` the rules are not linted, which takes a third of the time.
    """
    if problem := folder_problem(folder):
        raise ConfigurationError([problem])
    parts = CONFIG_PARTS if only is None else ("monitor.yaml", *only)
    if not needs_channels and _lacks_secrets(read_files(folder, (_CHANNELS,)), Variables(env)):
        parts = tuple(part for part in parts if part != _CHANNELS)
    files = read_files(folder, parts)
    return _load(ConfigLoader(files, Variables(env), parts, warn=warn, needs_variables=needs_variables))


def _lacks_secrets(files: ConfigFiles, variables: Variables) -> bool:
    """Return True if variables of channels.yaml are not set, and nothing else is wrong with it."""
    loader = ConfigLoader(files.only((_CHANNELS,)), variables, (_CHANNELS,), warn=False)
    loader.settings()
    errors = [error for error in errors_of(loader.all_problems()) if Path(error.path).name == _CHANNELS]
    return bool(errors) and all(error.code == VARIABLE for error in errors)


def load_if_unchanged(
    folder: Path, env: Mapping[str, str], before: ConfigTexts, *, needs_channels: bool = True
) -> Settings | None:
    """Load files whose texts were stored when they were valid; None if any was edited since, or cannot be loaded now.

    The rules, of which only the names are read at once, are read when they are first used; there are no warnings about
    them. `needs_channels` is that of `load`.
    """
    files, parts = read_files(folder), CONFIG_PARTS
    if not needs_channels and _lacks_secrets(files, Variables(env)):
        parts = _WITHOUT_CHANNELS
    loader = ConfigLoader(files.only(parts), Variables(env), parts, warn=False, rules_are_valid=True)
    try:
        loaded = _load(loader)
    except ConfigurationError:
        return None
    return loaded if loaded.texts == stored_files(folder, before).only(parts).texts else None


def load_stored(folder: Path, texts: ConfigTexts, env: Mapping[str, str], *, needs_channels: bool = True) -> Settings:
    """Read files that were stored earlier; secrets in them are taken from the files on disk now.

    `needs_channels` is that of `load`.
    """
    on_disk = ConfigLoader(read_files(folder), Variables(env))
    written = {secret.key: secret.text for secret in on_disk.literals()}
    files, parts = stored_files(folder, texts), CONFIG_PARTS
    if not needs_channels and _lacks_secrets(files, Variables(env, written=written)):
        parts = _WITHOUT_CHANNELS
    return _load(ConfigLoader(files.only(parts), Variables(env, written=written), parts))


def _load(loader: ConfigLoader) -> Settings:
    settings, problems = loader.settings(), loader.all_problems()
    if settings is None or errors_of(problems):
        raise ConfigurationError(problems)
    return replace(settings, warnings=tuple(sorted(set(problems))))


def reload(current: Settings, env: Mapping[str, str]) -> Settings:
    """Load the folder of the current settings again; ConfigurationError also if no feed, rule or digest is left."""
    settings = load(current.folder, env)
    check_nothing_lost(current.texts, settings)
    return settings


def check_nothing_lost(before: ConfigTexts, settings: Settings) -> None:
    """Raise ConfigurationError if no feed, rule or digest is left of those that the files had `before`.

    An unfinished checkout or a folder that is not mounted must not end all polls, matches or digests.
    """
    kinds = (
        ("feed", "feeds.yaml", settings.feeds, lambda: _lists(before, "feeds.yaml", "feeds")),
        ("rule", RULES, settings.rule_names.rules, lambda: read_names(rule_texts(before).values()).rules),
        ("digest", "digests.yaml", settings.digests, lambda: _lists(before, "digests.yaml", "digests")),
    )
    lost = [(kind, str(settings.folder / name)) for kind, name, left, had in kinds if not left and had()]
    if lost:
        raise ConfigurationError([Problem(path, 0, 0, _LOST, _LOST_WORDS.format(kind=kind)) for kind, path in lost])


def _lists(texts: ConfigTexts, name: str, key: str) -> bool:
    """Return True if a file that was valid lists something under a key."""
    root, _ = parse_mapping(texts.get(name, ""), name)
    listed = root.entries.get(key) if root else None
    return isinstance(listed, SequenceNode) and bool(listed.entries)
