"""The phrases of a document: names, quoted phrases and key phrases, best first, each with its paragraphs.

Key phrases come from yake, names from capitals; both are ranked by how few of their words ordinary news would use. CJK
texts have neither spaces nor capitals, so there quotation marks and repetition decide.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import log2
from typing import Literal

from monitor.core.text import is_cjk, words
from monitor.core.text.background import BACKGROUND, EDGES, EVERYDAY_NAMES, SMALL_WORDS

PhraseKind = Literal["name", "quoted", "key"]
MAX_PHRASES = 80
"""Phrases that a document gives at most."""
MAX_PHRASE_WORDS, MAX_PHRASE_CHARS = 6, 80
"""Longest phrase, for which a rule may have a term."""
_MAX_HAN_PHRASE_CHARS = 16
_YAKE_LANGUAGES = frozenset({"en", "fr", "de", "es", "it", "pt", "nl"})
"""Languages whose stop words yake knows; texts of others are read as English."""
_YAKE_TOP = 600
"""Key phrases that are taken from yake, the best ones."""
_BONUS: dict[PhraseKind, float] = {"name": 1.4, "quoted": 1.2, "key": 1.0}
"""Factors of the weight by kind."""
_ENDINGS = ("s", "es", "ed", "ing", "er", "ly", "d", "r", "ment", "ments")
"""Endings of English words that are removed to find them in the list of ordinary news."""
_SHORT_NAMES = frozenset({"AI", "IA", "KI", "EU", "UN", "5G"})
"""Names of two characters that are terms all the same."""
_INNER_WORDS = frozenset({"of", "for", "on", "in", "de", "du", "des", "la", "del"})
"""Small words that may be within a phrase."""
_NAME = re.compile(
    r"\b[A-ZÀ-Þ][\w’'-]*(?:(?:\s+(?:of|for|on|the|de|du|des|la|der|für|del))*\s+[A-ZÀ-Þ][\w’'-]*)*"  # noqa: RUF001 - the apostrophe of newspapers
)
_QUOTED = re.compile(r"[“\"«„「『《‘]\s*([^“”\"«»„「」『』《》‘’\n]{2,80}?)\s*[”\"»“」』》’]")  # noqa: RUF001 - quotation marks of all kinds
_COMPOUND = re.compile(r"\b[^\W\d]{3,}-[^\W\d]{3,}\s+[^\W\d]+")
"""A compound with its noun (open-source AI), which yake takes for one word."""
_BETWEEN_MARKS = re.compile(r"(?<=[^\w\s])(?=[,;:])|(?<=[^\w\s]{4})(?=[^\w\s])")
"""Positions before a comma or colon that follows another mark, and within a run of more than four marks."""
_SENTENCE_START = re.compile(r"(?:^|[.!?:;…]\s+|[“\"«(\n]\s*)$")
_HAN_RUN = re.compile(r"[\u3400-\u9fff]{3,}")
_HAN_PARTS = re.compile("[的了在是和与與及对對将將为為等也就都而或被把从從于於以之其这這那我们們他她它]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPhrase:
    """A phrase of the document."""

    text: str
    kind: PhraseKind
    paragraphs: tuple[int, ...]
    """The paragraphs that have it, counted from 1."""
    count: int
    """How often it occurs."""
    weight: float
    """The higher, the better; by kind, rare words, occurrences and length."""


def find_phrases(paragraphs: Sequence[str], language: str) -> list[DocumentPhrase]:
    """Return the phrases of a document, best first, without those that a better phrase always contains."""
    by_key: dict[tuple[str, ...], DocumentPhrase] = {}
    occurrences = _PhraseCounts(paragraphs)
    for text, kind in _candidates(paragraphs, language):
        key = tuple(words(text))
        if key and key not in by_key and (phrase := _score_phrase(text, key, kind, occurrences)) is not None:
            by_key[key] = phrase
    ranked = sorted(by_key.values(), key=lambda each: (-each.weight, each.paragraphs, each.text))
    return _distinct(ranked)


def rare_words(text: str) -> list[str]:
    """Return the words that ordinary news would not use; numbers do not count, a run of Han counts as one."""
    rare = [word for word in words(text) if not word.isdecimal() and not is_cjk(word) and not _ordinary(word)]
    return [*rare, *(["漢"] if any(map(is_cjk, words(text))) else [])]


def _ordinary(word: str) -> bool:
    """Return True if the word is in the list of ordinary news, in this form or without its ending."""
    stems = {word, *(word.removesuffix(ending) for ending in _ENDINGS)}
    stems |= {stem + "e" for stem in stems if len(stem) > 3} | {
        stem + "y" for stem in stems if stem.endswith("i") and len(stem) > 3
    }
    return not BACKGROUND.isdisjoint(stems)


def _candidates(paragraphs: Sequence[str], language: str) -> Iterator[tuple[str, PhraseKind]]:
    text = "\n\n".join(paragraphs)
    for name in _names(text, language):
        yield name, "name"
    for match in _QUOTED.finditer(text):
        yield match[1], "quoted"
    if sum(map(is_cjk, text)) * 4 > len(text):
        for run in _repeated_runs(text):
            yield run, "key"
    else:
        for key in _keys(text, language):
            yield key, "key"


def _names(text: str, language: str) -> Iterator[str]:
    """Find runs of capitalised words; one alone counts where it does not start a sentence, and not in German."""
    for match in _NAME.finditer(text):
        name = re.sub(r"[’']s$", "", match[0])  # noqa: RUF001 - the apostrophe of newspapers
        starts = _SENTENCE_START.search(text[max(match.start() - 3, 0) : match.start()])
        name = _without_small_words(name) if starts else name
        if " " in name or name.isupper() or (language != "de" and not starts):
            yield name


def _without_small_words(name: str) -> str:
    """Remove leading words that are capitalised only as the start of a sentence: At the World AI Conference."""
    row = name.split()
    while len(row) > 1 and row[0].casefold() in EDGES:
        row.pop(0)
    return " ".join(row)


def _keys(text: str, language: str) -> list[str]:
    """Return yake's key phrases and the compounds of a text.

    The tokenizer of yake takes quadratic time over runs of apostrophes and brackets, and over many tokens of marks that
    end in a comma or colon. Spaces between the marks prevent both; phrases never contain them.
    """
    import yake

    extractor = yake.KeywordExtractor(
        lan=language if language in _YAKE_LANGUAGES else "en", n=3, dedupLim=1.0, top=_YAKE_TOP
    )
    extracted = [str(key) for key, _ in extractor.extract_keywords(_BETWEEN_MARKS.sub(" ", text))]
    return [*extracted, *(match[0] for match in _COMPOUND.finditer(text))]


def _repeated_runs(text: str) -> Iterator[str]:
    """Yield the runs of 3 to 8 Han characters that occur at least twice, but none that occurs in longer ones only."""
    counts: Counter[str] = Counter()
    for run in _HAN_RUN.findall(text):
        for part in _HAN_PARTS.split(run):
            for size in range(3, 9):
                counts.update(part[at : at + size] for at in range(len(part) - size + 1))
    repeated = sorted((run for run, count in counts.items() if count > 1), key=len, reverse=True)
    # If a run occurs only within a longer one, it also occurs only within one that has one character more.
    within = {part for run in repeated for part in (run[1:], run[:-1]) if counts[part] == counts[run]}
    yield from (run for run in repeated if run not in within)


def _score_phrase(
    text: str, key: tuple[str, ...], kind: PhraseKind, occurrences: _PhraseCounts
) -> DocumentPhrase | None:
    """Find the phrase in the paragraphs and score it; None if it cannot be a term or is too common."""
    rare = rare_words(text)
    if not _can_be_term(text, key) or not (rare or _is_name(key, kind)):
        return None
    counts = occurrences.of(key)
    count = counts.total()
    if not count or (
        kind == "key" and not is_cjk(key[0]) and (_is_fragment(key) or (len(key) == 1 and len(key[0]) < 6))
    ):
        return None
    share = len(rare) / len(key) if not is_cjk(key[0]) else min(1.0, len(key) / 6)
    length = 0.8 if len(key) == 1 else 1 + 0.35 * (min(len(key), 3) - 1)
    weight = _BONUS[kind] * (0.6 + 0.7 * share) * (1 + log2(count)) * length
    return DocumentPhrase(
        text=" ".join(text.split()),
        kind=kind,
        paragraphs=tuple(sorted(counts)),
        count=count,
        weight=round(weight, 3),
    )


def _can_be_term(text: str, key: tuple[str, ...]) -> bool:
    """Return True if the text can be a term of a rule without changes."""
    latin = not is_cjk(key[0])
    too_long = len(key) > (MAX_PHRASE_WORDS if latin else _MAX_HAN_PHRASE_CHARS) or len(text) > MAX_PHRASE_CHARS
    too_short = sum(map(len, key)) < 3 and text not in _SHORT_NAMES
    return not (too_long or too_short or re.search(r"[*$=\\]|\b(?:AND|OR)\b", text))


def _is_name(key: tuple[str, ...], kind: PhraseKind) -> bool:
    """Return True for a name of ordinary words (Global South) that is not in every newspaper."""
    return kind == "name" and len(key) > 1 and " ".join(key) not in EVERYDAY_NAMES


def _is_fragment(key: tuple[str, ...]) -> bool:
    """Return True for a fragment of a sentence: it begins or ends with a verb or a function word."""
    if any(word in SMALL_WORDS and word not in _INNER_WORDS for word in key[1:-1]):
        return True
    edges = (key[0], key[-1])
    return (
        any(edge in EDGES or edge.endswith("ly") for edge in edges)
        or key[-1].endswith(("ed", "ing"))
        or (len(key) > 1 and key[0].endswith("ing"))
    )


class _PhraseCounts:
    """Counts the occurrences of phrases by paragraph; all phrases of one length are counted in one pass."""

    def __init__(self, paragraphs: Iterable[str]) -> None:
        self._rows = [words(paragraph) for paragraph in paragraphs]
        self._by_size: dict[int, dict[tuple[str, ...], Counter[int]]] = {}

    def of(self, key: tuple[str, ...]) -> Counter[int]:
        """Return the number of occurrences in each paragraph that has any; paragraphs count from 1."""
        if len(key) not in self._by_size:
            self._by_size[len(key)] = self._count_phrases(len(key))
        return self._by_size[len(key)].get(key, Counter())

    def _count_phrases(self, size: int) -> dict[tuple[str, ...], Counter[int]]:
        counts: dict[tuple[str, ...], Counter[int]] = {}
        for paragraph, row in enumerate(self._rows, 1):
            for key in zip(*(row[start:] for start in range(size)), strict=False):
                counts.setdefault(key, Counter())[paragraph] += 1
        return counts


def _distinct(ranked: Iterable[DocumentPhrase]) -> list[DocumentPhrase]:
    """Leave out phrases that a better one always contains, that contain a better one, or that are half of one."""
    selected: list[tuple[DocumentPhrase, str]] = []
    for phrase in ranked:
        if len(selected) == MAX_PHRASES:
            break
        padded = f" {' '.join(words(phrase.text))} "
        is_inside = any(padded in other and better.count >= phrase.count for better, other in selected)
        contains_one = any(other in padded and " " in other.strip() for _, other in selected)
        is_half = phrase.kind == "key" and any(_is_half_of(padded, other) for _, other in selected)
        if not (is_inside or contains_one or is_half):
            selected.append((phrase, padded))
    return [phrase for phrase, _ in selected]


def _is_half_of(padded: str, other: str) -> bool:
    """Return True if a phrase ends with the first word of a better one, or begins with its last two."""
    row = other.split()
    return len(row) > 1 and (padded.endswith(f" {row[0]} ") or padded.startswith(f" {row[-2]} {row[-1]} "))
