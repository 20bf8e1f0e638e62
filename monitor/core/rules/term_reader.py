"""Reads the terms of rules, a text or a mapping with options, and reports texts that YAML reads unlike their author."""

from __future__ import annotations

from typing import TypedDict, Unpack

from monitor.core.matching.expressions import TermExpression
from monitor.core.matching.term_parser import Case, TermRefusedError, parse_term
from monitor.core.rules.fields import FieldReader
from monitor.core.yaml_characters import has_unpaired_quote
from monitor.core.yaml_errors import shorten_quotation
from monitor.core.yaml_nodes import MappingNode, Mark, ScalarNode

TERM_KEYS = ("term", "case", "plural", "inflect", "within", "lang")
_CASES: tuple[Case, ...] = ("smart", "exact", "any")


class _TermOptions(TypedDict, total=False):
    """The options of `parse_term`."""

    list_name: str
    literal: bool
    case: Case
    plural: bool
    within: bool
    lang: tuple[str, ...]


class TermReader:
    """Reads terms and reports why a text cannot be one."""

    def __init__(self, fields: FieldReader) -> None:
        self._fields = fields
        self._problems = fields.problems

    def make(self, text: str, mark: Mark, **options: Unpack[_TermOptions]) -> TermExpression | None:
        """Make a term (see parse_term), or report why the text cannot be one."""
        try:
            return parse_term(text, mark=mark, **options)
        except TermRefusedError as refusal:
            self._problems.error(mark, refusal.code, str(refusal))
            return None

    def read(self, node: MappingNode, list_name: str) -> TermExpression | None:
        """Read a term with options: `{term: ..., case: ...}`."""
        text = node.entries["term"]
        if not self._fields.check_keys(node, TERM_KEYS):
            return None
        if not isinstance(text, ScalarNode):
            self._problems.error(text.mark, "E004", "term must be one text")
            return None
        if not self.check_one_line(text):
            return None
        return self.make(
            text.text,
            text.mark,
            list_name=list_name,
            literal=True,
            case=self._fields.choice_of(node, "case", _CASES, "smart"),
            plural=self._is_inflected(node),
            within=self._fields.choice_of(node, "within", ("word",), "") == "word",
            lang=self._fields.languages(node.entries.get("lang")),
        )

    def _is_inflected(self, node: MappingNode) -> bool:
        """Read `plural` and its other name `inflect`; both are checked, and either can say no."""
        values = [self._fields.boolean(node.entries.get(key), key, default=True) for key in ("plural", "inflect")]
        return all(values)

    def check_one_line(self, node: ScalarNode) -> bool:
        """Refuse two entries that indentation has joined into one; warn of an entry that may be two."""
        if node.joined:
            shown = shorten_quotation(node.text)
            message = f"this line is one term with the one before it, '{shown}'; put its dash under that of the other"
            self._problems.error(node.joined, "E015", message)
            return False
        if node.plain and (doubt := _doubt_about(node)):
            self._problems.warning(node.mark, "W119", f"'{shorten_quotation(node.text)}' {doubt}")
        return True


def _doubt_about(node: ScalarNode) -> str:
    """Return why an unquoted entry may be meant as two; empty if it is not."""
    if node.lines > 1 and node.text.startswith("-"):
        return f"is one term over {node.lines} lines; put a space after the dash of each entry"
    if node.lines > 1:
        return f"is one term over {node.lines} lines; write it on one line, or quote it"
    if " - " in node.text:
        return "is one term, dash and all; quote it if it is meant, else make two of it"
    if has_unpaired_quote(node.text):
        return "has one quotation mark of a pair: YAML splits a text in such marks at its commas; quote it with \" or '"
    return ""
