"""Spellings, plurals and abbreviations of Hindi words; Marathi and Nepali, in the same script, are treated alike.

Newspapers and ministries write the same word in several ways: क़ानून and कानून, केन्द्रीय and केंद्रीय, हूँ and हूं. The
folding makes them equal, in rules as in articles. Different letters stay different, and nothing is stemmed.
"""

from __future__ import annotations

import re
import unicodedata

_SCRIPT = re.compile("[\u0900-\u097f]")
_WORD = re.compile("[\u0900-\u0963\u0971-\u097f]+")
_NOT_COUNTED = re.compile("[\u093c\u0903]")
"""The nukta, often left out (फ़ is फ), and the visarga, which headlines write in place of a colon (दिल्लीः)."""
_CHANDRABINDU, _ANUSVARA, _VIRAMA = "\u0901", "\u0902", "\u094d"
_NASAL_LETTER = re.compile(f"[ङञणन]{_VIRAMA}(?=[क-घच-झट-ढत-धप-भश-स])|म{_VIRAMA}(?=[प-भ])")
"""A nasal consonant joined to the next one, which an anusvara may stand for: सम्बन्ध is संबंध."""

_MIN_WORD_CHARS = 2
"""Code points of a word that is inflected, and of what remains without its ending: of ने and में, less remains."""
_CONSONANT = re.compile("[\u0915-\u0939]$")
_ENDINGS = (
    ("ा", "े", "ों"),  # masculine: खतरा, खतरे, खतरों
    ("ा", "ाएं", "ाओं"),  # feminine: सेना, सेनाएं, सेनाओं
    ("ी", "ियां", "ियों"),
    ("ि", "ियां", "ियों"),
    ("ई", "इयां", "इयों"),
    ("ु", "ुएं", "ुओं"),
    ("ू", "ुएं", "ुओं"),
)
"""Singular, plural, and plural before a postposition, as folded."""
_AFTER_CONSONANT = ("ें", "ों", "्स")
"""Endings of words without a final vowel; the last is the English plural: चिप्स."""

_INITIALS = "ए बी सी डी ई एफ एच जे के एल एम एन ओ पी क्यू आर एस टी यू वी डब्ल्यू एक्स वाई जेड"
"""Names of Latin letters, without I and G, which are also words that end sentences."""
ABBREVIATIONS = frozenset(f"{_INITIALS} डॉ डा प्रो रु सं नं".split())
"""A full stop after one of these does not end a sentence: डॉ. राव, एस. जयशंकर."""


def fold_devanagari(text: str) -> str:
    """Return a text with one spelling of each word in Devanagari; other scripts are not changed."""
    if not _SCRIPT.search(text):
        return text
    plain = _NOT_COUNTED.sub("", unicodedata.normalize("NFD", text)).replace(_CHANDRABINDU, _ANUSVARA)
    return unicodedata.normalize("NFC", _NASAL_LETTER.sub(_ANUSVARA, plain))


def devanagari_number_forms(word: str) -> frozenset[str]:
    """Return a folded word with its plurals and singulars, also those before a postposition.

    Generous: a form that no language has finds nothing.
    """
    if len(word) < _MIN_WORD_CHARS or not _WORD.fullmatch(word):
        return frozenset([word])
    forms = {word}
    for endings in _ENDINGS:
        for ending in endings:
            if stem := _stem(word, ending):
                forms.update(stem + other for other in endings)
    for ending in ("", *_AFTER_CONSONANT):
        stem = _stem(word, ending)
        if _CONSONANT.search(stem):
            forms.update(stem + other for other in ("", *_AFTER_CONSONANT))
    return frozenset(form for form in forms if len(form) >= _MIN_WORD_CHARS)


def _stem(word: str, ending: str) -> str:
    """Return the word without the ending; "" if it has another one, or less than two characters would remain."""
    stem = word.removesuffix(ending)
    return stem if word.endswith(ending) and len(stem) > 1 else ""
