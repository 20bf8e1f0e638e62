"""The whole validated configuration as one value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.channels import ChannelConfig
from monitor.core.errors import Problem
from monitor.core.matching.rulebook import RuleBook, RuleSummary, Topic
from monitor.core.model import AlertConfig, ConfigTexts, DigestConfig, Feed, Refusal
from monitor.core.rules.names import RuleNames, names_of
from monitor.core.rules.rule_tests import fixture_paths
from monitor.settings.monitor_yaml import MonitorFile

if TYPE_CHECKING:
    from monitor.core.digests.rule_changes import RuleState
    from monitor.settings.packed_rules import PackedRules


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
    rules_in_force: Callable[[], RuleBook] | None = None
    """Returns the rules that are run if `monitor.configuration` has decided to keep some in an earlier version."""
    untrusted_rules: Mapping[str, Problem] | None = None
    """Why edits of live rules in these files must not come into force, by rule id; None if it was not looked for."""
    packed: PackedRules | None = None
    """The rules that are run, in little memory; None if they were read in this process."""

    @property
    def rules(self) -> RuleBook:
        """The rules that are run, with their terms; if they are packed, each call makes new values of them."""
        return self.written_rules() if self.rules_in_force is None else self.rules_in_force()

    @property
    def rule_summaries(self) -> Sequence[RuleSummary]:
        """The rules that are run, without their terms."""
        return self.packed.summaries if self.packed else self.rules.rules

    @property
    def topics(self) -> Mapping[str, Topic]:
        """The topics that have a title."""
        return self.packed.topics if self.packed else self.rules.topics

    @property
    def rules_for_workers(self) -> bytes:
        """The rules that are run as workers take them."""
        from monitor.extraction import pack_rules

        return self.packed.for_workers if self.packed else pack_rules(self.rules.rules)

    @property
    def fixtures(self) -> frozenset[str]:
        """Paths of the files with articles that the tests of the rules name."""
        return self.packed.fixtures if self.packed else fixture_paths(self.written_rules().rules)

    def rule_states(self) -> Mapping[str, RuleState]:
        """Return what digests report changes of, by rule id."""
        from monitor.core.digests.rule_changes import rule_states

        return self.packed.states if self.packed else rule_states(self.rules.rules)

    def with_rules_in_force(self, book: RuleBook) -> Settings:
        """Return settings that run these rules."""
        return replace(self, rules_in_force=partial(known_rules, book), packed=None)

    def with_packed_rules(self) -> Settings:
        """Return settings that keep all rules as bytes, except for their summaries."""
        from monitor.settings.packed_rules import pack, pack_rule_book

        in_force = None if self.rules_in_force is None else pack(self.rules)
        return replace(
            self,
            written_rules=pack(self.written_rules()),
            rules_in_force=in_force,
            packed=pack_rule_book(self.rules, self.fixtures),
        )

    @property
    def operator_channels(self) -> tuple[str, ...]:
        """Channels of messages to the operator: those of monitor.yaml, else those of the digests."""
        of_digests = (channel for digest in self.digests for channel in digest.channels)
        return self.monitor.operator.channels or tuple(dict.fromkeys(of_digests))

    def filter_names(self) -> dict[str, set[str]]:
        """Return what the filters of hits and searches may name: rules, topics, feeds, and languages of feeds."""
        names = self.rule_names if self.rules_in_force is None else names_of(self.rule_summaries, self.topics)
        return {
            "rule": set(names.rules),
            "topic": set(names.topics),
            "feed": {str(feed.id) for feed in self.feeds},
            "language": {feed.language for feed in self.feeds if feed.language},
        }


def known_rules(book: RuleBook) -> RuleBook:
    """Return the rules that are given: with `functools.partial`, `written_rules` that can be pickled."""
    return book
