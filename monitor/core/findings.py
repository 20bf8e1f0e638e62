"""Problems as they are gathered while a file is read: all of them in one run, but never more than a person can read.

Also the suggestions ("did you mean"): they are the dearest part of a message, so a hostile file gets only so many.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from monitor.core.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from monitor.core.documents import Mark

MOST = 500
_LONGEST_GUESSED = 60
_MOST_GUESSES, _MOST_CHOICES = 50, 2_000


class Findings:
    """The problems found so far, in the order in which they were found."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._beyond = self._guesses = 0
        self.errors = 0
        """How many errors were met, those beyond the limit too."""

    def error(self, mark: Mark, code: str, message: str) -> None:
        """Note what makes the configuration unusable."""
        self._add(mark.problem(code, message))

    def warning(self, mark: Mark, code: str, message: str) -> None:
        """Note what is worth a second look."""
        self._add(mark.warning(code, message))

    def add(self, problems: Iterable[Problem]) -> None:
        """Note problems that were made elsewhere."""
        for problem in problems:
            self._add(problem)

    def guess(self, word: str, choices: Iterable[str]) -> str:
        """Give the closest of the choices, or an empty string."""
        self._guesses += 1
        if self._guesses > _MOST_GUESSES or len(word) > _LONGEST_GUESSED:
            return ""
        return closest(word, choices)

    def all(self) -> list[Problem]:
        """Give the problems, sorted by place, with a last line that counts those beyond the limit."""
        found = sorted(set(self.problems))
        if self._beyond:
            path = found[-1].path
            found.append(Problem(path, 0, 0, "E000", f"and {self._beyond} more; mend these first"))
        return found

    def _add(self, problem: Problem) -> None:
        self.errors += problem.level == "error"
        if len(self.problems) < MOST:
            self.problems.append(problem)
        elif problem.level == "error":
            self._beyond += 1


def closest(word: str, choices: Iterable[str]) -> str:
    """Give the choice that is most like the word, or an empty string when none is like it."""
    known = [choice for choice, _ in zip(choices, range(_MOST_CHOICES), strict=False)]
    lowered = {choice.lower(): choice for choice in reversed(known)}
    found = difflib.get_close_matches(word.lower(), lowered, n=1, cutoff=0.6)
    return lowered[found[0]] if found else ""
