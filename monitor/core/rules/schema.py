"""The JSON Schema of rule files, by which editors complete and explain keys.

It is derived from the keys and patterns of the readers. The loader reports more than a schema can express, such as
unknown lists and conditions that can never match.
"""

from __future__ import annotations

import json
import re
from typing import Any

from monitor.core.durations import DURATION_PATTERN
from monitor.core.matching.tokenized_document import ZONES
from monitor.core.model import PRIORITIES, STATUSES, Tier
from monitor.core.rules import FILE_KEYS, TOPIC_KEYS
from monitor.core.rules.conditions import CONDITION_KEYS, UNITS
from monitor.core.rules.fields import MAX_RULE_NUMBER, RESERVED
from monitor.core.rules.lint import LINT_CODES
from monitor.core.rules.lists import LIST_NAME_PATTERN, VARIANTS
from monitor.core.rules.rule_reader import (
    DATE_PATTERN,
    ID_PATTERN,
    PROMINENCES,
    RULE_KEYS,
    SEED_PATTERN,
    SPIKE_KEYS,
    TAG_PATTERN,
    TOPIC_PATTERN,
)
from monitor.core.rules.rule_test_reader import ARTICLE_KEYS, TEST_KEYS
from monitor.core.rules.term_reader import TERM_KEYS

Schema = dict[str, Any]

_WORDS = {"type": ["string", "number", "boolean"]}
"""YAML reads `no` and `2026` as other types; the loader takes them as text."""
_TEXT = {"type": "string"}
_YES = {"enum": ["yes", "no", True, False]}
_ENTRIES = {"$ref": "#/$defs/entries"}

_FILE = {
    "version": "The version of the rule language: 1.",
    "topics": "The topics that digests group by: a title, or {title, order, catch_all}.",
    "lists": "Named lists, [...] or {variants: [...]}, used as $name. An entry is a term, $list or expression.",
    "rules": "The watch rules.",
}
_LIST = {VARIANTS: "Forms of one idea: spellings, languages, names. For coverage, one example of them is enough."}
_TOPIC_FIELDS = {
    "title": "What a digest prints above the topic.",
    "order": "Its position; small numbers first.",
    "catch_all": "true: it collects what no other topic takes; digests list it last.",
}
_RULE = {
    "id": "A slug, never used again for another rule: retire a rule, do not delete it.",
    "title": "One line; what a digest prints.",
    "topic": "What digests group the rule under.",
    "description": "What is wanted and what is not, for colleagues.",
    "owner": "Who answers for it.",
    "status": "draft: not run; test: hits are stored, not sent; live; retired: not run, old hits still resolve.",
    "priority": "Order in the digest; urgent may go out at once.",
    "notify": "Channels of channels.yaml that an urgent hit is sent to at once.",
    "lang": "Languages of articles (en, fr, zh, ...). An article whose language is unknown is never left out.",
    "sources": "Which sources: ids of feeds, domains (with all below them), tiers or tags.",
    "tags": "Words joined by dots, for your own use.",
    "seed": "The theme of a source document that the rule comes from: SEED-ID#THEME-ID.",
    "references": "Links for colleagues.",
    "created": "A date: 2026-01-31.",
    "query": "A Boolean string in place of the operators: ($chips NEAR/20 $controls) NOT horoscope",
    "ignore": "Phrases that are invisible to this rule: an occurrence that overlaps one does not count.",
    "prominence": "major: found in the title or lead, or three times; any: anywhere.",
    "unless_topic": "No hit in articles that a rule of one of these topics matches; any: that any other rule matches.",
    "spike": "One alert when so many stories fall into one window.",
    "max_per_day": "The most stories of it that are alerted in a day or, if it is never alerted, shown in one digest.",
    "suppress": "Lint codes that are silenced here, each with the reason.",
    "tests": "Titles and articles that the rule must hit or miss. A live rule needs one of each.",
}
_OPERATORS = {
    "any": "One of these is in the article.",
    "all": "Every one of these is in the article.",
    "none": "None of these is in the article. To leave out a phrase and not the article, use ignore.",
    "near": "At most so many words between the two entries of `of`, in one paragraph.",
    "at_least": "At least so many different entries of `of` are in the article.",
    "same": "All entries of `of` are in one sentence, or in one paragraph.",
    "mentions": "The entries of `of` are mentioned at least so many times in total.",
    "of": "What near, at_least, same or mentions is about.",
    "ordered": "For near: the first entry comes first.",
    "in": "Look only there. lead: the first paragraphs until they have 60 words, 120 words at most.",
}
_TERM = {
    "term": "The words, taken as they are: no sigils but a trailing *.",
    "case": "smart: acronyms of up to six characters are case-sensitive; exact: as written; any: never.",
    "plural": "no: only as written; yes: also its plural or singular.",
    "inflect": "Another name of plural.",
    "within": "word: also inside longer words, as in German compounds; one word of five letters or more.",
    "lang": "Count it only in articles of these languages.",
}
_TEST = {
    "hit": "A title, or an article, that the rule must find.",
    "miss": "A title, or an article, that the rule must not find.",
    "because": "Terms that must be in the evidence.",
    "todo": "yes: known to fail; reported, but not counted as a failure.",
    "note": "Why this test is here.",
}
_ARTICLE = {
    "title": "The title.",
    "body": "The text; paragraphs are separated by a blank line.",
    "lang": "The language of the article.",
    "source": "The id of a feed, or a domain.",
    "url": "The address.",
    "author": "The author.",
    "article": "A JSON file beside the rule file: {title, text, lang, url, source}.",
}
_SPIKE = {"stories": "How many stories.", "within": "In how long: 24h, 7d.", "min_sources": "From how many sources."}


