"""The standard streams when something is the matter with them: closed from the start, full, or their reader gone.

A reader that has gone has read enough, which is no fault; results that cannot be written are one. Its surprise: where a
stream is closed its number is taken, since the next file that is opened would have it, a database for one.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from typing import Literal, TextIO

_STANDARD = 3
"""Streams, numbered from 0."""
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


def take_closed() -> None:
    """Put streams in the place of those that are closed: nothing to read, results refused, notes swallowed."""
    while (handle := os.open(os.devnull, os.O_RDONLY)) < _STANDARD:
        pass
    if sys.stdin is None:
        sys.stdin = _on(os.dup(handle), "r")
    if sys.stdout is None:
        sys.stdout = _on(os.dup(handle), "w")  # to be read only: each result that is written to it is refused
    if sys.stderr is None:
        sys.stderr = _on(os.open(os.devnull, os.O_WRONLY), "w")
    os.close(handle)


def is_lost(error: OSError) -> bool:
    """Tell whether it is results, or notes, that cannot be written; a file of results can be full as well."""
    if error.errno in _FULL:
        return True
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return True
    return False


def give_up() -> None:
    """Take no more results: what waits to be written would else fail again when the process ends."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
            continue
        os.dup2(nothing, stream.fileno())
    os.close(nothing)


def _on(handle: int, mode: Literal["r", "w"]) -> TextIO:
    return os.fdopen(handle, mode, encoding="utf-8")
