"""Reads the files of `monitor audit --jsonl`: bad lines are reported with their numbers, and the others still count."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from monitor.cli.match import LONGEST_LINE, match_article, opened, parse_failure
from monitor.cli.output import note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from monitor.core.audit.corpus import AuditDocument
    from monitor.core.audit.lines import GivenDocument, Id
    from monitor.core.matching.matcher import Matcher

    Progress = Callable[[int, int | None], None]

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


class DocumentReader:
    """Makes an AuditDocument of each line; keeps ids as they were given, and refuses one that occurs twice."""

    def __init__(self, matcher: Matcher, topic: str = "", *, fully_labelled: bool = False) -> None:
        self.ids: dict[str, Id] = {}
        self._matcher = matcher
        self._topic = topic
        self._fully_labelled = fully_labelled

    def __call__(self, data: object) -> AuditDocument:
        """Parse and match one document; ValueError or TypeError say what is wrong with it."""
        from monitor.core.audit.corpus import AuditDocument
        from monitor.core.audit.features import beginning
        from monitor.core.audit.lines import parse_document
        from monitor.core.text.languages import detect_language

        given = parse_document(data)
        key = f"{type(given.id).__name__} {given.id}"
        if key in self.ids:
            raise ValueError(f'the id "{given.id}" occurs in an earlier line')
        judged = self._judgement(given)
        if judged is None and self._fully_labelled:
            raise ValueError('neither "judged" nor "topics": each document must be labelled')
        matches = match_article(self._matcher, given.article, given.source)
        self.ids[key] = given.id
        text = beginning(given.article.title, given.article.text)
        return AuditDocument(
            id=key,
            text=text,
            language=given.article.language or detect_language(text),
            matched=bool(matches),
            prominent=any(match.prominence == "major" for match in matches),
            judged=judged,
        )

    def _judgement(self, given: GivenDocument) -> bool | None:
        if given.judged is None and given.topics is not None and self._fully_labelled:
            return self._topic in given.topics if self._topic else bool(given.topics)
        return given.judged
