"""Refuses files in which no feed, rule or digest is left, unless an operator accepts that very removal.

An unfinished checkout or a folder that is not mounted must not end all polls, matches or digests. The operator accepts
a removal by a code from the message about it. The code is of the configuration in force since a certain time: left in
a unit file, it does not accept that a folder is missing later.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from monitor.core.counts import count
from monitor.core.errors import ConfigurationError, Problem
from monitor.core.model import ConfigTexts, StoredConfiguration, texts_digest
from monitor.core.rules.names import read_names
from monitor.core.yaml_nodes import SequenceNode
from monitor.settings import Settings
from monitor.settings.config_files import rule_texts
from monitor.settings.config_folder import RULES
from monitor.settings.yaml_document import parse_mapping

_REMOVED = "C024"
_CODE_CHARS = 6
"""Hexadecimal digits of a code: it need not be secret, only differ from those of other removals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What the configuration in force has, and the files have none of any more."""

    counts: dict[str, int]
    """The number of feeds, rules or digests in force, by the file or folder that has none left."""
    code: str
    """What accepts it: `35-rules-1f09ac`."""

    def __str__(self) -> str:
        """Say what is removed: `35 rules and 2 digests`."""
        return " and ".join(count(number, _KINDS[name].noun) for name, number in self.counts.items())


@dataclass(frozen=True, slots=True)
class _Kind:
    noun: str
    left: Callable[[Settings], int]
    before: Callable[[ConfigTexts], int]


_KINDS = {
    "feeds.yaml": _Kind("feed", lambda files: len(files.feeds), lambda texts: _listed(texts, "feeds.yaml", "feeds")),
    RULES: _Kind(
        "rule",
        lambda files: len(files.rule_names.rules),
        lambda texts: len(read_names(rule_texts(texts).values()).rules),
    ),
    "digests.yaml": _Kind(
        "digest", lambda files: len(files.digests), lambda texts: _listed(texts, "digests.yaml", "digests")
    ),
}
"""What must not be missing all at once, by file or folder."""


def find_removal(stored: StoredConfiguration | None, files: Settings) -> Removal | None:
    """Return what the files have none of any more, in contrast to the configuration in force; None if nothing."""
    if stored is None:
        return None
    in_force = {name: kind.before(stored.texts) for name, kind in _KINDS.items() if not kind.left(files)}
    counts = {name: number for name, number in in_force.items() if number}
    if not counts:
        return None
    words = [f"{number}-{_KINDS[name].noun}{'s' if number > 1 else ''}" for name, number in counts.items()]
    identity = f"{texts_digest(stored.texts)} {stored.saved_at.isoformat()} {words}"
    return Removal(counts=counts, code="-".join([*words, hashlib.sha256(identity.encode()).hexdigest()[:_CODE_CHARS]]))


def check_removal(stored: StoredConfiguration | None, files: Settings, accepted: str = "") -> Removal | None:
    """Return what the files remove with the acceptance of an operator, who gave its code; None if nothing.

    ConfigurationError, which names the code, if it was not `accepted`.
    """
    removal = find_removal(stored, files)
    if removal is None or removal.code == accepted:
        return removal
    other = f" (not {accepted}, which is the code of another removal)" if accepted else ""
    advice = (
        f"if that is meant, stop the daemon and start it once with `monitor run --accept-removal {removal.code}`"
        f"{other}, or where none is used, `monitor poll --accept-removal {removal.code}`"
    )
    raise ConfigurationError(
        Problem(str(files.folder / name), 0, 0, _REMOVED, f"no {_KINDS[name].noun} is left of {number}; {advice}")
        for name, number in removal.counts.items()
    )


def _listed(texts: ConfigTexts, name: str, key: str) -> int:
    """Return how many entries a file that was valid lists under a key."""
    root, _ = parse_mapping(texts.get(name, ""), name)
    listed = root.entries.get(key) if root else None
    return len(listed.entries) if isinstance(listed, SequenceNode) else 0
