"""The rules of a configuration in little memory: summaries as values, and everything with their terms as bytes.

Values of the shipped rules take twenty times the memory of the bytes. A long-running process needs them only now and
then: for the page of a rule, or to train a ranking.
"""

from __future__ import annotations

import pickle
import threading
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitor.core.digests.rule_changes import RuleState, rule_states
from monitor.core.matching.rulebook import RuleBook, RuleSummary, Topic
from monitor.extraction import pack_rules
from monitor.runtime.garbage_collection import collection_paused

_unpacking = threading.Lock()
"""Held while a value is unpacked, since it takes tens of megabytes: requests for pages wait for each other."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A value as compressed bytes, which are read by each call."""

    content: bytes

    def __call__(self) -> Any:  # noqa: ANN401 - what was packed
        """Return the value."""
        with _unpacking, collection_paused():
            return pickle.loads(zlib.decompress(self.content))  # noqa: S301 packed by this program


def pack(value: object) -> Packed:
    """Pack a value that can be pickled."""
    return Packed(zlib.compress(pickle.dumps(value, pickle.HIGHEST_PROTOCOL), 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedRules:
    """The rules that are run."""

    summaries: tuple[RuleSummary, ...]
    topics: Mapping[str, Topic]
    fixtures: frozenset[str]
    """Paths of the files with articles that the tests of the rules in the files name."""
    packed_states: Packed
    for_workers: bytes

    @property
    def states(self) -> Mapping[str, RuleState]:
        """What digests report changes of, by rule id."""
        states: Mapping[str, RuleState] = self.packed_states()
        return states


def pack_rule_book(book: RuleBook, fixtures: frozenset[str]) -> PackedRules:
    """Pack all but the rules themselves, of which `pack` makes bytes."""
    return PackedRules(
        summaries=tuple(rule.summary() for rule in book.rules),
        topics=book.topics,
        fixtures=fixtures,
        packed_states=pack(rule_states(book.rules)),
        for_workers=pack_rules(book.rules),
    )
