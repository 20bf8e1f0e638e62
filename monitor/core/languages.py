"""The language of a text, as ISO 639-1.

`detect` weighs what the words say against what page and feed declare: short texts follow the declaration, long ones
their words. It refuses to guess when there is nothing to go by and says "". Its one surprise: the model is loaded on
first use and takes 100 MB, so it is used in the extraction workers only; `declared` needs no model.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

_SAMPLE = 1200  # characters; more words do not change the verdict and cost time
_ENOUGH = 120  # characters from which the words alone decide
_SURE = 0.8
_TAG = re.compile(r"[A-Za-z]{2,3}(?=$|[-_])")


def declared(tag: str) -> str:
    """Shorten a language tag (`en-GB`, `zh_CN`) to its ISO 639-1 code, or say ""."""
    found = _TAG.match(tag.strip())
    return found.group().lower() if found else ""


def detect(text: str, *hints: str) -> str:
    """Name the language of a text; `hints` are declarations, the most trusted first."""
    hint = next((code for tag in hints if (code := declared(tag))), "")
    sample = text[:_SAMPLE].strip()
    if not any(letter.isalpha() for letter in sample):
        return hint
    language, probability = _identifier().classify(sample)
    if (
        len(language) != 2 or probability < _SURE or (hint and len(sample) < _ENOUGH)
    ):  # not surely a language of its own
        return hint or (language if len(language) == 2 and probability >= 0.5 else "")
    return str(language)


@cache
def _identifier() -> Any:  # noqa: ANN401  # the library is untyped
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def preload() -> None:
    """Load the model now, so that processes forked from here share it."""
    _identifier()
