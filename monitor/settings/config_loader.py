"""Reads the texts of the configuration files into Settings, and collects all problems on the way."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import cache, partial
from typing import TypeVar

from monitor.config_types.section import ConfigSection
from monitor.core import rules
from monitor.core.errors import ConfigurationError, Problem, errors_of
from monitor.core.matching.rulebook import RuleBook
from monitor.core.model import Tier
from monitor.core.problems import ProblemList
from monitor.core.rules.names import RuleNames, names_of, read_names
from monitor.core.yaml_nodes import MappingNode, Mark
from monitor.runtime.garbage_collection import collection_paused
from monitor.settings import config_warnings, retention_warnings
from monitor.settings.config_errors import printable, shown, valid_section, validate_document
from monitor.settings.config_files import CONFIG_PARTS, ConfigFiles
from monitor.settings.config_folder import RULES, UNREADABLE
from monitor.settings.digests_yaml import DigestsFile
from monitor.settings.feeds_yaml import FeedsFile
from monitor.settings.literal_secrets import LiteralSecret, literal_secrets, replace_literals
from monitor.settings.models import FILES, ChannelsFile
from monitor.settings.monitor_yaml import MonitorFile, RetentionSection, WebSection
from monitor.settings.references import DefinedNames
from monitor.settings.seed_themes import seed_themes
from monitor.settings.settings import Settings, known_rules
from monitor.settings.variables import Variables, override, without_unset
from monitor.settings.yaml_document import YamlDocument, parse_mapping, to_data

_DUPLICATE = "C019"
REQUIRED = {
    "monitor.yaml": "it says where the database is and how publishers are requested; an empty one takes all defaults",
    "feeds.yaml": "it lists what is watched",
}
Model = TypeVar("Model", bound=ConfigSection)


class ConfigLoader:
    """Loads the files once and collects the problems.

    With `rules_are_valid`, as of files that were found valid earlier, only the names of the rules are read at once.
    Without `needs_variables`, keys of monitor.yaml whose variables are not set take their defaults.
    """

    def __init__(
        self,
        files: ConfigFiles,
        variables: Variables,
        parts: Collection[str] = CONFIG_PARTS,
        *,
        warn: bool = True,
        rules_are_valid: bool = False,
        needs_variables: bool = True,
    ) -> None:
        self.folder = files.folder
        self.files = files
        self.parts = parts
        self.warn = warn
        self.rules_are_valid = rules_are_valid
        self.needs_variables = needs_variables
        self.variables = variables
        self.problems: list[Problem] = list(files.problems)
        self._monitor_as_written: YamlDocument | None = None

    def all_problems(self) -> list[Problem]:
        """Return the problems found so far, those of variables included; of many with the same message, the first."""
        found = ProblemList()
        found.add(
            replace(problem, path=printable(problem.path), message=printable(problem.message))
            for problem in (*self.problems, *self.variables.problems)
        )
        return found.all()

    def literals(self) -> list[LiteralSecret]:
        """Find the secrets in those of the four files that can be parsed."""
        return self._literals({name: self._document(name) for name in FILES})

    def settings(self) -> Settings | None:
        """Return the settings; None if any file is invalid."""
        files = {name: self._document(name) for name in FILES}
        names, written_rules = self._rule_set(files)
        defined = DefinedNames(
            channel=_names(files["channels.yaml"], "channels"),
            feed=_names(files["feeds.yaml"], "feeds"),
            topic=None if names is None else names.topics,
            rule=None if names is None else names.rules,
        )
        monitor = self._model(MonitorFile, "monitor.yaml", files, defined)
        feeds = self._model(FeedsFile, "feeds.yaml", files, defined)
        channels = self._model(ChannelsFile, "channels.yaml", files, defined)
        digests = self._model(DigestsFile, "digests.yaml", files, defined)
        self._check_further(files, defined)
        if monitor is None or feeds is None or channels is None or digests is None:
            return None
        settings = Settings(
            folder=self.folder,
            monitor=monitor,
            feeds=tuple(feed.to_feed() for feed in feeds.feeds),
            channels=channels.channels,
            digests=tuple(
                config
                for digest in digests.digests
                for config in digest.to_configs(monitor.timezone, has_web_page=bool(monitor.web.base_url))
            ),
            alerts=digests.alerts.to_config(monitor.timezone) if digests.alerts else None,
            rule_names=names or RuleNames((), ()),
            written_rules=written_rules,
            texts=replace_literals(self.files.texts, self._literals(files)),
        )
        if names and not self.rules_are_valid:
            self._check_recipients(files["digests.yaml"], settings)
        return settings

    def _check_recipients(self, digests: YamlDocument | None, settings: Settings) -> None:
        if digests is not None:
            rule_set, where = settings.rules.rules, digests.key_mark(("digests",))
            self.problems += config_warnings.check_recipients(rule_set, settings.digests, settings.alerts, where)

    def _literals(self, files: Mapping[str, YamlDocument | None]) -> list[LiteralSecret]:
        return literal_secrets({**files, "monitor.yaml": self._monitor_as_written})

    def _document(self, name: str) -> YamlDocument | None:
        path, text = self.files.path(name), self.files.texts.get(name)
        if name in self.files.unreadable or name not in self.parts:
            return None
        if text is None and name in REQUIRED:
            self.problems.append(Problem(path, 0, 0, UNREADABLE, f"is missing; {REQUIRED[name]}"))
            return None
        if text is None:
            return YamlDocument(MappingNode({}, Mark(path, 0, 0)), {})
        tree, problems = parse_mapping(text, path)
        self.problems += problems
        if tree is not None and name == "monitor.yaml":
            self._monitor_as_written = YamlDocument(tree, {})
            tree, problems = override(tree, MonitorFile, self.variables.env)
            self.problems += problems
            tree = tree if self.needs_variables else without_unset(tree, self.variables.env)
        return None if tree is None else YamlDocument(tree, to_data(tree, self.variables.expand))

    def _rule_set(self, files: Mapping[str, YamlDocument | None]) -> tuple[RuleNames | None, Callable[[], RuleBook]]:
        """Return the names of rules and topics, None if a rule file is missing or wrong, and what returns the rules."""
        read = partial(self._rules, _names(files["channels.yaml"], "channels"), _sources(files["feeds.yaml"]))
        if self.rules_are_valid:
            self.problems += self.files.rule_problems
            with collection_paused():
                names = read_names(file.text for file in self.files.rules())
            return names, cache(lambda: _without_errors(*read()))
        book, problems = read()
        self.problems += problems
        if errors_of(problems) or RULES not in self.parts:
            return None, partial(known_rules, book)
        self.problems += config_warnings.check_rules(book, self.folder / RULES)
        return names_of(book.rules, book.topics), partial(known_rules, book)

    def _rules(self, channels: Collection[str] | None, names: Collection[str] | None) -> tuple[RuleBook, list[Problem]]:
        """Parse the rule files."""
        themes, unsound = seed_themes(self.files.seeds())
        known_themes = themes if self.files.has_seeds else None
        files, complete = self.files.rules(), not self.files.rule_problems
        with collection_paused():
            book, problems = rules.load(
                files, channels=channels, themes=known_themes, sources=names, complete=complete, warn=self.warn
            )
        return book, [*self.files.rule_problems, *unsound, *problems]

    def _model(
        self, model: type[Model], name: str, files: Mapping[str, YamlDocument | None], defined: DefinedNames
    ) -> Model | None:
        if name not in self.parts:
            return model()
        file = files[name]
        if file is None:
            return None
        made, problems = validate_document(model, file, defined)
        missing = self._unset()
        # The empty value of a missing variable is not reported once more, neither as such nor as lacking in its entry.
        known = missing | file.marks_around(missing) if missing else missing
        self.problems += [p for p in problems if Mark(p.path, p.line, p.column) not in known]
        return made

    def _unset(self) -> set[Mark]:
        """Return the places of values whose variable is not set, or whose secret file cannot be read."""
        return {Mark(problem.path, problem.line, problem.column) for problem in self.variables.problems}

    def _check_further(self, files: Mapping[str, YamlDocument | None], defined: DefinedNames) -> None:
        if (feeds := files["feeds.yaml"]) is not None:
            self.problems += [*_duplicates(feeds, "feeds"), *config_warnings.check_feeds(feeds)]
        if (digests := files["digests.yaml"]) is not None:
            self.problems += [
                *_duplicates(digests, "digests"),
                *config_warnings.check_former_ids(digests),
                *config_warnings.check_digests(digests, files["channels.yaml"]),
            ]
        if digests is not None and feeds is not None:
            self.problems += config_warnings.check_feed_filters(digests, feeds)
        if (channels := files["channels.yaml"]) is not None:
            self.problems += config_warnings.check_channels(channels)
        if (monitor := files["monitor.yaml"]) is None:
            return
        web = valid_section(WebSection, monitor, "web", defined)
        retention = valid_section(RetentionSection, monitor, "retention", defined)
        if web is not None and monitor.mark(("web", "token")) not in self._unset():
            self.problems += config_warnings.check_monitor(monitor, web)
        if digests is not None and web is not None:
            self.problems += config_warnings.check_links(digests, web)
        if digests is not None and retention is not None:
            self.problems += retention_warnings.check_retention(digests, retention)


def _without_errors(book: RuleBook, problems: Collection[Problem]) -> RuleBook:
    if errors_of(problems):
        raise ConfigurationError(problems)
    return book


def _names(file: YamlDocument | None, key: str) -> list[str] | None:
    """Return the names that a file defines, including those whose definition is invalid."""
    if file is None:
        return None
    held = file.data.get(key)
    return list(held) if isinstance(held, dict) else [str(entry.get("id")) for _, entry in file.entries(key)]


def _sources(file: YamlDocument | None) -> set[str] | None:
    """Return what `sources` of a rule may name beside domains: ids, tiers and tags, in lower case."""
    names = _names(file, "feeds")
    if file is None or names is None:
        return None
    names += [tag for _, feed in file.entries("feeds") for tag in config_warnings.listed(feed.get("tags"))]
    return {*Tier, *(name.strip(" '\"").lower() for name in names)}


def _duplicates(file: YamlDocument, key: str) -> list[Problem]:
    lines: dict[str, int] = {}
    problems: list[Problem] = []
    for location, entry in file.entries(key):
        name, mark = entry.get("id"), file.mark((*location, "id"))
        if isinstance(name, str) and name in lines:
            message = f"id: '{shown(name)}' is already used in line {lines[name]}"
            problems.append(mark.problem(_DUPLICATE, message))
        elif isinstance(name, str):
            lines[name] = mark.line
    return problems
