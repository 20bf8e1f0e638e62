"""What can go wrong in a way that a user can mend.

MonitorError               one clear line, no traceback
|-- UsageError             exit 2: the command's words are off
|-- ConfigurationError     exit 3: carries every Problem found, all at once
|-- DatabaseError          exit 4: unreachable, not migrated, or newer than this program
|   |-- TakenError         others work on it, beside whom this process may not
|   `-- DamagedError       its file or its server's files are damaged
`-- DeliveryError          a channel refused or could not be reached; says whether to try again
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One finding about a configuration file; `line` and `column` count from 1, 0 means the file as a whole."""

    path: str
    line: int
    column: int
    code: str
    message: str
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        """Render as `file:line:col: error: CODE message`, the form that editors jump to."""
        where = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        return f"{where}: {self.level}: {self.code} {self.message}"


class MonitorError(Exception):
    """Something the user can mend; `str()` is the one line to show."""

    exit_code = 1


class ResourceLimitError(MonitorError):
    """The system gives the process no more file descriptors, or no memory for them."""

    def __init__(self) -> None:
        super().__init__("no file descriptor is left, or no memory for one: raise LimitNOFILE (systemd) or `ulimit -n`")


class UsageError(MonitorError):
    """The words of a command are off."""

    exit_code = 2


class ConfigurationError(MonitorError):
    """The configuration is refused; carries every problem, so that one run shows them all."""

    exit_code = 3

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class DatabaseError(MonitorError):
    """The database cannot be reached, is not migrated, or was migrated by a newer program."""

    exit_code = 4


class DatabaseInUseError(DatabaseError):
    """Others work on the database, beside whom this process may not."""


class DatabaseDamagedError(DatabaseError):
    """The database's file, or the server's files, are damaged."""


class DeliveryError(MonitorError):
    """A channel did not take a message. `retryable` is False when trying again cannot help."""

    def __init__(self, reason: str, *, retryable: bool, retry_after: timedelta | None = None) -> None:
        self.retryable = retryable
        self.retry_after = retry_after
        super().__init__(reason)
