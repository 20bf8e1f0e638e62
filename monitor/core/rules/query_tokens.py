"""The tokens of a query, and the messages for what is out of place: each says what to write instead."""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn

from monitor.core.rules import dialects
from monitor.core.rules.fields import MAX_RULE_NUMBER
from monitor.core.yaml_nodes import Mark, ScalarNode

_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<open>\()|(?P<close>\))|(?P<comma>,)
    |(?P<near>O?NEAR/\d+)|(?P<zone>[A-Za-z]+\s*:)|(?P<list>\$[A-Za-z][\w-]*)
    |(?P<quoted>="[^"]*"|"[^"]*")|(?P<curly>[“”„‟«»])|(?P<word>[^\s(),":“”„‟«»]+)|(?P<odd>.)""",
    re.VERBOSE,
)
QUERY_OPERATORS = ("AND", "OR", "NOT", "SENTENCE", "PARAGRAPH", "OF")


class QueryToken(NamedTuple):
    """A token: `kind` is the name of its group in _TOKEN, `at` its offset in the query."""

    kind: str
    text: str
    at: int


class QueryRefusedError(Exception):
    """The string cannot be parsed past the offset `at`."""

    def __init__(self, code: str, message: str, at: int) -> None:
        self.code, self.at = code, at
        super().__init__(message)


class TokenStream:
    """The tokens of one query, taken from left to right."""

    def __init__(self, node: ScalarNode) -> None:
        self._node = node
        self._tokens = [
            QueryToken(str(match.lastgroup), match[0], match.start())
            for match in _TOKEN.finditer(node.text)
            if match.lastgroup != "space"
        ]
        self._at = 0

    def mark_at(self, at: int) -> Mark:
        """Return the position in the file of an offset in the string."""
        mark, text = self._node.mark, self._node.text
        before = text[:at]
        if self._node.style == "|":
            line = before.count("\n")
            return Mark(mark.path, mark.line + 1 + line, self._node.indent + at - (before.rfind("\n") + 1) + 1)
        escapes = {"'": before.count("'"), '"': before.count('"') + before.count("\\")}.get(self._node.style, 0)
        return Mark(mark.path, mark.line, mark.column + len(self._node.style) + at + escapes)

    def peek(self, beyond: int = 0) -> QueryToken | None:
        """Return the next token, or a later one, without taking it; None at the end."""
        at = self._at + beyond
        return self._tokens[at] if at < len(self._tokens) else None

    def next(self) -> QueryToken:
        """Take the next token; refuses a query that ends here."""
        token = self.peek()
        if token is None:
            last = self._tokens[-1] if self._tokens else QueryToken("end", "", 0)
            after = f" after '{last.text}'" if last.text else ""
            self.refuse("E040", f"the query ends{after}, where a term was expected", last)
        self._at += 1
        return token

    def number(self, text: str, token: QueryToken) -> int:
        """Read a number that is part of a token."""
        if len(text) > 5 or int(text) > MAX_RULE_NUMBER:
            self.refuse("E040", f"'{token.text[:20]}': the number must be at most {MAX_RULE_NUMBER}", token)
        return int(text)

    def refuse(self, code: str, message: str, token: QueryToken) -> NoReturn:
        """Refuse the query because of a token."""
        raise QueryRefusedError(code, message, token.at)

    def refuse_other_dialect(self, token: QueryToken) -> None:
        """Refuse a word that is an operator or function elsewhere: as a term it would silently match nothing."""
        following = self.peek()
        message = dialects.hint_for_term(
            token.text, called=following is not None and following.kind == "open", last=following is None
        )
        if message:
            self.refuse("E040", message, token)

    def refuse_unexpected(self, token: QueryToken) -> NoReturn:
        """Refuse a token, and say what to write instead."""
        shown = token.text[:40]
        if shown == '"':
            self.refuse("E040", "this quote is not closed", token)
        if token.kind == "curly":
            self.refuse("E040", f'a curly quote {shown}; write straight ones: "', token)
        if shown.upper() in QUERY_OPERATORS and shown not in QUERY_OPERATORS:
            self.refuse("E040", f"'{shown}' between terms; operators are written in capitals: {shown.upper()}", token)
        if token.kind == "near":
            self.refuse("E040", f"'{shown}' has no term before it", token)
        if message := dialects.hint_for_operator(shown):
            self.refuse("E040", message, token)
        if token.kind == "word" and shown not in QUERY_OPERATORS:
            self.refuse_other_dialect(token)
        self._refuse_unjoined(token, shown)

    def _refuse_unjoined(self, token: QueryToken, shown: str) -> NoReturn:
        """Refuse a token that follows a term without an operator, or is misplaced."""
        before = self._tokens[self._at - 1] if self._at else token
        pair = f"'{before.text[:40]}' and '{shown}'"
        if before.kind == token.kind == "word" and shown not in QUERY_OPERATORS:
            phrase = f'"{before.text[:40]} {shown}"'
            self.refuse("E040", f"a space between {pair}; quote a phrase: {phrase}, or put AND or OR", token)
        if (
            token.kind in {"word", "quoted", "list", "open", "zone"}
            and shown not in QUERY_OPERATORS
            and before is not token
        ):
            self.refuse("E040", f"no operator between {pair}; put AND, OR, NOT or NEAR/10", token)
        hint = "; put AND or OR, or count the terms: 2 OF (a, b, c)" if token.kind == "comma" else ""
        self.refuse("E040", f"'{shown}' was not expected here{hint}", token)
