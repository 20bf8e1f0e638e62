"""Conditions: the part of a rule that says what to look for, from YAML to expressions.

Every operator key of a mapping must hold; `$name` is a list, looked up once and shared. Refuses what can never be true,
what stands nowhere where a place is asked for, lists that hold themselves, and trees too deep or too large to look at.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from monitor.core.documents import Scalar, Sequence, Tree
from monitor.core.matching import terms
from monitor.core.matching.expressions import AnyOf, InZone, NamedList
from monitor.core.matching.logic import AllOf, AtLeast, NoneOf
from monitor.core.matching.proximity import Mentions, Near, Same
from monitor.core.matching.terms import Term, TermRefusedError
from monitor.core.rules import dialects, query, zones
from monitor.core.rules.fields import Fields
from monitor.core.rules.lists import MAX_DEPTH, NAME, Lists, fits
from monitor.core.syntax import short

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from monitor.core.documents import Mark, Node
    from monitor.core.findings import Findings
    from monitor.core.matching.expressions import Expression, Operator

COUNTED = ("near", "at_least", "same", "mentions")
"""Operators that share the key `of`, so that a mapping can hold only one of them."""
OPERATORS = ("any", "all", "none", *COUNTED)
CONDITION_KEYS = (*OPERATORS, "of", "ordered", "in")
TERM_KEYS = ("term", "case", "plural", "lang")
UNITS = ("sentence", "paragraph")
_CASES: dict[str, terms.Case] = {"smart": "smart", "exact": "exact", "any": "any"}
_LIST = re.compile(r"\$(?=[A-Za-z])")
_ZONES = dialects.ZONES


class Conditions:
    """Reads conditions against the lists of all files."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.fields = Fields(findings)
        self.lists = Lists(findings, lambda node, name: self.entries(node, list_name=name, key=f"list '{name}'"))
        self._depth = 0
        self._told = False

    def rule(self, node: Tree, known: Collection[str]) -> Expression | None:
        """Read the condition of a rule, which stands beside its other fields; `known` names them all."""
        keys = [key for key in node.entries if key in OPERATORS]
        if "query" in node.entries:
            if keys:
                self.findings.error(
                    node.keys[keys[0]], "E004", f"'{keys[0]}' beside query; a rule has one or the other"
                )
            return self.query(node.entries["query"])
        return self.mapping(node, known)

    def query(self, node: Node) -> Expression | None:
        """Read a compact string."""
        if not isinstance(node, Scalar):
            self.findings.error(node.mark, "E004", "query must be one text")
            return None
        return query.parse(node, self)

    # ------------------------------------------------------------ expressions

    def expression(self, node: Node, list_name: str = "") -> Expression | None:
        """Read one entry: a term, a list's name, or a mapping of operators."""
        if self._depth >= MAX_DEPTH:
            self._too_deep(node.mark)
            return None
        self._depth += 1
        try:
            if isinstance(node, Scalar):
                return self._scalar(node, list_name)
            if isinstance(node, Sequence):
                self.findings.error(node.mark, "E004", "a list within a list; write {any: [...]} or {all: [...]}")
                return None
            if "term" in node.entries:
                return self._long_term(node, list_name)
            return self.mapping(node, (*CONDITION_KEYS, "term"), list_name)
        finally:
            self._depth -= 1

    def _too_deep(self, mark: Mark) -> None:
        """Report it once: a chain of lists has this in many places."""
        if not self._told:
            self.findings.error(mark, "E033", f"nested more than {MAX_DEPTH} levels deep, lists included")
        self._told = True

    def entries(self, node: Node, *, list_name: str = "", key: str = "the list") -> tuple[Expression, ...]:
        """Read the entries of a list; one alone may stand without brackets."""
        children: Iterable[Node] = node.entries if isinstance(node, Sequence) else [node]
        if (isinstance(node, Scalar) and node.null) or (isinstance(node, Sequence) and not node.entries):
            self.findings.error(node.mark, "E004", f"{key} is empty; give it at least one term")
            return ()
        found = [self.expression(child, list_name) for child in children]
        return tuple(entry for entry in found if entry is not None)

    def mapping(self, node: Tree, known: Collection[str], list_name: str = "") -> Expression | None:
        """Read the operator keys of a mapping; all of them must hold."""
        before = self.findings.errors
        self.fields.keys(node, known)
        self._check_company(node)
        keys = [key for key in node.entries if key in OPERATORS]
        if not keys and self.findings.errors == before:
            self.findings.error(node.mark, "E004", f"no operator here; use one of {', '.join(OPERATORS)}")
        found = [self._operator(key, node, list_name) for key in keys]
        whole = [entry for entry in found if entry is not None]
        if self.findings.errors > before or not whole:
            return None
        entry = whole[0] if len(whole) == 1 else AllOf(tuple(whole), key="", mark=node.mark)
        if "in" not in node.entries:
            return entry
        zone = self.fields.choice(node.entries["in"], _ZONES, "in")
        return InZone((entry,), zone=zone, mark=node.mark) if zone else None

    def _check_company(self, node: Tree) -> None:
        """Check the keys that only make sense beside others."""
        counted = [key for key in node.entries if key in COUNTED]
        if len(counted) > 1:
            message = f"'of' can serve only one of {' and '.join(counted)}; nest one of them"
            self.findings.error(node.keys[counted[1]], "E004", message)
        if "of" in node.entries and not counted:
            self.findings.error(node.keys["of"], "E004", f"'of' needs one of {', '.join(COUNTED)} beside it")
        if "ordered" in node.entries and "near" not in node.entries:
            self.findings.error(node.keys["ordered"], "E004", "'ordered' goes with near only")

    # ------------------------------------------------------------ operators

    def _operator(self, key: str, node: Tree, list_name: str) -> Expression | None:
        mark = node.keys[key]
        if key in COUNTED:
            return self._counted(key, node, list_name)
        entries = self.entries(node.entries[key], list_name=list_name, key=key)
        make: Callable[..., Operator] = {"any": AnyOf, "all": AllOf, "none": NoneOf}[key]
        return make(entries, mark=mark) if entries else None

    def _counted(self, key: str, node: Tree, list_name: str) -> Expression | None:
        mark = node.keys[key]
        if "of" not in node.entries:
            self.findings.error(mark, "E004", f"{key} needs 'of' beside it, with what to look for")
            return None
        before = self.findings.errors
        entries = self.entries(node.entries["of"], list_name=list_name, key="of")
        if key == "same":
            unit = self.fields.choice(node.entries[key], UNITS, key)
            return self.same(unit, entries, mark) if unit and self.findings.errors == before else None
        count = self.fields.number(node.entries[key], key, least=0 if key == "near" else 1)
        if count is None or self.findings.errors > before:
            return None
        if key == "near":
            ordered = self.fields.yes(node.entries.get("ordered"), "ordered", default=False)
            return self.near(count, entries, mark, ordered=ordered)
        return self.at_least(count, entries, mark) if key == "at_least" else self.mentions(count, entries, mark)

    def at_least(self, count: int, entries: tuple[Expression, ...], mark: Mark) -> Expression | None:
        """Make an at_least that can be true."""
        if count > len(entries):
            noun = "entry" if len(entries) == 1 else "entries"
            message = f'at_least {count} can never be true: "of" has {len(entries)} {noun}'
            if any(isinstance(entry, NamedList) for entry in entries):
                message += "; a $list counts as one, so name its terms"
            self.findings.error(mark, "E030", message)
            return None
        return AtLeast(entries, count=count, mark=mark)

    def near(self, distance: int, entries: tuple[Expression, ...], mark: Mark, *, ordered: bool) -> Expression | None:
        """Make a near of two that stand somewhere."""
        if len(entries) != 2:
            message = (
                f'near takes two entries: "of" has {len(entries)}; use same: for more, or {{any: [...]}} for a choice'
            )
            self.findings.error(mark, "E030", message)
            return None
        made = Near(entries, distance=distance, ordered=ordered, mark=mark)
        return made if self.placed("near", entries, mark) and self._meet("near", entries, mark) else None

    def same(self, unit: str, entries: tuple[Expression, ...], mark: Mark) -> Expression | None:
        """Make a same of entries that stand somewhere."""
        made = Same(entries, unit="sentence" if unit == "sentence" else "paragraph", mark=mark)
        return made if self.placed("same", entries, mark) and self._meet("same", entries, mark) else None

    def mentions(self, count: int, entries: tuple[Expression, ...], mark: Mark) -> Expression | None:
        """Make a mentions of entries that stand somewhere."""
        made = Mentions(entries, count=count, mark=mark)
        return made if self.placed("mentions", entries, mark) else None

    def _meet(self, key: str, entries: Iterable[Expression], mark: Mark) -> bool:
        """Refuse entries that are looked for in places apart: a title and a body never share a paragraph."""
        apart = zones.apart(entries)
        if apart is not None:
            one, other = (" or ".join(sorted(each)) for each in apart)
            said = f"one of its entries stands in the {one} only, another in the {other}"
            self.findings.error(mark, "E030", f"{key} can never be true: {said}")
        return apart is None

    def placed(self, key: str, entries: Iterable[Expression], mark: Mark) -> bool:
        """Refuse entries that are true or not, but stand nowhere; True when there is none."""
        lost = [entry for entry in entries if not entry.positional]
        for entry in lost:
            what = f"'${entry.name}' holds some that do not" if isinstance(entry, NamedList) else "this does not"
            message = f"{key} needs entries that stand somewhere (terms, lists, any:, near:); {what}"
            self.findings.error(mark if isinstance(entry, NamedList) else entry.mark or mark, "E032", message)
        return not lost

    # ------------------------------------------------------------ terms

    def _scalar(self, node: Scalar, list_name: str) -> Expression | None:
        text = node.text.strip()
        if not self._single(node):
            return None
        if not _LIST.match(text):
            return self.term(text, node.mark, list_name=list_name)
        if not NAME.fullmatch(text[1:]):
            message = f"'{short(text)}' is no list's name; a list stands alone: $name"
            self.findings.error(node.mark, "E010", message)
            return None
        return self.lists.named(text[1:], node.mark)

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
            self.findings.error(mark, refusal.code, str(refusal))
            return None

    def _single(self, node: Scalar) -> bool:
        """Refuse two entries that an indentation has made one; warn of what may be such."""
        shown = short(node.text)
        if node.joined:
            message = f"this line is one term with the one before it, '{shown}'; put its dash under that of the other"
            self.findings.error(node.joined, "E015", message)
        elif node.plain and node.lines > 1:
            message = f"'{shown}' is one term over {node.lines} lines; write it on one line, or quote it"
            self.findings.warning(node.mark, "W119", message)
        elif node.plain and " - " in node.text:
            message = f"'{shown}' is one term, dash and all; quote it if it is meant, else make two of it"
            self.findings.warning(node.mark, "W119", message)
        return node.joined is None

    def _long_term(self, node: Tree, list_name: str) -> Term | None:
        text = node.entries["term"]
        if not self.fields.keys(node, TERM_KEYS):
            return None
        if not isinstance(text, Scalar):
            self.findings.error(text.mark, "E004", "term must be one text")
            return None
        if not self._single(text):
            return None
        return self.term(
            text.text,
            text.mark,
            list_name=list_name,
            literal=True,
            case=_CASES[self.fields.one_of(node, "case", tuple(_CASES), "smart")],
            plural=self.fields.yes(node.entries.get("plural"), "plural", default=True),
            lang=self.fields.languages(node.entries.get("lang")),
        )

    def fits(self, entry: Expression, mark: Mark) -> bool:
        """Refuse a tree that is too deep or too large to look through."""
        return fits(entry, mark, self.findings)
