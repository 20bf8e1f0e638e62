"""Problems collected while files are read, and suggestions for misspelt names ("did you mean").

All problems of a run are collected, up to limits that a person can read: one mistake in many places must not hide the
others. Suggestions are the most expensive part of a message, so a hostile file gets a limited number of them.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from monitor.core.counts import count
from monitor.core.errors import Problem
from monitor.core.yaml_nodes import Mark

MAX_PROBLEMS = 500
"""Errors, and warnings, that are reported one by one."""
MAX_REPEATS = 10
"""Errors with the same code and message that are: one missing list may be named by many rules."""
_MAX_WORD_CHARS = 60
"""Characters of a word beyond which nothing is suggested."""
_MAX_SUGGESTIONS, _MAX_CHOICES = 50, 2_000
"""Misspelt names of one run for which a similar name is looked for, and names that are compared with each."""
_MIN_SIMILARITY = 0.6
"""The ratio of difflib.SequenceMatcher from which a name is suggested."""
_MISSPELT_SIMILARITY = 0.75
"""The ratio from which an unknown field is taken for a missing one: `language` is not meant for `lang`."""


class ProblemList:
    """The problems found so far, in the order in which they were found."""

    def __init__(self) -> None:
        self._found: dict[str, list[Problem]] = {"error": [], "warning": []}
        self._times: Counter[tuple[str, str]] = Counter()
        self._hashes: set[int] = set()
        self._beyond = self._suggestions = 0
        self.error_count = 0
        """The number of errors, those beyond MAX_PROBLEMS included."""

    def error(self, mark: Mark, code: str, message: str) -> None:
        """Add a problem that makes the configuration unusable."""
        self._add(mark.problem(code, message))

    def warning(self, mark: Mark, code: str, message: str) -> None:
        """Add a problem that leaves the configuration usable."""
        self._add(mark.warning(code, message))

    def add(self, problems: Iterable[Problem]) -> None:
        """Add problems that were found elsewhere."""
        for problem in problems:
            self._add(problem)

    def count_error(self) -> None:
        """Count an error that is reported elsewhere, once for several places."""
        self.error_count += 1

    def did_you_mean(self, word: str, choices: Iterable[str], *, otherwise: str = "", quoted: str = "'{}'") -> str:
        """Return `did_you_mean` of this module, or `otherwise` once a run has had _MAX_SUGGESTIONS."""
        self._suggestions += 1
        if self._suggestions > _MAX_SUGGESTIONS:
            return f"; {otherwise}" if otherwise else ""
        return did_you_mean(word, choices, otherwise=otherwise, quoted=quoted)

    def all(self) -> list[Problem]:
        """Return the problems sorted by position, with a last line that counts those beyond the limit.

        The last listed one of errors with the same message says how many more there are.
        """
        last = {_words_of(problem): problem for problem in self._found["error"]}
        unlisted = {last[words]: times - MAX_REPEATS for words, times in self._times.items() if times > MAX_REPEATS}
        errors = (_with_count(problem, unlisted.get(problem, 0)) for problem in self._found["error"])
        problems = sorted([*errors, *self._found["warning"]])
        if self._beyond:
            path = problems[-1].path
            message = f"and {self._beyond} more; correct these first"
            problems.append(Problem(path, 0, 0, "E000", message, unlisted=self._beyond - 1))
        return problems

    def _add(self, problem: Problem) -> None:
        if problem.level == "error":
            self.error_count += 1
        if hash(problem) in self._hashes:
            return
        self._hashes.add(hash(problem))
        if problem.level == "error":
            self._list_error(problem)
        elif len(self._found["warning"]) < MAX_PROBLEMS:
            self._found["warning"].append(problem)

    def _list_error(self, problem: Problem) -> None:
        """List an error, or only count it: with its message after MAX_REPEATS of it, else beyond MAX_PROBLEMS."""
        words = _words_of(problem)
        if self._times[words] >= MAX_REPEATS:
            self._times[words] += 1 + problem.unlisted
        elif len(self._found["error"]) >= MAX_PROBLEMS:
            self._beyond += 1 + problem.unlisted
        else:
            self._times[words] += 1
            self._found["error"].append(problem)


def _words_of(problem: Problem) -> tuple[str, str]:
    return problem.code, problem.message


def _with_count(problem: Problem, more: int) -> Problem:
    if not more:
        return problem
    message = f"{problem.message}; and {count(more, 'more error')} like this"
    return replace(problem, message=message, unlisted=problem.unlisted + more)


def did_you_mean(word: str, choices: Iterable[str], *, otherwise: str = "", quoted: str = "'{}'") -> str:
    """Return the end of a message about an unknown name: `; did you mean 'x'?`.

    Without a similar choice it is `otherwise`, also after a semicolon, or nothing. `quoted` is how the suggestion is
    quoted.
    """
    suggestion = closest(word, choices) if len(word) <= _MAX_WORD_CHARS else ""
    if suggestion:
        return f"; did you mean {quoted.format(suggestion)}?"
    return f"; {otherwise}" if otherwise else ""


def misspelt_field(data: Mapping[str, object], fields: Collection[str]) -> str:
    """Return what is wrong with an object that has a misspelt name in place of one of `fields`; empty if it has not.

    Other unknown names are no mistake: objects may have further fields, also a `subtitle` and a list under the plural
    of a name.
    """
    missing = [name for name in fields if name not in data]
    for name in data:
        meant = closest(name, missing, similarity=_MISSPELT_SIMILARITY)
        if meant and meant not in name:
            return f"unknown field '{name[:_MAX_WORD_CHARS]}'; did you mean '{meant}'?"
    return ""


def closest(word: str, choices: Iterable[str], similarity: float = _MIN_SIMILARITY) -> str:
    """Return the choice most similar to the word, ignoring case; empty if none is similar."""
    compared = [choice for choice, _ in zip(choices, range(_MAX_CHOICES), strict=False)]
    by_lower_case = {choice.lower(): choice for choice in reversed(compared)}
    letters = sorted(word.lower())
    swapped = [choice for choice in by_lower_case if sorted(choice) == letters]
    matches = swapped or difflib.get_close_matches(word.lower(), by_lower_case, n=1, cutoff=similarity)
    return by_lower_case[matches[0]] if matches else ""
