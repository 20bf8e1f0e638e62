"""Reads files of JSON lines: bad lines are reported with their numbers, and the others still count."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from monitor.cli.match import LONGEST_LINE, opened, parse_failure
from monitor.cli.output import note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")


class JsonLines:
    """The objects of a file; `bad` counts the lines that could not be read, or are wrong."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.bad = 0

    def parsed(self, parse: Callable[[object], T]) -> Iterator[T]:
        """Yield what `parse` makes of each line; what it raises is reported with the line's number."""
        with opened(self.source) as stream:
            for number, line in enumerate(_lines(stream), 1):
                try:
                    if line.strip():
                        yield parse(_object(line))
                except (ValueError, TypeError, RecursionError) as error:
                    note(f"line {number}: {parse_failure(error)}")
                    self.bad += 1


def _object(line: bytes) -> object:
    if len(line) > LONGEST_LINE:
        raise ValueError(f"longer than {LONGEST_LINE // 1_000_000} MB")
    return json.loads(line.decode("utf-8-sig"))


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the lines; of one that is too long, the beginning."""
    while line := stream.readline(LONGEST_LINE + 1):
        yield line
        while not line.endswith(b"\n") and (line := stream.readline(LONGEST_LINE)):
            pass
