"""Errors that the user can fix, with the exit codes of the commands.

MonitorError               one clear line, no traceback
|-- UsageError             exit 2: the arguments of a command are wrong
|-- ConfigurationError     exit 3: holds every Problem of the configuration
|-- DatabaseError          exit 4: unreachable, not migrated, or newer than this program
|   |-- DatabaseUnreachableError  its server does not answer, or refuses the connection
|   |-- DatabaseInUseError    another process uses it, and this one needs it for itself
|   `-- DatabaseDamagedError  its file or its server's files are damaged
`-- DeliveryError          a channel refused or could not be reached; says whether to try again

UnreadableRowError         exit 4: a row of the database holds what no program wrote
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One finding about a configuration file; `line` and `column` count from 1, 0 means the file as a whole."""

    path: str
    line: int
    column: int
    code: str
    message: str
    level: Literal["error", "warning"] = "error"
    unlisted: int = 0
    """Further problems that this one stands for, since they are not listed themselves."""

    def __str__(self) -> str:
        """Render as `file:line:col: error: CODE message`, the form that editors jump to."""
        return f"{self.where}: {self.level}: {self.code} {self.message}"

    @property
    def where(self) -> str:
        """`file:line:col`, or the file alone."""
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path


def errors_of(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems that are errors, not warnings."""
    return [problem for problem in problems if problem.level == "error"]


def count_errors(problems: Iterable[Problem]) -> int:
    """Return how many errors were found, those that are not listed included."""
    return sum(1 + problem.unlisted for problem in errors_of(problems))


class MonitorError(Exception):
    """An error that the user can fix; `str()` is the one line to show."""

    exit_code = 1


class ResourceLimitError(MonitorError):
    """The process has reached its limit of file descriptors, or there is no memory for another one."""

    def __init__(self) -> None:
        super().__init__("no file descriptor is left, or no memory for one: raise LimitNOFILE (systemd) or `ulimit -n`")


class UsageError(MonitorError):
    """The arguments of a command are wrong."""

    exit_code = 2


class ConfigurationError(MonitorError):
    """The configuration is invalid; `problems` holds all findings, so that one run shows every one."""

    exit_code = 3

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[ConfigurationError], tuple[tuple[Problem, ...]]]:
        """Let an error be pickled, as one of another process is: by its problems instead of its message."""
        return type(self), (self.problems,)


class DatabaseError(MonitorError):
    """The database cannot be reached, is not migrated, or was migrated by a newer program."""

    exit_code = 4


class DatabaseUnreachableError(DatabaseError):
    """The server of the database does not answer, or refuses the connection."""


class DatabaseInUseError(DatabaseError):
    """Another process uses the database, and this one needs it for itself."""

    exit_code = 1


class DatabaseDamagedError(DatabaseError):
    """The database's file, or the server's files, are damaged."""


class UnreadableRowError(ValueError):
    """A row of the database holds a value that no program wrote, such as a date edited by hand; the rest works.

    It is no MonitorError: the failure of a database ends the poll of all feeds, this one only that of the feed.
    """

    exit_code = 4


Arrival = Literal["no", "unlikely", "unclear"]
"""Whether a message arrived that was not accepted: `unclear` without any answer, `unlikely` if a gateway answered that
does not know what became of it."""


class DeliveryError(MonitorError):
    """A channel did not accept a message.

    `retryable` is False if a retry cannot succeed. `of_recipient`: only this recipient was refused, so that the failure
    says nothing about other messages of the channel.
    """

    def __init__(
        self,
        reason: str,
        *,
        retryable: bool,
        retry_after: timedelta | None = None,
        arrival: Arrival = "no",
        of_recipient: bool = False,
    ) -> None:
        self.retryable = retryable
        self.retry_after = retry_after
        self.arrival: Arrival = arrival
        self.of_recipient = of_recipient
        super().__init__(reason)
