"""The language of a tag that a publisher writes, and of a text; as a code, "" where none is known.

`language_code` is the only place that reads tags. A code has two letters (ISO 639-1), or three where a language has no
two. Scripts and regions do not count: traditional and simplified Chinese are `zh`.

`detect_language` combines a model with the languages that page and feed declare: short texts follow the declaration
unless it names another script, long ones the model. The model is loaded on first use and takes 100 MB, so only worker
processes use it.
`guess_language` needs no model: it uses scripts and common words. `declared_language` takes the declaration first.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

_SAMPLE_CHARS = 1200
"""Characters that are classified; more rarely change the result."""
_SHORT_SAMPLE_CHARS = 300
"""Characters that suffice if they confirm the declared language (_MIN_CONFIRMED_PROBABILITY)."""
_MIN_CONFIRMED_PROBABILITY = 0.8
_LONG_TEXT_CHARS = 120
"""Length of a text from which the model overrides a declaration."""
_MIN_SURE_PROBABILITY = 0.8
_MIN_LIKELY_PROBABILITY = 0.5
_TAG = re.compile(r"[a-z]{2,3}(?=$|[-_])")
_MAX_TAG_CHARS = 40
"""Longest language tag that is read, which limits the memory of the cache."""
_NO_LANGUAGE = frozenset({"mis", "mul", "und", "zxx"})  # ISO 639-2: uncoded, several, undetermined, no language
OTHER_CODES = {
    "afr": "af", "alb": "sq", "amh": "am", "ara": "ar", "arm": "hy", "aze": "az", "baq": "eu", "bel": "be", "ben": "bn",
    "bos": "bs", "bul": "bg", "bur": "my", "cat": "ca", "ces": "cs", "chi": "zh", "cym": "cy", "cze": "cs", "dan": "da",
    "deu": "de", "dut": "nl", "ell": "el", "eng": "en", "epo": "eo", "est": "et", "eus": "eu", "fas": "fa", "fin": "fi",
    "fra": "fr", "fre": "fr", "geo": "ka", "ger": "de", "gle": "ga", "glg": "gl", "gre": "el", "guj": "gu", "hau": "ha",
    "heb": "he", "hin": "hi", "hrv": "hr", "hun": "hu", "hye": "hy", "ice": "is", "ind": "id", "isl": "is", "ita": "it",
    "jpn": "ja", "kan": "kn", "kat": "ka", "kaz": "kk", "khm": "km", "kir": "ky", "kor": "ko", "kur": "ku", "lao": "lo",
    "lat": "la", "lav": "lv", "lit": "lt", "ltz": "lb", "mac": "mk", "mal": "ml", "mar": "mr", "may": "ms", "mkd": "mk",
    "mlt": "mt", "mon": "mn", "msa": "ms", "mya": "my", "nep": "ne", "nld": "nl", "nno": "nn", "nob": "nb", "nor": "no",
    "pan": "pa", "per": "fa", "pol": "pl", "por": "pt", "pus": "ps", "ron": "ro", "rum": "ro", "rus": "ru", "sin": "si",
    "slk": "sk", "slo": "sk", "slv": "sl", "som": "so", "spa": "es", "sqi": "sq", "srp": "sr", "swa": "sw", "swe": "sv",
    "tam": "ta", "tat": "tt", "tel": "te", "tgk": "tg", "tha": "th", "tir": "ti", "tur": "tr", "ukr": "uk", "urd": "ur",
    "uzb": "uz", "vie": "vi", "wel": "cy", "xho": "xh", "yor": "yo", "zho": "zh", "zul": "zu", "iw": "he", "in": "id",
}  # fmt: skip
"""The codes of ISO 639-2 (both kinds) and withdrawn ones that publishers write, with those of ISO 639-1."""
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("uk", re.compile("[\u0404\u0406\u0407\u0454\u0456\u0457\u0490\u0491]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("fa", re.compile("[\u067e\u0686\u0698\u06a9\u06af\u06cc]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("bn", re.compile("[\u0980-\u09ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
)
_SCRIPT_SHARE = 0.1
"""Share of the letters in a script above which a text is in a language of it."""
_NOT_LATIN = frozenset(
    ["ja", "ko", "zh", "ru", "uk", "be", "bg", "mk", "ar", "fa", "ur", "he", "el", "hi", "mr", "ne", "bn", "th"]
)
"""Languages that are not written in Latin letters."""
_LAST_LATIN = "\u024f"
_COMMON = {
    "en": "the of and to in is that for with on are was by has its will from which",
    "fr": "le la les des et du une est dans pour que sur au aux par qui avec ont",
    "de": "der die das und den von zu mit sich des auf ist im dem nicht ein eine werden",
    "es": "el la los las de y que en un una por con para del se su al como",
    "it": "il la di che e un una per del della con sono nel gli alla anche le dei",
    "pt": "o a os as de e que um uma em para com do da no na por dos ao",
    "nl": "de het een van en in is dat op te voor met zijn niet aan er door",
    "pl": "w i na z do nie jest przez oraz od za po dla jak jako ma ich",
    "sv": "och att det som en av den med till har inte om ett de kan ska",
    "id": "yang dan di untuk dengan dari ini pada dalam akan tidak itu oleh para",
}
_WORDS = {code: frozenset(listed.split()) for code, listed in _COMMON.items()}
_MIN_COMMON_WORDS = 3
"""With fewer common words of a language, none is returned."""


def language_code(tag: str) -> str:
    """Return the code of the language of a tag (`en-GB`, `zh_Hant`, `ENG`); "" if it names none (`english`, `und`)."""
    return _code(tag[:_MAX_TAG_CHARS])


@lru_cache(maxsize=1_000)
def _code(tag: str) -> str:
    """Read a tag; cached, since articles are compared and matched by the same few tags many times."""
    match = _TAG.match(tag.strip().lower())
    code = match[0] if match else ""
    return "" if code in _NO_LANGUAGE else OTHER_CODES.get(code, code)


def guess_language(text: str) -> str:
    """Return the language of a text by its script and common words; "" if none is likely."""
    sample = text[:_SAMPLE_CHARS]
    letters = sum(map(str.isalpha, sample))
    for code, script in _SCRIPTS:
        if letters and len(script.findall(sample)) > _SCRIPT_SHARE * letters:
            return code
    words = sample.lower().split()
    counts = sorted((sum(map(listed.__contains__, words)), code) for code, listed in _WORDS.items())
    (second, _), (first, code) = counts[-2:]
    return code if first >= _MIN_COMMON_WORDS and first > second else ""


def detect_language(text: str, *hints: str) -> str:
    """Return the language of a text; `hints` are declared language tags, the most trusted first."""
    hint = next((code for tag in hints if (code := language_code(tag))), "")
    sample = text[:_SAMPLE_CHARS].strip()
    if not any(map(str.isalpha, sample)):
        return hint
    hint = _without_contradiction(hint, sample)
    language, probability = _classify(sample, hint)
    if len(language) != 2:  # the model also has languages without a two-letter code, and "no language"
        return hint
    if probability >= _MIN_SURE_PROBABILITY and (len(sample) >= _LONG_TEXT_CHARS or not hint):
        return language
    return hint or (language if probability >= _MIN_LIKELY_PROBABILITY else "")


def declared_language(text: str, tag: str) -> str:
    """Return the declared language of a text unless its script excludes it, else a guess; needs no model."""
    return _without_contradiction(language_code(tag), text[:_SAMPLE_CHARS]) or guess_language(text)


def _without_contradiction(hint: str, sample: str) -> str:
    """Return the declared language, or what the script says if that excludes it: a feed may mix languages."""
    letters = [char for char in sample if char.isalpha()]
    latin = sum(char <= _LAST_LATIN for char in letters)
    if hint in _NOT_LATIN and latin == len(letters):
        return ""
    if hint in _WORDS and latin < len(letters) / 2:
        return guess_language(sample) or hint
    return hint


def _classify(sample: str, hint: str) -> tuple[str, float]:
    """Return language and probability by the model; only a short sample is classified if it confirms `hint`."""
    classify = _identifier().classify
    if hint and len(sample) > _SHORT_SAMPLE_CHARS:
        language, probability = classify(sample[:_SHORT_SAMPLE_CHARS])
        if language == hint and probability >= _MIN_CONFIRMED_PROBABILITY:
            return hint, float(probability)
    language, probability = classify(sample)
    return str(language), float(probability)


@cache
def _identifier() -> Any:  # noqa: ANN401  # the library is untyped
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def same_language(one: str, other: str) -> bool:
    """Compare the languages of two tags; two without a language are the same."""
    return language_code(one) == language_code(other)


def is_unspaced(language: str) -> bool:
    """Return True for the tag of a language that is compared by characters, since few spaces separate its words."""
    return language_code(language) in ("zh", "ja", "ko", "th", "lo", "km", "my")


def preload() -> None:
    """Load the model now, so that processes forked from here share it."""
    _identifier()
