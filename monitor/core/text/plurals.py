"""Plurals of English and Hindi words, and of German, French, Spanish, Italian and Portuguese ones if a term says so.

A term says so by `lang`. In both directions, and generous: a form that no language has finds nothing. Words are folded,
without accents.
"""

from __future__ import annotations

from itertools import takewhile

from monitor.core.text.devanagari import devanagari_number_forms
from monitor.core.text.english import NO_PLURALS

_MIN_WORD_LETTERS = 3
_MIN_STEM_LETTERS = 4
"""Letters that remain when an ending of another language is taken off and none put in its place."""

_IRREGULAR = """
analysis analyses, axis axes, basis bases, crisis crises, diagnosis diagnoses, emphasis emphases,
hypothesis hypotheses, oasis oases, parenthesis parentheses, synthesis syntheses, thesis theses, bias biases,
gas gases, lens lenses, atlas atlases, criterion criteria, phenomenon phenomena, addendum addenda,
bacterium bacteria, curriculum curricula, erratum errata, forum fora, memorandum memoranda,
moratorium moratoria, referendum referenda, spectrum spectra, stratum strata, appendix appendices,
index indices, matrix matrices, vertex vertices, alumnus alumni, corpus corpora, fungus fungi, genus genera,
locus loci, nucleus nuclei, radius radii, stimulus stimuli, syllabus syllabi, alga algae, formula formulae,
larva larvae, bureau bureaux, plateau plateaux, tableau tableaux, quiz quizzes, child children,
grandchild grandchildren, schoolchild schoolchildren, foot feet, goose geese, mouse mice, ox oxen, tooth teeth,
half halves, knife knives, loaf loaves, shelf shelves, thief thieves, wife wives, wolf wolves, calf calves,
man men, woman women, alderman aldermen, businessman businessmen, businesswoman businesswomen,
chairman chairmen, chairwoman chairwomen, congressman congressmen, congresswoman congresswomen,
fisherman fishermen, fireman firemen, gentleman gentlemen, gunman gunmen, lawman lawmen, ombudsman ombudsmen,
policeman policemen, policewoman policewomen, salesman salesmen, serviceman servicemen, spokesman spokesmen,
spokeswoman spokeswomen, statesman statesmen, workman workmen
"""
_PAIRS = [tuple(pair.split()) for pair in _IRREGULAR.split(",")]
_OTHER_FORM = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}

_ENDINGS = {
    "de": [("", "e"), ("", "en"), ("", "er"), ("", "n"), ("", "s"), ("", "es")],
    "fr": [("", "s"), ("", "x"), ("al", "aux"), ("ail", "aux")],
    "es": [("", "s"), ("", "es"), ("z", "ces")],
    "it": [
        *[("o", "i"), ("a", "e"), ("e", "i"), ("a", "i"), ("io", "i"), ("co", "chi"), ("go", "ghi")],
        *[("ca", "che"), ("ga", "ghe"), ("cia", "ce"), ("gia", "ge")],
    ],
    "pt": [
        *[("", "s"), ("", "es"), ("ao", "oes"), ("ao", "aes"), ("al", "ais"), ("el", "eis"), ("ol", "ois")],
        *[("ul", "uis"), ("il", "is"), ("m", "ns")],
    ],
}
"""Singular and plural endings by language, as folded: German umlauts and the accents of the others are gone."""


def number_forms(word: str, languages: tuple[str, ...]) -> frozenset[str]:
    """Return a word with its plural or singular; case is kept. `languages` are those that its term is limited to."""
    if not word.isascii():
        return devanagari_number_forms(word)
    if len(word) < _MIN_WORD_LETTERS or not word.isalpha():
        return frozenset([word])
    forms = _singulars(word) or _plural(word)
    if irregular := _OTHER_FORM.get(word.lower()):
        forms = [*forms, _with_case(word, irregular)]
    for language in languages:
        forms += _foreign_forms(word, language)
    return frozenset([form for form in (word, *forms) if len(form) >= _MIN_WORD_LETTERS])


def _with_case(word: str, form: str) -> str:
    """Write a form like the word: the letters they share as they are, the others in capitals if all are."""
    if word.islower():
        return form
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(word.lower(), form, strict=False)))
    ending = form[shared:]
    return word[:shared] + (ending.upper() if word.isupper() else ending)


def _foreign_forms(word: str, language: str) -> list[str]:
    low, forms = word.lower(), list[str]()
    for pair in _ENDINGS.get(language, ()):
        for old, new in (pair, pair[::-1]):
            stem = low.removesuffix(old)
            if low.endswith(old) and len(stem) >= (2 if new else _MIN_STEM_LETTERS):
                forms.append(_with_case(word, stem + new))
    return forms


def _plural(word: str) -> list[str]:
    low = word.lower()
    if low.endswith("y") and low[-2] not in "aeiou":
        return [word[:-1] + "ies"]
    if low.endswith(("s", "x", "z", "ch", "sh")):
        return [word + "es"]
    return [word + "s", word + "es"] if low.endswith("o") else [word + "s"]


def _singulars(word: str) -> list[str]:
    low = word.lower()
    if not low.endswith("s") or low.endswith(("ss", "us", "is")) or low in NO_PLURALS or len(word) < 4:
        return []
    if low.endswith("ies"):
        return [word[:-1]] + ([word[:-3] + "y"] if len(word) > 4 else [])
    if low.endswith(("sses", "xes", "ches", "shes", "zes", "oes", "uses")):
        return [word[:-1], word[:-2]]
    return [word[:-1]]
