"""Makes documents of the lines of `monitor audit --jsonl`."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from monitor.cli.match import match_article

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.core.audit.corpus import AuditDocument
    from monitor.core.audit.lines import Id, InputDocument
    from monitor.core.matching.matcher import Matcher


class DocumentReader:
    """Makes an AuditDocument of each line; keeps ids as they were given, and refuses one that occurs twice."""

    def __init__(self, matcher: Matcher, topic: str = "", *, fully_labelled: bool = False) -> None:
        self.ids: dict[str, Id] = {}
        self.rules = matcher.rules
        self._compressed: dict[str, bytes] = {}
        self._matcher = matcher
        self._topic = topic
        self._fully_labelled = fully_labelled

    def __call__(self, data: object) -> AuditDocument:
        """Parse and match one document; ValueError or TypeError say what is wrong with it."""
        from monitor.core.audit.corpus import AuditDocument
        from monitor.core.audit.features import beginning
        from monitor.core.audit.lines import parse_input_document
        from monitor.core.text.languages import detect_language

        document = parse_input_document(data)
        key = f"{type(document.id).__name__} {document.id}"
        if key in self.ids:
            raise ValueError(f'the id "{document.id}" occurs in an earlier line')
        judged = self._judgement(document)
        if judged is None and self._fully_labelled:
            raise ValueError('neither "judged" nor "topics": each document must be labelled')
        matches = match_article(self._matcher, document.article, document.source)
        self.ids[key] = document.id
        text = beginning(document.article.title, document.article.text)
        self._compressed[key] = zlib.compress(text.encode("utf-8", "surrogatepass"), 1)
        return AuditDocument(
            id=key,
            language=document.article.language or detect_language(text),
            matched=bool(matches),
            prominent=any(match.prominence == "major" for match in matches),
            judged=judged,
        )

    def texts(self, keys: Sequence[str]) -> list[str]:
        """Return the beginnings of documents, which are kept compressed."""
        return [zlib.decompress(self._compressed[key]).decode("utf-8", "surrogatepass") for key in keys]

    def _judgement(self, document: InputDocument) -> bool | None:
        if document.judged is None and document.topics is not None and self._fully_labelled:
            return self._topic in document.topics if self._topic else bool(document.topics)
        return document.judged
