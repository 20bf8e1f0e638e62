"""Turns a policy document into themes, and themes into a draft of rules for a person to complete.

Paragraphs that share phrases form a theme; its terms are the phrases that ordinary news would not use. Phrases in half
of all paragraphs are the subject, which every drafted rule requires beside its terms. Terms that the existing rules
find are named and left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.core.model import Match
from monitor.core.seeds.phrases import DocumentPhrase, find_phrases
from monitor.core.text import is_cjk, words
from monitor.core.text.sentences import sentences

MAX_SEED_PARAGRAPHS = 400
MAX_THEMES = 12
MAX_TERMS_OF_THEME = 12
MAX_TESTS_OF_THEME = 3
MAX_SUBJECTS = 3
MAX_HEADLINES = 100
"""Sentences of a paragraph that are tried as a headline above it; all are read as its text."""
_MIN_HIT_CHARS = 25
_MAX_HIT_CHARS = 400

Find = Callable[[str, str], "Sequence[Match]"]
"""Title and text -> what the existing rules find in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDocument:
    """A source document. `origin` is its file or address, `digest` the sha256 of its bytes."""

    title: str
    paragraphs: tuple[str, ...]
    language: str = ""
    origin: str = ""
    url: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Paragraphs that belong together, with what is new in them and what is found already."""

    id: str
    title: str
    paragraphs: tuple[int, ...]
    terms: tuple[DocumentPhrase, ...]
    """Terms that the existing rules lack, best first."""
    known: tuple[str, ...]
    """Phrases that the existing rules find."""
    covered_by: tuple[str, ...]
    """Ids of rules that find these paragraphs already."""
    topic: str
    """The topic of the rule that finds most of them; empty when none does."""
    hits: tuple[str, ...]
    """Sentences of the document that the terms find."""


def paragraphs_of(text: str) -> tuple[str, ...]:
    """Split a plain text into paragraphs: at blank lines if it has several, else at each line."""
    lines = [line.strip() for line in text.strip().splitlines()]
    blocks = [block for block in re.split(r"\n{2,}", "\n".join(lines)) if block.strip()]
    if len(blocks) < 3 <= len(lines):
        blocks = [line for line in lines if line]
    return tuple(" ".join(block.split()) for block in blocks)[:MAX_SEED_PARAGRAPHS]


def subject_phrases(ranked: Sequence[DocumentPhrase], count: int) -> tuple[DocumentPhrase, ...]:
    """Return the phrases found in half of all paragraphs: what the document as a whole is about."""
    return tuple(phrase for phrase in ranked if len(phrase.paragraphs) * 2 >= max(count, 4))[:MAX_SUBJECTS]


def themes(document: SourceDocument, find: Find) -> tuple[tuple[DocumentPhrase, ...], list[Theme]]:
    """Return the subject of a document and its themes, in the order of their first paragraphs."""
    ranked = find_phrases(document.paragraphs, document.language)
    about = subject_phrases(ranked, len(document.paragraphs))
    rest = [phrase for phrase in ranked if phrase not in about]
    matches = {number: _found(paragraph, find) for number, paragraph in enumerate(document.paragraphs, 1)}
    made = (
        _theme(document, numbers, about, rest, matches) for numbers in _group_paragraphs(rest, len(document.paragraphs))
    )
    return about, _with_unique_ids([theme for theme in made if theme.terms or theme.covered_by])


def _found(paragraph: str, find: Find) -> list[Match]:
    """Try the sentences of a paragraph as a headline above it, and return what the rules find."""
    heads = [paragraph[start:end] for start, end in sentences(paragraph)[:MAX_HEADLINES]]
    return [match for head in heads for match in find(head, paragraph)]


def _group_paragraphs(ranked: Sequence[DocumentPhrase], count: int) -> list[tuple[int, ...]]:
    """Join each paragraph to the first group with which it shares two phrases, or one that few paragraphs have."""
    groups: list[tuple[list[int], set[str]]] = []
    for number in range(1, count + 1):
        here = {phrase.text for phrase in ranked if number in phrase.paragraphs}
        if not here:
            continue
        group_found = next((group for group in groups if _share_phrases(group[1], here, ranked)), None)
        if group_found is None:
            groups.append(([number], here))
        else:
            group_found[0].append(number)
            group_found[1].update(here)
    groups.sort(key=lambda group: -len(group[1]))
    return sorted(tuple(numbers) for numbers, _ in groups[:MAX_THEMES])


def _share_phrases(theirs: set[str], here: set[str], ranked: Sequence[DocumentPhrase]) -> bool:
    shared = theirs & here
    return len(shared) > 1 or any(phrase.text in shared and len(phrase.paragraphs) == 2 for phrase in ranked)


def _theme(
    document: SourceDocument,
    numbers: tuple[int, ...],
    about: Sequence[DocumentPhrase],
    ranked: Sequence[DocumentPhrase],
    matches_of: Mapping[int, Sequence[Match]],
) -> Theme:
    matches = [match for number in numbers for match in matches_of[number]]
    matched_texts = {" ".join(words(each.as_written)) for match in matches for each in match.evidence}
    here = [phrase for phrase in ranked if set(phrase.paragraphs) & set(numbers)]
    new = _without_overlapping(phrase for phrase in here if " ".join(words(phrase.text)) not in matched_texts)[
        :MAX_TERMS_OF_THEME
    ]
    topics = [match.topic for match in matches]
    named = new or tuple(here)
    return Theme(
        id=short_id(named[0].text),
        title=", ".join(phrase.text for phrase in named[:3]),
        paragraphs=numbers,
        terms=new,
        known=tuple(phrase.text for phrase in here if " ".join(words(phrase.text)) in matched_texts),
        covered_by=tuple(dict.fromkeys(match.rule_id for match in matches)),
        topic=max(dict.fromkeys(topics), key=topics.count, default=""),
        hits=_hits(document, numbers, about, new),
    )


def _without_overlapping(ranked: Iterable[DocumentPhrase]) -> tuple[DocumentPhrase, ...]:
    """Of phrases that contain each other, in singular or plural, keep the best one."""
    selected: list[tuple[DocumentPhrase, str]] = []
    for phrase in ranked:
        padded = f" {' '.join(word.removesuffix('s') for word in words(phrase.text))} "
        if not any(padded in other or other in padded for _, other in selected):
            selected.append((phrase, padded))
    return tuple(phrase for phrase, _ in selected)


def _hits(
    document: SourceDocument, numbers: tuple[int, ...], about: Sequence[DocumentPhrase], terms: Sequence[DocumentPhrase]
) -> tuple[str, ...]:
    """Choose sentences that hold the subject and a term of the theme, those with the most terms first."""
    least = 1 if about else min(2, len(terms))
    chosen: list[tuple[int, str]] = []
    for number in numbers:
        paragraph = document.paragraphs[number - 1]
        for start, end in sentences(paragraph):
            sentence = paragraph[start:end].strip()
            held = sum(_holds(sentence, phrase.text) for phrase in terms)
            on_subject = not about or any(_holds(sentence, phrase.text) for phrase in about)
            if held >= least and on_subject and _MIN_HIT_CHARS <= _size(sentence) <= _MAX_HIT_CHARS:
                chosen.append((held, sentence))
    chosen.sort(key=lambda pair: -pair[0])
    return tuple(dict.fromkeys(sentence for _, sentence in chosen))[:MAX_TESTS_OF_THEME]


def _size(sentence: str) -> int:
    """Measure a sentence; a character of Chinese says as much as three letters."""
    return len(sentence) + 2 * sum(map(is_cjk, sentence))


def _holds(sentence: str, phrase: str) -> bool:
    row, key = words(sentence), words(phrase)
    return any(row[at : at + len(key)] == key for at in range(len(row) - len(key) + 1))


def _with_unique_ids(made: list[Theme]) -> list[Theme]:
    """Append a number to the ids of themes with the same name."""
    seen: dict[str, int] = {}
    unique: list[Theme] = []
    for theme in made:
        seen[theme.id] = seen.get(theme.id, 0) + 1
        unique.append(theme if seen[theme.id] == 1 else replace(theme, id=f"{theme.id[:60]}-{seen[theme.id]}"))
    return unique


def short_id(text: str, otherwise: str = "theme") -> str:
    """Make a name of a-z, 0-9 and -, at least three letters long."""
    name = "-".join(word for word in words(text) if word.isascii())[:40].strip("-")
    return name if len(name) > 2 else otherwise
