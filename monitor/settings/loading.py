"""Loads a configuration folder and the environment into Settings, or raises one error with all problems."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from monitor.core.errors import ConfigurationError, Problem, errors_of
from monitor.core.model import ConfigTexts
from monitor.settings.config_files import CONFIG_PARTS, read_files, stored_files
from monitor.settings.config_folder import folder_problem
from monitor.settings.config_loader import ConfigLoader
from monitor.settings.settings import Settings
from monitor.settings.variables import VARIABLE, Variables

_LOST = "C024"
_WITHOUT_CHANNELS = tuple(part for part in CONFIG_PARTS if part != "channels.yaml")


def load(folder: Path, env: Mapping[str, str], only: Collection[str] | None = None, *, warn: bool = True) -> Settings:
    """Load a folder; ConfigurationError with all problems if any of them is an error.

    `only` names the CONFIG_PARTS that a command needs beside monitor.yaml, so that errors of others do not stop it. The
    others are empty then, and names that refer to them are not checked: such Settings are never to be stored.
    Without `warn` the rules are not linted, which takes a third of the time.
    """
    if problem := folder_problem(folder):
        raise ConfigurationError([problem])
    parts = CONFIG_PARTS if only is None else ("monitor.yaml", *only)
    return _load(ConfigLoader(read_files(folder, parts), Variables(env), parts, warn=warn))


def load_without_channels(
    folder: Path, env: Mapping[str, str], refused: ConfigurationError, *, warn: bool = True
) -> Settings:
    """Load the other files if `refused` says no more than that variables in channels.yaml are not set, else raise it.

    For commands that only read: their user need not have the secrets of the channels.
    """
    if not _only_lacks_secrets(refused):
        raise refused
    return load(folder, env, _WITHOUT_CHANNELS, warn=warn)


def _only_lacks_secrets(refused: ConfigurationError) -> bool:
    errors = errors_of(refused.problems)
    return all(error.code == VARIABLE and Path(error.path).name == "channels.yaml" for error in errors)


def load_if_unchanged(
    folder: Path, env: Mapping[str, str], before: ConfigTexts, *, needs_channels: bool = True
) -> Settings | None:
    """Load files whose texts were stored when they were valid; None if any was edited since, or cannot be loaded now.

    The rules, of which only the names are read at once, are read when they are first used; there are no warnings about
    them. Without `needs_channels`, channels.yaml may lack variables, and is then left out.
    """
    for parts in (CONFIG_PARTS, _WITHOUT_CHANNELS):
        loader = ConfigLoader(read_files(folder, parts), Variables(env), parts, warn=False, rules_are_valid=True)
        try:
            loaded = _load(loader)
        except ConfigurationError as refused:
            if needs_channels or not _only_lacks_secrets(refused):
                return None
        else:
            # channels.yaml may be left out of `parts`; only files of rules and seeds have a / in their paths.
            expected = {path: text for path, text in before.items() if path in parts or "/" in path}
            return loaded if loaded.texts == expected else None
    return None


def load_stored(folder: Path, texts: ConfigTexts, env: Mapping[str, str]) -> Settings:
    """Read files that were stored earlier; secrets in them are taken from the files on disk now."""
    on_disk = ConfigLoader(read_files(folder), Variables(env))
    written = {secret.key: secret.text for secret in on_disk.literals()}
    return _load(ConfigLoader(stored_files(folder, texts), Variables(env, written=written)))


def _load(loader: ConfigLoader) -> Settings:
    settings, problems = loader.settings(), loader.all_problems()
    if settings is None or errors_of(problems):
        raise ConfigurationError(problems)
    return replace(settings, warnings=tuple(sorted(set(problems))))


def reload(current: Settings, env: Mapping[str, str]) -> Settings:
    """Load the folder of the current settings again; ConfigurationError also if no feed, rule or digest is left."""
    settings = load(current.folder, env)
    kinds = (
        ("feed", "feeds.yaml", current.feeds, settings.feeds),
        ("rule", "rules", current.rules.rules, settings.rules.rules),
        ("digest", "digests.yaml", current.digests, settings.digests),
    )
    lost = [(kind, str(settings.folder / name)) for kind, name, before, after in kinds if before and not after]
    if lost:
        message = "no {} is left; to work without any, restart the daemon"
        raise ConfigurationError([Problem(path, 0, 0, _LOST, message.format(kind)) for kind, path in lost])
    return settings
