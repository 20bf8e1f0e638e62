"""Parser of `query:`, the compact string of a rule, into the same expressions as YAML conditions.

A hand-written recursive descent, so that each message points at a column and says what to write instead. Ambiguous
input is refused: AND and OR at one level need brackets, and a space between two words needs quotes or an operator.

    query   = expr , EOF ;
    expr    = unit , ( { "AND" , unit } | { "OR" , unit } ) , { "NOT" , unit } ;
    unit    = operand , [ ( ( "NEAR/" | "ONEAR/" ) , int | "SENTENCE" | "PARAGRAPH" ) , operand ] ;
    operand = [ zone , ":" ] , ( "(" , expr , ")" | atom ) | int , "OF" , "(" , expr , { "," , expr } , ")" ;
    atom    = "$" , name | [ "=" ] , ( word , [ "*" ] | '"' , { char - '"' } , [ "*" ] , '"' ) ;
"""

from __future__ import annotations

from collections.abc import Collection

from monitor.core.matching.alternatives import AnyOf, InZone
from monitor.core.matching.expressions import Expression
from monitor.core.matching.logic import AllOf, AtLeast, NoneOf
from monitor.core.matching.tokenized_document import ZONES
from monitor.core.rules import dialects
from monitor.core.rules.conditions import OPERATORS, ConditionReader
from monitor.core.rules.query_tokens import QUERY_OPERATORS, QueryRefusedError, QueryToken, TokenStream
from monitor.core.yaml_nodes import MappingNode, Mark, ScalarNode

MAX_BRACKETS = 20
MAX_RULE_QUERY_CHARS = 10_000
_UNREADABLE = AnyOf(())
"""A placeholder for a part with an error, so that the rest is still checked."""


def rule_condition(rule: MappingNode, conditions: ConditionReader, allowed_keys: Collection[str]) -> Expression | None:
    """Read the condition of a rule, in YAML or as a query; `allowed_keys` are all that a rule may have."""
    node = rule.entries.get("query")
    if node is None:
        return conditions.mapping(rule, allowed_keys)
    if key := next((key for key in rule.entries if key in OPERATORS), None):
        conditions.problems.error(rule.keys[key], "E004", f"'{key}' beside query; a rule has one or the other")
    if not isinstance(node, ScalarNode):
        conditions.problems.error(node.mark, "E004", "query must be one text")
        return None
    return _parse_query(node, conditions)


def _parse_query(node: ScalarNode, conditions: ConditionReader) -> Expression | None:
    """Parse a query; problems are reported at their column of the file."""
    if node.style == ">" or (node.lines > 1 and node.style != "|"):
        conditions.problems.error(node.mark, "E040", "write the query on one line, or as a block that starts with |")
        return None
    if len(node.text) > MAX_RULE_QUERY_CHARS:
        message = (
            f"the query is longer than {MAX_RULE_QUERY_CHARS} characters; put terms into lists: and name them as $list"
        )
        conditions.problems.error(node.mark, "E040", message)
        return None
    parser = _QueryParser(node, conditions)
    try:
        return parser.parse()
    except QueryRefusedError as refused:
        conditions.problems.error(parser.tokens.mark_at(refused.at), refused.code, str(refused))
        return None


