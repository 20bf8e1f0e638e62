"""Named lists: declared in any rule file, referred to as `$name` in all of them, each read once and shared."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from monitor.core.matching.alternatives import AnyOf, NamedList
from monitor.core.matching.expressions import Expression
from monitor.core.problems import ProblemList
from monitor.core.rules.unknown_lists import UnknownLists
from monitor.core.yaml_characters import describe_lookalike
from monitor.core.yaml_errors import shorten_quotation
from monitor.core.yaml_nodes import MappingNode, Mark, Node, SequenceNode

LIST_NAME_PATTERN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
VARIANTS = "variants"
"""The key of a list whose entries are forms of one idea: other spellings, languages, names."""
MAX_CONDITION_DEPTH = 60
MAX_RULE_TERMS = 1_000_000
"""Terms of one condition, each list counted wherever it is used."""
_CYCLE_SHOWN = 6


class ListReader:
    """The named lists of all files; `read_entries` reads the entries of one."""

    def __init__(
        self, problems: ProblemList, read_entries: Callable[[SequenceNode, str], tuple[Expression, ...]]
    ) -> None:
        self._problems = problems
        self._read_entries = read_entries
        self._declared: dict[str, tuple[SequenceNode, Mark]] = {}
        self._built: dict[str, NamedList | None] = {}
        self._being_read: list[str] = []
        self._of_variants: set[str] = set()
        self._only_if_used: set[str] = set()
        self._unknown = UnknownLists(problems)
        self._refused: set[str] = set()
        """Names of lists that could not be declared, which was reported."""

    def declare(self, name: str, mark: Mark, node: Node, *, only_if_used: bool = False) -> None:
        """Register a list before any is read; names are global. `only_if_used`: it is read if a rule names it."""
        if not LIST_NAME_PATTERN.fullmatch(name):
            advice = "write it without $" if name.startswith("$") else "use letters, digits, - and _"
            message = f"'{shorten_quotation(name)}' cannot name a list; {advice}{describe_lookalike(name)}"
            self._problems.error(mark, "E004", message)
            self._refused.add(name.strip().removeprefix("$"))
        elif name in self._declared:
            first = self._declared[name][1]
            self._problems.error(mark, "E013", f"list '{name}' is already defined, in {first.path}:{first.line}")
        elif (entries := self._entries(name, node)) is not None:
            self._declared[name] = (entries, mark)
            if only_if_used:
                self._only_if_used.add(name)
            if node is not entries:
                self._of_variants.add(name)
        else:
            self._refused.add(name)

    def _entries(self, name: str, node: Node) -> SequenceNode | None:
        """Return the entries of `[...]`, or of `{variants: [...]}`; None, with an error, of anything else."""
        if isinstance(node, MappingNode) and VARIANTS in node.entries and len(node.entries) == 1:
            node = node.entries[VARIANTS]
        if isinstance(node, SequenceNode):
            return node
        expected = f"{name}: [first term, second term], or {name}: {{{VARIANTS}: [first, second]}}"
        self._problems.error(node.mark, "E004", f"list '{name}' must be a list: {expected}")
        return None

    def __contains__(self, name: str) -> bool:
        return name in self._declared

    def read_all(self) -> None:
        """Read all lists but those that are read only if used."""
        for name in self._declared:
            if name not in self._only_if_used:
                self._get(name)

    @property
    def read_so_far(self) -> dict[str, NamedList]:
        """The lists that have no error."""
        return {name: named_list for name, named_list in self._built.items() if named_list is not None}

    def find(self, name: str, mark: Mark) -> NamedList | None:
        """Return the list of that name, read if it was not; None, with an error, if that is impossible."""
        if name not in self._declared and name in self._refused:
            self._problems.count_error()
            return None
        if name not in self._declared:
            self._unknown.add(name, mark)
            return None
        if name in self._being_read:
            cycle = [f"${each}" for each in (*self._being_read[self._being_read.index(name) :], name)]
            shown = cycle if len(cycle) <= _CYCLE_SHOWN else [*cycle[:3], "...", *cycle[-2:]]
            self._problems.error(mark, "E011", f"list cycle: {' -> '.join(shown)}")
            return None
        named_list = self._get(name)
        if named_list is None:  # its error is reported where the list is defined
            self._problems.count_error()
        return named_list

    def report_unknown(self, unread: Collection[str]) -> None:
        """Report the lists that were looked for and do not exist (see UnknownLists.report)."""
        self._unknown.report(self._declared, unread)

    def _get(self, name: str) -> NamedList | None:
        if name not in self._built:
            self._built[name] = None
            node, mark = self._declared[name]
            self._being_read.append(name)
            entries = self._read_entries(node, name)
            self._being_read.pop()
            if entries:
                variants = name in self._of_variants
                named_list = NamedList((AnyOf(entries, mark=node.mark),), name=name, variants=variants, mark=mark)
                self._built[name] = named_list if check_size(named_list, mark, self._problems) else None
        return self._built[name]


def check_size(expression: Expression, mark: Mark, problems: ProblemList) -> bool:
    """Report a tree that is too deep or too large to evaluate; True if it is not."""
    if expression.size > MAX_RULE_TERMS:
        problems.error(
            mark, "E033", f"expands to {expression.size} terms; at most {MAX_RULE_TERMS} can be looked through"
        )
        return False
    if expression.depth > MAX_CONDITION_DEPTH:
        problems.error(mark, "E033", f"nested more than {MAX_CONDITION_DEPTH} levels deep, lists included")
        return False
    return True
