"""What Boolean strings of other services hold, and what is written here instead.

Analysts paste strings from Meltwater, Factiva and LexisNexis. A sign that means something there and nothing here would
be dropped as punctuation, and nobody would miss what the rule then leaves out; so each is refused with its translation.
"""

from __future__ import annotations

import re

ZONES = ("title", "lead", "body", "url", "source", "author")
_NO_TERM = (
    (re.compile(r"([-!].+)"), "'{}' is no term here; write NOT and put it last: a NOT b"),
    (re.compile(r"(\+.+)"), "'{}' is no term here; write AND between terms"),
    (re.compile(r"(?i)((?:wc|length)[<>=].*)"), "'{}' is no term here; the length of an article cannot be asked for"),
    (re.compile(r"(?i)(.+/f\d+/.*)"), "'{}' is no term here; write lead:a for the first words"),
    (re.compile(r"(?i)(.+/n(\d+)/.*)"), "'{}' is no term here; write a NEAR/{} b"),
    (re.compile(r"(?i)(#\d+plus#)"), "'{}' is no term here; write prominence: major beside the query"),
    (re.compile(r"(\w+=).*"), "'{}' is no zone here; zones are " + ", ".join(f"{zone}:" for zone in ZONES)),
)
_MENTIONS = "put {{mentions: {}, of: [...]}} into lists: and name it as $list"
_FUNCTIONS = (
    (re.compile(r"(?i)atleast(\d+)"), _MENTIONS),
    (re.compile(r"(?i)headline"), "write title:(...)"),
    (re.compile(r"(?i)hlead"), "write (title:(...) OR lead:(...))"),
    (re.compile(r"(?i)lead|body"), "write lead:(...) or body:(...)"),
    (re.compile(r"(?i)byline|author"), "write author:(...)"),
    (re.compile(r"(?i)caps|nocaps"), "write =Word for a word with just these capitals"),
    (re.compile(r"(?i)allcaps"), "write the acronym in capitals, as it is"),
    (re.compile(r"(?i)plural|singular"), "put {{term: ..., plural: no}} into lists: and name it as $list"),
    (re.compile(r"(?i)length"), "the length of an article cannot be asked for"),
)
"""What other services have before a bracket."""
ZONES_ELSEWHERE = {"headline": "title", "hl": "title", "ingress": "lead", "text": "body", "byline": "author"}
_DISTANCE = re.compile(r"(?i)(?:w|near|n|w/|within/?|near/|/)(\d+)")
_FOREIGN = (
    (_DISTANCE, "write NEAR/{} for 'at most {} words apart'"),
    (
        re.compile(r"(?i)(?:pre|adj|onear|pre/|onear/|\+)(\d+)"),
        "write ONEAR/{} for 'at most {} words apart, in this order'",
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
"""What other services have between terms, and what is written here."""


def operator(said: str) -> str:
    """Say what to write instead of an operator between two terms; empty when it is none."""
    for pattern, hint in _FOREIGN:
        if found := pattern.fullmatch(said):
            return f"'{said}' is no operator here; {hint.format(*found.groups() * 2)}"
    return ""


def no_term(said: str, *, called: bool, last: bool) -> str:
    """Say what to write instead of a word where a term stands: before a bracket (`called`), or before anything else."""
    for pattern, hint in _FUNCTIONS:
        if (found := pattern.fullmatch(said)) and (called or (found.groups() and not last)):
            what = f"'{said[:40]}(...)' is no function" if called else f"'{said[:40]}' is no operator"
            return f"{what} here; {hint.format(*found.groups())}"
    for pattern, message in _NO_TERM:
        if found := pattern.fullmatch(said):
            return message.format(found[1][:40], *found.groups()[1:])
    return ""


def not_near(said: str) -> str:
    """Say what to write instead of NOT W/5; empty when this is no distance."""
    found = _DISTANCE.fullmatch(said)
    instead = "write ignore: [{{near: {}, of: [a, b]}}] beside the query"
    return f"'NOT {said}' is not there; {instead.format(found[1])}" if found else ""
