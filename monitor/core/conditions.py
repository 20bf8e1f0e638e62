"""Conditions: the part of a rule that says what to look for, from YAML to expressions.

Every operator key of a mapping must hold; `$name` is a list, looked up once and shared. Refuses what can never be true,
what stands nowhere where a place is asked for, lists that hold themselves, and trees too deep or too large to look through.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from monitor.core import query, terms
from monitor.core.documents import Scalar, Sequence, Tree
from monitor.core.expressions import AllOf, AnyOf, AtLeast, In, Listed, Mentions, Near, NoneOf, Same
from monitor.core.index import primary
from monitor.core.terms import Term, TermRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from monitor.core.documents import Mark, Node
    from monitor.core.expressions import Expression
    from monitor.core.findings import Findings

ZONES = ("title", "lead", "body", "url", "source", "author")
COUNTED = ("near", "at_least", "same", "mentions")
"""Operators that share the key `of`, so that a mapping can hold only one of them."""
OPERATORS = ("any", "all", "none", *COUNTED)
CONDITION_KEYS = (*OPERATORS, "of", "ordered", "in")
TERM_KEYS = ("term", "case", "plural", "lang")
CASES: Mapping[str, terms.Case] = {"smart": "smart", "exact": "exact", "any": "any"}
YES = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
MAX_DEPTH = 60
MAX_SIZE = 100_000
_MAX_COUNT = 10_000
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_LIST = re.compile(r"\$(?=[A-Za-z])")


class Conditions:
    """Reads conditions against the lists of all files."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._sources: dict[str, tuple[Sequence, Mark]] = {}
        self._built: dict[str, Listed | None] = {}
        self._open: list[str] = []
        self._depth = 0
        self.used: set[str] = set()
        """Names of the lists that something uses."""

    @property
    def errors(self) -> int:
        """Count the errors so far."""
        return self._findings.errors

    def guess(self, word: str, choices: Iterable[str]) -> str:
        """Give the closest of the choices."""
        return self._findings.guess(word, choices)

    # ------------------------------------------------------------ lists

    def declare(self, name: str, mark: Mark, node: Node) -> None:
        """Take note of a list; names are global."""
        if not _NAME.fullmatch(name):
            self._findings.error(mark, "E004", f"'{name}' cannot name a list; use letters, digits, - and _")
        elif name in self._sources:
            first = self._sources[name][1]
            self._findings.error(mark, "E013", f"list '{name}' is there already, in {first.path}:{first.line}")
        elif not isinstance(node, Sequence):
            self._findings.error(node.mark, "E004", f"list '{name}' must be a list: [{name}, ...]")
        else:
            self._sources[name] = (node, mark)

    def lists(self) -> dict[str, Listed]:
        """Read all lists; those with an error are left out."""
        for name in self._sources:
            self._list(name)
        return {name: listed for name, listed in self._built.items() if listed is not None}

    def mark_of(self, name: str) -> Mark:
        """Say where a list was declared."""
        return self._sources[name][1]

    def named(self, name: str, mark: Mark) -> Listed | None:
        """Give the list of that name, or report that there is none."""
        if name not in self._sources:
            guess = self._findings.guess(name, self._sources)
            hint = f'; did you mean "${guess}"?' if guess else ""
            self._findings.error(mark, "E010", f"unknown list '${name}'{hint}")
            return None
        if name in self._open:
            cycle = [*self._open[self._open.index(name) :], name]
            self._findings.error(mark, "E011", "list cycle: " + " -> ".join(f"${each}" for each in _shortened(cycle)))
            return None
        self.used.add(name)
        return self._list(name)

    def _list(self, name: str) -> Listed | None:
        if name not in self._built:
            self._built[name] = None
            node, mark = self._sources[name]
            self._open.append(name)
            entries = self.entries(node, list_name=name)
            self._open.pop()
            if entries:
                listed = Listed((AnyOf(entries, mark=node.mark),), name=name, mark=mark)
                self._built[name] = listed if self._fits(listed, mark) else None
        return self._built[name]

    # ------------------------------------------------------------ expressions

    def expression(self, node: Node, list_name: str = "") -> Expression | None:
        """Read one entry: a term, a list's name, or a mapping of operators."""
        if self._depth >= MAX_DEPTH:
            self._findings.error(node.mark, "E033", f"nested more than {MAX_DEPTH} levels deep, lists included")
            return None
        self._depth += 1
        try:
            if isinstance(node, Scalar):
                return self._scalar(node, list_name)
            if isinstance(node, Sequence):
                self._findings.error(node.mark, "E004", "a list of its own; write {any: [...]} or {all: [...]}")
                return None
            if "term" in node.entries:
                return self._long_term(node, list_name)
            return self.mapping(node, CONDITION_KEYS, list_name)
        finally:
            self._depth -= 1

    def entries(self, node: Node | None, *, list_name: str = "", key: str = "") -> tuple[Expression, ...]:
        """Read the entries of a list; one alone may stand without brackets."""
        if node is None:
            return ()
        children: Iterable[Node] = node.entries if isinstance(node, Sequence) else [node]
        if (isinstance(node, Scalar) and node.null) or (isinstance(node, Sequence) and not node.entries):
            self._findings.error(node.mark, "E004", f"{key or 'the list'} is empty; give it at least one term")
            return ()
        found = [self.expression(child, list_name) for child in children]
        return tuple(entry for entry in found if entry is not None)

    def mapping(self, node: Tree, known: Iterable[str], list_name: str = "") -> Expression | None:
        """Read the operator keys of a mapping; all of them must hold. `known` names the keys that may be there."""
        if not self._keys_known(node, known):
            return None
        found: list[Expression | None] = [
            self._operator(key, node, list_name) for key in node.entries if key in OPERATORS
        ]
        if not found:
            self._findings.error(node.mark, "E004", f"no operator here; use one of {', '.join(OPERATORS)}")
            return None
        whole = [entry for entry in found if entry is not None]
        if len(whole) < len(found):
            return None
        entry = whole[0] if len(whole) == 1 else AllOf(tuple(whole), key="", mark=node.mark)
        return self._zoned(node, entry)

    def _keys_known(self, node: Tree, known: Iterable[str]) -> bool:
        choices = list(known)
        for key, mark in node.keys.items():
            if key not in choices:
                self.unknown_key(key, mark, choices)
        counted = [key for key in node.entries if key in COUNTED]
        if len(counted) > 1:
            at = node.keys[counted[1]]
            self._findings.error(at, "E004", f"'of' can serve only one of {' and '.join(counted)}; nest one of them")
            return False
        if "of" in node.entries and not counted:
            self._findings.error(node.keys["of"], "E004", f"'of' needs one of {', '.join(COUNTED)} beside it")
            return False
        if "ordered" in node.entries and "near" not in node.entries:
            self._findings.error(node.keys["ordered"], "E004", "'ordered' goes with near only")
            return False
        return all(key in choices for key in node.keys)

    def unknown_key(self, key: str, mark: Mark, choices: Iterable[str]) -> None:
        """Report a key that is not known here, with the one that may have been meant."""
        if key in RESERVED:
            self._findings.error(mark, "E005", f"'{key}' is not in version 1; {RESERVED[key]}")
            return
        guess = self._findings.guess(key, choices)
        hint = f"; did you mean '{guess}'?" if guess else f"; known here: {', '.join(choices)}"
        self._findings.error(mark, "E002", f"unknown key '{_cut(key)}'{hint}")

    def _zoned(self, node: Tree, entry: Expression) -> Expression | None:
        if "in" not in node.entries:
            return entry
        zone = self.choice(node.entries["in"], ZONES, "in")
        return None if zone is None else In((entry,), zone=zone, mark=node.mark)

    def _operator(self, key: str, node: Tree, list_name: str) -> Expression | None:
        value, mark = node.entries[key], node.keys[key]
        if key in COUNTED:
            return self._counted(key, node, list_name)
        entries = self.entries(value, list_name=list_name, key=key)
        if not entries:
            return None
        make: Callable[..., Expression] = {"any": AnyOf, "all": AllOf, "none": NoneOf}[key]
        return make(entries, mark=mark)

    def _counted(self, key: str, node: Tree, list_name: str) -> Expression | None:
        mark = node.keys[key]
        if "of" not in node.entries:
            self._findings.error(mark, "E004", f"{key} needs 'of' beside it, with what to look for")
            return None
        of = node.entries["of"]
        entries = self.entries(of, list_name=list_name, key="of")
        whole = len(entries) == (len(of.entries) if isinstance(of, Sequence) else 1)
        if key == "same":
            unit = self.choice(node.entries[key], ("sentence", "paragraph"), key)
            return self._same(unit, entries, mark) if unit and whole else None
        count = self.number(node.entries[key], key, least=0 if key == "near" else 1)
        if count is None or not whole:
            return None
        if key == "near":
            ordered = self.yes(node.entries.get("ordered"), "ordered", default=False)
            return self._near(count, entries, mark, ordered=ordered)
        return self._at_least(count, entries, mark) if key == "at_least" else self._mentions(count, entries, mark)

    def _at_least(self, count: int, entries: tuple[Expression, ...], mark: Mark) -> Expression | None:
        if count > len(entries):
            noun = "entry" if len(entries) == 1 else "entries"
            message = f'at_least {count} can never be true: "of" has {len(entries)} {noun}'
            self._findings.error(mark, "E030", message)
            return None
        return AtLeast(entries, count=count, mark=mark)

    def _near(self, distance: int, entries: tuple[Expression, ...], mark: Mark, *, ordered: bool) -> Expression | None:
        if len(entries) != 2:
            self._findings.error(mark, "E030", f'near takes two entries: "of" has {len(entries)}; use same: for more')
            return None
        return (
            Near(entries, distance=distance, ordered=ordered, mark=mark)
            if self._placed("near", entries, mark)
            else None
        )

    def _same(self, unit: str, entries: tuple[Expression, ...], mark: Mark) -> Expression | None:
        if not self._placed("same", entries, mark):
            return None
        return Same(entries, unit="sentence" if unit == "sentence" else "paragraph", mark=mark)

    def _mentions(self, count: int, entries: tuple[Expression, ...], mark: Mark) -> Expression | None:
        return Mentions(entries, count=count, mark=mark) if self._placed("mentions", entries, mark) else None

    def _placed(self, key: str, entries: Iterable[Expression], mark: Mark) -> bool:
        """Refuse entries that hold or do not, but stand nowhere."""
        return self.refuse_unplaced(key, entries, mark)

    def refuse_unplaced(self, key: str, entries: Iterable[Expression], mark: Mark) -> bool:
        """Report entries that stand nowhere where places are needed; True when there is none."""
        lost = [entry for entry in entries if not entry.positional]
        for entry in lost:
            what = (
                f"list '${entry.name}' holds some that"
                if isinstance(entry, Listed)
                else "all:, none:, same: and the like"
            )
            at = entry.mark or mark
            self._findings.error(
                at, "E032", f"{key} needs terms, lists, any: or near:, which stand somewhere; {what} do not"
            )
        return not lost

    # ------------------------------------------------------------ terms

    def _scalar(self, node: Scalar, list_name: str) -> Expression | None:
        text = node.text.strip()
        if _LIST.match(text):
            if not _NAME.fullmatch(text[1:]):
                self._findings.error(node.mark, "E010", f"'{_cut(text)}' is no list's name; a list stands alone: $name")
                return None
            return self.named(text[1:], node.mark)
        return self.term(text, node.mark, list_name=list_name)

    def term(
        self,
        text: str,
        mark: Mark,
        *,
        list_name: str = "",
        literal: bool = False,
        case: terms.Case = "smart",
        plural: bool = True,
        lang: tuple[str, ...] = (),
    ) -> Term | None:
        """Read one term, or report why it is none."""
        try:
            return terms.parse(
                text, case=case, plural=plural, lang=lang, literal=literal, mark=mark, list_name=list_name
            )
        except TermRefusedError as refusal:
            self._findings.error(mark, refusal.code, str(refusal))
            return None

    def _long_term(self, node: Tree, list_name: str) -> Term | None:
        for key, mark in node.keys.items():
            if key not in TERM_KEYS:
                self.unknown_key(key, mark, TERM_KEYS)
        text = node.entries["term"]
        if not isinstance(text, Scalar):
            self._findings.error(text.mark, "E004", "term must be one text")
            return None
        case = self.choice(node.entries["case"], tuple(CASES), "case") if "case" in node.entries else "smart"
        plural = self.yes(node.entries.get("plural"), "plural", default=True)
        lang = self.languages(node.entries.get("lang"))
        return self.term(
            text.text,
            text.mark,
            list_name=list_name,
            literal=True,
            case=CASES[case or "smart"],
            plural=plural,
            lang=lang,
        )

    # ------------------------------------------------------------ values

    def choice(self, node: Node, choices: tuple[str, ...], key: str) -> str | None:
        """Read one of a few words."""
        if isinstance(node, Scalar) and node.text in choices:
            return node.text
        said = _cut(node.text) if isinstance(node, Scalar) else "a list or mapping"
        guess = self._findings.guess(said, choices)
        hint = f"did you mean '{guess}'?" if guess else f"use one of {', '.join(choices)}"
        self._findings.error(node.mark, "E004", f"{key} cannot be '{said}'; {hint}")
        return None

    def number(self, node: Node, key: str, *, least: int) -> int | None:
        """Read a whole number."""
        text = node.text if isinstance(node, Scalar) else ""
        if text.isascii() and text.isdecimal() and len(text) < 9 and least <= int(text) <= _MAX_COUNT:
            return int(text)
        self._findings.error(node.mark, "E004", f"{key} must be a whole number from {least} to {_MAX_COUNT}")
        return None

    def yes(self, node: Node | None, key: str, *, default: bool) -> bool:
        """Read yes or no."""
        if node is None:
            return default
        if isinstance(node, Scalar) and node.text.lower() in YES:
            return YES[node.text.lower()]
        self._findings.error(node.mark, "E004", f"{key} must be yes or no")
        return default

    def texts(self, node: Node | None, key: str) -> tuple[Scalar, ...]:
        """Read a list of texts; one alone may stand without brackets."""
        if node is None:
            return ()
        if isinstance(node, Scalar):
            return () if node.null else (node,)
        children = node.entries if isinstance(node, Sequence) else ()
        if isinstance(node, Tree) or not all(isinstance(child, Scalar) for child in children):
            self._findings.error(node.mark, "E004", f"{key} must be a list of texts")
        return tuple(child for child in children if isinstance(child, Scalar))

    def languages(self, node: Node | None) -> tuple[str, ...]:
        """Read a list of language codes."""
        found = []
        for text in self.texts(node, "lang"):
            code = primary(text.text)
            if re.fullmatch(r"[a-z]{2,3}", code):
                found.append(code)
            else:
                self._findings.error(text.mark, "E004", f"'{_cut(text.text)}' is no language code; use en, fr, zh, ...")
        return tuple(sorted(set(found)))

    def query(self, node: Node) -> Expression | None:
        """Read a compact string."""
        if not isinstance(node, Scalar):
            self._findings.error(node.mark, "E004", "query must be one text")
            return None
        return query.parse(node, self, self._findings)

    def _fits(self, entry: Expression, mark: Mark) -> bool:
        if entry.size > MAX_SIZE:
            self._findings.error(
                mark, "E033", f"expands to {entry.size} terms; at most {MAX_SIZE} can be looked through"
            )
        elif entry.depth > MAX_DEPTH:
            self._findings.error(mark, "E033", f"nested more than {MAX_DEPTH} levels deep, lists included")
        return entry.size <= MAX_SIZE and entry.depth <= MAX_DEPTH

    def fits(self, entry: Expression, mark: Mark) -> bool:
        """Refuse a tree that is too deep or too large to look through."""
        return self._fits(entry, mark)


RESERVED = {
    "score": "weights cannot be explained; use at_least:, mentions: or prominence:",
    "regex": "use terms, a trailing * and near:",
    "uses": "put what rules share into lists: and name it as $list",
}


def _shortened(names: list[str]) -> list[str]:
    return names if len(names) <= 6 else [*names[:3], "...", *names[-2:]]


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"
