"""Loads a configuration folder and the environment into Settings, or raises one error with all problems."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from monitor.core.errors import ConfigurationError, errors_of
from monitor.core.model import ConfigTexts
from monitor.settings.config_files import (
    CONFIG_PARTS,
    ConfigFiles,
    article_digests,
    article_paths,
    read_files,
    stored_files,
)
from monitor.settings.config_folder import folder_problem
from monitor.settings.config_loader import ConfigLoader
from monitor.settings.settings import Settings
from monitor.settings.variables import VARIABLE, Variables

_CHANNELS = "channels.yaml"
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
    Without `needs_channels`, channels.yaml is left out, too, if its only errors are variables that are not set:
    commands that only read need no secrets of the channels. Without `needs_variables`, those of monitor.yaml need not
    be set: commands that need no database have an empty one in memory if its address is not known.
    Without `warn` the rules are not linted, which takes a third of the time.
    """
    if problem := folder_problem(folder):
        raise ConfigurationError([problem])
    parts = CONFIG_PARTS if only is None else ("monitor.yaml", *only)
    if not needs_channels and _lacks_secrets(read_files(folder, (_CHANNELS,)), Variables(env)):
        parts = tuple(part for part in parts if part != _CHANNELS)
    files = read_files(folder, parts)
    loaded = _load(ConfigLoader(files, Variables(env), parts, warn=warn, needs_variables=needs_variables))
    return _with_digests(loaded, loaded.fixtures)


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
    articles = article_paths(folder, before)  # all that the tests name, if the rule files are as they were
    try:
        loaded = _with_digests(_load(loader), articles)
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


def _with_digests(loaded: Settings, articles: Iterable[str]) -> Settings:
    """Add the digests of articles to the texts that settings were read from."""
    return replace(loaded, texts={**loaded.texts, **article_digests(loaded.folder, articles)})


def _load(loader: ConfigLoader) -> Settings:
    settings, problems = loader.settings(), loader.all_problems()
    if settings is None or errors_of(problems):
        raise ConfigurationError(problems)
    return replace(settings, warnings=tuple(sorted(set(problems))))
