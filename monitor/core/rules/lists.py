"""Named lists: declared in any file, looked up by `$name` in all, each read once and shared as one node."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from monitor.core.documents import Sequence
from monitor.core.matching.expressions import AnyOf, NamedList

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.core.documents import Mark, Node
    from monitor.core.findings import Findings
    from monitor.core.matching.expressions import Expression

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


class Lists:
    """The lists of all files; `read` makes expressions of a list's entries."""

    def __init__(self, findings: Findings, read: Callable[[Sequence, str], tuple[Expression, ...]]) -> None:
        self._findings = findings
        self._read = read
        self._declared: dict[str, tuple[Sequence, Mark]] = {}
        self._built: dict[str, NamedList | None] = {}
        self._open: list[str] = []

    def declare(self, name: str, mark: Mark, node: Node) -> None:
        """Take note of a list; names are global."""
        if not NAME.fullmatch(name):
            self._findings.error(mark, "E004", f"'{name[:60]}' cannot name a list; use letters, digits, - and _")
        elif name in self._declared:
            first = self._declared[name][1]
            self._findings.error(mark, "E013", f"list '{name}' is there already, in {first.path}:{first.line}")
        elif not isinstance(node, Sequence):
            self._findings.error(node.mark, "E004", f"list '{name}' must be a list: {name}: [first term, second term]")
        else:
            self._declared[name] = (node, mark)

    def __contains__(self, name: str) -> bool:
        """Say whether there is a list of that name."""
        return name in self._declared

    def all(self) -> dict[str, NamedList]:
        """Read all lists; those with an error are left out."""
        for name in self._declared:
            self._get(name)
        return {name: listed for name, listed in self._built.items() if listed is not None}

    def named(self, name: str, mark: Mark) -> NamedList | None:
        """Give the list of that name, or report that there is none."""
        if name not in self._declared:
            guess = self._findings.guess(name, self._declared)
            hint = f'; did you mean "${guess}"?' if guess else ""
            self._findings.error(mark, "E010", f"unknown list '${name[:60]}'{hint}")
            return None
        if name in self._open:
            cycle = [f"${each}" for each in (*self._open[self._open.index(name) :], name)]
            shown = cycle if len(cycle) <= _CYCLE_SHOWN else [*cycle[:3], "...", *cycle[-2:]]
            self._findings.error(mark, "E011", f"list cycle: {' -> '.join(shown)}")
            return None
        return self._get(name)

    def _get(self, name: str) -> NamedList | None:
        if name not in self._built:
            self._built[name] = None
            node, mark = self._declared[name]
            self._open.append(name)
            entries = self._read(node, name)
            self._open.pop()
            if entries:
                listed = NamedList((AnyOf(entries, mark=node.mark),), name=name, mark=mark)
                self._built[name] = listed if fits(listed, mark, self._findings) else None
        return self._built[name]


_CYCLE_SHOWN = 6
MAX_DEPTH = 60
MAX_SIZE = 100_000


def fits(entry: Expression, mark: Mark, findings: Findings) -> bool:
    """Refuse a tree that is too deep or too large to look through."""
    if entry.size > MAX_SIZE:
        findings.error(mark, "E033", f"expands to {entry.size} terms; at most {MAX_SIZE} can be looked through")
        return False
    if entry.depth > MAX_DEPTH:
        findings.error(mark, "E033", f"nested more than {MAX_DEPTH} levels deep, lists included")
        return False
    return True
