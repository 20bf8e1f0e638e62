"""Conditions: the operators and terms of a rule, read from YAML into expressions.

All operator keys of a mapping must hold. `$name` refers to a named list, which is read once and shared. Refused are
conditions that can never be true, operands without occurrences where positions are compared, lists that contain
themselves, and trees too deep or too large to evaluate.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import combinations
from typing import Literal, assert_never

from monitor.core.matching.alternatives import AnyOf, InZone, NamedList
from monitor.core.matching.expressions import Expression
from monitor.core.matching.logic import AllOf, AtLeast, NoneOf
from monitor.core.matching.proximity import Mentions, Near, Same
from monitor.core.matching.tokenized_document import ZONES, Unit
from monitor.core.problems import ProblemList
from monitor.core.rules.fields import FieldReader
from monitor.core.rules.lists import LIST_NAME_PATTERN, MAX_CONDITION_DEPTH, ListReader
from monitor.core.rules.misread_entries import is_list_in_braces, text_with_colon
from monitor.core.rules.term_reader import TERM_KEYS, TermReader
from monitor.core.yaml_errors import shorten_quotation
from monitor.core.yaml_nodes import MappingNode, Mark, Node, ScalarNode, SequenceNode, has_value

OfOperator = Literal["near", "at_least", "same", "mentions"]
"""Operators with the operands under `of`, so that a mapping can have only one of them."""
LIST_OPERATORS = {"any": AnyOf, "all": AllOf, "none": NoneOf}
"""Operators whose value is the list of their operands."""
OF_OPERATORS: Mapping[str, OfOperator] = {
    "near": "near", "at_least": "at_least", "same": "same", "mentions": "mentions",
}  # fmt: skip
OPERATORS = (*LIST_OPERATORS, *OF_OPERATORS)
CONDITION_KEYS = (*OPERATORS, "of", "ordered", "in")
UNITS: tuple[Unit, ...] = ("sentence", "paragraph")
_OPERATOR_WITHOUT_COLON = re.compile(rf"(?P<key>{'|'.join((*CONDITION_KEYS, 'term', 'ignore'))})\s*:?\s*[\[{{]")
_TOGETHER = ", in the same { } or below the same dash"
_LIST_REFERENCE = re.compile(r"\$(?=[A-Za-z])")


class ConditionReader:
    """Reads the conditions of all rules, with the named lists of all files."""

    def __init__(self, problems: ProblemList) -> None:
        self.problems = problems
        self.fields = FieldReader(problems)
        self.terms = TermReader(self.fields)
        self.lists = ListReader(problems, lambda node, name: self.entries(node, list_name=name, key=f"list '{name}'"))
        self._depth = 0
        self._depth_reported = False

    def entries(self, node: Node, *, list_name: str = "", key: str = "the list") -> tuple[Expression, ...]:
        """Read the entries of a list; a single entry needs no brackets."""
        children: Iterable[Node] = node.entries if isinstance(node, SequenceNode) else [node]
        if not has_value(node) or (isinstance(node, SequenceNode) and not node.entries):
            self.problems.error(node.mark, "E004", f"{key} is empty; give it at least one term")
            return ()
        if isinstance(node, ScalarNode) and node.plain and "," in node.text:
            listed = shorten_quotation(node.text)
            message = (
                f"{key}: '{listed}' is one term, commas and all; write {key}: [{listed}], or quote it if it is one"
            )
            self.problems.error(node.mark, "E016", message)
            return ()
        if self._depth >= MAX_CONDITION_DEPTH:
            self._report_depth(next(iter(children)).mark)
            return ()
        read = [
            self._scalar(child, list_name) if isinstance(child, ScalarNode) else self._expression(child, list_name)
            for child in children
        ]
        return tuple([expression for expression in read if expression is not None])

    def _expression(self, node: SequenceNode | MappingNode, list_name: str) -> Expression | None:
        """Read an entry that is a term with options, or a mapping of operators."""
        self._depth += 1
        try:
            if isinstance(node, SequenceNode):
                self.problems.error(node.mark, "E004", "a list within a list; write {any: [...]} or {all: [...]}")
                return None
            if "term" in node.entries:
                return self.terms.read(node, list_name)
            if text := text_with_colon(node, (*CONDITION_KEYS, *TERM_KEYS)):
                advice = f"quote it if it is a term, else use {', '.join(OPERATORS)} or in"
                message = f"'{text}' is a key and its value to YAML; {advice}"
                self.problems.error(node.mark, "E002", message)
                return None
            if is_list_in_braces(node):
                listed = shorten_quotation(", ".join(node.entries))
                self.problems.error(node.mark, "E004", f"a list is written in square brackets: [{listed}]")
                return None
            return self.mapping(node, (*CONDITION_KEYS, "term"), list_name)
        finally:
            self._depth -= 1

    def _report_depth(self, mark: Mark) -> None:
        """Report it once: a chain of lists exceeds the limit in many places."""
        if not self._depth_reported:
            self.problems.error(mark, "E033", f"nested more than {MAX_CONDITION_DEPTH} levels deep, lists included")
        self._depth_reported = True

    def mapping(self, node: MappingNode, allowed_keys: Collection[str], list_name: str = "") -> Expression | None:
        """Read the operator keys of a mapping, all of which must hold; `allowed_keys` are all that it may have."""
        before = self.problems.error_count
        self.fields.check_keys(node, allowed_keys)
        self._check_combinations(node)
        keys = [key for key in node.entries if key in OPERATORS]
        if not keys and self.problems.error_count == before:
            message = f"no operator here; use one of {', '.join(OPERATORS)}"
            self.problems.error(node.mark, "E004", f"{message}{_TOGETHER if 'in' in node.entries else ''}")
        read = [self._operator(key, node, list_name) for key in keys]
        operands = tuple(operand for operand in read if operand is not None)
        if self.problems.error_count > before or not operands:
            return None
        expression = operands[0] if len(operands) == 1 else AllOf(operands, key="", mark=node.mark)
        if "in" not in node.entries:
            return expression
        zone = self.fields.choice(node.entries["in"], ZONES, "in")
        return InZone((expression,), zone=zone, mark=node.mark) if zone else None

    def _check_combinations(self, node: MappingNode) -> None:
        """Check the keys that are allowed only beside others."""
        present = [key for key in node.entries if key in OF_OPERATORS]
        if len(present) > 1:
            message = f"'of' can serve only one of {' and '.join(present)}; nest one of them"
            self.problems.error(node.keys[present[1]], "E004", message)
        if "of" in node.entries and not present:
            self.problems.error(node.keys["of"], "E004", f"'of' needs one of {', '.join(OF_OPERATORS)} beside it")
        if "ordered" in node.entries and "near" not in node.entries:
            self.problems.error(node.keys["ordered"], "E004", "'ordered' goes with near only")

    # ------------------------------------------------------------ operators

    def _operator(self, key: str, node: MappingNode, list_name: str) -> Expression | None:
        if key in OF_OPERATORS:
            return self._of_operator(OF_OPERATORS[key], node, list_name)
        operands = self.entries(node.entries[key], list_name=list_name, key=key)
        return LIST_OPERATORS[key](operands, mark=node.keys[key]) if operands else None

    def _of_operator(self, key: OfOperator, node: MappingNode, list_name: str) -> Expression | None:
        mark, value = node.keys[key], node.entries[key]
        if "of" not in node.entries:
            message = f"{key} needs 'of' beside it, with what to look for"
            self.problems.error(mark, "E004", f"{message}{_TOGETHER if len(node.entries) == 1 else ''}")
            return None
        before = self.problems.error_count
        operands = self.entries(node.entries["of"], list_name=list_name, key="of")
        unit = self.fields.choice(value, UNITS, key) if key == "same" else None
        count = self.fields.number(value, key, least=0 if key == "near" else 1) if key != "same" else None
        if self.problems.error_count > before:
            return None
        match key:
            case "same":
                return self.same(unit or "sentence", operands, mark)
            case "near":
                ordered = self.fields.boolean(node.entries.get("ordered"), "ordered", default=False)
                return self.near(count or 0, operands, mark, ordered=ordered)
            case "at_least":
                return self._at_least(count or 0, operands, mark)
            case "mentions":
                return self._mentions(count or 0, operands, mark)
        assert_never(key)

    def near(self, distance: int, operands: tuple[Expression, ...], mark: Mark, *, ordered: bool) -> Expression | None:
        """Make a `near`, or report why it can never be true."""
        if len(operands) != 2:
            instead = "use same: for more, or {any: [...]} for a choice"
            self.problems.error(mark, "E030", f'near takes two entries: "of" has {len(operands)}; {instead}')
            return None
        if not (self.check_positional("near", operands, mark) and self._check_zones("near", operands, mark)):
            return None
        return Near(operands, distance=distance, ordered=ordered, mark=mark)

    def same(self, unit: Unit, operands: tuple[Expression, ...], mark: Mark) -> Expression | None:
        """Make a `same`, or report why it can never be true."""
        if not (self.check_positional("same", operands, mark) and self._check_zones("same", operands, mark)):
            return None
        return Same(operands, unit=unit, mark=mark)

    def _at_least(self, count: int, operands: tuple[Expression, ...], mark: Mark) -> Expression | None:
        if count > len(operands):
            noun = "entry" if len(operands) == 1 else "entries"
            message = f'at_least {count} can never be true: "of" has {len(operands)} {noun}'
            if any(isinstance(operand, NamedList) for operand in operands):
                message += "; a $list counts as one, so name its terms"
            self.problems.error(mark, "E030", message)
            return None
        return AtLeast(operands, count=count, mark=mark)

    def _mentions(self, count: int, operands: tuple[Expression, ...], mark: Mark) -> Expression | None:
        return Mentions(operands, count=count, mark=mark) if self.check_positional("mentions", operands, mark) else None

    def _check_zones(self, key: str, operands: Iterable[Expression], mark: Mark) -> bool:
        """Refuse operands bound to different zones: a title and a body have no paragraph in common."""
        zones = [operand.zones for operand in operands if operand.zones]
        for one, other in combinations(zones, 2):
            if not _with_body(one) & _with_body(other):
                first, second = " or ".join(sorted(one)), " or ".join(sorted(other))
                where = f"one of its entries is in the {first} only, another in the {second}"
                self.problems.error(mark, "E030", f"{key} can never be true: {where}")
                return False
        return True

    def check_positional(self, key: str, operands: Iterable[Expression], mark: Mark) -> bool:
        """Report the operands that have no occurrences; True if all have."""
        refused = [operand for operand in operands if not operand.positional]
        for operand in refused:
            named = isinstance(operand, NamedList)
            what = f"'{operand.short_form}' holds some that do not" if named else "this does not"
            message = f"{key} needs entries with a position (terms, lists, any:, near:); {what}"
            self.problems.error(mark if named else operand.mark or mark, "E032", message)
        return not refused

    def _scalar(self, node: ScalarNode, list_name: str) -> Expression | None:
        text = node.text.strip()
        if node.plain and not text:
            message = "an entry is empty; write a term, and quote one that starts with #"
            self.problems.error(node.mark, "E020", message)
            return None
        if not self.terms.check_one_line(node):
            return None
        if ("[" in text or "{" in text) and node.plain and (operator := _OPERATOR_WITHOUT_COLON.match(text)):
            key, rest = operator["key"], text[operator.end() - 1 :]
            what = "a space after its colon" if ":" in operator[0] else "a colon"
            message = f"'{key}' lacks {what}; write {key}: {shorten_quotation(rest)}"
            self.problems.error(node.mark, "E016", message)
            return None
        if not (text.startswith("$") and _LIST_REFERENCE.match(text)):
            return self.terms.make(text, node.mark, list_name=list_name)
        if not LIST_NAME_PATTERN.fullmatch(text[1:]):
            message = f"'{shorten_quotation(text)}' is not the name of a list; a list stands alone: $name"
            self.problems.error(node.mark, "E010", message)
            return None
        self._depth += 1
        try:
            return self.lists.find(text[1:], node.mark)
        finally:
            self._depth -= 1


def _with_body(zones: frozenset[str]) -> frozenset[str]:
    """Replace the lead by the body that it belongs to."""
    return frozenset("body" if zone == "lead" else zone for zone in zones)
