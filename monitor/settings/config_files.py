"""The files of a configuration folder as one value, read from disk at once or given back by the database."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from monitor.core.errors import Problem
from monitor.core.model import ConfigTexts
from monitor.core.rules import SourceFile
from monitor.settings.config_folder import (
    RULES,
    folder_problem,
    read_text,
    seeds_folder,
    source_files,
    unread_files,
)
from monitor.settings.models import FILES

SEEDS, FIXTURES = "seeds", "fixtures"
CONFIG_PARTS = (*FILES, RULES)
"""The parts of a configuration; the themes of seeds belong to the rules."""


@dataclass(frozen=True, slots=True)
class ConfigFiles:
    """The text of each file, by its path within the folder: `monitor.yaml`, `rules/ai.yaml`, `seeds/act.yaml`."""

    folder: Path
    texts: ConfigTexts
    unreadable: frozenset[str] = frozenset()
    """Files of the top level that exist and cannot be read; `problems` says why."""
    problems: tuple[Problem, ...] = ()
    """Files of the top level that cannot be read, and warnings of files that are never read."""
    rule_problems: tuple[Problem, ...] = ()
    """Files and folders of rules and seeds that cannot be read."""
    has_seeds: bool = False
    """True if there is a seeds folder, in or beside the configuration."""

    def path(self, name: str) -> str:
        """Return the path that messages name."""
        return str(self.folder / name)

    def only(self, parts: Collection[str]) -> ConfigFiles:
        """Return `parts` of CONFIG_PARTS."""
        chosen = {name: text for name, text in self.texts.items() if name in parts or (RULES in parts and "/" in name)}
        return replace(self, texts=chosen)

    def rules(self) -> list[SourceFile]:
        """Return the rule files in the order of their paths."""
        return self._files_below(RULES, self.folder / RULES)

    def seeds(self) -> list[SourceFile]:
        """Return the files of themes in the order of their paths."""
        return self._files_below(SEEDS, seeds_folder(self.folder))

    def _files_below(self, part: str, at: Path) -> list[SourceFile]:
        names = sorted(name for name in self.texts if name.startswith(f"{part}/"))
        return [SourceFile(str(at / name.removeprefix(f"{part}/")), self.texts[name]) for name in names]


def read_files(folder: Path, parts: Collection[str] = CONFIG_PARTS) -> ConfigFiles:
    """Read the files of a folder, or some of them: `parts` of CONFIG_PARTS."""
    if problem := folder_problem(folder):
        return ConfigFiles(folder, {}, frozenset(FILES), (problem,))
    texts: dict[str, str] = {}
    problems = unread_files(folder) if parts is CONFIG_PARTS else []
    rule_problems: list[Problem] = []
    unreadable: set[str] = set()
    for name in (name for name in FILES if name in parts):
        path = folder / name
        if path.exists() or path.is_symlink():  # a link to what is not there is no file that was left out
            text, refused = read_text(path)
            problems += refused
            if text is None:
                unreadable.add(name)
            else:
                texts[name] = text
    seeds = seeds_folder(folder)
    for part, below in ((RULES, folder / RULES), (SEEDS, seeds)) if RULES in parts else ():
        files, refused = source_files(below)
        rule_problems += refused
        texts |= {f"{part}/{Path(file.path).relative_to(below).as_posix()}": file.text for file in files}
    return ConfigFiles(folder, texts, frozenset(unreadable), tuple(problems), tuple(rule_problems), seeds.is_dir())


def stored_files(folder: Path, texts: Mapping[str, str]) -> ConfigFiles:
    """Return files that were stored earlier, under the paths that they had in `folder`."""
    return ConfigFiles(folder, texts, has_seeds=any(name.startswith(f"{SEEDS}/") for name in texts))


def fixture_texts(paths: Iterable[str]) -> dict[str, str]:
    """Read the articles that tests of rules name; those that cannot be read are left out."""
    texts = {path: read_text(Path(path))[0] for path in paths if Path(path).is_file()}
    return {path: text for path, text in texts.items() if text is not None}


def article_digests(folder: Path, articles: Iterable[str]) -> dict[str, str]:
    """Return the SHA-256 of the articles at these paths, which tests of rules name, by their names in ConfigTexts."""
    paths = map(Path, articles)
    return {f"{FIXTURES}/{path.relative_to(folder / RULES).as_posix()}": _digest(path) for path in paths}


def _digest(path: Path) -> str:
    """Return the SHA-256 of a file; empty if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def article_paths(folder: Path, texts: ConfigTexts) -> list[str]:
    """Return the paths of the articles that these texts have digests of."""
    names = (name.removeprefix(f"{FIXTURES}/") for name in texts if name.startswith(f"{FIXTURES}/"))
    return [str(folder / RULES / name) for name in names]


def tested_texts(texts: ConfigTexts) -> ConfigTexts:
    """Return all that the results of the tests of the rules depend on: rule files, and digests of their articles."""
    return {name: text for name, text in texts.items() if name.startswith((f"{RULES}/", f"{FIXTURES}/"))}


def rule_texts(texts: ConfigTexts) -> ConfigTexts:
    """Return the rule files alone."""
    return {name: text for name, text in texts.items() if name.startswith(f"{RULES}/")}