class _QueryParser:
    """The state of parsing one string."""

    def __init__(self, node: ScalarNode, conditions: ConditionReader) -> None:
        self.tokens = TokenStream(node)
        self._conditions = conditions
        self._before = conditions.problems.error_count
        self._depth = 0

    def parse(self) -> Expression | None:
        """Parse the whole string."""
        expression = self._expression()
        if (token := self.tokens.peek()) is not None:
            self.tokens.refuse_unexpected(token)
        return None if self._conditions.problems.error_count > self._before else expression

    def _expression(self) -> Expression:
        start = self.tokens.peek()
        mark = self.tokens.mark_at(start.at if start else 0)
        included, excluded = self._parse_included(mark), self._parse_excluded()
        if not excluded:
            return included
        return AllOf((included, NoneOf(excluded, mark=mark)), key="", mark=mark)

    def _parse_included(self, mark: Mark) -> Expression:
        """Parse units joined by AND, or by OR, but not by both."""
        units, operator = [self._unit()], ""
        while (token := self.tokens.peek()) and token.text in ("AND", "OR"):
            if operator and token.text != operator:
                message = "AND and OR at one level; put brackets round the part that belongs together"
                self.tokens.refuse("E041", message, token)
            operator = token.text
            self.tokens.next()
            if (following := self.tokens.peek()) and following.text == "NOT":
                self.tokens.refuse("E040", f"'{operator} NOT'; write NOT alone: a NOT b", following)
            units.append(self._unit())
        if len(units) == 1:
            return units[0]
        return AllOf(tuple(units), mark=mark) if operator == "AND" else AnyOf(tuple(units), mark=mark)

    def _parse_excluded(self) -> tuple[Expression, ...]:
        units: list[Expression] = []
        while (token := self.tokens.peek()) and token.text == "NOT":
            self.tokens.next()
            if (
                (following := self.tokens.peek())
                and self.tokens.peek(1)
                and (message := dialects.hint_for_not_near(following.text))
            ):
                self.tokens.refuse("E040", message, following)
            units.append(self._unit())
            if (following := self.tokens.peek()) and following.text in ("AND", "OR"):
                message = f"{following.text} after NOT; put NOT and what it excludes last, or use brackets"
                self.tokens.refuse("E041", message, following)
        return tuple(units)

    def _unit(self) -> Expression:
        left = self._operand()
        token = self.tokens.peek()
        if token is None or not (token.kind == "near" or token.text in ("SENTENCE", "PARAGRAPH")):
            return left
        self.tokens.next()
        both = (left, self._operand())
        if (again := self.tokens.peek()) and (again.kind == "near" or again.text in ("SENTENCE", "PARAGRAPH")):
            self.tokens.refuse("E040", f"'{again.text}' after '{token.text}'; put brackets round one of them", again)
        return self._proximity(token, both) or _UNREADABLE

    def _proximity(self, token: QueryToken, both: tuple[Expression, Expression]) -> Expression | None:
        mark = self.tokens.mark_at(token.at)
        if token.kind != "near":
            return self._conditions.same("sentence" if token.text == "SENTENCE" else "paragraph", both, mark)
        word, _, distance = token.text.partition("/")
        return self._conditions.near(self.tokens.number(distance, token), both, mark, ordered=word == "ONEAR")

    def _operand(self) -> Expression:
        token = self.tokens.next()
        if token.kind == "zone":
            return self._parse_zone(token)
        if token.kind == "open":
            return self._group(token)
        following = self.tokens.peek()
        if token.kind == "word" and token.text.isdecimal() and following and following.text == "OF":
            return self._at_least(token)
        return self._atom(token)

    def _parse_zone(self, token: QueryToken) -> Expression:
        zone = token.text[:-1].rstrip()
        if zone not in ZONES:
            translated = dialects.ZONES_ELSEWHERE.get(zone.lower(), zone)
            zones = f"zones are {', '.join(ZONES)}"
            hint = self._conditions.problems.did_you_mean(translated, ZONES, otherwise=zones, quoted="'{}:'")
            self.tokens.refuse("E040", f"unknown zone '{zone}:'{hint}", token)
        inner = self.tokens.next()
        entry = self._group(inner) if inner.kind == "open" else self._atom(inner)
        return InZone((entry,), zone=zone, mark=self.tokens.mark_at(token.at))

    def _group(self, token: QueryToken) -> Expression:
        self._depth += 1
        if self._depth > MAX_BRACKETS:
            self.tokens.refuse("E033", f"brackets nested more than {MAX_BRACKETS} deep", token)
        expression = self._expression()
        self._depth -= 1
        self._close(token)
        return expression

    def _close(self, opened: QueryToken) -> None:
        token = self.tokens.peek()
        if token is None:
            self.tokens.refuse("E040", "this bracket is not closed", opened)
        if token.kind != "close":
            self.tokens.refuse_unexpected(token)
        self.tokens.next()

    def _at_least(self, token: QueryToken) -> Expression:
        self.tokens.next()
        opened = self.tokens.next()
        if opened.kind != "open":
            self.tokens.refuse("E040", f"{token.text} OF needs a bracket: {token.text} OF (a, b, c)", opened)
        entries = [self._expression()]
        while (comma := self.tokens.peek()) and comma.kind == "comma":
            self.tokens.next()
            entries.append(self._expression())
        self._close(opened)
        count = self.tokens.number(token.text, token)
        if not 0 < count <= len(entries):
            problem = f"can never be true: the bracket has {len(entries)}" if count else "is always true"
            self.tokens.refuse("E030", f"{count} OF {problem}", token)
        return AtLeast(tuple(entries), count=count, mark=self.tokens.mark_at(token.at))

    def _atom(self, token: QueryToken) -> Expression:
        mark = self.tokens.mark_at(token.at)
        if token.kind == "list":
            return self._conditions.lists.find(token.text[1:], mark) or _UNREADABLE
        if token.kind == "quoted":
            exact = token.text.startswith("=")
            text = token.text[2:-1] if exact else token.text[1:-1]
            term = self._conditions.terms.make(text, mark, literal=True, case="exact" if exact else "smart")
            return term or _UNREADABLE
        if token.kind != "word" or token.text in QUERY_OPERATORS:
            self.tokens.refuse_unexpected(token)
        self.tokens.refuse_other_dialect(token)
        return self._conditions.terms.make(token.text, mark) or _UNREADABLE
