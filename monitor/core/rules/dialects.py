"""Boolean query syntax of other services (Meltwater, Factiva, LexisNexis), and what to write instead.

Operators of these services are refused, and the message says what to write instead. If they were ignored like other
punctuation, the rule would silently match something else than its author expects.
"""

from __future__ import annotations

import re

from monitor.core.matching.tokenized_document import ZONES

_TERM_HINTS = (
    (re.compile(r"[-\u2013\u2014\u2212!].+"), "write NOT and put it last: a NOT b"),
    (re.compile(r"\+.+"), "write AND between terms"),
    (re.compile(r"(?i)(?:wc|length)[<>=].*"), "the length of an article cannot be a condition"),
    (re.compile(r"(?i).+/f\d+/.*"), "write lead:a for the first words"),
    (re.compile(r"(?i).+/n(\d+)/.*"), "write a NEAR/{} b"),
    (re.compile(r"(?i)#\d+plus#"), "write prominence: major beside the query"),
)
"""Words in the place of a term."""
_ZONE = re.compile(r"(\w+=).*")
_MENTIONS = "put {{mentions: {}, of: [...]}} into lists: and name it as $list"
_FUNCTION_HINTS = (
    (re.compile(r"(?i)atleast(\d+)"), _MENTIONS),
    (re.compile(r"(?i)headline"), "write title:(...)"),
    (re.compile(r"(?i)hlead"), "write (title:(...) OR lead:(...))"),
    (re.compile(r"(?i)lead|body"), "write lead:(...) or body:(...)"),
    (re.compile(r"(?i)byline|author"), "write author:(...)"),
    (re.compile(r"(?i)caps|nocaps"), "write =Word for a word with just these capitals"),
    (re.compile(r"(?i)allcaps"), "write the acronym in capitals, as it is"),
    (re.compile(r"(?i)plural|singular"), "put {{term: ..., plural: no}} into lists: and name it as $list"),
    (re.compile(r"(?i)length"), "the length of an article cannot be a condition"),
)
"""Functions before a bracket."""
ZONES_ELSEWHERE = {"headline": "title", "hl": "title", "ingress": "lead", "text": "body", "byline": "author"}
_DISTANCE = re.compile(r"(?i)(?:w|near|n|w/|within/?|near/|/)(\d+)")
_OPERATOR_HINTS = (
    (_DISTANCE, "write NEAR/{} for 'at most {} apart'"),
    (
        re.compile(r"(?i)(?:pre|adj|onear|pre/|onear/|\+)(\d+)"),
        "write ONEAR/{} for 'at most {} apart, in this order'",
    ),
    (re.compile(r"(?i)w?/s(?:ent)?"), "write SENTENCE for 'in one sentence'"),
    (re.compile(r"(?i)w?/p(?:ara)?|same"), "write PARAGRAPH for 'in one paragraph'"),
    (re.compile(r"(?i)w?/seg"), "write title:(a AND b) or body:(a AND b)"),
    (re.compile(r"(?i)o?near/?|within|adj"), "write NEAR/10, with the number of words"),
    (re.compile(r"&&|&|\+"), "write AND"),
    (re.compile(r"\|\||\|"), "write OR"),
    (re.compile(r"!|-"), "write NOT"),
    (re.compile(r"(?i)and\s*not|andnot"), "write NOT, without AND"),
)
"""Operators between terms."""


def hint_for_operator(text: str) -> str:
    """Return what to write instead of an operator between two terms; empty if no other service has this operator."""
    for pattern, hint in _OPERATOR_HINTS:
        if match := pattern.fullmatch(text):
            numbers = match.groups()  # of any length: they are not counted with `int`
            words = ("1 word" if number == "1" else f"{number} words" for number in numbers)
            return f"'{text}' is not an operator here; {hint.format(*numbers, *words)}"
    return ""


def hint_for_term(text: str, *, called: bool, last: bool) -> str:
    """Return what to write instead of a word in the place of a term, before a bracket (`called`) or elsewhere."""
    for pattern, hint in _FUNCTION_HINTS:
        if (match := pattern.fullmatch(text)) and (called or (match.groups() and not last)):
            what = f"'{text[:40]}(...)' is not a function" if called else f"'{text[:40]}' is not an operator"
            return f"{what} here; {hint.format(*match.groups())}"
    for pattern, hint in _TERM_HINTS:
        if match := pattern.fullmatch(text):
            return f"'{text[:40]}' is not a term here; {hint.format(*match.groups())}"
    if match := _ZONE.fullmatch(text):
        return f"'{match[1][:40]}' is not a zone here; zones are {', '.join(f'{zone}:' for zone in ZONES)}"
    return ""


def hint_for_not_near(text: str) -> str:
    """Return what to write instead of NOT W/5; empty if the text is not a distance."""
    match = _DISTANCE.fullmatch(text)
    if match is None:
        return ""
    return f"'NOT {text}' is not supported; write ignore: [{{near: {match[1]}, of: [a, b]}}] beside the query"
