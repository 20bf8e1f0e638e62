"""The whole validated configuration as one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from monitor.channels import ChannelConfig
from monitor.core.errors import Problem
from monitor.core.matching.rulebook import RuleBook
from monitor.core.model import AlertConfig, ConfigTexts, DigestConfig, Feed, Refusal
from monitor.core.rules.names import RuleNames, names_of
from monitor.core.rules.rule_tests import fixture_paths
from monitor.settings.monitor_yaml import MonitorFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole validated configuration."""

    folder: Path
    monitor: MonitorFile
    feeds: tuple[Feed, ...]
    channels: Mapping[str, ChannelConfig]
    digests: tuple[DigestConfig, ...]
    alerts: AlertConfig | None
    rule_names: RuleNames
    written_rules: Callable[[], RuleBook]
    """Returns the rules of the files. Those of files that were found valid earlier are read at the first call."""
    texts: ConfigTexts
    """The files that all of this was read from; secrets in them are replaced by references."""
    warnings: tuple[Problem, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    """Edits of the files on disk that are not in force."""
    held_rules: Mapping[str, ConfigTexts] = field(default_factory=dict)
    """The rule files, by rule id, that define the version in force of a rule whose edit was refused; none for a rule
    that runs with status test because no version of it was ever in force."""
    rules_in_force: RuleBook | None = None
    """The rules that are run if `monitor.configuration` has decided to keep some in an earlier version."""
    untrusted_rules: Mapping[str, Problem] | None = None
    """Why edits of live rules in these files must not come into force, by rule id; None if it was not looked for."""
    packed_rules_of_files: bytes = b""
    """The rules of the files as workers take them; empty if they were not packed."""

    @property
    def rules(self) -> RuleBook:
        """The rules that are run."""
        return self.written_rules() if self.rules_in_force is None else self.rules_in_force

    @property
    def packed_rules(self) -> bytes:
        """The rules that are run as workers take them; empty if they are not packed."""
        return self.packed_rules_of_files if self.rules_in_force is None else b""

    @property
    def fixtures(self) -> frozenset[str]:
        """Paths of the files with articles that the tests of the rules name."""
        return fixture_paths(self.written_rules().rules)

    @property
    def operator_channels(self) -> tuple[str, ...]:
        """Channels of messages to the operator: those of monitor.yaml, else those of the digests."""
        of_digests = (channel for digest in self.digests for channel in digest.channels)
        return self.monitor.operator.channels or tuple(dict.fromkeys(of_digests))

    def filter_names(self) -> dict[str, set[str]]:
        """Return what the filters of hits and searches may name: rules, topics, feeds, and languages of feeds."""
        names = self.rule_names if self.rules_in_force is None else names_of(self.rules_in_force)
        return {
            "rule": set(names.rules),
            "topic": set(names.topics),
            "feed": {str(feed.id) for feed in self.feeds},
            "language": {feed.language for feed in self.feeds if feed.language},
        }


def known_rules(book: RuleBook) -> RuleBook:
    """Return the rules that are given: with `functools.partial`, `written_rules` that can be pickled."""
    return book
