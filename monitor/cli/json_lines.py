"""Reads files of JSON lines: bad lines are reported with their numbers, and the other lines are still processed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from monitor.cli.output import note, plain
from monitor.core.errors import MonitorError, UsageError
from monitor.core.json_lines import parse_line

T = TypeVar("T")

MAX_LINE_BYTES = 20_000_000


class JsonLines:
    """The objects of a file, `-` for stdin; `bad` counts the lines that could not be read, or are wrong."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.bad = 0

    def parse_lines(self, parse: Callable[[Any], T]) -> Iterator[T]:
        """Yield the result of `parse` for each line; its errors are reported with the number of the line."""
        with open_source(self.source) as stream:
            for number, line in enumerate(_lines(stream), 1):
                try:
                    if line.strip():
                        yield parse(_parse_json(line))
                except (ValueError, TypeError, RecursionError, MonitorError) as error:
                    words = "nested too deep" if isinstance(error, RecursionError) else plain(str(error))
                    note(f"line {number}: {words}")
                    self.bad += 1


def open_source(source: str) -> BinaryIO:
    """Open a file; `-` is stdin."""
    if not source:
        raise UsageError("name a file, or - for stdin")
    try:
        return sys.stdin.buffer if source == "-" else Path(source).open("rb")
    except OSError as error:
        raise UsageError(f"{source}: {error.strerror}") from error


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the lines; a line that is too long is cut."""
    while line := stream.readline(MAX_LINE_BYTES + 1):
        yield line
        while not line.endswith(b"\n") and (line := stream.readline(MAX_LINE_BYTES)):
            pass


def _parse_json(line: bytes) -> Any:  # noqa: ANN401 - any JSON value
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"longer than {MAX_LINE_BYTES // 1_000_000} MB")
    return parse_line(line)
