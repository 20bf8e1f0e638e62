"""Which articles the ranker learns from, and which it ranks.

Judgements decide first. Unjudged hits count as relevant if a rule's terms are prominent in them, and a part of the
unmatched articles counts as irrelevant: most of them are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b

MIN_RELEVANT = 30
"""Examples of relevant articles below which nothing is ranked."""
MIN_HITS_TO_RANK = 20
"""Live hits before which the daemon neither ranks nor draws a sample."""
MAX_RELEVANT, MAX_ASSUMED = 1_500, 1_500
"""Examples of each kind; more make training slower, and the ranking hardly better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditDocument:
    """An article as the audit sees it, without its text, so that a hundred thousand fit into memory."""

    id: str
    language: str = ""
    matched: bool = False
    """Whether a rule matches it."""
    prominent: bool = False
    """Whether the terms of some rule are prominent in it."""
    judged: bool | None = None
    """Whether a reader found it relevant; None if it was not judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSet:
    """The examples; `assumed` are unmatched, unjudged articles."""

    relevant: tuple[AuditDocument, ...]
    irrelevant: tuple[AuditDocument, ...]
    assumed: tuple[AuditDocument, ...]


def training_set(documents: Sequence[AuditDocument], seed: int, *, assume_hits_relevant: bool = True) -> TrainingSet:
    """Choose the examples; the same documents and seed give the same ones, in whatever order they come."""
    judged = [each for each in documents if each.judged is not None]
    unjudged_hits = [each for each in documents if each.judged is None and each.prominent and assume_hits_relevant]
    relevant = [each for each in judged if each.judged]
    relevant += shuffled(unjudged_hits, seed)[: max(0, MAX_RELEVANT - len(relevant))]
    assumed = shuffled(unjudged_unmatched(documents), seed)[:MAX_ASSUMED]
    return TrainingSet(
        relevant=tuple(shuffled(relevant, seed)),
        irrelevant=tuple(shuffled((each for each in judged if not each.judged), seed)),
        assumed=tuple(assumed),
    )


def unjudged_unmatched(documents: Iterable[AuditDocument]) -> list[AuditDocument]:
    """Return the articles that are ranked."""
    return [each for each in documents if each.judged is None and not each.matched]


def shuffled(documents: Iterable[AuditDocument], seed: int) -> list[AuditDocument]:
    """Return the documents in an order that depends on their ids and the seed alone."""
    return sorted(documents, key=lambda each: draw_key(each.id, seed))


def draw_key(identity: str, seed: int) -> bytes:
    """Return the key by which articles are drawn at random: a hash of the id and the seed."""
    return blake2b(f"{seed} {identity}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