def schema_text() -> str:
    """Return the schema as the text of its file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def schema() -> Schema:
    """Return the schema of a rule file."""
    variants = _object((VARIANTS,), _LIST, {VARIANTS: _ENTRIES}, (VARIANTS,))
    entries = {"type": "object", "additionalProperties": False}
    lists = {**entries, "patternProperties": {f"^{LIST_NAME_PATTERN.pattern}$": {"anyOf": [_ENTRIES, variants]}}}
    topic = _object(TOPIC_KEYS, _TOPIC_FIELDS, {"title": _TEXT, "order": _count(0), "catch_all": {"type": "boolean"}})
    topics = {
        "type": "object",
        "additionalProperties": False,
        "patternProperties": {f"^{TOPIC_PATTERN.pattern}$": {"anyOf": [_TEXT, topic]}},
    }
    rules = {"type": "array", "items": {"$ref": "#/$defs/rule"}}
    fields = {"version": {"enum": [1, "1"]}, "topics": topics, "lists": lists, "rules": rules}
    made = _object(FILE_KEYS, _FILE, fields)
    definitions: Schema = {
        "entry": _entry(), "entries": _entries(), "operators": _operators(), "term": _long_term(), "rule": _rule(),
        "test": _test(), "article": _article(),
    }  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "rules/*.yaml",
        "description": "Watch rules of policy-monitor. docs/rules.md explains them.",
        **made,
        "$defs": definitions,
    }


def _entry() -> Schema:
    about = "A term (a phrase), $list, =Exact, stem*, or a mapping of operators."
    return {"description": about, "anyOf": [_WORDS, {"$ref": "#/$defs/term"}, {"$ref": "#/$defs/operators"}]}


def _entries() -> Schema:
    return {"anyOf": [{"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/entry"}}, {"$ref": "#/$defs/entry"}]}


def _condition() -> Schema:
    return {
        "any": _ENTRIES, "all": _ENTRIES, "none": _ENTRIES, "of": _ENTRIES, "near": _count(0), "at_least": _count(1),
        "mentions": _count(1), "same": {"enum": list(UNITS)}, "ordered": _YES, "in": {"enum": list(ZONES)},
    }  # fmt: skip


def _operators() -> Schema:
    return {**_object(CONDITION_KEYS, _OPERATORS, _condition()), "minProperties": 1}


def _long_term() -> Schema:
    fields = {
        "term": _WORDS,
        "case": {"enum": ["smart", "exact", "any"]},
        "plural": _YES,
        "inflect": _YES,
        "within": {"enum": ["word"]},
        "lang": _texts(),
    }
    return _object(TERM_KEYS, _TERM, fields, ("term",))


def _rule() -> Schema:
    about = {"only": "From these only.", "not": "From none of these."}
    sources = _object(("only", "not"), about, {"only": _texts(), "not": _texts()})
    sources["examples"] = [{"only": [Tier.OFFICIAL.value]}]
    spike_fields = {"stories": _count(2), "within": _like(re.compile(DURATION_PATTERN)), "min_sources": _count(1)}
    spike = _object(SPIKE_KEYS, _SPIKE, spike_fields, SPIKE_KEYS[:2])
    reasons = {**_TEXT, "minLength": 1}
    suppress = {"type": "object", "propertyNames": {"enum": list(LINT_CODES)}, "additionalProperties": reasons}
    fields: Schema = {
        **_condition(), "id": _like(ID_PATTERN), "title": _WORDS, "topic": _like(TOPIC_PATTERN), "description": _WORDS,
        "owner": _WORDS, "status": {"enum": list(STATUSES)}, "priority": {"enum": list(PRIORITIES)}, "notify": _texts(),
        "lang": _texts(), "sources": sources, "tags": _texts(TAG_PATTERN), "seed": _like(SEED_PATTERN),
        "references": _texts(), "created": _like(DATE_PATTERN), "query": _TEXT,
        "ignore": _ENTRIES, "prominence": {"enum": list(PROMINENCES)},
        "unless_topic": _texts(TOPIC_PATTERN), "spike": spike,
        "max_per_day": _count(1), "suppress": suppress,
        "tests": {"type": "array", "items": {"$ref": "#/$defs/test"}},
    }  # fmt: skip
    made = _object(RULE_KEYS, _RULE | _OPERATORS, fields, ("id", "title", "topic"))
    return {**made, "properties": {**made["properties"], **_reserved_keys()}}


def _reserved_keys() -> Schema:
    return {key: {"not": {}, "description": f"Not in version 1: {instead}."} for key, instead in RESERVED.items()}


def _test() -> Schema:
    article_or_title = {"anyOf": [_WORDS, {"$ref": "#/$defs/article"}]}
    fields = {"hit": article_or_title, "miss": article_or_title, "because": _texts(), "todo": _YES, "note": _WORDS}
    made = _object(TEST_KEYS, _TEST, fields)
    return {**made, "oneOf": [{"required": ["hit"]}, {"required": ["miss"]}]}


def _article() -> Schema:
    words = dict.fromkeys(("title", "body", "lang", "source", "url", "author", "note"), _WORDS)
    fields = {**words, "article": _like(re.compile(r".+\.json")), "because": _texts(), "todo": _YES}
    made = _object(ARTICLE_KEYS, _ARTICLE | _TEST, fields)
    return {**made, "anyOf": [{"required": [key]} for key in ("title", "body", "article")]}


def _object(keys: tuple[str, ...], about: dict[str, str], fields: Schema, required: tuple[str, ...] = ()) -> Schema:
    """Return the schema of an object; a key without a description or a type is a KeyError."""
    properties = {key: {"description": about[key], **fields[key]} for key in keys}
    made: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return {**made, "required": list(required)} if required else made


def _like(pattern: re.Pattern[str]) -> Schema:
    return {"type": "string", "pattern": f"^(?:{pattern.pattern})$"}


def _texts(pattern: re.Pattern[str] | None = None) -> Schema:
    each = _like(pattern) if pattern else _WORDS
    return {"anyOf": [{"type": "array", "items": each}, each]}


def _count(least: int) -> Schema:
    return {"type": "integer", "minimum": least, "maximum": MAX_RULE_NUMBER}
