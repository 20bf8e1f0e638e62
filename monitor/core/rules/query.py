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

import re
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from monitor.core.documents import Mark, Scalar
from monitor.core.matching.alternatives import AnyOf, InZone
from monitor.core.matching.logic import AllOf, AtLeast, NoneOf
from monitor.core.rules import dialects
from monitor.core.rules.dialects import ZONES

if TYPE_CHECKING:
    from monitor.core.matching.expressions import Expression
    from monitor.core.rules.conditions import ConditionReader

MAX_BRACKETS = 20
MAX_LENGTH = 10_000
_MAX_NUMBER = 10_000
_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<open>\()|(?P<close>\))|(?P<comma>,)
    |(?P<near>O?NEAR/\d+)|(?P<zone>[A-Za-z]+\s*:)|(?P<list>\$[A-Za-z][\w-]*)
    |(?P<quoted>="[^"]*"|"[^"]*")|(?P<curly>[“”„‟«»])|(?P<word>[^\s(),":“”„‟«»]+)|(?P<odd>.)""",
    re.VERBOSE,
)
_OPERATORS = ("AND", "OR", "NOT", "SENTENCE", "PARAGRAPH", "OF")
_UNREADABLE = AnyOf(())
"""A placeholder for a part with an error, so that the rest is still checked."""


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


class _RefusedError(Exception):
    """The string cannot be parsed past the offset `at`."""

    def __init__(self, code: str, message: str, at: int) -> None:
        self.code, self.at = code, at
        super().__init__(message)


def parse(node: Scalar, conditions: ConditionReader) -> Expression | None:
    """Parse a query; problems are reported at their column of the file."""
    if node.style == ">" or (node.lines > 1 and node.style != "|"):
        conditions.findings.error(node.mark, "E040", "write the query on one line, or as a block that starts with |")
        return None
    if len(node.text) > MAX_LENGTH:
        message = f"the query is longer than {MAX_LENGTH} characters; put terms into lists: and name them as $list"
        conditions.findings.error(node.mark, "E040", message)
        return None
    parser = _QueryParser(node, conditions)
    try:
        return parser.parse()
    except _RefusedError as refused:
        conditions.findings.error(parser.mark_at(refused.at), refused.code, str(refused))
        return None


class _QueryParser:
    """The state of parsing one string."""

    def __init__(self, node: Scalar, conditions: ConditionReader) -> None:
        self._node = node
        self._conditions = conditions
        self._before = conditions.findings.errors
        self._tokens = [
            _Token(str(found.lastgroup), found[0], found.start())
            for found in _TOKEN.finditer(node.text)
            if found.lastgroup != "space"
        ]
        self._at = self._depth = 0

    def mark_at(self, at: int) -> Mark:
        """Return the position in the file of an offset in the string."""
        mark, text = self._node.mark, self._node.text
        before = text[:at]
        if self._node.style == "|":
            line = before.count("\n")
            return Mark(mark.path, mark.line + 1 + line, self._node.indent + at - (before.rfind("\n") + 1) + 1)
        escapes = {"'": before.count("'"), '"': before.count('"') + before.count("\\")}.get(self._node.style, 0)
        return Mark(mark.path, mark.line, mark.column + len(self._node.style) + at + escapes)

    def parse(self) -> Expression | None:
        """Parse the whole string."""
        found = self._expression()
        if (token := self._peek()) is not None:
            self._refuse_unexpected(token)
        return None if self._conditions.findings.errors > self._before else found

    # ------------------------------------------------------------ grammar

    def _expression(self) -> Expression:
        start = self._peek()
        mark = self.mark_at(start.at if start else 0)
        included, excluded = self._included(mark), self._excluded()
        if not excluded:
            return included
        return AllOf((included, NoneOf(excluded, mark=mark)), key="", mark=mark)

    def _included(self, mark: Mark) -> Expression:
        """Parse units joined by AND, or by OR, but not by both."""
        units, operator = [self._unit()], ""
        while (token := self._peek()) and token.text in ("AND", "OR"):
            if operator and token.text != operator:
                message = "AND and OR at one level; put brackets round the part that belongs together"
                self._refuse("E041", message, token)
            operator = token.text
            self._next()
            if (following := self._peek()) and following.text == "NOT":
                self._refuse("E040", f"'{operator} NOT'; write NOT alone: a NOT b", following)
            units.append(self._unit())
        if len(units) == 1:
            return units[0]
        return AllOf(tuple(units), mark=mark) if operator == "AND" else AnyOf(tuple(units), mark=mark)

    def _excluded(self) -> tuple[Expression, ...]:
        units: list[Expression] = []
        while (token := self._peek()) and token.text == "NOT":
            self._next()
            if (
                (following := self._peek())
                and self._peek(1)
                and (message := dialects.hint_for_not_near(following.text))
            ):
                self._refuse("E040", message, following)
            units.append(self._unit())
            if (following := self._peek()) and following.text in ("AND", "OR"):
                message = f"{following.text} after NOT; put NOT and what it excludes last, or use brackets"
                self._refuse("E041", message, following)
        return tuple(units)

    def _unit(self) -> Expression:
        left = self._operand()
        token = self._peek()
        if token is None or not (token.kind == "near" or token.text in ("SENTENCE", "PARAGRAPH")):
            return left
        self._next()
        both = (left, self._operand())
        if (again := self._peek()) and (again.kind == "near" or again.text in ("SENTENCE", "PARAGRAPH")):
            self._refuse("E040", f"'{again.text}' after '{token.text}'; put brackets round one of them", again)
        return self._proximity(token, both) or _UNREADABLE

    def _proximity(self, token: _Token, both: tuple[Expression, Expression]) -> Expression | None:
        mark = self.mark_at(token.at)
        if token.kind != "near":
            return self._conditions.same(token.text.lower(), both, mark)
        word, _, number = token.text.partition("/")
        return self._conditions.near(self._number(number, token), both, mark, ordered=word == "ONEAR")

    def _operand(self) -> Expression:
        token = self._next()
        if token.kind == "zone":
            return self._zoned(token)
        if token.kind == "open":
            return self._group(token)
        following = self._peek()
        if token.kind == "word" and token.text.isdecimal() and following and following.text == "OF":
            return self._at_least(token)
        return self._atom(token)

    def _zoned(self, token: _Token) -> Expression:
        zone = token.text[:-1].rstrip()
        if zone not in ZONES:
            translated = dialects.ZONES_ELSEWHERE.get(zone.lower(), zone)
            zones = f"zones are {', '.join(ZONES)}"
            hint = self._conditions.findings.did_you_mean(translated, ZONES, otherwise=zones, form="'{}:'")
            self._refuse("E040", f"unknown zone '{zone}:'{hint}", token)
        inner = self._next()
        entry = self._group(inner) if inner.kind == "open" else self._atom(inner)
        return InZone((entry,), zone=zone, mark=self.mark_at(token.at))

    def _group(self, token: _Token) -> Expression:
        self._depth += 1
        if self._depth > MAX_BRACKETS:
            self._refuse("E033", f"brackets nested more than {MAX_BRACKETS} deep", token)
        found = self._expression()
        self._depth -= 1
        self._close(token)
        return found

    def _close(self, opened: _Token) -> None:
        token = self._peek()
        if token is None:
            self._refuse("E040", "this bracket is not closed", opened)
        if token.kind != "close":
            self._refuse_unexpected(token)
        self._next()

    def _at_least(self, token: _Token) -> Expression:
        self._next()
        opened = self._next()
        if opened.kind != "open":
            self._refuse("E040", f"{token.text} OF needs a bracket: {token.text} OF (a, b, c)", opened)
        entries = [self._expression()]
        while (comma := self._peek()) and comma.kind == "comma":
            self._next()
            entries.append(self._expression())
        self._close(opened)
        count = self._number(token.text, token)
        if not 0 < count <= len(entries):
            problem = f"can never be true: the bracket has {len(entries)}" if count else "is always true"
            self._refuse("E030", f"{count} OF {problem}", token)
        return AtLeast(tuple(entries), count=count, mark=self.mark_at(token.at))

    def _atom(self, token: _Token) -> Expression:
        mark = self.mark_at(token.at)
        if token.kind == "list":
            return self._conditions.lists.named(token.text[1:], mark) or _UNREADABLE
        if token.kind == "quoted":
            exact = token.text.startswith("=")
            text = token.text[2:-1] if exact else token.text[1:-1]
            term = self._conditions.term(text, mark, literal=True, case="exact" if exact else "smart")
            return term or _UNREADABLE
        if token.kind != "word" or token.text in _OPERATORS:
            self._refuse_unexpected(token)
        self._refuse_other_dialect(token)
        return self._conditions.term(token.text, mark) or _UNREADABLE

    # ------------------------------------------------------------ tokens

    def _peek(self, beyond: int = 0) -> _Token | None:
        at = self._at + beyond
        return self._tokens[at] if at < len(self._tokens) else None

    def _next(self) -> _Token:
        token = self._peek()
        if token is None:
            last = self._tokens[-1] if self._tokens else _Token("end", "", 0)
            after = f" after '{last.text}'" if last.text else ""
            self._refuse("E040", f"the query ends{after}, where a term was expected", last)
        self._at += 1
        return token

    def _number(self, text: str, token: _Token) -> int:
        if len(text) > 5 or int(text) > _MAX_NUMBER:
            self._refuse("E040", f"'{token.text[:20]}': the number must be at most {_MAX_NUMBER}", token)
        return int(text)

    def _refuse(self, code: str, message: str, token: _Token) -> NoReturn:
        raise _RefusedError(code, message, token.at)

    def _refuse_other_dialect(self, token: _Token) -> None:
        """Refuse a word that is an operator or function elsewhere: as a term it would silently match nothing."""
        following = self._peek()
        message = dialects.hint_for_term(
            token.text, called=following is not None and following.kind == "open", last=following is None
        )
        if message:
            self._refuse("E040", message, token)

    def _refuse_unexpected(self, token: _Token) -> NoReturn:
        """Refuse a token, and say what to write instead."""
        shown = token.text[:40]
        if shown == '"':
            self._refuse("E040", "this quote is not closed", token)
        if token.kind == "curly":
            self._refuse("E040", f'a curly quote {shown}; write straight ones: "', token)
        if shown.upper() in _OPERATORS and shown not in _OPERATORS:
            self._refuse("E040", f"'{shown}' between terms; operators are written in capitals: {shown.upper()}", token)
        if token.kind == "near":
            self._refuse("E040", f"'{shown}' has no term before it", token)
        if message := dialects.hint_for_operator(shown):
            self._refuse("E040", message, token)
        if token.kind == "word" and shown not in _OPERATORS:
            self._refuse_other_dialect(token)
        self._refuse_unjoined(token, shown)

    def _refuse_unjoined(self, token: _Token, shown: str) -> NoReturn:
        """Refuse a token that follows a term without an operator, or is misplaced."""
        before = self._tokens[self._at - 1] if self._at else token
        pair = f"'{before.text[:40]}' and '{shown}'"
        if before.kind == token.kind == "word" and shown not in _OPERATORS:
            phrase = f'"{before.text[:40]} {shown}"'
            self._refuse("E040", f"a space between {pair}; quote a phrase: {phrase}, or put AND or OR", token)
        if token.kind in {"word", "quoted", "list", "open", "zone"} and shown not in _OPERATORS and before is not token:
            self._refuse("E040", f"no operator between {pair}; put AND, OR, NOT or NEAR/10", token)
        hint = "; put AND or OR, or count the terms: 2 OF (a, b, c)" if token.kind == "comma" else ""
        self._refuse("E040", f"'{shown}' was not expected here{hint}", token)
