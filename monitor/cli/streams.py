"""Standard streams that are closed at start, on a full disk, or whose reader has gone.

A reader that has gone is no error; output that cannot be written is one. The descriptor of a closed stream is replaced,
since otherwise the next file opened, such as the database, would get its number and receive the output.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress
from typing import Literal, TextIO

_STANDARD_DESCRIPTORS = 3
"""Streams, numbered from 0."""
_DISK_FULL_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


def replace_closed() -> None:
    """Replace closed streams: stdin is empty, writes to stdout fail, stderr is discarded."""
    while (handle := os.open(os.devnull, os.O_RDONLY)) < _STANDARD_DESCRIPTORS:
        pass
    if sys.stdin is None:
        sys.stdin = _open_descriptor(os.dup(handle), "r")
    if sys.stdout is None:
        sys.stdout = _open_descriptor(os.dup(handle), "w")  # read-only, so that each write fails
    if sys.stderr is None:
        sys.stderr = _open_descriptor(os.open(os.devnull, os.O_WRONLY), "w")
    os.close(handle)


def escape_unencodable() -> None:
    """Write characters that the encoding of stdout lacks as escapes, in Latin-1 locales for example."""
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")


def is_output_error(error: OSError) -> bool:
    """Return whether the error means that output could not be written, to a stream or to a file on a full disk."""
    if error.errno in _DISK_FULL_ERRORS:
        return True
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        return True
    return False


def discard_output() -> None:
    """Discard further output: buffered text would otherwise fail again when the process exits."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
            continue
        os.dup2(nothing, stream.fileno())
    os.close(nothing)


def _open_descriptor(handle: int, mode: Literal["r", "w"]) -> TextIO:
    return os.fdopen(handle, mode, encoding="utf-8")
