"""Functions of `core.text`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.text_functions.sample_values import utf8, with_empty_caches
from monitor.core.text import (
    clean,
    clean_line,
    encodings,
    find_tokens,
    languages,
    markup,
    mask_spans,
    tags,
    tokenize,
    words,
)
from monitor.core.text.sentences import sentences
from monitor.core.text.simplified import to_traditional

if TYPE_CHECKING:
    from collections.abc import Callable


def functions() -> dict[str, Callable[[str], object]]:
    return {
        "text.sentences": sentences,
        "text.tokenize": with_empty_caches(tokenize),
        "text.find_tokens": with_empty_caches(find_tokens),
        "text.words": with_empty_caches(words),
        "text.Tokens.span": with_empty_caches(_all_spans),
        "text.Tokens.cased": with_empty_caches(_all_cased),
        "text.clean": clean,
        "text.clean_line": clean_line,
        "text.mask_spans": lambda text: mask_spans(text, [(at, at + 3) for at in range(0, len(text), 5)]),
        "text.markup.html_to_text": markup.html_to_text,
        "text.markup.html_to_line": markup.html_to_line,
        "text.tags.strip_tags": tags.strip_tags,
        "text.languages.guess_language": languages.guess_language,
        "text.languages.detect_language": lambda text: languages.detect_language(text, "en"),
        "text.languages.language_code": languages.language_code,
        "text.encodings.decode": lambda text: encodings.decode(utf8(text), "text/html"),
        "text.encodings.decode, guessed": lambda text: encodings.decode(utf8(text) + b"\xe9\xff" * (len(text) // 3)),
        "text.encodings.decode, declared": lambda text: encodings.decode(
            utf8(text) + b"\xff" * len(text), "text/html; charset=shift_jis"
        ),
        "text.simplified.to_traditional": to_traditional,
    }


def _all_spans(text: str) -> object:
    tokens = tokenize(text)
    return [tokens.span(at, at + 1) for at, word in enumerate(tokens.words) if word != "¶"]


def _all_cased(text: str) -> object:
    tokens = tokenize(text)
    return [tokens.cased(at) for at in range(len(tokens.words))]
