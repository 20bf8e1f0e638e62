"""Uses of named lists that no file defines: one problem for each name, however many rules use it.

A list file that is missing, or has a wrong name in it, would otherwise give an error at each of hundreds of places.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import PurePath

from monitor.core.counts import count
from monitor.core.problems import ProblemList, closest
from monitor.core.yaml_nodes import Mark

CODE = "E010"
_NEAR = 0.8
"""The similarity from which a list is suggested: one wrong letter of five. `$said` is not meant by `$ai`."""
_MANY = 3
"""From this number of unknown lists without a similar name on, a file is likely to be missing.

Then a similar name of another list is a coincidence, and nothing is suggested."""
_MAX_COMPARED = 50
"""Unknown lists beyond which nothing is compared: a hostile file could have thousands."""
_MAX_NAME_CHARS = 60
_KEY = re.compile(r"(?<![A-Za-z0-9_-])([A-Za-z][A-Za-z0-9_-]*+)[\"']?[ \t]*+:")


class UnknownLists:
    """Collects the uses of unknown lists while rules are read; `report` adds the problems."""

    def __init__(self, problems: ProblemList) -> None:
        self._problems = problems
        self._uses: dict[str, list[Mark]] = {}

    def add(self, name: str, mark: Mark) -> None:
        """Add one use; the rule or list around it has an error from now on."""
        self._uses.setdefault(name, []).append(mark)
        self._problems.count_error()

    def report(self, defined: Collection[str], unread: Collection[str]) -> None:
        """Report each name at its first use.

        `defined` are the lists that there are. `unread` are the texts of files with an error, reported elsewhere, for
        which not all of them was read: what they seem to define is not reported as unknown.
        """
        elsewhere = {match[1] for text in unread for match in _KEY.finditer(text)}
        unknown = {name: sorted(marks) for name, marks in self._uses.items() if name not in elsewhere}
        near = {name: _nearest(name, defined) if len(unknown) <= _MAX_COMPARED else "" for name in unknown}
        file_missing = sum(not each for each in near.values()) >= _MANY
        for name, (first, *others) in unknown.items():
            more = f", and at {count(len(others), 'more place')}" if others else ""
            meant = f'; did you mean "${near[name]}"?' if near[name] else "; no file has it under lists:"
            hint = "" if file_missing else meant
            self._problems.error(first, CODE, f"unknown list '${name[:_MAX_NAME_CHARS]}'{more}{hint}")
        if file_missing:
            message = f"{len(unknown)} lists are unknown; a file of lists may be missing or not end with .yaml"
            first_file = PurePath(min(unknown.values())[0].path)
            folder = first_file.parent if first_file.parent.name else first_file
            self._problems.error(Mark(str(folder), 0, 0), CODE, message)


def _nearest(name: str, defined: Collection[str]) -> str:
    return closest(name, defined, similarity=_NEAR) if len(name) <= _MAX_NAME_CHARS else ""
