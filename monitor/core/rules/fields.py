"""Fields of a rule file: reads one value at a time and reports what it must be instead."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import TypeVar

from monitor.core.durations import parse_duration
from monitor.core.problems import ProblemList
from monitor.core.text.language_codes import LANGUAGES, MISTAKEN_LANGUAGES
from monitor.core.text.languages import language_code
from monitor.core.yaml_characters import describe_lookalike
from monitor.core.yaml_errors import shorten_quotation
from monitor.core.yaml_nodes import MappingNode, Mark, Node, ScalarNode, SequenceNode, has_value

RESERVED = {
    "score": "weights cannot be explained; use at_least:, mentions: or prominence:",
    "regex": "use terms, a trailing * and near:",
    "uses": "put what rules share into lists: and name it as $list",
}
"""Keys of other programs, with what to write instead."""
OTHER_NAMES = {"or": "any", "and": "all", "not": "none", "exclude": "none", "within": "near", "language": "lang"}
"""Names that other programs give to keys."""
_TEST_KINDS = ("hit", "miss")
MAX_RULE_NUMBER = 10_000
_BOOLEANS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
Word = TypeVar("Word", bound=str)


class FieldReader:
    """Reads values and reports problems to `problems`."""

    def __init__(self, problems: ProblemList) -> None:
        self.problems = problems

    def check_keys(self, node: MappingNode, allowed_keys: Collection[str]) -> bool:
        """Report unknown keys; True if there are none."""
        unknown = [key for key in node.keys if key not in allowed_keys]
        for key in unknown:
            self._report_unknown(key, node.keys[key], allowed_keys)
        return not unknown

    def _report_unknown(self, key: str, mark: Mark, allowed_keys: Iterable[str]) -> None:
        if key in RESERVED:
            self.problems.error(mark, "E005", f"'{key}' is not in version 1; {RESERVED[key]}")
            return
        if (instead := OTHER_NAMES.get(key, "")) and instead in allowed_keys:
            self.problems.error(mark, "E002", f"unknown key '{key}'; write {instead}:")
            return
        if key in _TEST_KINDS and "tests" in allowed_keys:
            self.problems.error(mark, "E002", f"'{key}' belongs under tests:, indented and with a dash: - {key}: ...")
            return
        otherwise = f"known here: {', '.join(allowed_keys)}"
        hint = describe_lookalike(key) or self.problems.did_you_mean(key, allowed_keys, otherwise=otherwise)
        self.problems.error(mark, "E002", f"unknown key '{shorten_quotation(key)}'{hint}")

    def mapping(self, node: MappingNode, key: str, form: str) -> MappingNode | None:
        """Return the mapping under a key; None if there is none, or, with an error, something else."""
        value = node.entries.get(key)
        if value is None or isinstance(value, MappingNode):
            return value
        self.problems.error(value.mark, "E004", f"{key} is {form}")
        return None

    def text(self, node: MappingNode, key: str) -> str:
        """Read one text; empty if the key is absent."""
        value = node.entries.get(key)
        if not has_value(value):
            return ""
        if not isinstance(value, ScalarNode):
            self.problems.error(value.mark, "E004", f"{key} must be one text; quote it")
            return ""
        return value.text.strip()

    def required_text(self, node: MappingNode, key: str) -> str:
        """Read one line, or report that it is missing."""
        text = self.text(node, key)
        if not text and not isinstance(node.entries.get(key), SequenceNode | MappingNode):
            self.report_missing(node, f"'{key}'")
        return " ".join(text.split())

    def report_missing(self, node: MappingNode, what: str) -> None:
        """Report that something is missing from a rule."""
        name = node.entries.get("id")
        of = f" of rule '{shorten_quotation(name.text)}'" if isinstance(name, ScalarNode) and not name.null else ""
        self.problems.error(node.mark, "E006", f"{what}{of} is missing")

    def text_like(
        self,
        node: MappingNode,
        key: str,
        pattern: re.Pattern[str],
        form: str,
        *,
        required: bool = False,
        code: str = "E004",
    ) -> str:
        """Read one text that matches a pattern; empty if it does not. `form` describes the pattern."""
        text = self.required_text(node, key) if required else self.text(node, key)
        if text and not pattern.fullmatch(text):
            message = f"{key} '{shorten_quotation(text)}' must be {form}{describe_lookalike(text)}"
            self.problems.error(node.entries[key].mark, code, message)
            return ""
        return text

    def duration(self, node: MappingNode, key: str) -> timedelta | None:
        """Read a duration above zero, like 24h or 7d."""
        text = self.text(node, key)
        try:
            duration = parse_duration(text) if text else None
        except ValueError as error:
            self.problems.error(node.entries[key].mark, "E004", f"{key} '{shorten_quotation(text)}' {error}")
            return None
        if duration == timedelta(0):
            message = f"{key} must be longer than zero; write it like 24h or 7d"
            self.problems.error(node.entries[key].mark, "E004", message)
            return None
        return duration

    def choice_of(self, node: MappingNode, key: str, choices: tuple[Word, ...], default: Word) -> Word:
        """Read one of a few words; the default if the key is absent."""
        return (self.choice(node.entries[key], choices, key) or default) if key in node.entries else default

    def choice(self, node: Node, choices: tuple[Word, ...], key: str) -> Word | None:
        """Read one of a few words."""
        text = node.text.strip() if isinstance(node, ScalarNode) else ""
        if text in choices:
            return choices[choices.index(text)]
        shown = shorten_quotation(text) if isinstance(node, ScalarNode) else "a list or mapping"
        otherwise = f"use one of {', '.join(choices)}"
        hint = describe_lookalike(text) or self.problems.did_you_mean(shown, choices, otherwise=otherwise)
        self.problems.error(node.mark, "E004", f"{key} cannot be '{shown}'{hint}")
        return None

    def number(self, node: Node, key: str, *, least: int) -> int | None:
        """Read a whole number up to MAX_RULE_NUMBER."""
        text = node.text.strip() if isinstance(node, ScalarNode) else ""
        if text.isascii() and text.isdecimal() and len(text) < 9 and least <= int(text) <= MAX_RULE_NUMBER:
            return int(text)
        hint = describe_lookalike(text)
        self.problems.error(node.mark, "E004", f"{key} must be a whole number from {least} to {MAX_RULE_NUMBER}{hint}")
        return None

    def boolean(self, node: Node | None, key: str, *, default: bool) -> bool:
        """Read yes or no; the default if the key is absent."""
        if node is None:
            return default
        text = node.text.strip().lower() if isinstance(node, ScalarNode) else ""
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        self.problems.error(node.mark, "E004", f"{key} must be yes or no{describe_lookalike(text)}")
        return default

    def texts(self, node: Node | None, key: str) -> tuple[ScalarNode, ...]:
        """Read a list of texts; a single one needs no brackets."""
        if not has_value(node):
            return ()
        if isinstance(node, ScalarNode):
            return (node,)
        children = node.entries if isinstance(node, SequenceNode) else ()
        scalars = tuple(child for child in children if isinstance(child, ScalarNode))
        if isinstance(node, MappingNode) or len(scalars) < len(children):
            self.problems.error(node.mark, "E004", f"{key} must be a list of texts")
        return scalars

    def languages(self, node: Node | None) -> tuple[str, ...]:
        """Read a list of language codes, sorted."""
        codes = set()
        for text in self.texts(node, "lang"):
            code = language_code(text.text)
            if code in LANGUAGES or len(code) > 2:  # languages without two letters have three
                codes.add(code)
                continue
            meant = MISTAKEN_LANGUAGES.get(text.text.strip().lower(), "")
            hint = f"; did you mean '{meant}'?" if meant else f"; use en, fr, zh, ...{describe_lookalike(text.text)}"
            message = f"'{shorten_quotation(text.text)}' is not a language code{hint}"
            self.problems.error(text.mark, "E004", message)
        return tuple(sorted(codes))
